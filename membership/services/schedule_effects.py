"""What a fee schedule means for every member: old -> new, sums, who cannot be decided; and one worked example.

Old is what the schedules in force would ask for the same year, with the same sizes, the newest known ones; while there
is none, it is what was billed the year before.
Source: `ux.md` 6.5 "Effect", DUE-31, `interfaces.md` `schedule compare`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from membership.domain.dues.assessment import Assessment, Refusal, Result
from membership.domain.dues.compare import Change, compare
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts, Origin
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import Missing
from membership.domain.dues.year import DuesYear
from membership.domain.money import Money
from membership.domain.phrases import Phrase
from membership.persistence.queries import invoicing as invoice_queries
from membership.services import dues

_NOTHING = Money(0)


class Direction(StrEnum):
    """What happens to the dues of a member."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    NEW = "new"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class MemberEffect:
    """The dues of one member before and after; `refusal` says why the schedule does not decide."""

    member_id: int
    change: Change
    category: str
    size: Phrase | None
    refusal: Refusal | None

    @property
    def direction(self) -> Direction:
        """Return whether the dues rise, fall or stay."""
        if self.change.new is None:
            return Direction.UNDECIDED
        difference = self.change.difference
        if difference is None:
            return Direction.NEW
        if not difference:
            return Direction.SAME
        return Direction.UP if difference.cents > 0 else Direction.DOWN

    @property
    def has_new_class(self) -> bool:
        """Return whether the member comes into another row of the table."""
        old, new = self.change.old_band, self.change.new_band
        return old is not None and new is not None and old.label != new.label


@dataclass(frozen=True, slots=True)
class Effect:
    """A schedule on all members of a year; `before`: the code of the version it is compared with, if it is one."""

    year: int
    before: str
    members: tuple[MemberEffect, ...]

    @property
    def old_cents(self) -> int:
        """Return the old sum over all members for whom the schedule decides: the others are in no new sum either."""
        return sum((each.change.old or _NOTHING).cents for each in self.members if each.refusal is None)

    @property
    def new_cents(self) -> int:
        """Return the new sum over all members."""
        return sum((each.change.new or _NOTHING).cents for each in self.members)

    @property
    def undecided(self) -> tuple[MemberEffect, ...]:
        """Return the members for whom the schedule does not decide."""
        return tuple(each for each in self.members if each.refusal is not None)

    def count(self, direction: Direction) -> int:
        """Return how many members go that way."""
        return sum(each.direction is direction for each in self.members)


def effect_of(
    session: Session, schedule: FeeSchedule, *, year: int, against: FeeSchedule | None = None
) -> Effect:
    """Return what a schedule does to every member of a dues year, compared with the version before it.

    With `against` it is compared with that version, whatever its state and its years.
    """
    others = [_by_known_sizes(one) for one in dues.billing_schedules(session) if one.code != schedule.code]
    before = _as_if_it_went_on(others, schedule) if against is None else [_in_every_year(against)]
    after = [one for one in others if one.cohort != schedule.cohort]
    shown = dataclasses.replace(_by_known_sizes(schedule), valid_to=None)
    facts = dues.read_facts(session, year)
    new = dues.assess(session, year, schedules=[*after, shown], known_facts=facts)
    changes = _changes(session, new, before=before, year=year, facts=facts)
    return Effect(
        year, _code_of(before, schedule, year=year), tuple(_member_effect(each, changes) for each in new)
    )


def _code_of(before: Sequence[FeeSchedule], schedule: FeeSchedule, *, year: int) -> str:
    """Return the code of the version that the members of the year, of the same cohort if it has one, belong to."""
    first = DuesYear(year, schedule.starts).first
    valid = [
        one for one in before if one.valid_from <= first and (one.valid_to is None or first <= one.valid_to)
    ]
    same = [one for one in valid if one.cohort == schedule.cohort]
    return max(same or valid, key=lambda one: one.valid_from).code if valid else ""


def _in_every_year(schedule: FeeSchedule) -> FeeSchedule:
    return dataclasses.replace(_by_known_sizes(schedule), valid_from=date.min, valid_to=None, cohort=None)


def _by_known_sizes(schedule: FeeSchedule) -> FeeSchedule:
    """Return the schedule with the newest known size counting where nobody declared one for the year yet."""
    declaration = dataclasses.replace(
        schedule.declaration, missing=Missing.CARRY_OVER, plus_share=Fraction(0)
    )
    return dataclasses.replace(schedule, declaration=declaration)


def _as_if_it_went_on(others: Sequence[FeeSchedule], schedule: FeeSchedule) -> list[FeeSchedule]:
    """Return the versions that would count if this one did not exist: the newest before it goes on."""
    earlier = [one for one in others if one.valid_from < schedule.valid_from]
    last: dict[object, FeeSchedule] = {}
    for one in sorted(earlier, key=lambda each: each.valid_from):
        last[one.cohort] = one
    return [
        dataclasses.replace(one, valid_to=None) if one.code == last[one.cohort].code else one
        for one in earlier
    ]


def _changes(
    session: Session,
    new: Sequence[dues.MemberDues],
    *,
    before: list[FeeSchedule],
    year: int,
    facts: dues.KnownFacts,
) -> Mapping[str, Change]:
    results = [each.result for each in new]
    if before:
        old = [each.result for each in dues.assess(session, year, schedules=before, known_facts=facts)]
        return {change.member: change for change in compare(old, results)}
    billed = invoice_queries.billed_members(session, year - 1)
    changes = {change.member: change for change in compare([], results)}
    for each in new:
        cents = billed.get(each.facts.id, each.facts.previous_cents)
        if cents is not None:
            number = each.facts.number
            changes[number] = dataclasses.replace(changes[number], old=Money(cents))
    return changes


def _member_effect(each: dues.MemberDues, changes: Mapping[str, Change]) -> MemberEffect:
    return MemberEffect(
        member_id=each.facts.id,
        change=changes[each.facts.number],
        category=each.facts.category or "",
        size=_size_of(each.result),
        refusal=each.result if isinstance(each.result, Refusal) else None,
    )


def _size_of(result: Result) -> Phrase | None:
    return result.bases[0].text if isinstance(result, Assessment) and result.bases else None


def example_of(
    schedule: FeeSchedule,
    *,
    category: str,
    sizes: Mapping[str, Fraction],
    joined: date | None = None,
    agreed: Money | None = None,
) -> Result:
    """Return what one invented member would owe, with every step; `joined` None: a member since before."""
    year = schedule.valid_from.year
    facts = Facts(
        member="example",
        year=year if joined is None else max(year, joined.year),
        category=category,
        start=joined,
        decided_on=joined,
        basis=dict(sizes),
        origin=dict.fromkeys(sizes, Origin.DECLARED),
        agreed=agreed,
    )
    (result,) = explain([dataclasses.replace(schedule, cohort=None, valid_to=None)], [facts])
    return result
