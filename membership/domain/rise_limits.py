"""Nobody is billed without the limit of a rise because the row of the year before is not known.

Source: `domain.md` DUE-11, DUE-34.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from membership.domain.dues.assessment import Assessment, Refusal, Result
from membership.domain.dues.facts import Facts, OverrideKind
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import GroupMode
from membership.domain.dues.schedule.form import FactorOf, FlatBands
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import phrase

_REPLACES_THE_DUES = frozenset({OverrideKind.AMOUNT, OverrideKind.WAIVE})
_NEEDS_ALL_AMOUNTS = frozenset({GroupMode.DISCOUNT, GroupMode.CAP})


def limits_rise(schedule: FeeSchedule) -> bool:
    """Return whether a category of the schedule limits how far a member may rise in a year."""
    return any(category.max_rise is not None for category in schedule.categories.values())


def limited(
    results: Sequence[Result], facts: Sequence[Facts], schedules: Sequence[FeeSchedule]
) -> list[Result]:
    """Return the results, a refusal in place of each that the limit might change if the row before were known.

    A new member has no row before; up to the row that even a member of the first row may reach nothing is open; a
    decision in the individual case sets the amount whatever the row. Companies whose group needs the amount of a
    refused one are refused too.
    """
    by_code = {schedule.code: schedule for schedule in schedules}
    checked = [_checked(result, one, by_code) for result, one in zip(results, facts, strict=True)]
    open_groups = {
        one.group
        for one, before, after in zip(facts, results, checked, strict=True)
        if one.group and before is not after and _needs_all(before, by_code)
    }
    return [
        _of_open_group(result, one) if one.group in open_groups and isinstance(result, Assessment) else result
        for result, one in zip(checked, facts, strict=True)
    ]


def _checked(result: Result, facts: Facts, schedules: Mapping[str, FeeSchedule]) -> Result:
    is_new = facts.start is not None and facts.start >= DuesYear(facts.year).first
    is_decided = facts.override is not None and facts.override.kind in _REPLACES_THE_DUES
    if isinstance(result, Refusal) or facts.previous.row is not None or is_new or is_decided:
        return result
    rise = _rise_of(schedules[result.schedule], result.category)
    if rise is None or result.band is None or result.band.row <= 1 + rise:
        return result
    text = phrase(
        "The row of the table in %(year)s is not known, so nobody can say how far the dues may rise. "
        "Record a decision in the individual case.",
        year=str(facts.year - 1),
    )
    return Refusal(result.member, result.year, "DUE-11", text)


def _rise_of(schedule: FeeSchedule, code: str) -> int | None:
    """Return by how many rows of its table a category may rise, also one that is a multiple of another."""
    category = schedule.categories[code]
    while isinstance(category.method, FactorOf):
        category = schedule.categories[category.method.category]
    return category.max_rise if isinstance(category.method, FlatBands) else None


def _needs_all(result: Result, schedules: Mapping[str, FeeSchedule]) -> bool:
    return isinstance(result, Assessment) and schedules[result.schedule].group.mode in _NEEDS_ALL_AMOUNTS


def _of_open_group(result: Assessment, facts: Facts) -> Refusal:
    text = phrase(
        "Another company of the group “%(group)s” is not decided, so its order is not known.",
        group=facts.group or "",
    )
    return Refusal(result.member, result.year, "DUE-34", text)
