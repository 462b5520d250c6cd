"""Resolutions with their files (MEM-20); append-only, what is recorded later about the same one counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Instant, RowId


class ResolutionRecord(Base):
    """What is known of a resolution (append-only); the file is encrypted, its hash is that of the plain bytes."""

    __tablename__ = "resolutions"
    __table_args__ = (
        CheckConstraint("(content_sealed IS NULL) = (sha256 = '')", name="hashed"),
        Index("ix_resolutions_decided", "decided_on", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    organ: Mapped[str]
    decided_on: Mapped[date]
    item: Mapped[str]
    text: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
