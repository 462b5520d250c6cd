"""Refunds, the files for the bank in which they stand, and how far each is; all append-only.

Source: PAY-4, SEPA-17, INV-06, INV-08.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.refunds import RefundState
from membership.persistence.columns import Base, Cents, Instant, RowId


class Refund(Base):
    """What a member gets back (append-only), and to which account; the account is encrypted.

    `open_item_id` is what the payments behind the credit balance settle with it, `entry_id` the entry that booked it;
    `line_id` is the bank entry whose account it is, None for one that was typed.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("year", "running"),
        CheckConstraint("cents > 0", name="positive"),
        CheckConstraint("name <> ''", name="named"),
        Index("ix_refunds_member", "member_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    running: Mapped[int] = mapped_column(RowId)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"), unique=True)
    entry_id: Mapped[int] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    cents: Mapped[int] = mapped_column(Cents)
    purpose: Mapped[str]
    name: Mapped[str]
    street: Mapped[str]
    building: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    iban_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    iban_key: Mapped[str] = mapped_column(index=True)
    iban_shown: Mapped[str]
    bic: Mapped[str]
    line_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("bank_lines.id"))
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class RefundFile(Base):
    """A file of credit transfers (append-only): the bytes are encrypted, the hash is that of the plain ones."""

    __tablename__ = "refund_files"
    __table_args__ = (
        UniqueConstraint("year", "running"),
        CheckConstraint("item_count > 0 AND sum_cents > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    running: Mapped[int] = mapped_column(RowId)
    execute_on: Mapped[date]
    item_count: Mapped[int]
    sum_cents: Mapped[int] = mapped_column(Cents)
    debtor_name: Mapped[str]
    debtor_iban: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)


class RefundStep(Base):
    """A step of a refund (append-only); the last one is its state, two at once cannot both be the next.

    `file_id` is the file in which it stands then, `entry_id` the entry by which the money left the bank account.
    """

    __tablename__ = "refund_steps"
    __table_args__ = (
        UniqueConstraint("refund_id", "step"),
        CheckConstraint("kind NOT IN ('filed', 'submitted') OR file_id IS NOT NULL", name="filed_has_file"),
        CheckConstraint("kind <> 'paid' OR entry_id IS NOT NULL", name="paid_has_entry"),
        Index("ix_refund_steps_file", "file_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    refund_id: Mapped[int] = mapped_column(RowId, ForeignKey("refunds.id"))
    step: Mapped[int]
    kind: Mapped[RefundState]
    file_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("refund_files.id"))
    entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    done_on: Mapped[date]
    reason: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
