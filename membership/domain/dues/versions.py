"""Which version of a fee schedule counts for a member and a year.

Source: `domain.md` DUE-2, DUE-34, 2.10 `valid_to`, `cohort`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from membership.domain.dues.document import MonthDay
from membership.domain.dues.doubts import DUE_34
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.form import Cohort
from membership.domain.dues.situation import Lookups
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import phrase


class Version(NamedTuple):
    """A schedule in a dues year, with its tables made ready."""

    schedule: FeeSchedule
    year: DuesYear
    lookups: Lookups


class Versions:
    """The versions of a schedule; what is the same for all members is worked out once."""

    def __init__(self, schedules: Sequence[FeeSchedule]) -> None:
        self._schedules = schedules
        self._is_same_for_all = not any(one.cohort is not None or one.follows_joining for one in schedules)
        self._known: dict[int, Version] = {}
        self._lookups: dict[int, Lookups] = {}

    def of(self, facts: Facts) -> Version:
        """Return the version that counts for a member; raises as `schedule_for` and `dues_year_of`."""
        known = self._known.get(facts.year)
        if known is not None:
            return known
        schedule = schedule_for(self._schedules, facts)
        lookups = self._lookups.setdefault(id(schedule), {})
        found = Version(schedule, dues_year_of(schedule, facts), lookups)
        if self._is_same_for_all:
            self._known[facts.year] = found
        return found


def schedule_for(schedules: Sequence[FeeSchedule], facts: Facts) -> FeeSchedule:
    """Return the one version that is valid on the first day of the dues year for the day the member joined.

    A version for a cohort goes before one for all. Raises `Undecided` when there is none, or more than one.
    """
    own, common = [], []
    for schedule in schedules:
        first = DuesYear(facts.year, _starts(schedule, facts)).first
        if not _is_valid(schedule, first):
            continue
        if schedule.cohort is None:
            common.append(schedule)
        elif _belongs(schedule.cohort, facts.start, first=first):
            own.append(schedule)
    found = own or common
    if not found:
        raise Undecided(DUE_34, phrase("No fee schedule applies to %(year)s.", year=str(facts.year)))
    if len(found) > 1:
        codes = ", ".join(schedule.code for schedule in found)
        raise Undecided(
            DUE_34,
            phrase("Several fee schedules apply to %(year)s: %(codes)s.", year=str(facts.year), codes=codes),
        )
    return found[0]


def dues_year_of(schedule: FeeSchedule, facts: Facts) -> DuesYear:
    """Return the dues year of a member: that of the schedule, or its own from the day on which it joined."""
    if schedule.follows_joining and facts.start is None:
        raise Undecided(
            DUE_34,
            phrase(
                "The start of the membership is missing; the dues year of each member begins on that day."
            ),
        )
    return DuesYear(facts.year, _starts(schedule, facts))


def _starts(schedule: FeeSchedule, facts: Facts) -> MonthDay:
    if not schedule.follows_joining or facts.start is None:
        return schedule.starts
    return MonthDay(facts.start.month, facts.start.day)


def _is_valid(schedule: FeeSchedule, first: date) -> bool:
    return schedule.valid_from <= first and (schedule.valid_to is None or first <= schedule.valid_to)


def _belongs(cohort: Cohort, start: date | None, *, first: date) -> bool:
    if start is None:
        # A member since before the year: only "joined before" a later day is certain.
        return (
            cohort.joined_from is None and cohort.joined_before is not None and cohort.joined_before >= first
        )
    after = cohort.joined_from is None or start >= cohort.joined_from
    return after and (cohort.joined_before is None or start < cohort.joined_before)
