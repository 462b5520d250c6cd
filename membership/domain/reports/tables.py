"""A report as a table: columns with their keys and headings, rows of plain values, one row of sums.

The keys are those of `interfaces.md` "Reports"; JSON, CSV, XLSX and pages all come from the same table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Final

from membership.domain.dues.facts import FIRST_YEAR
from membership.domain.errors import N_, InputError
from membership.domain.money import rounded
from membership.domain.phrases import Phrase

Cell = str | Phrase | int | Fraction | date | tuple[str, ...] | None


class DayWrong(InputError):
    """The day of a report cannot be read."""

    message = N_("“%(text)s” is not a day. Write it like 16.02.2027 or 2027-02-16.")
    code = "report_day"


class DayInFuture(InputError):
    """A report is asked for a day that has not come."""

    message = N_("The day %(day)s lies in the future. A report shows today or a day before.")
    code = "report_in_future"


class PeriodWrong(InputError):
    """The period of a report ends before it begins."""

    message = N_("The period ends on %(last)s, before it begins on %(first)s.")
    code = "report_period"


class PeriodTooLong(InputError):
    """A report over more dues years than an association has had."""

    message = N_("A report covers at most %(most)s dues years.")
    code = "report_too_long"


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    YEAR = "year"  # a number without separators
    COUNT = "count"
    AMOUNT = "amount"  # whole cents
    SIZE = "size"  # an exact number; None where nothing is known
    PERCENT = "percent"  # a share; None where there is nothing to divide by
    DATE = "date"
    WORDS = "words"  # any number of message ids


@dataclass(frozen=True, slots=True)
class Column:
    """Key in JSON, heading (message id) in lists, and what the cells hold.

    An `is_later` column is filled only by a part of the product to come: lists leave it out while it is empty.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `sums` has one cell a column, None where nothing is added up."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: tuple[Cell, ...]

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the columns."""
        width = len(self.columns)
        assert all(len(row) == width for row in (*self.rows, self.sums)), self.columns

    def for_people(self, names: Mapping[str, Mapping[str, str]]) -> Table:
        """Return the table as a list shows it: codes by their names, columns that nothing fills yet left out.

        Args:
            names: key of a column -> code -> what a list says instead.
        """
        shown = [
            at
            for at, column in enumerate(self.columns)
            if not column.is_later or any(row[at] not in {None, ()} for row in self.rows)
        ]

        def cells(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
            return tuple(
                names.get(self.columns[at].key, {}).get(str(row[at]), row[at])
                if row[at] is not None
                else None
                for at in shown
            )

        return Table(tuple(self.columns[at] for at in shown), tuple(map(cells, self.rows)), cells(self.sums))

    def total(self, key: str) -> Cell:
        """Return the sum of a column."""
        return self.sums[[column.key for column in self.columns].index(key)]


_TODAY: Final = frozenset({"", "heute", "today"})
_GERMAN_DAY: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})|(\d{2})(\d{2})(\d{2})", re.ASCII)
_CENTURY: Final = 2000


def report_day(text: str, *, today: date) -> date:
    """Return the day a report is asked for, today when nothing is asked; refuse a day that has not come."""
    return past_day(typed_day(text, today=today), today=today)


def typed_day(text: str, *, today: date) -> date:
    """Return a typed day, today for an empty text: 2027-02-16, 16.02.2027, 16.2.27, 160227, heute or today.

    Source: `ux.md` 4 "Formats".
    """
    typed = text.strip()
    if typed.casefold() in _TODAY:
        return today
    try:
        match = _GERMAN_DAY.fullmatch(typed)
        if match is None:
            return date.fromisoformat(typed)
        numbers = [int(group) for group in match.groups() if group]
        year = numbers[2] if numbers[2] >= 100 else _CENTURY + numbers[2]  # noqa: PLR2004 - two digits
        return date(year, numbers[1], numbers[0])
    except ValueError as error:
        raise DayWrong(text=text) from error


def past_day(day: date, *, today: date) -> date:
    """Return the day; raise `DayInFuture` when it has not come, `DayWrong` for one before all dues years."""
    if day > today:
        raise DayInFuture(day=day)
    if day.year < FIRST_YEAR:
        raise DayWrong(text=day.isoformat())
    return day


def percent(share: Fraction) -> Fraction:
    """Return a share in percent with one decimal, half away from zero: 1/3 is 33.3."""
    return Fraction(rounded(share * 1000), 10)


MOST_YEARS: Final = 30


def dues_years(first: date | None, last: date | None, *, as_of: date) -> tuple[int, int]:
    """Return the first and the last dues year of a period; without one the year of the report's day."""
    begins, ends = first or last or as_of, last or first or as_of
    if ends < begins:
        raise PeriodWrong(first=begins, last=ends)
    if ends.year - begins.year >= MOST_YEARS:
        raise PeriodTooLong(most=MOST_YEARS)
    return begins.year, ends.year
