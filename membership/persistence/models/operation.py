"""What running the program leaves behind: marks of the keys, and the daily tasks with what came of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, Json


class KeyMark(Base):
    """A keyed hash that only the key itself gives: it tells another key at the start, and says nothing of the key."""

    __tablename__ = "key_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class DailyTask(Base):
    """A task of one calendar day of the association: once, whoever comes first (`reliability.md` 62, FI-47)."""

    __tablename__ = "daily_tasks"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str]
    fence: Mapped[str]
    lease_until: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[Any] = mapped_column(Json, nullable=True)
