"""What was decided about an open item without a document: waivers, write-offs, deferrals, instalment plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.claims import EventKind
from membership.persistence.columns import Base, Cents, Instant, Json, RowId


class ItemEvent(Base):
    """One decision (append-only); `reverses_id` takes an earlier one back.

    `due_before` and `due_on` are the due date of the item before and after it, `plan` a list of [day, cents].
    """

    __tablename__ = "item_events"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        Index("ix_item_events_item", "open_item_id", "id"),
        Index("ix_item_events_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    kind: Mapped[EventKind]
    decided_on: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(Cents, default=0)
    due_before: Mapped[date]
    due_on: Mapped[date]
    plan: Mapped[Any] = mapped_column(Json, nullable=True)
    reason: Mapped[str]
    resolution: Mapped[str]
    entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("item_events.id"), unique=True)
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
