"""When dues are due.

Source: `domain.md` DUE-33.
"""

from __future__ import annotations

from datetime import date, timedelta

from membership.domain.dues.assessment import Assessment
from membership.domain.dues.document import MonthDay
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import phrase


def due_date(
    schedule: FeeSchedule, category: str = "", *, year: int, issued_on: date, is_new_member: bool
) -> date:
    """Return the due date of an invoice for a dues year; a category may have a rule of its own.

    With a fixed day a new member, or an invoice issued after it, has a number of days from the invoice date, but
    never less than until that day. Raises `ScheduleWrong` when the schedule has no rule.
    """
    own = schedule.categories.get(category)
    due = (own.due if own else None) or schedule.due
    if due is None:
        raise ScheduleWrong(where="/due", problem=phrase("The fee schedule does not say when dues are due."))
    later = issued_on + timedelta(days=due.days)
    if due.day is None:
        return later
    fixed = DuesYear(year, schedule.starts).day_in(due.day)
    return max(fixed, later) if is_new_member or issued_on > fixed else fixed


def last_due(assessment: Assessment, usual: date) -> date:
    """Return when all of an invoice is due: with instalments or parts of their own on the last of their days.

    Source: `domain.md` EIN-18.
    """
    return max((line.due for line in assessment.lines if line.due is not None), default=usual)


def last_correction(schedule: FeeSchedule, year: int) -> date | None:
    """Return the last day on which a size of a dues year may be corrected; None where the schedule names none.

    Source: `domain.md` DUE-29.
    """
    if not schedule.declaration.correct_until:
        return None
    of_year, _colon, day = schedule.declaration.correct_until.rpartition(":")
    month, day_of_month = map(int, day.split("-"))
    due_year = DuesYear(year + (of_year == "next_year"), schedule.starts)
    return due_year.day_in(MonthDay(month, day_of_month))
