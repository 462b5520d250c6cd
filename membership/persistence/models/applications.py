"""Applications for membership that came in by the public form, and the links of their applicants.

All that a company says about itself and its people stands in `data`, which is emptied when an application led to
nothing; what it agreed to, word for word, is no personal data and stays. Source: MEM-1, MEM-2, ACC-24, INV-35.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.applications import ApplicationState
from membership.persistence.columns import Base, Instant, Json, RowId


class Application(Base):
    """One application; `terms` is what was agreed to, `expected` the dues that were shown.

    `name_key` and `email_key` find the same company and the same address again; they go with `data`.
    `iban_sealed` is the account of a mandate that was agreed to; it goes with the decision, whatever that is.
    `decided_on`, `organ` and `minutes` are the decision of the board (MEM-2), `ended_at` the moment it was recorded.
    """

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("(state = 'accepted') = (member_id IS NOT NULL)", name="admitted"),
        Index("ix_applications_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ApplicationState]
    language: Mapped[str]
    data: Mapped[Any] = mapped_column(Json, nullable=True)
    category: Mapped[str]
    sizes: Mapped[Any] = mapped_column(Json)
    terms: Mapped[Any] = mapped_column(Json)
    expected: Mapped[Any] = mapped_column(Json, nullable=True)
    iban_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_key: Mapped[str] = mapped_column(index=True)
    email_key: Mapped[str] = mapped_column(index=True)
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_on: Mapped[date | None]
    organ: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    member_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("members.id"), index=True)


class ApplicationLink(Base):
    """A link by which an applicant confirms the address and sees how the application stands; kept as its hash."""

    __tablename__ = "application_links"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    application_id: Mapped[int] = mapped_column(RowId, ForeignKey("applications.id"), index=True)
    dispatch_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("dispatches.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
