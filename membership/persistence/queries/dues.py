"""Fee schedules, and what is known about the members for a dues year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.persistence.models.dues import FeeScheduleVersion, ScheduleState
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    GroupMembership,
    Member,
    Membership,
    Override,
    PreviousDues,
)
from membership.persistence.queries.invoicing import IS_CANCELLED

_AT_ONCE: Final = 200


@dataclass(slots=True)
class MemberFacts:
    """All that the tables say about one member for a dues year; sizes by basis, in the order of their days."""

    id: int
    number: str
    attributes: tuple[str, ...]
    founded_on: date | None
    payment_method: str
    category: str | None = None
    moves: tuple[tuple[date, str], ...] = ()
    periods: list[Membership] = field(default_factory=list)
    sizes: dict[str, list[BasisValue]] = field(default_factory=dict)
    group: str | None = None
    leads_group: bool = False
    group_lead: str | None = None
    agreed_cents: int | None = None
    override: Override | None = None
    previous_cents: int | None = None


def list_schedules(session: Session) -> list[FeeScheduleVersion]:
    """Return all versions, the newest first."""
    order = (FeeScheduleVersion.valid_from.desc(), FeeScheduleVersion.id.desc())
    return list(session.execute(select(FeeScheduleVersion).order_by(*order)).scalars())


def get_schedule(session: Session, code: str, *, lock: bool = False) -> FeeScheduleVersion:
    """Return the version with a code; raise `NotFound` when there is none."""
    statement = select(FeeScheduleVersion).where(FeeScheduleVersion.code == code)
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="fee schedule", key=code)
    return found


def list_billing_schedules(session: Session) -> list[FeeScheduleVersion]:
    """Return the versions that bills may rest on: in force, and those that were before."""
    states = (ScheduleState.IN_FORCE, ScheduleState.SUPERSEDED)
    return list(
        session.execute(select(FeeScheduleVersion).where(FeeScheduleVersion.state.in_(states))).scalars()
    )


def list_facts(
    session: Session, *, first: date, last: date, member_ids: Iterable[int] | None = None
) -> list[MemberFacts]:
    """Return the facts of all members with a period of membership in the dues year, by number.

    All sizes up to the last day, the category of the first day and its changes (DUE-24), the group of the first day
    (DUE-13). One query a table, whatever the number of members.
    """
    chosen = None if member_ids is None else sorted(member_ids)
    found = _members(session, first=first, last=last, chosen=chosen)
    _add_sizes(session, found, last=last, chosen=chosen)
    _add_categories(session, found, first=first, last=last, chosen=chosen)
    _add_groups(session, found, first=first, last=last, chosen=chosen)
    _add_decisions(session, found, year=first.year, chosen=chosen)
    return sorted(found.values(), key=lambda facts: facts.number)


def list_billable(session: Session, *, first: date, last: date) -> list[tuple[int, bool]]:
    """Return (member id, whether it is or was in a group) of all members that `list_facts` finds, by number."""
    rows = session.execute(
        select(Member.id, exists().where(GroupMembership.member_id == Member.id))
        .where(exists().where(Membership.member_id == Member.id, *_in_year(first, last)))
        .order_by(Member.number)
    )
    return [(member_id, bool(is_grouped)) for member_id, is_grouped in rows]


def newest_sizes(session: Session, member_ids: Iterable[int]) -> list[BasisValue]:
    """Return the recorded sizes of these members, the oldest first, so that the last one of a basis is its newest."""
    statement = select(BasisValue).where(BasisValue.member_id.in_(list(member_ids)))
    return list(session.execute(statement.order_by(BasisValue.as_of)).scalars())


def _in_year(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Membership.start.is_(None) | (Membership.start <= last),
        Membership.end.is_(None) | (Membership.end >= first),
    )


def _of(column: ColumnElement[int], chosen: list[int] | None) -> list[ColumnElement[bool]]:
    return [] if chosen is None else [column.in_(chosen)]


def _members(
    session: Session, *, first: date, last: date, chosen: list[int] | None
) -> dict[int, MemberFacts]:
    found: dict[int, MemberFacts] = {}
    rows = session.execute(
        select(
            Member.id, Member.number, Member.attributes, Member.founded_on, Member.payment_method, Membership
        )
        .join(Membership, Membership.member_id == Member.id)
        .where(
            *_in_year(first, last),
            *_of(Member.__table__.c.id, chosen),
        )
        .order_by(Member.id, Membership.start.nulls_first(), Membership.id)
    )
    for member_id, number, attributes, founded_on, method, period in rows:
        facts = found.get(member_id)
        if facts is None:
            facts = MemberFacts(member_id, number, tuple(attributes or ()), founded_on, method)
            found[member_id] = facts
        facts.periods.append(period)
    return found


def _add_sizes(
    session: Session, found: dict[int, MemberFacts], *, last: date, chosen: list[int] | None
) -> None:
    rows = session.execute(
        select(BasisValue)
        .where(BasisValue.as_of <= last, *_of(BasisValue.__table__.c.member_id, chosen))
        .order_by(BasisValue.as_of)
    ).scalars()
    for value in rows:
        if value.member_id in found:
            found[value.member_id].sizes.setdefault(value.basis, []).append(value)


def _add_categories(
    session: Session, found: dict[int, MemberFacts], *, first: date, last: date, chosen: list[int] | None
) -> None:
    by_member: dict[int, list[CategoryPeriod]] = defaultdict(list)
    statement = select(CategoryPeriod).where(*_of(CategoryPeriod.__table__.c.member_id, chosen))
    for row in session.execute(statement.order_by(CategoryPeriod.valid_from)).scalars():
        by_member[row.member_id].append(row)
    for member_id, rows in by_member.items():
        if member_id not in found:
            continue
        facts = found[member_id]
        start = max((period.start for period in facts.periods if period.start), default=first)
        day = min(max(first, start), last)
        begun = [row for row in rows if row.valid_from <= day]
        facts.category = (begun[-1] if begun else rows[0]).category
        facts.moves = tuple(
            (row.valid_from, row.category) for row in rows[len(begun) or 1 :] if row.valid_from <= last
        )


def _add_groups(
    session: Session, found: dict[int, MemberFacts], *, first: date, last: date, chosen: list[int] | None
) -> None:
    rows = session.execute(
        select(GroupMembership, CompanyGroup.code, CompanyGroup.lead_member_id, Member.number)
        .join(CompanyGroup, CompanyGroup.id == GroupMembership.group_id)
        .outerjoin(Member, Member.id == CompanyGroup.lead_member_id)
        .where(*_of(GroupMembership.__table__.c.member_id, chosen))
    )
    for link, code, leader, lead_number in rows:
        facts = found.get(link.member_id)
        if facts is None:
            continue
        joined = max((period.start for period in facts.periods if period.start), default=first)
        day = min(max(first, joined), last)
        if link.valid_from <= day and (link.valid_to is None or link.valid_to >= day):
            facts.group, facts.leads_group, facts.group_lead = code, leader == link.member_id, lead_number


def _add_decisions(
    session: Session, found: dict[int, MemberFacts], *, year: int, chosen: list[int] | None
) -> None:
    agreed = session.execute(
        select(AgreedAmount).where(
            AgreedAmount.from_year <= year,
            AgreedAmount.to_year.is_(None) | (AgreedAmount.to_year >= year),
            *_of(AgreedAmount.__table__.c.member_id, chosen),
        ).order_by(AgreedAmount.from_year, AgreedAmount.id)
    ).scalars()  # fmt: skip
    for amount in agreed:
        if amount.member_id in found:
            found[amount.member_id].agreed_cents = amount.amount_cents
    overrides = session.execute(
        select(Override).where(
            Override.from_year <= year,
            Override.to_year.is_(None) | (Override.to_year >= year),
            *_of(Override.__table__.c.member_id, chosen),
        ).order_by(Override.from_year, Override.id)
    ).scalars()  # fmt: skip
    for override in overrides:
        if override.member_id in found:
            found[override.member_id].override = override
    previous = session.execute(
        select(PreviousDues.member_id, PreviousDues.amount_cents).where(
            PreviousDues.dues_year == year - 1, *_of(PreviousDues.__table__.c.member_id, chosen)
        )
    )
    for member_id, cents in previous:
        if member_id in found:
            found[member_id].previous_cents = cents


def billed_rows(session: Session, year: int, *, member_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Return member id -> the row of the table on its newest invoice for a dues year, where there is one (DUE-11)."""
    return {
        member_id: assessment["band"]["row"]
        for member_id, assessment in frozen_assessments(session, year, member_ids=member_ids)
        if assessment["band"] is not None
    }


def frozen_assessments(
    session: Session, year: int, *, member_ids: Iterable[int] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (member id, frozen assessment) of the invoices for a dues year, the newest of a member last.

    They come a few at a time: each is long, and one thing of it is wanted.
    """
    chosen = None if member_ids is None else sorted(member_ids)
    rows = session.execute(
        select(Invoice.member_id, Invoice.assessment)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.dues_year == year, ~IS_CANCELLED, *_of(Invoice.__table__.c.member_id, chosen))
        .order_by(Invoice.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    return ((member_id, assessment) for member_id, assessment in rows)


def exact(value: BasisValue) -> Fraction | dict[str, Fraction]:
    """Return a size as the calculation takes it: one number, or heads per class."""
    if value.classes:
        return {name: Fraction(str(number)) for name, number in value.classes.items()}
    assert value.value is not None, value
    return value.value
