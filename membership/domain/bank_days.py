"""Until when a payment is in time, and on which days banks settle: two calendars that are not the same.

A due day on a weekend or holiday moves to the next working day. The holidays are those of all Germany and Reformation
Day, as in Bremen and Lower Saxony (`docs/decisions/0006`). Banks settle on the days of TARGET, which knows fewer
holidays: 3 October is one of its days, Good Friday is none.

Source: § 193 BGB; `domain.md` GEN-10, DUN-3, REP-2; TARGET: ECB, calendar of closing days since 2002; SEPA-8.
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
_TARGET_FIXED: Final = ((1, 1), (5, 1), (12, 25), (12, 26))
_TARGET_AFTER_EASTER: Final = (-2, 1)


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


def is_target_day(day: date) -> bool:
    """Return whether banks settle on a day: no weekend and no closing day of TARGET."""
    return day.weekday() < _SATURDAY and day not in _target_closings(day.year)


def next_target_day(day: date) -> date:
    """Return a day itself when banks settle on it, else the next one on which they do (SEPA-8)."""
    while not is_target_day(day):
        day += _DAY
    return day


def target_days_after(day: date, count: int) -> date:
    """Return the day on which so many days of TARGET have passed since a day; of 0 the next one, that day included."""
    day = next_target_day(day)
    for _ in range(count):
        day = next_target_day(day + _DAY)
    return day


@cache
def _target_closings(year: int) -> frozenset[date]:
    easter = easter_sunday(year)
    moving = {easter + timedelta(days=days) for days in _TARGET_AFTER_EASTER}
    return frozenset({date(year, month, day) for month, day in _TARGET_FIXED} | moving)


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
