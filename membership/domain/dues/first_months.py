"""Discounts for the first months of a membership: they count for that part of the owed year which lies in them.

Source: fee orders with “half the dues in the first twelve months”; DUE-38 (without a start nothing holds).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from membership.domain.dues.schedule.choices import Join
from membership.domain.dues.schedule.discounts import Discount
from membership.domain.dues.situation import Situation
from membership.domain.dues.year import MONTHS, DuesYear, months_later


def for_its_months(discount: Discount, situation: Situation) -> Discount | None:
    """Return the discount with the part of the year for which it counts, None where it does not count any more."""
    if not discount.first_months:
        return discount
    start = situation.facts.start
    if start is None:
        return None
    join = situation.category(situation.facts.category).prorata.join
    part = (
        _by_days(start, discount.first_months, situation.year)
        if join is Join.DAY
        else _by_months(start, discount.first_months, situation.year, join=join)
    )
    return replace(discount, part=part) if part else None


def _by_months(start: date, months: int, year: DuesYear, *, join: Join) -> Fraction:
    first = year.month_of(start)
    if join is Join.MONTH_NEXT or (join is Join.MONTH_FULL and start.day > 1):
        first += 1
    owed_from = max(1, first)
    owed = MONTHS + 1 - owed_from
    inside = min(MONTHS, first + months - 1) - owed_from + 1
    return Fraction(max(0, inside), owed) if owed > 0 else Fraction(0)


def _by_days(start: date, months: int, year: DuesYear) -> Fraction:
    owed_from = max(year.first, start)
    last = min(year.last, months_later(start, months) - timedelta(days=1))
    inside = (last - owed_from).days + 1
    return Fraction(max(0, inside), (year.last - owed_from).days + 1)
