"""Years that were closed and opened again; the trigger of the ledger reads which time is closed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.closings import ClosingKind
from membership.persistence.columns import Base, Instant, RowId


class Closing(Base):
    """One step of a year (append-only).

    `last_entry` is the newest entry at that moment: what is booked later must not lie in closed time. `answers_id` is
    the request that was decided, `reverses_id` the closing that a reopening takes back.
    """

    __tablename__ = "closings"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("(kind = 'reopened') = (reverses_id IS NOT NULL)", name="reopening_names_closing"),
        Index("ix_closings_year", "year", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    year: Mapped[int]
    last_on: Mapped[date]
    kind: Mapped[ClosingKind]
    last_entry: Mapped[int] = mapped_column(RowId)
    answers_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("closings.id"), unique=True)
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("closings.id"), unique=True)
    reason: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
