"""Conditions that can never hold, and shares that leave days out.

Source: `domain.md` DUE-31 (contradictions), DUE-37, DUE-38.
"""

from __future__ import annotations

from collections.abc import Iterator

from membership.domain.dues.check.finding import Finding
from membership.domain.dues.check.knowledge import unknown_days
from membership.domain.dues.check.tables import undecided
from membership.domain.dues.schedule.choices import Join
from membership.domain.dues.schedule.discounts import Discount, Surcharge
from membership.domain.dues.schedule.form import Prorata
from membership.domain.dues.schedule.when import When
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import phrase


def when_findings(when: When, place: str) -> Iterator[Finding]:
    """Yield a finding when the words of a condition contradict each other."""
    if _never(when):
        yield Finding(place, phrase("This condition can never hold: its words contradict each other."))
    else:
        yield from unknown_days(when, place)


def _never(when: When) -> bool:
    year, most = when.membership_year, when.membership_year_max
    from_year = when.membership_year_from
    if from_year is not None and any(one is not None and one < from_year for one in (year, most)):
        return True
    if when.any and all(_never(one) for one in when.any):
        return True
    pairs = (
        (when.company_age_from, when.company_age_below),
        (when.company_age_at_end_from, when.company_age_at_end_below),
        (when.basis.start if when.basis else None, when.basis.below if when.basis else None),
    )
    is_empty = any(low is not None and high is not None and low >= high for low, high in pairs)
    joined = when.joined_from and when.joined_before and when.joined_from >= when.joined_before
    if when.attribute is not None and when.attribute == when.without_attribute:
        return True
    if is_empty or joined or (year is not None and most is not None and year > most):
        return True
    return when.joined_in_dues_year is True and year is not None and year > 1


def discount_findings(discounts: tuple[Discount, ...], place: str) -> Iterator[Finding]:
    """Yield what is to be said about discounts."""
    for index, discount in enumerate(discounts):
        where = f"{place}/discounts/{index}"
        yield from undecided(discount.open, discount.doubt, where)
        yield from when_findings(discount.when, f"{where}/when")


def surcharge_findings(surcharges: tuple[Surcharge, ...], place: str) -> Iterator[Finding]:
    """Yield what is to be said about surcharges."""
    for index, one in enumerate(surcharges):
        where = f"{place}/surcharges/{index}"
        yield from undecided(one.open, one.doubt, where)
        yield from when_findings(one.when, f"{where}/when")


def prorata_findings(rule: Prorata, place: str, year: DuesYear) -> Iterator[Finding]:
    """Yield what is to be said about parts of a year: what is open, and days that no row covers."""
    yield from undecided("", rule.doubt, place)
    if rule.join is not Join.TABLE:
        return
    for index, share in enumerate(rule.shares):
        yield from undecided(share.open, share.doubt, f"{place}/shares/{index}")
    last = year.day_in(rule.shares[-1].until)
    if last < year.last:
        text = phrase("Who joins after %(day)s is refused: no row covers the rest of the year.", day=last)
        yield Finding(f"{place}/shares", text)
