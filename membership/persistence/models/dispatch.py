"""How documents leave the house: one row for each sending of a document to a recipient, each attempt, texts, links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.dispatch import Channel, DispatchState, Outcome
from membership.persistence.columns import Base, Instant, Json, RowId


class Dispatch(Base):
    """One sending of one document to one recipient, by mail or by post; `key` makes a second one impossible.

    Mails to staff about the program itself have no member; `facts` are what they tell. `subject` and `body` are what
    was sent, without the secret of the link. Source: INV-17, INV-18, `reliability.md` 32.
    """

    __tablename__ = "dispatches"
    __table_args__ = (
        Index("ix_dispatches_state", "state", "id"),
        Index("ix_dispatches_invoice", "invoice_id"),
        CheckConstraint("channel = 'post' OR recipient <> ''", name="addressed"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    channel: Mapped[Channel]
    document: Mapped[str]
    invoice_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("invoices.id"))
    member_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    facts: Mapped[Any] = mapped_column(Json, nullable=True)
    round: Mapped[int]
    recipient: Mapped[str]
    recipient_name: Mapped[str]
    salutation: Mapped[str]
    language: Mapped[str]
    state: Mapped[DispatchState]
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    fence: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(default="")


class DispatchAttempt(Base):
    """One attempt to hand a mail to the mail server, with what the server said (INV-18)."""

    __tablename__ = "dispatch_attempts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(RowId, ForeignKey("dispatches.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[Outcome]
    reason: Mapped[str]
    answer: Mapped[str]


class MailLane(Base):
    """The one row of the way to the mail server: who is on it, until when it rests and why, whether it was halted.

    `tested_at`: when a test mail got through with the present settings.
    """

    __tablename__ = "mail_lane"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    fence: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    halted_at: Mapped[datetime | None] = mapped_column(Instant)
    tested_at: Mapped[datetime | None] = mapped_column(Instant)


class MailboxMark(Base):
    """The one row of the mailbox for mails that come back: up to which mail it was read, and what last went wrong.

    `place` and `numbering` (UIDVALIDITY) say for which mailbox the number of the last mail means anything.
    """

    __tablename__ = "mailbox_mark"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    place: Mapped[str] = mapped_column(default="")
    numbering: Mapped[int] = mapped_column(RowId, default=0)
    last_uid: Mapped[int] = mapped_column(RowId, default=0)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(default="")


class MailText(Base):
    """A text of a mail that differs from the one that ships with the program."""

    __tablename__ = "mail_texts"

    name: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class InvoiceLink(Base):
    """A link that opens one invoice without signing in; the secret is kept as its hash (`decisions.md` 10)."""

    __tablename__ = "invoice_links"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    invoice_id: Mapped[int] = mapped_column(RowId, ForeignKey("invoices.id"), index=True)
    dispatch_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("dispatches.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)


class SealedSetting(Base):
    """A setting that nobody may read again, such as the password of the mail server; encrypted."""

    __tablename__ = "sealed_settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Instant)
