"""Mandates and what came of them; collections with their file; debits that members were told of.

Mandates, files and steps only grow. A debit (`CollectionItem`) has a state that changes; a trigger keeps the rest.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.direct_debits.collections import CollectionState, ItemState, Sequence
from membership.domain.direct_debits.mandates import Recurrence, Scheme, StepKind
from membership.persistence.columns import Base, Cents, Instant, RowId

IS_STANDING = "state IN ('open', 'settled')"
"""A debit of these states holds its open item: there is at most one (INV-14)."""


class Mandate(Base):
    """A mandate as it was taken down (append-only); `signed_on` is empty while the signed form is awaited.

    The IBAN is encrypted; `iban_key` finds it again, `iban_shown` is what pages show (SEC-77, SEC-78).
    """

    __tablename__ = "mandates"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("name <> '' AND reference <> ''", name="named"),
        Index("ix_mandates_member", "member_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    reference: Mapped[str]
    scheme: Mapped[Scheme]
    recurrence: Mapped[Recurrence]
    creditor_id: Mapped[str]
    name: Mapped[str]
    street: Mapped[str]
    building: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    iban_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    iban_key: Mapped[str] = mapped_column(index=True)
    iban_shown: Mapped[str]
    bic: Mapped[str]
    signed_on: Mapped[date | None]
    place: Mapped[str]
    signatory: Mapped[str]
    origin: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class MandateStep(Base):
    """What came later (append-only): signed, amended (then with all new terms), blocked, revoked, reinstated.

    `reference` is the new one that an amendment gave the mandate, empty where it kept its own.
    """

    __tablename__ = "mandate_steps"
    __table_args__ = (
        CheckConstraint("(kind = 'amended') = (iban_sealed IS NOT NULL)", name="amended_has_terms"),
        Index("ix_mandate_steps_mandate", "mandate_id", "id"),
        Index("ix_mandate_steps_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    mandate_id: Mapped[int] = mapped_column(RowId, ForeignKey("mandates.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    kind: Mapped[StepKind]
    done_on: Mapped[date]
    reason: Mapped[str]
    place: Mapped[str]
    signatory: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    street: Mapped[str]
    building: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    iban_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    iban_key: Mapped[str | None]
    iban_shown: Mapped[str]
    bic: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class MandateDocument(Base):
    """The signed form or the recorded consent (append-only), encrypted; the hash is that of the plain bytes."""

    __tablename__ = "mandate_documents"
    __table_args__ = (
        Index("ix_mandate_documents_mandate", "mandate_id", "id"),
        Index("ix_mandate_documents_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    mandate_id: Mapped[int] = mapped_column(RowId, ForeignKey("mandates.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    kind: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    stored_at: Mapped[datetime] = mapped_column(Instant)


class DebitNotice(Base):
    """That a member was told of a debit (append-only): by the invoice, or otherwise as somebody noted (SEPA-7)."""

    __tablename__ = "debit_notices"
    __table_args__ = (
        CheckConstraint("cents > 0", name="positive"),
        Index("ix_debit_notices_item", "open_item_id", "id"),
        Index("ix_debit_notices_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    mandate_id: Mapped[int] = mapped_column(RowId, ForeignKey("mandates.id"))
    cents: Mapped[int] = mapped_column(Cents)
    notified_on: Mapped[date]
    due_on: Mapped[date]
    way: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class Collection(Base):
    """A file for the bank (append-only): the bytes are encrypted, the hash is that of the plain ones (INV-06)."""

    __tablename__ = "collections"
    __table_args__ = (
        UniqueConstraint("year", "running"),
        CheckConstraint("item_count > 0 AND sum_cents > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    running: Mapped[int] = mapped_column(RowId)
    due_on: Mapped[date]
    item_count: Mapped[int]
    sum_cents: Mapped[int] = mapped_column(Cents)
    creditor_id: Mapped[str]
    creditor_name: Mapped[str]
    creditor_iban: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)


class CollectionStep(Base):
    """A step of a collection (append-only); the last one is its state."""

    __tablename__ = "collection_steps"
    __table_args__ = (UniqueConstraint("collection_id", "step"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(RowId, ForeignKey("collections.id"))
    step: Mapped[int]
    kind: Mapped[CollectionState]
    done_on: Mapped[date]
    reason: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class CollectionItem(Base):
    """One debit: `block` is the PmtInfId it stands under, `terms_id` the amendment of the mandate that it followed.

    `payment_id` is what was booked when it was credited, `fee_entry_id` and `fee_item_id` what a return cost.
    """

    __tablename__ = "collection_items"
    __table_args__ = (
        UniqueConstraint("collection_id", "position"),
        UniqueConstraint("open_item_id", "attempt"),
        CheckConstraint("cents > 0", name="positive"),
        CheckConstraint("(state = 'returned') = (return_code <> '')", name="return_has_code"),
        CheckConstraint("state <> 'settled' OR payment_id IS NOT NULL", name="settled_has_payment"),
        Index(
            "ix_collection_items_held_once",
            "open_item_id",
            unique=True,
            sqlite_where=text(IS_STANDING),
            postgresql_where=text(IS_STANDING),
        ),
        Index("ix_collection_items_block", "block"),
        Index("ix_collection_items_mandate", "mandate_id"),
        Index("ix_collection_items_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(RowId, ForeignKey("collections.id"))
    position: Mapped[int]
    open_item_id: Mapped[int] = mapped_column(RowId, ForeignKey("open_items.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    mandate_id: Mapped[int] = mapped_column(RowId, ForeignKey("mandates.id"))
    terms_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("mandate_steps.id"))
    document: Mapped[str]
    attempt: Mapped[int]
    cents: Mapped[int] = mapped_column(Cents)
    end_to_end_id: Mapped[str] = mapped_column(unique=True)
    block: Mapped[str]
    scheme: Mapped[Scheme]
    sequence: Mapped[Sequence]
    iban_shown: Mapped[str]
    state: Mapped[ItemState]
    payment_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("payments.id"), unique=True)
    settled_on: Mapped[date | None]
    return_code: Mapped[str] = mapped_column(default="")
    returned_on: Mapped[date | None]
    fee_cents: Mapped[int] = mapped_column(Cents, default=0)
    fee_entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    fee_item_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("open_items.id"), unique=True)
