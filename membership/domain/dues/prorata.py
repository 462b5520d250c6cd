"""How much of a year a member owes whose membership starts or ends in it: step 9.

Source: `domain.md` DUE-20 to DUE-23, DUE-35 (no rule on joining), DUE-37.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.assessment import StepName, Trail
from membership.domain.dues.doubts import DUE_34, doubts, refuse_open
from membership.domain.dues.errors import Undecided
from membership.domain.dues.leaving import not_owed_after
from membership.domain.dues.schedule.choices import Join, RelevantDay
from membership.domain.dues.schedule.form import Prorata
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import euros
from membership.domain.dues.year import MONTHS, QUARTERS, DuesYear
from membership.domain.phrases import Phrase, phrase

_TWELFTHS = tuple(Fraction(months, MONTHS) for months in range(MONTHS + 1))


class Share(NamedTuple):
    """The part of the year that is owed, and why."""

    share: Fraction
    text: Phrase
    doubt: str = ""


def cut_to_year(trail: Trail, rule: Prorata, *, situation: Situation, minimum: Fraction | None) -> Trail:
    """Return the trail after the parts of the year before joining and after leaving are taken off."""
    if not trail.amount:
        return trail
    whole = trail.amount
    joined = _joined_share(rule, situation)
    if joined is not None:
        trail = trail.then(StepName.PRORATA, rule.join, text=joined.text, amount=whole * joined.share)
        trail = trail.warned(doubts(rule.doubt, joined.doubt))
    left = not_owed_after(rule.leave, situation)
    if left is not None:
        share = max(Fraction(0), (joined.share if joined else 1) - left.share)
        trail = trail.then(StepName.PRORATA, rule.leave, text=left.text, amount=whole * share)
    if rule.min_not_prorated and minimum is not None and trail.amount < min(minimum, whole):
        floor = min(minimum, whole)
        text = phrase("Minimum dues of %(amount)s, not reduced for part of a year", amount=euros(floor))
        trail = trail.then(StepName.PRORATA, "DUE-20", text=text, amount=floor)
    return trail


def owed_share(join: Join, day: date, *, year: DuesYear, rule: Prorata) -> Share:
    """Return the part of the year owed by a member that joins on a day inside it, after the first."""
    return _SHARES[join](day, year, rule)


def _joined_share(rule: Prorata, situation: Situation) -> Share | None:
    day = _relevant_day(rule, situation)
    if day is None or day <= situation.year.first:
        return None
    if rule.join is Join.NONE:
        raise Undecided(
            DUE_34,
            phrase(
                "The fee schedule does not say what a member owes that joins during the year (%(day)s).",
                day=day,
            ),
        )
    return owed_share(rule.join, day, year=situation.year, rule=rule)


def _relevant_day(rule: Prorata, situation: Situation) -> date | None:
    if rule.day is RelevantDay.START or rule.join in {Join.NONE, Join.FULL}:
        return situation.facts.start
    decided = situation.facts.decided_on
    if decided is None:
        if situation.joins_this_year:
            raise Undecided(DUE_34, phrase("The day of the decision on the admission is missing."))
        return None
    if decided > situation.year.last:
        raise Undecided(
            DUE_34,
            phrase("The admission was decided on %(day)s, after the end of the dues year.", day=decided),
        )
    return decided


def _full(day: date, _: DuesYear, __: Prorata) -> Share:
    return Share(Fraction(1), phrase("Joined on %(day)s: the whole year is owed", day=day))


def _half(day: date, year: DuesYear, rule: Prorata) -> Share:
    if day <= year.day_in(rule.cutoff):
        return _full(day, year, rule)
    return Share(Fraction(1, 2), phrase("Joined on %(day)s: half of the year is owed", day=day))


def _quarters(day: date, year: DuesYear, _: Prorata) -> Share:
    left = QUARTERS + 1 - year.quarter_of(day)
    text = phrase("Joined on %(day)s: %(part)s of %(whole)s quarters", day=day, part=left, whole=QUARTERS)
    return Share(Fraction(left, QUARTERS), text)


def _quarters_after_first(day: date, year: DuesYear, _: Prorata) -> Share:
    left = QUARTERS - year.quarter_of(day)
    text = phrase("Joined on %(day)s: %(part)s of %(whole)s quarters", day=day, part=left, whole=QUARTERS)
    return Share(Fraction(left, QUARTERS), text)


def _months(left: int, day: date) -> Share:
    text = phrase("Joined on %(day)s: %(part)s of %(whole)s months", day=day, part=left, whole=MONTHS)
    return Share(_TWELFTHS[left], text)


def _months_with_first(day: date, year: DuesYear, rule: Prorata) -> Share:
    return _months(MONTHS + (day.day <= rule.counts_until) - year.month_of(day), day)


def _months_after_first(day: date, year: DuesYear, _: Prorata) -> Share:
    return _months(MONTHS - year.month_of(day), day)


def _complete_months(day: date, year: DuesYear, _: Prorata) -> Share:
    return _months(MONTHS - year.month_of(day) + (day.day == 1), day)


def _from_table(day: date, year: DuesYear, rule: Prorata) -> Share:
    for row in rule.shares:
        if day <= year.day_in(row.until):
            refuse_open(row.open)
            text = phrase("Joined on %(day)s: %(percent)s %% of the year", day=day, percent=row.share * 100)
            return Share(row.share, text, row.doubt)
    raise Undecided(
        DUE_34,
        phrase(
            "The fee schedule does not say what a member owes that joins during the year (%(day)s).", day=day
        ),
    )


def _days(day: date, year: DuesYear, _: Prorata) -> Share:
    left = (year.last - day).days + 1
    text = phrase("Joined on %(day)s: %(part)s of %(whole)s days", day=day, part=left, whole=year.days)
    return Share(Fraction(left, year.days), text)


_SHARES: dict[Join, Callable[[date, DuesYear, Prorata], Share]] = {
    Join.FULL: _full,
    Join.HALF: _half,
    Join.QUARTER: _quarters,
    Join.QUARTER_NEXT: _quarters_after_first,
    Join.MONTH_INCL: _months_with_first,
    Join.MONTH_NEXT: _months_after_first,
    Join.MONTH_FULL: _complete_months,
    Join.DAY: _days,
    Join.TABLE: _from_table,
}
