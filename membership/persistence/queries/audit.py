"""The audit log: pages of records with their values, and the last links of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from membership.persistence.models.chain import AuditRecord, AuditValue, ChainHead, ChainLink
from membership.persistence.models.members import Member

PAGE: int = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to show of the log; empty means everything."""

    person: str = ""
    kind: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One record with old and new values."""

    id: int
    at: datetime
    actor_key: str
    actor_name: str
    request_id: str
    action: str
    object_kind: str
    object_ref: str
    reason: str
    member_number: str | None
    facts: Mapping[str, Any]
    values: tuple[tuple[str, str | None, str | None], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ChainTail:
    """The head of the chain and its last links, oldest first."""

    seq: int
    hash: str
    links: tuple[ChainLink, ...]


def list_audit(session: Session, chosen: AuditFilter, *, page: int) -> list[AuditLine]:
    """Return one page of the log, the newest first, with the values that changed."""
    rows = session.execute(
        select(AuditRecord, Member.number)
        .outerjoin(Member, Member.id == AuditRecord.member_id)
        .where(*_conditions(chosen))
        .order_by(AuditRecord.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    ids = [record.id for record, _number in rows]
    values: dict[int, list[tuple[str, str | None, str | None]]] = {}
    for value in session.execute(
        select(AuditValue).where(AuditValue.audit_id.in_(ids)).order_by(AuditValue.field)
    ).scalars():
        values.setdefault(value.audit_id, []).append((value.field, value.old, value.new))
    return [
        AuditLine(
            id=record.id,
            at=record.at,
            actor_key=record.actor_key,
            actor_name=record.actor_name,
            request_id=record.request_id,
            action=record.action,
            object_kind=record.object_kind,
            object_ref=record.object_ref,
            reason=record.reason,
            member_number=number,
            facts=record.facts or {},
            values=tuple(values.get(record.id, ())),
        )
        for record, number in rows
    ]


def count_audit(session: Session, chosen: AuditFilter) -> int:
    """Return how many records the filter shows."""
    return session.execute(
        select(func.count()).select_from(AuditRecord).where(*_conditions(chosen))
    ).scalar_one()


def list_audit_choices(session: Session) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the people (key, name) and the kinds of things that occur in the log."""
    people = session.execute(
        select(AuditRecord.actor_key, func.max(AuditRecord.actor_name)).group_by(AuditRecord.actor_key)
    )
    kinds = session.execute(select(AuditRecord.object_kind).distinct()).scalars()
    return sorted(((key, name) for key, name in people), key=lambda pair: pair[1]), sorted(kinds)


def get_chain_tail(session: Session, count: int) -> ChainTail:
    """Return the head and the last links with the one before them."""
    head = session.execute(select(ChainHead.seq, ChainHead.hash)).one()
    links = session.execute(select(ChainLink).order_by(ChainLink.seq.desc()).limit(count)).scalars().all()
    return ChainTail(seq=head.seq, hash=head.hash, links=tuple(reversed(links)))


def _conditions(chosen: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.person:
        found.append(AuditRecord.actor_key == chosen.person)
    if chosen.kind:
        found.append(AuditRecord.object_kind == chosen.kind)
    if chosen.object:
        found.append(AuditRecord.object_ref == chosen.object)
    if chosen.since:
        found.append(AuditRecord.at >= chosen.since)
    if chosen.until:
        found.append(AuditRecord.at < chosen.until)
    return found
