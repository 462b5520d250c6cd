"""The yearly declaration: the round of a dues year, one request a member, and what was declared and decided.

Declarations, decisions and files only grow. A request has a draft, what was typed and not sent yet, the person who
declared last and a wish for another contact: they are personal and go again, so none of them is hashed (INV-35).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.declarations.states import Decision, Way
from membership.persistence.columns import Base, Instant, Json, RowId


class DeclarationRound(Base):
    """The round of a dues year; `asks` is what is asked beside the sizes, `reminded` the reminders that are done."""

    __tablename__ = "declaration_rounds"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    dues_year: Mapped[int] = mapped_column(unique=True)
    opened_on: Mapped[date]
    deadline: Mapped[date]
    late_until: Mapped[date | None]
    asks: Mapped[Any] = mapped_column(Json)
    reminds: Mapped[bool]
    reminded: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str]


class DeclarationRequest(Base):
    """What one member is asked in one round; its state follows from what was sent, declared and decided."""

    __tablename__ = "declaration_requests"
    __table_args__ = (UniqueConstraint("round_id", "member_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    round_id: Mapped[int] = mapped_column(RowId, ForeignKey("declaration_rounds.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    draft: Mapped[Any] = mapped_column(Json, nullable=True)
    declared_by: Mapped[str]
    contact: Mapped[Any] = mapped_column(Json, nullable=True)


class DeclarationVersion(Base):
    """One declaration of a member (append-only): every answer stays, the newest counts (DUE-27).

    `before` and `expected` are the dues as they were shown: cents, row and dues class by the last known sizes, and by
    these. `oddities` is what a person looks at first (DUE-30).
    """

    __tablename__ = "declaration_versions"
    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        CheckConstraint("number > 0", name="numbered"),
        Index("ix_declaration_versions_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[int] = mapped_column(RowId, ForeignKey("declaration_requests.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    number: Mapped[int]
    answers: Mapped[Any] = mapped_column(Json)
    known: Mapped[Any] = mapped_column(Json)
    comment: Mapped[str]
    way: Mapped[Way]
    before: Mapped[Any] = mapped_column(Json)
    expected: Mapped[Any] = mapped_column(Json)
    oddities: Mapped[Any] = mapped_column(Json)
    evidence_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("declaration_evidence.id"))
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class DeclarationDecision(Base):
    """What the association decided (append-only): taken over, asked back, or what counts for a member's silence."""

    __tablename__ = "declaration_decisions"
    __table_args__ = (
        CheckConstraint("(kind IN ('accepted', 'queried')) = (version_id IS NOT NULL)", name="about"),
        CheckConstraint("kind NOT IN ('queried', 'estimated') OR text <> ''", name="said"),
        Index("ix_declaration_decisions_request", "request_id", "id"),
        Index("ix_declaration_decisions_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[int] = mapped_column(RowId, ForeignKey("declaration_requests.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    version_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("declaration_versions.id"))
    kind: Mapped[Decision]
    answers: Mapped[Any] = mapped_column(Json)
    text: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class DeclarationEvidence(Base):
    """A file that proves a declaration (append-only), encrypted; the hash is that of the plain bytes."""

    __tablename__ = "declaration_evidence"
    __table_args__ = (
        Index("ix_declaration_evidence_request", "request_id", "id"),
        Index("ix_declaration_evidence_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[int] = mapped_column(RowId, ForeignKey("declaration_requests.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    stored_at: Mapped[datetime] = mapped_column(Instant)


class DeclarationLink(Base):
    """A link that opens one request without signing in, until its last day; the secret is kept as its hash."""

    __tablename__ = "declaration_links"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[int] = mapped_column(RowId, ForeignKey("declaration_requests.id"), index=True)
    dispatch_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("dispatches.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
