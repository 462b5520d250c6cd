"""The dues year: its first and last day, and what lies inside it.

Source: `domain.md` DUE-21, DUE-37.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from membership.domain.dues.document import NEW_YEAR, MonthDay

MONTHS = 12
QUARTERS = 4
_MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True)
class DuesYear:
    """Twelve months, named by the calendar year in which they start; without slots, so that its days are kept."""

    year: int
    starts: MonthDay = NEW_YEAR

    @cached_property
    def first(self) -> date:
        """Return the first day."""
        return self.starts.in_year(self.year)

    @cached_property
    def last(self) -> date:
        """Return the last day."""
        return self.starts.in_year(self.year + 1) - timedelta(days=1)

    @property
    def days(self) -> int:
        """Return how many days the year has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def month_of(self, day: date) -> int:
        """Return the number of the month within the dues year, from 1; a day before counts below 1.

        A year that starts on the 15th has months from the 15th to the 14th.
        """
        first = self.first
        return (day.year - first.year) * MONTHS + day.month - first.month + 1 - (day.day < first.day)

    def quarter_of(self, day: date) -> int:
        """Return the number of the quarter within the dues year, from 1."""
        return (self.month_of(day) - 1) // _MONTHS_OF_A_QUARTER + 1

    def day_in(self, day: MonthDay) -> date:
        """Return the day of every year that lies in this dues year."""
        found = day.in_year(self.year)
        return found if found >= self.first else day.in_year(self.year + 1)

    @classmethod
    def of(cls, day: date, starts: MonthDay = NEW_YEAR) -> DuesYear:
        """Return the dues year in which the day lies."""
        found = cls(day.year, starts)
        return found if day >= found.first else cls(day.year - 1, starts)


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, the last day of a month that is too short for it."""
    years, month = divmod(day.month - 1 + months, MONTHS)
    for back in range(4):
        try:
            return date(day.year + years, month + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError(day, months)


def full_years(since: date, until: date) -> int:
    """Return the number of full years from one day to another."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))
