"""Billing runs and their items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.billing import ItemState, RunState
from membership.persistence.columns import Base, Cents, Instant, Json, RowId


class BillingRun(Base):
    """The yearly run or one of its follow-ups; `open_key` makes a second open one impossible.

    With `sends` its invoices are handed over by themselves when all are made, not before `send_at` where that is set.
    """

    __tablename__ = "billing_runs"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    dues_year: Mapped[int]
    kind: Mapped[str]
    state: Mapped[RunState]
    issued_on: Mapped[date]
    open_key: Mapped[str | None] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    lane_until: Mapped[datetime | None] = mapped_column(Instant)
    lane_fence: Mapped[str | None]
    sends: Mapped[bool] = mapped_column(default=False)
    send_at: Mapped[datetime | None] = mapped_column(Instant)


class Levy(Base):
    """A special levy as it was resolved (DUE-15); a run of the kind `levy:CODE` bills it."""

    __tablename__ = "levies"

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    dues_year: Mapped[int]
    document: Mapped[Any] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str]


class RunItem(Base):
    """One member of a run with its frozen figures; leases and fences as in `reliability.md` 5.7."""

    __tablename__ = "run_items"
    __table_args__ = (
        UniqueConstraint("run_id", "member_id", "fee", "tax_part"),
        Index("ix_run_items_state", "run_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(RowId, ForeignKey("billing_runs.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    fee: Mapped[str]
    tax_part: Mapped[str]
    state: Mapped[ItemState]
    reason: Mapped[str] = mapped_column(default="")
    reason_text: Mapped[Any] = mapped_column(Json, nullable=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    previous_cents: Mapped[int | None] = mapped_column(Cents)
    due_on: Mapped[date | None]
    period_from: Mapped[date]
    period_to: Mapped[date]
    category: Mapped[str]
    dues_class: Mapped[Any] = mapped_column(Json, nullable=True)
    is_estimated: Mapped[bool]
    assessment: Mapped[Any] = mapped_column(Json, nullable=True)
    warnings: Mapped[Any] = mapped_column(Json)
    confirmed: Mapped[bool] = mapped_column(default=False)
    invoice_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("invoices.id"))
    fence: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)


class OutboxRow(Base):
    """Work that waits for the commit: rendering, later mail and charges; claimed by lease and fence."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state", "state", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    ref_id: Mapped[int] = mapped_column(RowId)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    fence: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant)
