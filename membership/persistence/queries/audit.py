"""The audit log: pages of records with their values, and the last links of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Text, cast, func, literal, select
from sqlalchemy.orm import Session

from membership.persistence.models.chain import AuditRecord, AuditValue, ChainHead, ChainLink
from membership.persistence.models.members import Member
from membership.persistence.models.users import User

PAGE: int = 50
_AT_A_TIME = 1000


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
    """One record with old and new values; `person_name` where it is about a person that there is."""

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
    person_name: str | None
    facts: Mapping[str, Any]
    values: tuple[tuple[str, str | None, str | None], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ChainTail:
    """The head of the chain and its last links, oldest first."""

    seq: int
    hash: str
    links: tuple[ChainLink, ...]


def list_audit(session: Session, chosen: AuditFilter, *, page: int) -> tuple[list[AuditLine], int]:
    """Return one page of the log, the newest first, with the values that changed, and how many records there are."""
    shown = (
        select(AuditRecord.id, func.count().over().label("total"))
        .where(*_conditions(chosen))
        .order_by(AuditRecord.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return _lines(session, shown)


def iter_audit(session: Session, chosen: AuditFilter) -> Iterator[AuditLine]:
    """Yield all records of the filter, the newest first, some at a time: the log may be long."""
    last: int | None = None
    while True:
        shown = select(AuditRecord.id, literal(0).label("total")).where(*_conditions(chosen))
        if last is not None:
            shown = shown.where(AuditRecord.id < last)
        lines, _total = _lines(session, shown.order_by(AuditRecord.id.desc()).limit(_AT_A_TIME))
        yield from lines
        if len(lines) < _AT_A_TIME:
            return
        last = lines[-1].id


def _lines(session: Session, chosen: Select[int, int]) -> tuple[list[AuditLine], int]:
    shown = chosen.subquery()
    rows = session.execute(
        select(
            AuditRecord,
            Member.number,
            User.name,
            shown.c.total,
            AuditValue.field,
            AuditValue.old,
            AuditValue.new,
        )
        .join(shown, shown.c.id == AuditRecord.id)
        .outerjoin(Member, Member.id == AuditRecord.member_id)
        .outerjoin(
            User, (AuditRecord.object_kind == "user") & (cast(User.id, String) == AuditRecord.object_ref)
        )
        .outerjoin(AuditValue, AuditValue.audit_id == AuditRecord.id)
        .order_by(AuditRecord.id.desc(), AuditValue.field)
    ).all()
    values: dict[int, list[tuple[str, str | None, str | None]]] = {}
    records: dict[int, tuple[AuditRecord, str | None, str | None]] = {}
    for record, number, person, _total, name, old, new in rows:
        records[record.id] = (record, number, person)
        if name is not None:
            values.setdefault(record.id, []).append((name, old, new))
    lines = [_line(*found, values.get(key, [])) for key, found in records.items()]
    return lines, rows[0].total if rows else 0


def _line(
    record: AuditRecord,
    number: str | None,
    person: str | None,
    values: list[tuple[str, str | None, str | None]],
) -> AuditLine:
    return AuditLine(
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
        person_name=person,
        facts=record.facts or {},
        values=tuple(values),
    )


def list_audit_choices(session: Session) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the people (key, name) and the kinds of things that occur in the log; one statement."""
    people = select(AuditRecord.actor_key.label("key"), func.max(AuditRecord.actor_name).label("name"))
    kinds = select(AuditRecord.object_kind.label("key"), literal(None, Text).label("name")).distinct()
    rows = session.execute(people.group_by(AuditRecord.actor_key).union_all(kinds)).all()
    named = sorted(((row.key, row.name) for row in rows if row.name is not None), key=lambda pair: pair[1])
    return named, sorted(row.key for row in rows if row.name is None)


def get_chain_tail(session: Session, count: int) -> ChainTail:
    """Return the head and the last links; one statement."""
    links = session.execute(
        select(ChainLink, ChainHead.seq, ChainHead.hash)
        .join(ChainHead, ChainHead.id == 1)
        .order_by(ChainLink.seq.desc())
        .limit(count)
    ).all()
    if not links:
        head = session.execute(select(ChainHead.seq, ChainHead.hash)).one()
        return ChainTail(seq=head.seq, hash=head.hash, links=())
    return ChainTail(seq=links[0][1], hash=links[0][2], links=tuple(row[0] for row in reversed(links)))


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
