"""Payments and their allocations; both append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Cents, Instant, RowId


class Payment(Base):
    """An amount received on a day by one channel (PAY-1); posted exactly once (INV-09)."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("source", "external_ref", "kind"),
        CheckConstraint("amount_cents > 0", name="positive"),
        Index("ix_payments_received", "received_on"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    received_on: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(Cents)
    method: Mapped[str]
    channel: Mapped[str]
    source: Mapped[str]
    external_ref: Mapped[str]
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    entry_id: Mapped[int] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Allocation(Base):
    """A part of a payment for one open item; taken back by a row with the opposite amount."""

    __tablename__ = "allocations"
    __table_args__ = (CheckConstraint("amount_cents <> 0", name="not_zero"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(RowId, ForeignKey("payments.id"), index=True)
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("allocations.id"), unique=True)
    entry_id: Mapped[int] = mapped_column(RowId, ForeignKey("entries.id"))
    at: Mapped[datetime] = mapped_column(Instant)
