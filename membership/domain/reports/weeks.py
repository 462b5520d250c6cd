"""Receipts of a dues year, week by week, added up: are we faster than last year?

Source: `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

LAST_WEEK: Final = 53
_DAYS: Final = 7


def week_of(day: date, year: int) -> int:
    """Return the week of the year a day lies in, from 1 on 1 January; earlier days count as 1, later ones as 53."""
    if day.year != year:
        return 1 if day.year < year else LAST_WEEK
    return (day - date(year, 1, 1)).days // _DAYS + 1


def weekly(receipts: Iterable[tuple[date, int]], *, year: int, last: int) -> tuple[int, ...]:
    """Return what had come in by the end of each of the weeks 1 to `last`; later receipts are left out."""
    weeks = [0] * (last + 1)
    for day, cents in receipts:
        week = week_of(day, year)
        if week <= last:
            weeks[week] += cents
    total = 0
    found = []
    for cents in weeks[1:]:
        total += cents
        found.append(total)
    return tuple(found)
