"""What companies do in the member area beside paying and declaring: whom they invite, and what they ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.companies import RequestKind, RequestState
from membership.domain.policy import Role
from membership.persistence.columns import Base, Instant, Json, RowId


class CompanyInvitation(Base):
    """A person who is asked to act for a company; there may be an account for the address or none.

    The link is kept as a hash and made when the mail goes out, or at once where it is shown instead (`is_mailed`).
    `ended_at`: accepted, taken back, or replaced by a newer one. Source: INV-28, INV-29, SEC-19.
    """

    __tablename__ = "company_invitations"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role]
    language: Mapped[str]
    is_mailed: Mapped[bool]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    invited_at: Mapped[datetime] = mapped_column(Instant)
    invited_by: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by: Mapped[int | None] = mapped_column(RowId, ForeignKey("users.id"))


class CompanyRequest(Base):
    """What a company asks for or says, and the association has to look at: a new name, its notice, erasing its data.

    `facts` are plain values by kind: `old` and `new` of a name, `end` of a notice, `text` of an erasure.
    """

    __tablename__ = "company_requests"
    __table_args__ = (Index("ix_company_requests_state", "state", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    kind: Mapped[RequestKind]
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN)
    facts: Mapped[Any] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
