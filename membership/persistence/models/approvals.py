"""What was submitted to a second person, and what became of it; both tables only grow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.approvals import Action, State
from membership.persistence.columns import Base, Instant, Json, RowId


class Approval(Base):
    """Something that waits for a second person, or did (append-only).

    `use_case` names what does it, called with `arguments`; `title` and `shown` are sentences with their values;
    `fingerprint` is the SHA-256 of what will happen and what it rests on.
    """

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_object", "object_kind", "object_ref"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    action: Mapped[Action]
    use_case: Mapped[str]
    object_kind: Mapped[str]
    object_ref: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("members.id"))
    title: Mapped[Any] = mapped_column(Json)
    shown: Mapped[Any] = mapped_column(Json)
    arguments: Mapped[Any] = mapped_column(Json)
    fingerprint: Mapped[str]
    reason: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class ApprovalDecision(Base):
    """The one end of something submitted (append-only)."""

    __tablename__ = "approval_decisions"
    __table_args__ = (
        CheckConstraint("state IN ('approved', 'returned', 'withdrawn', 'outdated')", name="is_an_end"),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="return_has_reason"),
        CheckConstraint("state <> 'approved' OR actor_key LIKE 'user:%'", name="people_approve"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    approval_id: Mapped[int] = mapped_column(RowId, ForeignKey("approvals.id"), unique=True)
    state: Mapped[State]
    reason: Mapped[str]
    why: Mapped[Any] = mapped_column(Json, nullable=True)
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
