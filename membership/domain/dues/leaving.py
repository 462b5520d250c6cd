"""What is not owed of a year in which a membership ends; part of step 9.

Source: `domain.md` DUE-23.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.schedule.choices import Leave
from membership.domain.dues.situation import Situation
from membership.domain.dues.year import MONTHS, QUARTERS, DuesYear
from membership.domain.phrases import Phrase, phrase

_HALVES = 2


class NotOwed(NamedTuple):
    """The part of the year after leaving, and why it is not owed."""

    share: Fraction
    text: Phrase


def not_owed_after(leave: Leave, situation: Situation) -> NotOwed | None:
    """Return what of the year is not owed any more, None where the whole year stays owed."""
    end = situation.facts.end
    if leave is Leave.NO_REFUND or end is None or end not in situation.year:
        return None
    found = _RULES[leave](end, situation.year)
    return found if found.share else None


def _months(end: date, year: DuesYear) -> NotOwed:
    left = MONTHS - year.month_of(end)
    text = phrase(
        "Left on %(day)s: %(part)s of %(whole)s months are not owed", day=end, part=left, whole=MONTHS
    )
    return NotOwed(Fraction(left, MONTHS), text)


def _quarters(end: date, year: DuesYear) -> NotOwed:
    left = QUARTERS - year.quarter_of(end)
    text = phrase(
        "Left on %(day)s: %(part)s of %(whole)s quarters are not owed", day=end, part=left, whole=QUARTERS
    )
    return NotOwed(Fraction(left, QUARTERS), text)


def _halves(end: date, year: DuesYear) -> NotOwed:
    left = int(year.month_of(end) <= MONTHS // _HALVES)
    text = phrase("Left on %(day)s: half of the year is not owed", day=end)
    return NotOwed(Fraction(left, _HALVES), text)


def _days(end: date, year: DuesYear) -> NotOwed:
    left = (year.last - end).days
    text = phrase(
        "Left on %(day)s: %(part)s of %(whole)s days are not owed", day=end, part=left, whole=year.days
    )
    return NotOwed(Fraction(left, year.days), text)


_RULES: dict[Leave, Callable[[date, DuesYear], NotOwed]] = {
    Leave.MONTH: _months,
    Leave.QUARTER: _quarters,
    Leave.HALF: _halves,
    Leave.DAY: _days,
}
