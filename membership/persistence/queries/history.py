"""What happened: the audit records of one thing, the steps of one payment, the last events of the association."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.ledger import Entry, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the member it concerns."""

    at: datetime
    actor_key: str
    actor_name: str
    action: str
    object_kind: str
    object_ref: str
    facts: Mapping[str, Any]
    member_number: str | None
    member_name: str | None


@dataclass(frozen=True, slots=True)
class PaymentStep:
    """A part of a payment that was put on a document (more than 0) or taken off again (less)."""

    at: datetime
    actor_key: str
    actor_name: str
    document: str
    cents: int


def list_events(session: Session, object_kind: str, object_ref: str) -> list[AuditRecord]:
    """Return the audit records about one thing, the newest first."""
    statement = (
        select(AuditRecord)
        .where(AuditRecord.object_kind == object_kind, AuditRecord.object_ref == object_ref)
        .order_by(AuditRecord.id.desc())
    )
    return list(session.execute(statement).scalars())


def given_reasons(session: Session, object_kind: str, object_ref: str) -> dict[int, str]:
    """Return audit record id -> the reason that a person gave for it, of the records about one thing."""
    rows = session.execute(
        select(AuditValue.audit_id, AuditValue.new)
        .join(AuditRecord, AuditRecord.id == AuditValue.audit_id)
        .where(
            AuditRecord.object_kind == object_kind,
            AuditRecord.object_ref == object_ref,
            AuditValue.field == "reason",
            AuditValue.new.is_not(None),
        )
    )
    return {audit_id: reason for audit_id, reason in rows if reason}


def list_steps(session: Session, payment_id: int) -> list[PaymentStep]:
    """Return what a payment was put on and taken off, the newest first, each with who did it."""
    rows = session.execute(
        select(Allocation.at, Entry.actor_key, Entry.actor_name, OpenItem.reference, Allocation.amount_cents)
        .join(Entry, Entry.id == Allocation.entry_id)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(Allocation.payment_id == payment_id)
        .order_by(Allocation.id.desc())
    )
    return [PaymentStep(*row) for row in rows]


def list_recent(session: Session, actions: Collection[str], *, limit: int) -> list[Event]:
    """Return the last events of these kinds, the newest first."""
    rows = session.execute(
        select(
            AuditRecord.at,
            AuditRecord.actor_key,
            AuditRecord.actor_name,
            AuditRecord.action,
            AuditRecord.object_kind,
            AuditRecord.object_ref,
            AuditRecord.facts,
            Member.number,
            Member.name,
        )
        .outerjoin(Member, Member.id == AuditRecord.member_id)
        .where(AuditRecord.action.in_(sorted(actions)))
        .order_by(AuditRecord.id.desc())
        .limit(limit)
    )
    return [Event(*row) for row in rows]
