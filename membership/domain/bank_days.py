"""Until when a payment is in time: a due day on a weekend or holiday moves to the next working day.

The holidays are those of all Germany and Reformation Day, as in Bremen and Lower Saxony (`docs/decisions/0006`).

Source: § 193 BGB; `domain.md` GEN-10, DUN-3, REP-2.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_FIXED: Final = ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26))
_AFTER_EASTER: Final = (-2, 1, 39, 50)
"""Good Friday, Easter Monday, Ascension Day, Whit Monday."""


def payable_until(due_on: date) -> date:
    """Return the last day on which a payment due on a day is in time: that day or the next working day."""
    day = due_on
    while not is_working_day(day):
        day += _DAY
    return day


def last_overdue(today: date) -> date:
    """Return the last due day whose payments are late today; all due days before it are late too.

    It is the last working day before today. So lists can ask the database with one comparison.
    """
    day = today - _DAY
    while not is_working_day(day):
        day -= _DAY
    return day


def days_late(due_on: date, today: date) -> int:
    """Return how many days a payment is late; 0 while it would be in time."""
    return max(0, (today - payable_until(due_on)).days)


def is_working_day(day: date) -> bool:
    """Return whether a day is neither Saturday, Sunday nor a holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    easter = easter_sunday(year)
    moving = {easter + timedelta(days=days) for days in _AFTER_EASTER}
    return frozenset({date(year, month, day) for month, day in _FIXED} | moving)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar.

    Source: the anonymous algorithm of 1876 (Meeus, Jones, Butcher).
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    skipped = century // 4
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - skipped - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
