"""Whether a condition of the schedule holds for a member.

Without `founded` or `start` in the facts a condition on it does not hold; a basis in a condition must be known.
Source: `domain.md` DUE-12, DUE-38.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from membership.domain.dues.assessment import BasisUsed
from membership.domain.dues.doubts import DUE_34
from membership.domain.dues.errors import Undecided
from membership.domain.dues.schedule.when import When
from membership.domain.dues.situation import Situation
from membership.domain.dues.year import full_years
from membership.domain.phrases import phrase

DIRECT_DEBIT = "direct_debit"
_HEADCOUNT = "headcount"


def holds(when: When, situation: Situation) -> bool:
    """Return whether all that the condition asks for holds."""
    return all(_TESTS[name](when, situation) for name in when.asked)


def bases_of(when: When, situation: Situation) -> tuple[BasisUsed, ...]:
    """Return the values that the condition looks at."""
    names = when.bases
    return tuple(situation.value(name).used for name in names) if names else ()


def _is_young_at_joining(when: When, situation: Situation) -> bool:
    limit, founded, start = when.company_age_at_joining_below, situation.facts.founded, situation.facts.start
    return limit is None or (founded is not None and start is not None and full_years(founded, start) < limit)


def _is_new_enough(when: When, situation: Situation) -> bool:
    limit, year = when.membership_year_max, situation.membership_year
    return limit is None or (year is not None and year <= limit)


def _joined_as_asked(when: When, situation: Situation) -> bool:
    return when.joined_in_dues_year is None or when.joined_in_dues_year == situation.joins_this_year


def _is_small_enough(when: When, situation: Situation) -> bool:
    limit = when.headcount_below
    return limit is None or situation.value(_HEADCOUNT).used.value < limit


def _has_attribute(when: When, situation: Situation) -> bool:
    return when.attribute is None or when.attribute in situation.facts.attributes


def _lacks_attribute(when: When, situation: Situation) -> bool:
    return when.without_attribute is None or when.without_attribute not in situation.facts.attributes


def _is_late_in_group(when: When, situation: Situation) -> bool:
    assert when.group_position_from is not None, when
    refuse_open_group(situation)
    return situation.position is not None and situation.position >= when.group_position_from


def _pays_by_debit(when: When, situation: Situation) -> bool:
    return when.direct_debit is None or when.direct_debit == (DIRECT_DEBIT in situation.facts.attributes)


def _has_age(when: When, situation: Situation) -> bool:
    first, last = situation.year.first, situation.year.last
    return _lies(
        situation.facts.founded, first, start=when.company_age_from, below=when.company_age_below
    ) and _lies(
        situation.facts.founded, last, start=when.company_age_at_end_from, below=when.company_age_at_end_below
    )


def _lies(founded: date | None, day: date, *, start: int | None, below: int | None) -> bool:
    """Return whether the full years of a company on a day lie in a range; an open range holds for all."""
    if start is None and below is None:
        return True
    if founded is None:
        return False
    age = full_years(founded, day)
    return (start is None or age >= start) and (below is None or age < below)


def _joined_in_range(when: When, situation: Situation) -> bool:
    start = situation.facts.start
    if start is None:
        return False
    after = when.joined_from is None or start >= when.joined_from
    return after and (when.joined_before is None or start < when.joined_before)


def _is_in_year(when: When, situation: Situation) -> bool:
    return when.membership_year is None or when.membership_year == situation.membership_year


def _is_old_enough_a_member(when: When, situation: Situation) -> bool:
    first, year = when.membership_year_from, situation.membership_year
    return first is None or (year is not None and year >= first)


def _one_holds(when: When, situation: Situation) -> bool:
    return not when.any or any(holds(one, situation) for one in when.any)


def _has_value(when: When, situation: Situation) -> bool:
    asked = when.basis
    assert asked is not None, when
    value = situation.value(asked.name).used.value
    return (asked.start is None or value >= asked.start) and (asked.below is None or value < asked.below)


def refuse_open_group(situation: Situation) -> None:
    """Refuse a member whose place in the group depends on a company that could not be worked out."""
    if situation.group_is_open:
        raise Undecided(
            DUE_34,
            phrase(
                "%(member)s of the group “%(group)s” is not decided, so the order of its companies is not known.",
                member=situation.undecided,
                group=situation.facts.group or "",
            ),
        )


_TESTS: dict[str, Callable[[When, Situation], bool]] = {
    "company_age_at_joining_below": _is_young_at_joining,
    "membership_year_max": _is_new_enough,
    "joined_in_dues_year": _joined_as_asked,
    "headcount_below": _is_small_enough,
    "attribute": _has_attribute,
    "without_attribute": _lacks_attribute,
    "group_position_from": _is_late_in_group,
    "direct_debit": _pays_by_debit,
    "company_age_below": _has_age,
    "company_age_from": _has_age,
    "company_age_at_end_below": _has_age,
    "company_age_at_end_from": _has_age,
    "joined_from": _joined_in_range,
    "joined_before": _joined_in_range,
    "membership_year": _is_in_year,
    "basis": _has_value,
    "membership_year_from": _is_old_enough_a_member,
    "any": _one_holds,
}
"""What each field of a condition asks for, where it is set."""
