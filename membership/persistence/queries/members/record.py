"""What the record of one member shows beside its own row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.bank_days import last_overdue
from membership.domain.errors import NotFound
from membership.domain.ledger import Account
from membership.domain.members import MemberState, period_on, state_of
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    Contact,
    GroupMembership,
    Member,
    MemberCategory,
    Membership,
    Override,
)
from membership.persistence.queries.invoicing import COUNTED, IS_CANCELLED
from membership.persistence.queries.members.rows import list_contacts, list_periods


@dataclass(frozen=True, slots=True)
class Category:
    """A category of a member from a day on, with its names."""

    id: int
    code: str
    name_de: str
    name_en: str
    valid_from: date

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return self.name_de if language == "de" else self.name_en


@dataclass(frozen=True, slots=True)
class Billed:
    """What a member was billed for a dues year."""

    cents: int
    dues_class: str
    number: str


@dataclass(slots=True)
class MemberRecord:
    """A member with all that its record shows; the newest value and category come first."""

    member: Member
    state: MemberState
    period: Membership | None
    periods: list[Membership]
    contacts: list[Contact]
    categories: list[Category]
    values: list[BasisValue]
    agreed: list[AgreedAmount]
    overrides: list[Override]
    group: CompanyGroup | None
    partners: list[Member] = field(default_factory=list)
    billed: Billed | None = None
    open_cents: int = 0
    overdue_cents: int = 0
    credit_cents: int = 0
    invoices: int = 0

    @property
    def present_contacts(self) -> list[Contact]:
        """Return the contacts who are still there."""
        return [contact for contact in self.contacts if contact.ended_on is None]

    def category_on(self, day: date) -> Category | None:
        """Return the category on a day; before the first one that one."""
        begun = [category for category in self.categories if category.valid_from <= day]
        return begun[0] if begun else (self.categories[-1] if self.categories else None)

    def newest_values(self) -> list[BasisValue]:
        """Return the newest value of each basis."""
        newest: dict[str, BasisValue] = {}
        for value in self.values:
            newest.setdefault(value.basis, value)
        return list(newest.values())


def find_record(session: Session, number: str, *, today: date, year: int) -> MemberRecord:
    """Return the record of a member; raise `NotFound` when there is none that the actor may see."""
    asked = "".join(number.split()).upper()
    member = session.execute(select(Member).where(Member.number == asked)).scalar_one_or_none()
    if member is None:
        raise NotFound(what="member", key=number)
    periods = list_periods(session, member.id)
    period = period_on(periods, today)
    record = MemberRecord(
        member=member,
        state=MemberState.PROSPECT if period is None else state_of(period, today),
        period=period,
        periods=periods,
        contacts=list_contacts(session, member.id),
        categories=list_member_categories(session, member.id),
        values=_values(session, member.id),
        agreed=list_agreed(session, member.id),
        overrides=list_overrides(session, member.id),
        group=find_group(session, member.id, today),
    )
    if record.group is not None:
        record.partners = _partners(session, record.group.id, member.id, today)
    _add_money(session, record, year=year, today=today)
    return record


def list_member_categories(session: Session, member_id: int) -> list[Category]:
    """Return the categories of a member, the newest first."""
    rows = session.execute(
        select(
            CategoryPeriod.id,
            CategoryPeriod.category,
            MemberCategory.name_de,
            MemberCategory.name_en,
            CategoryPeriod.valid_from,
        )
        .join(MemberCategory, MemberCategory.code == CategoryPeriod.category)
        .where(CategoryPeriod.member_id == member_id)
        .order_by(CategoryPeriod.valid_from.desc())
    )
    return [Category(*row) for row in rows]


def _values(session: Session, member_id: int) -> list[BasisValue]:
    order = (BasisValue.as_of.desc(), BasisValue.basis)
    statement = select(BasisValue).where(BasisValue.member_id == member_id).order_by(*order)
    return list(session.execute(statement).scalars())


def list_agreed(session: Session, member_id: int) -> list[AgreedAmount]:
    """Return the agreed amounts of a member, the newest first."""
    order = (AgreedAmount.from_year.desc(), AgreedAmount.id.desc())
    statement = select(AgreedAmount).where(AgreedAmount.member_id == member_id).order_by(*order)
    return list(session.execute(statement).scalars())


def list_overrides(session: Session, member_id: int) -> list[Override]:
    """Return the resolutions for a member, the newest first."""
    order = (Override.from_year.desc(), Override.id.desc())
    statement = select(Override).where(Override.member_id == member_id).order_by(*order)
    return list(session.execute(statement).scalars())


def find_group(session: Session, member_id: int, day: date) -> CompanyGroup | None:
    """Return the group a member belongs to on a day."""
    return session.execute(
        select(CompanyGroup)
        .join(GroupMembership, GroupMembership.group_id == CompanyGroup.id)
        .where(
            GroupMembership.member_id == member_id,
            GroupMembership.valid_from <= day,
            GroupMembership.valid_to.is_(None) | (GroupMembership.valid_to >= day),
        )
        .order_by(GroupMembership.valid_from.desc())
        .limit(1)
    ).scalar_one_or_none()


def _partners(session: Session, group_id: int, member_id: int, day: date) -> list[Member]:
    statement = (
        select(Member)
        .join(GroupMembership, GroupMembership.member_id == Member.id)
        .where(
            GroupMembership.group_id == group_id,
            Member.id != member_id,
            GroupMembership.valid_from <= day,
            GroupMembership.valid_to.is_(None) | (GroupMembership.valid_to >= day),
        )
        .order_by(Member.number)
    )
    return list(session.execute(statement).scalars())


def _add_money(session: Session, record: MemberRecord, *, year: int, today: date) -> None:
    member_id = record.member.id
    rows = session.execute(
        select(Invoice.number, Invoice.dues_year, COUNTED.label("counted_cents"), Invoice.dues_class)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.member_id == member_id, ~IS_CANCELLED)
        .order_by(Invoice.id)
    ).all()
    record.invoices = len(rows)
    of_year = [row for row in rows if row.dues_year == year]
    if of_year:
        cents = sum(row.counted_cents for row in of_year)
        record.billed = Billed(cents, of_year[-1].dues_class, of_year[-1].number)
    latest = last_overdue(today)
    for due_on, cents in session.execute(
        select(OpenItem.due_on, OpenItem.open_cents).where(
            OpenItem.member_id == member_id, OpenItem.open_cents > 0
        )
    ):
        record.open_cents += cents
        record.overdue_cents += cents if due_on <= latest else 0
    credit = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(
        EntryLine.member_id == member_id, EntryLine.account == Account.CREDITS
    )
    record.credit_cents = -int(session.execute(credit).scalar_one())


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a member, with what changed."""

    at: datetime
    actor_key: str
    actor_name: str
    action: str
    object_kind: str
    object_ref: str
    reason: str
    facts: Mapping[str, Any]
    values: tuple[tuple[str, str | None, str | None], ...]


def count_history(session: Session, member_id: int) -> int:
    """Return how much happened to a member."""
    statement = select(func.count()).select_from(AuditRecord).where(AuditRecord.member_id == member_id)
    return int(session.execute(statement).scalar_one())


def list_history(session: Session, member_id: int, *, limit: int, offset: int = 0) -> list[HistoryLine]:
    """Return what happened to a member, the newest first."""
    records = session.execute(
        select(AuditRecord)
        .where(AuditRecord.member_id == member_id)
        .order_by(AuditRecord.id.desc())
        .limit(limit)
        .offset(offset)
    ).scalars().all()  # fmt: skip
    values: dict[int, list[tuple[str, str | None, str | None]]] = {}
    for value in session.execute(
        select(AuditValue)
        .where(AuditValue.audit_id.in_([record.id for record in records]))
        .order_by(AuditValue.field)
    ).scalars():
        values.setdefault(value.audit_id, []).append((value.field, value.old, value.new))
    return [
        HistoryLine(
            at=record.at,
            actor_key=record.actor_key,
            actor_name=record.actor_name,
            action=record.action,
            object_kind=record.object_kind,
            object_ref=record.object_ref,
            reason=record.reason,
            facts=record.facts or {},
            values=tuple(values.get(record.id, ())),
        )
        for record in records
    ]
