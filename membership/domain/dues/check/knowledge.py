"""What a schedule needs to know of its members that is often not known, and what it then does in silence.

Source: `domain.md` DUE-11, DUE-11b, DUE-13, DUE-31, DUE-38.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from membership.domain.dues.check.finding import Finding, below
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import GroupMode, Join
from membership.domain.dues.schedule.form import Agreed, Category, FlatBands
from membership.domain.dues.schedule.when import When
from membership.domain.phrases import phrase

_HALF: Final = Fraction(1, 2)
_WHOLE_YEAR: Final = frozenset({Join.FULL, Join.NONE})


def unknown_days(when: When, place: str) -> Iterator[Finding]:
    """Yield a finding for a condition on a day that the record of a member may not hold (DUE-38)."""
    ages = (
        when.company_age_at_joining_below,
        when.company_age_below,
        when.company_age_from,
        when.company_age_at_end_below,
        when.company_age_at_end_from,
    )
    if any(age is not None for age in ages):
        text = phrase(
            "This depends on the day the company was founded. It does not hold for members without that day: "
            "record it before the run."
        )
        yield Finding(place, text)
    if when.joined_from or when.joined_before:
        text = phrase(
            "This depends on the day of joining. It does not hold for members without that day: "
            "record it before the run."
        )
        yield Finding(place, text)
    for index, one in enumerate(when.any):
        yield from unknown_days(one, f"{place}/any/{index}")


def schedule_findings(schedule: FeeSchedule) -> Iterator[Finding]:
    """Yield what the rules for all members need to know."""
    if schedule.cohort is not None:
        text = phrase(
            "Members whose day of joining is not known are hardly ever in this cohort: "
            "record the days before the run."
        )
        yield Finding("/cohort", text)
    if schedule.follows_joining:
        text = phrase(
            "Each dues year begins on the day of joining: members without that day are refused. "
            "Record it before the run."
        )
        yield Finding("/dues_year_start", text)
    if schedule.document.get("max_rise") is not None:
        yield _needs_row("/max_rise")
    if schedule.document.get("previous_year") is not None:
        yield _needs_amount("/previous_year")
    if _pays_one_class(schedule):
        text = phrase(
            "A company that joins during the year can take the place of the one that pays in full, and then pays "
            "for part of the year only: the group as a whole may pay less than before."
        )
        yield Finding("/group/further_percent", text)


def _pays_one_class(schedule: FeeSchedule) -> bool:
    group = schedule.group
    is_one = group.mode is GroupMode.DISCOUNT and group.further_share < _HALF
    return is_one and any(one.prorata.join not in _WHOLE_YEAR for one in schedule.categories.values())


def category_findings(category: Category, schedule: FeeSchedule) -> Iterator[Finding]:
    """Yield what one category needs to know of the year before, and where it lowers an agreement."""
    place = below("/categories", category.code)
    if _has_own(schedule, category, "max_rise") and isinstance(category.method, FlatBands):
        yield _needs_row(f"{place}/max_rise")
    if _has_own(schedule, category, "previous_year"):
        yield _needs_amount(f"{place}/previous_year")
    if category.previous_year is not None and (category.discounts or category.surcharges):
        text = phrase(
            "The amount of the year before is compared before discounts and surcharges; what is paid may lie "
            "outside the limit."
        )
        yield Finding(f"{place}/discounts" if category.discounts else f"{place}/surcharges", text)
    if isinstance(category.method, Agreed) and category.cap is not None:
        text = phrase("An agreed amount above this maximum is lowered to it.")
        yield Finding(f"{place}/cap", text)


def _has_own(schedule: FeeSchedule, category: Category, word: str) -> bool:
    """Return whether a category says a word itself, not the schedule for all."""
    categories = schedule.document["categories"]
    assert isinstance(categories, Mapping), categories
    return categories[category.code].get(word) is not None


def _needs_row(place: str) -> Finding:
    text = phrase(
        "The limit of a rise needs the row of the year before. Without it “dues explain” limits nothing, "
        "and the run refuses the member."
    )
    return Finding(place, text)


def _needs_amount(place: str) -> Finding:
    return Finding(
        place, phrase("The limit needs the amount of the year before. Without it nothing is limited.")
    )
