"""People who sign in: accounts, roles, sessions, one-time tokens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.policy import Role
from membership.persistence.columns import Base, Instant, Json, RowId


class User(Base):
    """A person with an account; never a company (MEM-15)."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="de")
    password_hash: Mapped[str | None]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None] = mapped_column(RowId)
    is_active: Mapped[bool] = mapped_column(default=True)
    has_keys_on: Mapped[bool] = mapped_column(default=True)
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)


class UserRole(Base):
    """A staff role of a person, for ever or to a day (the auditor's mandate)."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]


class ListView(Base):
    """What a person wants to see of a list: a filter with a name, or, without a name, the columns it always shows."""

    __tablename__ = "list_views"

    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    query: Mapped[Any] = mapped_column(Json)


class UserCompany(Base):
    """A company that a person acts for in the portal."""

    __tablename__ = "user_companies"

    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), primary_key=True)
    role: Mapped[Role]


class UserSession(Base):
    """A signed-in browser; the cookie holds the id, the row its hash (INV-28, INV-30)."""

    __tablename__ = "user_sessions"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    has_second_factor: Mapped[bool]
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    notices: Mapped[Any] = mapped_column(Json, default=list)
    device: Mapped[str] = mapped_column(default="", server_default="")


class OneTimeToken(Base):
    """A token for one purpose, one account, once, until its end (INV-29)."""

    __tablename__ = "one_time_tokens"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(Base):
    """A code that replaces the second factor once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInFailure(Base):
    """Failed attempts per account typed, network address or known browser; unknown accounts wait like known ones."""

    __tablename__ = "sign_in_failures"

    subject_hash: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)


class KnownBrowser(Base):
    """A browser in which somebody has signed in before: others' failures do not keep them out of it (SEC-16)."""

    __tablename__ = "known_browsers"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"), primary_key=True)
    last_used_at: Mapped[datetime] = mapped_column(Instant)


class SecurityNotice(Base):
    """What somebody is to hear about their account or the association's money, until they have seen it (SEC-35).

    What a person did themselves (`is_own`) is said in a later session: this one may be stolen.
    """

    __tablename__ = "security_notices"
    __table_args__ = (Index("ix_security_notices_unseen", "user_id", "seen_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("users.id"))
    kind: Mapped[str]
    facts: Mapped[Any] = mapped_column(Json)
    is_own: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
