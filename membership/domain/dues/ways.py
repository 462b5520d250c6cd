"""Which categories count for a member in a year, each for how much of it, and what they come to together.

A member may change its category in the year, grow into another one, or have several at once.
Source: `domain.md` DUE-24, DUE-38.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.assessment import PartLine, StepName, Trail
from membership.domain.dues.doubts import DUE_34
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import Move
from membership.domain.dues.lines import dues_parts, scaled
from membership.domain.dues.schedule.choices import CategoryChange, SeveralCategories
from membership.domain.dues.schedule.form import Becomes, Category
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import added, euros
from membership.domain.dues.year import MONTHS, months_later
from membership.domain.phrases import phrase

DUE_24 = "DUE-24"


class Segment(NamedTuple):
    """A category for a number of months of the year, with its steps so far."""

    category: Category
    months: int
    trail: Trail = Trail()


Way = tuple[Segment, ...]
"""One category of the member through the year: the segments of its changes, usually one."""


class Joined(NamedTuple):
    """What all ways come to: the trail, and the category whose rules count from here on."""

    category: Category
    trail: Trail


def ways_of(situation: Situation) -> tuple[Way, ...]:
    """Return one way for each category of the member, its own first; none when that is all that counts."""
    facts = situation.facts
    if not facts.categories:
        is_all = situation.own.becomes is None and not facts.moves
        return () if is_all else (_way(situation, facts.category, facts.moves),)
    codes = [facts.category, *(code for code in facts.categories if code != facts.category)]
    if len(codes) > 1 and situation.schedule.several_categories is None:
        raise Undecided(
            DUE_34, phrase("The fee schedule does not say what a member in several categories owes.")
        )
    moves = facts.moves
    return tuple(_way(situation, code, moves if code == facts.category else ()) for code in codes)


def _way(situation: Situation, code: str, moves: tuple[Move, ...]) -> Way:
    year, category = situation.year, situation.category(code)
    if category.becomes is None and not moves:
        return (Segment(category, MONTHS),)
    segments: list[Segment] = []
    begun = _first_month(situation)
    for move in sorted((*_growth(situation, code), *moves), key=lambda move: move.on):
        if move.on > year.last or category.code == move.category:
            continue
        rule = category.prorata.category_change
        later = situation.category(move.category)
        if move.on <= year.first:
            category = later
        elif rule is CategoryChange.NONE:
            raise Undecided(
                DUE_24,
                phrase(
                    "The fee schedule does not say what a change of category during the year costs (%(day)s).",
                    day=move.on,
                ),
            )
        elif rule is CategoryChange.MONTH:
            month = year.month_of(move.on)
            if month > begun:
                segments.append(Segment(category, month - begun))
                begun = month
            category = later
    return (*segments, Segment(category, MONTHS + 1 - begun))


def _first_month(situation: Situation) -> int:
    start = situation.facts.start
    return situation.year.month_of(start) if start is not None and situation.joins_this_year else 1


def _growth(situation: Situation, code: str) -> Iterator[Move]:
    """Yield the changes of a category that grows into others after full years of membership, up to this year."""
    later = situation.category(code).becomes
    while later is not None:
        day = _grown_on(situation, later)
        if day > situation.year.last:
            return
        yield Move(day, later.category)
        later = situation.category(later.category).becomes


def _grown_on(situation: Situation, becomes: Becomes) -> date:
    start = situation.facts.start
    if start is None:
        raise Undecided(
            DUE_34,
            phrase(
                "The start of the membership is missing; the category becomes %(category)s some years after it.",
                category=becomes.category,
            ),
        )
    return months_later(start, becomes.after_years * MONTHS)


def fee_of_growth(situation: Situation) -> Becomes | None:
    """Return the change into another category that takes effect in this year, None without one."""
    category = situation.own
    while category.becomes is not None:
        day = _grown_on(situation, category.becomes)
        if day > situation.year.last:
            return None
        counts_at_once = category.prorata.category_change is CategoryChange.MONTH
        first, last = situation.year.first, situation.year.last
        before = replace(situation.year, year=situation.year.year - 1)
        if (counts_at_once and first <= day <= last) or (
            not counts_at_once and (day == first or before.first < day < first)
        ):
            return category.becomes
        category = situation.category(category.becomes.category)
    return None


def each_segment(ways: tuple[Way, ...], work: Callable[[Category, Trail], Trail]) -> tuple[Way, ...]:
    """Return the ways with each segment's trail worked on."""
    return tuple(
        tuple(Segment(one.category, one.months, work(one.category, one.trail)) for one in way) for way in ways
    )


def joined(ways: tuple[Way, ...], several: SeveralCategories | None) -> Joined:
    """Return what the ways come to: by months of each category, then the highest or the sum of several."""
    found = [_by_months(way) for way in ways]
    if len(found) == 1:
        return found[0]
    if several is SeveralCategories.HIGHEST:
        won = max(found, key=lambda one: one.trail.amount)
        return Joined(won.category, won.trail._replace(apart=found[0].trail.apart))
    return _summed(found)


def _by_months(way: Way) -> Joined:
    last = way[-1]
    if len(way) == 1:
        return Joined(last.category, last.trail)
    whole = sum(segment.months for segment in way)
    shares = [Fraction(segment.months, whole) for segment in way]
    amounts = [segment.trail.amount * share for segment, share in zip(way, shares, strict=True)]
    texts = [
        phrase(
            "%(n)s months as %(category)s: %(amount)s",
            n=segment.months,
            category=segment.category.code,
            amount=euros(amount),
        )
        for segment, amount in zip(way, amounts, strict=True)
    ]
    trail = _together([segment.trail for segment in way])
    trail = trail.then(StepName.METHOD, DUE_24, text=added(texts), amount=sum(amounts, Fraction(0)))
    parts = _parts(
        [(s.category, s.trail, share) for s, share in zip(way, shares, strict=True)], last.category
    )
    return Joined(last.category, trail._replace(parts=parts, band=last.trail.band, apart=last.trail.apart))


def _summed(found: list[Joined]) -> Joined:
    own = found[0]
    texts = [
        phrase("%(amount)s (%(text)s)", amount=euros(one.trail.amount), text=one.category.code)
        for one in found
    ]
    total = sum((one.trail.amount for one in found), Fraction(0))
    trail = _together([one.trail for one in found])
    trail = trail.then(StepName.METHOD, "DUE-38", text=added(texts), amount=total)
    parts = _parts([(one.category, one.trail, Fraction(1)) for one in found], own.category)
    return Joined(own.category, trail._replace(parts=parts, band=own.trail.band, apart=own.trail.apart))


def _together(trails: list[Trail]) -> Trail:
    whole = Trail()
    for trail in trails:
        whole = whole._replace(steps=(*whole.steps, *trail.steps)).using(trail.bases).warned(trail.warnings)
    return whole


def _parts(found: list[tuple[Category, Trail, Fraction]], own: Category) -> tuple[PartLine, ...]:
    """Return the lines of several trails; none where all of them are one line under the same rules."""
    parts = [
        part
        for category, trail, share in found
        for part in scaled(dues_parts(trail, category), trail.amount * share)
    ]
    if all(part.is_plain and part.tax == own.tax and part.due == own.due for part in parts):
        return ()
    return tuple(parts)
