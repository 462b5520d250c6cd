"""The yearly round: when it opens and ends, when members are reminded, until when a late word counts.

Source: DUE-27, DUE-29.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from membership.domain.dues.deadlines import last_correction
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, Conflict, InputError

REMINDERS: Final = (-14, -3, 7)
"""Days before and after the deadline on which members are reminded that have not declared."""
_SHORTEST: Final = timedelta(days=7)
_LONGEST: Final = timedelta(days=366)


class DeadlineWrong(InputError):
    """The deadline leaves no time, or lies years ahead."""

    message = N_(
        "The deadline must lie at least a week and at most a year ahead: from %(first)s to %(last)s."
    )
    code = "declaration_deadline"


class LateDayWrong(InputError):
    """The last day for a late declaration lies before the deadline."""

    message = N_("The last day for late declarations must not lie before the deadline, %(deadline)s.")
    code = "declaration_late_until"


class RoundEnded(Conflict):
    """Nothing can be declared for this year any more."""

    message = N_("For %(year)s nothing can be declared any more. Please write to the association.")
    code = "declaration_ended"


class LastDayOver(Conflict):
    """Nobody can be asked for a declaration any more: its link would not work."""

    message = N_(
        "The last day for declarations for %(year)s was %(day)s. Change the deadline, then links work again."
    )
    code = "declaration_last_day_over"


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of a round."""

    deadline: date
    late_until: date | None


def usual_dates(schedule: FeeSchedule | None, year: int, *, today: date) -> Dates:
    """Return the deadline that the schedule names for a dues year, but never less than two weeks from today."""
    soonest = today + 2 * _SHORTEST
    if schedule is None:
        return Dates(soonest, None)
    deadline = max(schedule.declaration.deadline.in_year(year - 1), soonest)
    late = last_correction(schedule, year)
    return Dates(deadline, late if late is not None and late >= deadline else None)


def usual_year(schedule: FeeSchedule | None, *, today: date) -> int:
    """Return the dues year that is asked about next: the coming one from the day on which rounds open."""
    if schedule is None:
        return today.year + 1
    return today.year + (today >= schedule.declaration.opens.in_year(today.year))


def check_dates(dates: Dates, *, today: date, before: Dates | None = None) -> None:
    """Raise `DeadlineWrong` or `LateDayWrong`; of a round that has days, `before`, a deadline that stays is let be."""
    first, last = today + _SHORTEST, today + _LONGEST
    stays = before is not None and dates.deadline == before.deadline
    if not stays and not first <= dates.deadline <= last:
        raise DeadlineWrong(first=first, last=last)
    if dates.late_until is not None and dates.late_until < dates.deadline:
        raise LateDayWrong(deadline=dates.deadline)


def reminder_days(dates: Dates) -> dict[int, date]:
    """Return the reminders of a round: days from the deadline -> the day; none after its last day."""
    days = {offset: dates.deadline + timedelta(days=offset) for offset in REMINDERS}
    return {offset: day for offset, day in days.items() if day <= last_day(dates)}


def due_reminders(dates: Dates, *, opened_on: date, done: Iterable[int], today: date) -> list[int]:
    """Return the reminders whose day has come and that were not dealt with; one mail answers for all of them.

    A day on or before the opening is no reminder: the request itself is fresh then. After the last day there is none.
    """
    if today > last_day(dates):
        return []
    known = set(done)
    days = reminder_days(dates).items()
    return sorted(offset for offset, day in days if opened_on < day <= today and offset not in known)


def still_reminded(dates: Dates, *, done: Iterable[int], today: date) -> list[int]:
    """Return the reminders that stay done with new dates: those whose new day has come; the others are due again."""
    days = reminder_days(dates)
    return sorted(offset for offset in done if days.get(offset, today) <= today)


def last_day(dates: Dates) -> date:
    """Return the last day on which a member may declare: with its correction until the date set (DUE-29)."""
    return max(dates.deadline, dates.late_until or dates.deadline)


def is_over(dates: Dates, *, today: date) -> bool:
    """Return whether the last day for a declaration lies behind; the office still enters what it hears (DUE-29)."""
    return today > last_day(dates)


def check_asking(dates: Dates, year: int, *, today: date) -> None:
    """Raise `LastDayOver` when a link sent today would never work."""
    if is_over(dates, today=today):
        raise LastDayOver(year=str(year), day=last_day(dates))


def link_ends(dates: Dates, *, today: date) -> date:
    """Return the last day of a link sent today: the deadline, after it the last day for late declarations."""
    return dates.deadline if today <= dates.deadline else last_day(dates)
