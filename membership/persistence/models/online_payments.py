"""Attempts to pay online, events of the provider, what was booked of them, and payouts.

An attempt keeps what it was begun with (a trigger); what was booked only grows, each change once (INV-09).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.online_payments.attempts import AttemptState, Way
from membership.domain.online_payments.events import EventState
from membership.domain.online_payments.pictures import ChangeKind
from membership.persistence.columns import Base, Cents, Instant, RowId

PROVIDER = "stripe"
IS_HELD = "is_held"
"""An item of these rows is being paid: there is at most one attempt for it (STR-2)."""


class OnlineAttempt(Base):
    """One attempt: all that the provider is asked stands here before it is asked, so that asking again is the same.

    `uid` is our reference there and the address of the result page; `key_since` is when the idempotency key was drawn.
    """

    __tablename__ = "online_attempts"
    __table_args__ = (
        CheckConstraint("cents > 0", name="positive"),
        Index("ix_online_attempts_member", "member_id", "id"),
        Index("ix_online_attempts_state", "state"),
        Index("ix_online_attempts_intent", "intent_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    cents: Mapped[int] = mapped_column(Cents)
    currency: Mapped[str]
    way: Mapped[Way]
    title: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    back: Mapped[str]
    is_live: Mapped[bool]
    state: Mapped[AttemptState]
    key: Mapped[str] = mapped_column(unique=True)
    key_since: Mapped[datetime] = mapped_column(Instant)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    page_id: Mapped[str | None] = mapped_column(unique=True)
    page_url: Mapped[str]
    intent_id: Mapped[str]
    problem: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class OnlineItem(Base):
    """A document that an attempt pays, with the cents that were open of it then."""

    __tablename__ = "online_items"
    __table_args__ = (
        UniqueConstraint("attempt_id", "open_item_id"),
        CheckConstraint("cents > 0", name="positive"),
        Index(
            "ix_online_items_held_once",
            "open_item_id",
            unique=True,
            sqlite_where=text(IS_HELD),
            postgresql_where=text(IS_HELD),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(RowId, ForeignKey("online_attempts.id"))
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    document: Mapped[str]
    cents: Mapped[int] = mapped_column(Cents)
    is_held: Mapped[bool]


class OnlineEvent(Base):
    """An event as it came, kept before it is worked; the body is encrypted, because it names people.

    What the daily comparison finds and nobody told of is kept here too, without a body.
    """

    __tablename__ = "online_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_online_events_next", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    object_id: Mapped[str]
    is_live: Mapped[bool]
    account: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[EventState]
    reason: Mapped[str]
    detail: Mapped[str]
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(Instant)
    attempt_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("online_attempts.id"))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str]
    note: Mapped[str]


class OnlinePosting(Base):
    """A change of the balance at the provider that was booked (append-only), once for its object and kind.

    `entry_id` is the entry of a fee; `payment_id` the payment that stands after the change, if one does.
    """

    __tablename__ = "online_postings"
    __table_args__ = (
        UniqueConstraint("provider", "object_id", "kind"),
        CheckConstraint("cents <> 0", name="not_zero"),
        Index("ix_online_postings_attempt", "attempt_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    provider: Mapped[str]
    object_id: Mapped[str]
    kind: Mapped[ChangeKind]
    attempt_id: Mapped[int] = mapped_column(RowId, ForeignKey("online_attempts.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    cents: Mapped[int] = mapped_column(Cents)
    posted_on: Mapped[date]
    entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"))
    payment_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("payments.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class OnlinePayout(Base):
    """A payout to the bank as the provider reports it; `entry_id` is what its bank line booked, while that stands."""

    __tablename__ = "online_payouts"
    __table_args__ = (UniqueConstraint("provider", "payout_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    provider: Mapped[str]
    payout_id: Mapped[str]
    cents: Mapped[int] = mapped_column(Cents)
    gross_cents: Mapped[int] = mapped_column(Cents)
    fee_cents: Mapped[int] = mapped_column(Cents)
    part_count: Mapped[int]
    status: Mapped[str]
    arrives_on: Mapped[date]
    entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class RefusedMessages(Base):
    """How many messages of a day were refused because nobody signed them (SEC-69)."""

    __tablename__ = "refused_messages"

    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant)
