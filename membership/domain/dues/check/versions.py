"""What several versions of a fee schedule leave to be desired together: years without one, years with two.

Source: `domain.md` DUE-2, DUE-31, 2.10 `valid_to`, `cohort`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Final

from membership.domain.dues.check.finding import Finding
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.form import Cohort
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import phrase

_MOST_YEARS: Final = 60
DUE_2: Final = "DUE-2"


def at_version(finding: Finding, index: int) -> Finding:
    """Return a finding about one version of a list, its place below the list."""
    return replace(finding, where=f"/{index}{finding.where}")


def check_versions(schedules: Sequence[FeeSchedule]) -> Iterator[Finding]:
    """Yield what is to be said about versions that stand in one list."""
    yield from _same_codes(schedules)
    for number in _years(schedules):
        yield from _year(schedules, number)


def _same_codes(schedules: Sequence[FeeSchedule]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, one in enumerate(schedules):
        if one.code in seen:
            yield Finding(
                f"/{index}/code", phrase("Two versions have the code %(code)s.", code=one.code), DUE_2
            )
        seen.add(one.code)


def _years(schedules: Sequence[FeeSchedule]) -> range:
    """Return the years from the first version to the first that only the last one covers."""
    first = min(one.valid_from.year for one in schedules)
    last = max(one.valid_to.year if one.valid_to else one.valid_from.year + 1 for one in schedules)
    return range(first, min(last, first + _MOST_YEARS) + 1)


def _applies(one: FeeSchedule, number: int) -> bool:
    first = DuesYear(number, one.starts).first
    return one.valid_from <= first and (one.valid_to is None or first <= one.valid_to)


def _year(schedules: Sequence[FeeSchedule], number: int) -> Iterator[Finding]:
    found = [(index, one) for index, one in enumerate(schedules) if _applies(one, number)]
    year = str(number)
    if not found:
        if _is_between(schedules, number):
            yield Finding("", phrase("No version applies to %(year)s.", year=year), DUE_2)
        return
    for (_, one), (index, other) in combinations(found, 2):
        if _overlap(one.cohort, other.cohort):
            text = phrase(
                "%(one)s and %(other)s both apply to %(year)s. Give the older one a “valid_to”.",
                one=one.code,
                other=other.code,
                year=year,
            )
            yield Finding(f"/{index}/valid_from", text, DUE_2)
    cohorts = [one.cohort for _, one in found if one.cohort is not None]
    if len(cohorts) == len(found) and not _covers_all(cohorts):
        text = phrase("In %(year)s some members belong to no version: the cohorts leave days out.", year=year)
        yield Finding(f"/{found[0][0]}/cohort", text, DUE_2)


def _is_between(schedules: Sequence[FeeSchedule], number: int) -> bool:
    """Return whether some version applied before the year and another one will after it."""
    before = any(DuesYear(number, one.starts).first > one.valid_from for one in schedules)
    return before and any(DuesYear(number, one.starts).first < one.valid_from for one in schedules)


def _overlap(one: Cohort | None, other: Cohort | None) -> bool:
    """Return whether a member can fall under both; a version for a cohort goes before one for all."""
    if one is None or other is None:
        return one is other
    low = max(one.joined_from or date.min, other.joined_from or date.min)
    high = min(one.joined_before or date.max, other.joined_before or date.max)
    return low < high


def _covers_all(cohorts: Sequence[Cohort]) -> bool:
    reached = date.min
    for cohort in sorted(cohorts, key=lambda one: one.joined_from or date.min):
        if (cohort.joined_from or date.min) > reached:
            return False
        reached = max(reached, cohort.joined_before or date.max)
    return reached == date.max
