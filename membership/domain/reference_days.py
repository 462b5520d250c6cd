"""Which recorded size counts for a dues year: the day that the schedule names, and what is known around it.

Source: `domain.md` DUE-6, DUE-28, DUE-34, 2.10 `reference`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from membership.domain.dues.document import MonthDay
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.year import DuesYear, months_later

_LAST_DAY: Final = MonthDay(12, 31)
_JOINING: Final = "joining"
_NO_DAY: Final = frozenset({"", "due_date"})
_HALF_A_YEAR: Final = 6
_MONTHS_BEFORE: Final = 5
_YEARS_BACK: Final = {"dues_year": 0, "prev_year": 1, "year_before_last": 2}


class Standing(StrEnum):
    """What a size is worth for a dues year."""

    DECLARED = "declared"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Counting:
    """The day of the size that counts, and what it is worth.

    `BEFORE`: it is older than the schedule asks for, so what counts instead of a declaration decides (DUE-28).
    `AFTER`: the member is no new one, and all that is known of it was declared for the year that follows.
    """

    day: date
    standing: Standing


def reference_day(basis: Basis, year: int) -> date:
    """Return the day of which a size counts for a dues year; without a fixed day the end of the year before.

    The total of the dues year is that of its end.
    """
    word = basis.reference.partition(":")[0]
    return _month_day(basis).in_year(year - _YEARS_BACK.get(word, 1))


def day_meant(basis: Basis, today: date, *, year: int | None = None) -> date:
    """Return the day of which a size counts that somebody states today; `year`: for which year it is said.

    Without a year the dues year counts to which it is nearer: this one up to June, then the coming one. A reference
    day that has not come yet is no day of which anything is known: then it is today.
    """
    if year is not None:
        return min(_month_day(basis).in_year(year), today)
    dues_year = today.year if today.month <= _HALF_A_YEAR else today.year + 1
    return min(reference_day(basis, dues_year), today)


def _month_day(basis: Basis) -> MonthDay:
    _word, _colon, day = basis.reference.partition(":")
    if not day[:1].isdigit():
        return _LAST_DAY
    month, number = (int(part) for part in day.split("-"))
    return MonthDay(month, number)


def counting_day(
    days: Iterable[date], *, basis: Basis, year: DuesYear, start: date | None
) -> Counting | None:
    """Return which of the days on which a member's size was recorded counts for a dues year, None when none does.

    The newest up to the reference day goes first, of its year or of the five months before (so that a size of
    December counts for 1 January); then the newest before the next reference day, so that what is declared for the
    year after never counts here; a member that joins in the dues year is measured as late as its end. Nothing from
    after the dues year counts.

    Args:
        days: the days of the sizes, in any order.
        basis: the basis with its reference.
        year: the dues year.
        start: when the membership began, None when that is not known.
    """
    known = sorted(day for day in days if day <= year.last)
    if not known:
        return None
    if basis.reference == _JOINING:
        until = [day for day in known if start is not None and day <= start]
        return Counting(until[-1] if until else known[0], Standing.DECLARED)
    asked, following = reference_day(basis, year.year), reference_day(basis, year.year + 1)
    first = min(date(asked.year, 1, 1), months_later(asked.replace(day=1), -_MONTHS_BEFORE))
    if basis.reference in _NO_DAY:
        asked = year.last
    in_time = [day for day in known if first <= day <= asked]
    late = [day for day in known if asked < day < following]
    newest = (in_time or late)[-1:]
    if not newest and start is not None and start in year:
        newest = [day for day in known if day > asked][-1:]
    if newest:
        return Counting(newest[0], Standing.DECLARED)
    before = [day for day in known if day < first]
    return Counting(before[-1], Standing.BEFORE) if before else Counting(known[-1], Standing.AFTER)
