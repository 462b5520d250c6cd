"""Fee schedules as they are stored: one JSON document per version."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, Json, RowId


class ScheduleState(StrEnum):
    """The life of a version (DUE-1)."""

    DRAFT = "draft"
    RESOLVED = "resolved"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"


class FeeScheduleVersion(Base):
    """A version of the fee schedule; only a draft may change (DUE-1)."""

    __tablename__ = "fee_schedules"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    document: Mapped[Any] = mapped_column(Json)
    state: Mapped[ScheduleState]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
