"""What the members owe for a dues year: the facts of the tables put before the fee schedules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.dues.assessment import Refusal, Result
from membership.domain.dues.errors import Undecided
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Classes, Facts, Move, Origin, Override, OverrideKind, Previous
from membership.domain.dues.schedule import FeeSchedule, read_schedule
from membership.domain.dues.schedule.bases import KNOWN_BASES, Bases, Basis, default_basis, summands_of
from membership.domain.dues.sizes import sizes_needed
from membership.domain.dues.versions import schedule_for
from membership.domain.dues.year import DuesYear
from membership.domain.levies import LevyTerms
from membership.domain.members import NEVER_MEMBERS
from membership.domain.money import Money, rounded
from membership.domain.phrases import Phrase
from membership.domain.reference_days import Standing, counting_day
from membership.domain.rise_limits import limited, limits_rise
from membership.domain.run_review import AGREED_TOO_LOW
from membership.persistence.columns import canonical
from membership.persistence.models.members import BasisValue, Membership
from membership.persistence.models.members import Override as OverrideRow
from membership.persistence.queries import dues as queries

HEADCOUNT = "headcount"
_DIRECT_DEBIT = "direct_debit"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class MemberDues:
    """One member's result for a dues year, with what the invoice needs beside it."""

    facts: queries.MemberFacts
    result: Result
    period_from: date
    period_to: date
    is_new: bool


@lru_cache(maxsize=64)
def _read(text: str) -> FeeSchedule:
    return read_schedule(json.loads(text))


def schedule_of(document: Any) -> FeeSchedule:  # noqa: ANN401 - parsed JSON
    """Return the schedule of a stored document; reading one twice costs nothing."""
    return _read(canonical(document))


def billing_schedules(session: Session) -> list[FeeSchedule]:
    """Return the versions that bills may rest on; the stored end of a followed version counts."""
    schedules = []
    for row in queries.list_billing_schedules(session):
        document = dict(row.document)
        document["valid_to"] = None if row.valid_to is None else row.valid_to.isoformat()
        schedules.append(schedule_of(document))
    return schedules


def sizes_of_categories(session: Session, year: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each category with the sizes its dues rest on, by the schedules of a dues year, else by the newest."""
    found: dict[str, set[str]] = {}
    for schedule in schedules_of(session, year):
        for code in schedule.categories:
            found.setdefault(code, set()).update(sizes_needed(schedule, code))
    return tuple((code, tuple(sorted(names))) for code, names in sorted(found.items()))


def main_size(session: Session, year: int) -> Basis:
    """Return the size on which the dues of most categories rest, the number of employees when none does."""
    counts = Counter(name for _code, names in sizes_of_categories(session, year) for name in names)
    name = max(counts, key=lambda each: (counts[each], each == HEADCOUNT), default=HEADCOUNT)
    return known_sizes(session, year)[name]


def known_sizes(session: Session, year: int) -> dict[str, Basis]:
    """Return the sizes that can be recorded: those the program knows, and those of the schedules of a dues year."""
    found = {name: default_basis(name) for name in KNOWN_BASES}
    for schedule in schedules_of(session, year):
        needed = {name for code in schedule.categories for name in sizes_needed(schedule, code)}
        for name in sorted({*schedule.bases.described, *needed}):
            if not summands_of(schedule.bases[name]):
                found[name] = schedule.bases[name]
    return found


def schedules_of(session: Session, year: int) -> list[FeeSchedule]:
    """Return the versions that hold on the first day of a dues year; while there is none, the newest."""
    known = billing_schedules(session)
    first = DuesYear(year).first
    of_year = [
        one for one in known if one.valid_from <= first and (one.valid_to is None or first <= one.valid_to)
    ]
    return of_year or sorted(known, key=lambda one: one.valid_from)[-1:]


@dataclass(slots=True)
class KnownFacts:
    """What the tables say about the members of a dues year, read once for several calculations.

    `ready`: member id -> its facts as they were made for a version, and the sizes of that version.
    """

    members: list[queries.MemberFacts]
    ready: dict[int, tuple[Bases, Facts]] = field(default_factory=dict)

    def of(
        self,
        facts: queries.MemberFacts,
        period: Membership,
        year: DuesYear,
        *,
        schedules: Sequence[FeeSchedule],
        row: int | None,
    ) -> Facts:
        """Return what `facts_of` returns; made anew only for a version that measures in another way."""
        bases, ready = self.ready.get(facts.id, (None, None))
        if ready is None or _bases(schedules, ready) != bases:
            ready = facts_of(facts, period, year, schedules=schedules, row=row)
            self.ready[facts.id] = _bases(schedules, ready), ready
        return (
            ready._replace(previous=replace(ready.previous, row=row)) if row != ready.previous.row else ready
        )


def read_facts(session: Session, year: int, *, member_ids: Iterable[int] | None = None) -> KnownFacts:
    """Return what the tables say about the members of a dues year."""
    dues_year = DuesYear(year)
    return KnownFacts(
        queries.list_facts(session, first=dues_year.first, last=dues_year.last, member_ids=member_ids)
    )


def assess(
    session: Session,
    year: int,
    *,
    schedules: Sequence[FeeSchedule] | None = None,
    member_ids: Iterable[int] | None = None,
    known_facts: KnownFacts | None = None,
    levy: LevyTerms | None = None,
) -> list[MemberDues]:
    """Return what every member with a period in the dues year owes, by member number; nothing is guessed (DUE-34).

    With `member_ids` only those are worked out; companies of a group must then be named together. With `known_facts`,
    what `read_facts` gave for this year, nothing is read a second time. With `levy` it is asked for too (DUE-15).
    """
    dues_year = DuesYear(year)
    versions = billing_schedules(session) if schedules is None else list(schedules)
    read = read_facts(session, year, member_ids=member_ids) if known_facts is None else known_facts
    billable = [
        (facts, period) for facts in read.members if (period := billed_period(facts.periods, dues_year))
    ]
    ordered = sorted(
        billable, key=lambda pair: (pair[0].group or "", not pair[0].leads_group, pair[0].number)
    )
    chosen = None if member_ids is None else [facts.id for facts, _period in ordered]
    rows = _rows_before(session, dues_year, versions, chosen)
    known = [
        read.of(facts, period, dues_year, schedules=versions, row=rows.get(facts.id))
        for facts, period in ordered
    ]
    if levy is not None:
        known = [each._replace(levies=levy.of(each.category)) for each in known]
    by_number = {result.member: result for result in limited(explain(versions, known), known, versions)}
    return [
        MemberDues(
            facts=facts,
            result=by_number[facts.number],
            period_from=max(period.start or dues_year.first, dues_year.first),
            period_to=min(period.end or dues_year.last, dues_year.last),
            is_new=period.start is not None and period.start in dues_year,
        )
        for facts, period in billable
    ]


def _rows_before(
    session: Session, year: DuesYear, schedules: Sequence[FeeSchedule], member_ids: list[int] | None
) -> Mapping[int, int]:
    """Return member id -> its row of the table the year before; read only where a schedule limits the rise."""
    if not any(limits_rise(schedule) for schedule in schedules):
        return {}
    return queries.billed_rows(session, year.year - 1, member_ids=member_ids)


def assess_each(
    session: Session,
    year: int,
    *,
    schedules: Sequence[FeeSchedule],
    levy: LevyTerms | None = None,
    size: int = _BATCH,
) -> Iterator[MemberDues]:
    """Yield what `assess` returns, `size` members at a time, so that memory does not grow with the members.

    Companies of groups are worked out together and first.
    """
    dues_year = DuesYear(year)
    billable = queries.list_billable(session, first=dues_year.first, last=dues_year.last)
    together = [member_id for member_id, is_grouped in billable if is_grouped]
    chosen: Any = {"schedules": schedules, "levy": levy}
    grouped = _by_id(assess(session, year, **chosen, member_ids=together)) if together else {}
    for start in range(0, len(billable), size):
        batch = billable[start : start + size]
        alone = [member_id for member_id, is_grouped in batch if not is_grouped]
        found = grouped | _by_id(assess(session, year, **chosen, member_ids=alone))
        yield from (found[member_id] for member_id, _is_grouped in batch if member_id in found)


def _by_id(results: Iterable[MemberDues]) -> dict[int, MemberDues]:
    return {each.facts.id: each for each in results}


def billed_period(periods: list[Membership], year: DuesYear) -> Membership | None:
    """Return the newest period of the year that is billed (`domain.md` 3.1, column "Dues run?")."""
    billed = [
        period
        for period in periods
        if period.state not in NEVER_MEMBERS and not (period.start is not None and period.start > year.last)
    ]
    return billed[-1] if billed else None


def facts_of(
    facts: queries.MemberFacts,
    period: Membership,
    year: DuesYear,
    *,
    schedules: Sequence[FeeSchedule],
    row: int | None = None,
) -> Facts:
    """Return the facts of one member as the calculation takes them.

    The schedule of the member says of which day its sizes count; one that was not declared for this dues year stands
    in `previous`, so that the schedule decides what counts instead (DUE-28). `row`: that of the table the year before.
    """
    earlier = [other.end for other in facts.periods if other is not period and other.end]
    amount = None if facts.previous_cents is None else Money(facts.previous_cents)
    known = Facts(
        member=facts.number,
        year=year.year,
        category=facts.category or "",
        start=period.start,
        end=period.end,
        decided_on=period.decided_on,
        attributes=frozenset(facts.attributes)
        | ({_DIRECT_DEBIT} if facts.payment_method == _DIRECT_DEBIT else set()),
        founded=facts.founded_on,
        group=facts.group,
        group_lead=facts.group_lead,
        moves=tuple(Move(day, category) for day, category in facts.moves),
        previous=Previous(row=row, amount=amount),
        agreed=None if facts.agreed_cents is None else Money(facts.agreed_cents),
        override=None if facts.override is None else _override(facts.override),
        left_on=max(earlier, default=None),
    )
    return _measured(known, facts.sizes, year, bases=_bases(schedules, known))


def _bases(schedules: Sequence[FeeSchedule], facts: Facts) -> Bases:
    try:
        return schedule_for(schedules, facts).bases
    except Undecided:
        return Bases()  # The calculation refuses this member with the reason.


def _measured(facts: Facts, sizes: Mapping[str, list[BasisValue]], year: DuesYear, *, bases: Bases) -> Facts:
    """Return the facts with the sizes that count, and those from before."""
    basis: dict[str, Fraction | Classes] = {}
    origin: dict[str, Origin] = {}
    before: dict[str, Fraction | Classes] = {}
    for name, values in sizes.items():
        by_day = {value.as_of: value for value in values}
        found = counting_day(by_day, basis=bases[name], year=year, start=facts.start)
        if found is None:
            continue
        value = by_day[found.day]
        if found.standing is Standing.BEFORE:
            before[name] = queries.exact(value)
            continue
        basis[name] = queries.exact(value)
        origin[name] = Origin.ESTIMATED if found.standing is Standing.AFTER else Origin(value.origin)
    return facts._replace(basis=basis, origin=origin, previous=replace(facts.previous, basis=before))


def _override(row: OverrideRow) -> Override:
    kind = OverrideKind(row.kind)
    value = row.value or Fraction(0)
    if kind is OverrideKind.AMOUNT:
        return Override(kind, row.reason, amount=Money(rounded(value * 100)))
    return Override(kind, row.reason, share=value / 100)


def agreed_too_low(session: Session, member_id: int, *, year: int) -> Phrase | None:
    """Return the sentence of the fee schedule when the amount agreed with a member is below its minimum."""
    for each in assess(session, year, member_ids=[member_id]):
        if isinstance(each.result, Refusal) and each.result.text.message == AGREED_TOO_LOW:
            return each.result.text
    return None
