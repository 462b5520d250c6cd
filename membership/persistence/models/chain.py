"""What every unit of work leaves behind: the link of the chain, audit records, results of forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, Json, RowId


class ChainLink(Base):
    """One unit of work in the chain (append-only): `rows` is canonical JSON: moment, and (table, key, hash) of each."""

    __tablename__ = "chain_links"

    seq: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    ref: Mapped[str]
    rows: Mapped[str] = mapped_column(Text)
    payload_hash: Mapped[str]
    prev_hash: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(Instant)


class ChainHead(Base):
    """The one row that is locked while a link is added."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(RowId)
    hash: Mapped[str]


class AuditRecord(Base):
    """Who did what, when and why (append-only); values that are personal stand in `AuditValue`."""

    __tablename__ = "audit_records"
    __table_args__ = (
        CheckConstraint(
            "actor_key <> '' AND actor_name <> '' AND reason <> '' AND request_id <> ''", name="named"
        ),
        Index("ix_audit_records_object", "object_kind", "object_ref"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    request_id: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    object_kind: Mapped[str]
    object_ref: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(RowId, index=True)
    reason: Mapped[str]
    facts: Mapped[Any] = mapped_column(Json)


class AuditValue(Base):
    """Old and new value of one field of an audit record; erasure may empty it (`reliability.md` 25)."""

    __tablename__ = "audit_values"

    audit_id: Mapped[int] = mapped_column(RowId, ForeignKey("audit_records.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    old: Mapped[str | None]
    new: Mapped[str | None]


class FormResult(Base):
    """The result that a form token gave the first time (`reliability.md` 28)."""

    __tablename__ = "form_results"
    __table_args__ = (UniqueConstraint("actor_key", "token"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    actor_key: Mapped[str]
    token: Mapped[str]
    fingerprint: Mapped[str]
    result: Mapped[Any] = mapped_column(Json, nullable=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
