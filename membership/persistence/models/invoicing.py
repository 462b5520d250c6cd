"""Invoices and the bytes of documents; both append-only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Cents, Instant, Json, RowId

TAKES_BACK: Final = "kind IN ('cancellation', 'corrected')"
"""A document of these kinds takes all that is left of the one it names; there is at most one (D-INV-14)."""


class Invoice(Base):
    """An issued document. `content` is what is printed, `assessment` how it was worked out; both are frozen.

    `kind` is an `InvoiceKind`. `replaces_id` is the document that a correction is about, or that a new invoice follows.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series", "year", "running"),
        UniqueConstraint(
            "member_id", "fee", "tax_part", "period_from", "generation", name="uq_invoices_billed_once"
        ),
        CheckConstraint("net_cents + tax_cents = gross_cents", name="adds_up"),
        Index("ix_invoices_list", "dues_year", "id", "dues_class", "payment_method", "run_id"),
        Index("ix_invoices_member", "member_id"),
        Index("ix_invoices_run", "run_id"),
        Index("ix_invoices_replaces", "replaces_id"),
        Index(
            "ix_invoices_taken_back_once",
            "replaces_id",
            unique=True,
            sqlite_where=text(TAKES_BACK),
            postgresql_where=text(TAKES_BACK),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    series: Mapped[str]
    year: Mapped[int]
    running: Mapped[int] = mapped_column(RowId)
    kind: Mapped[str]
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    dues_year: Mapped[int]
    fee: Mapped[str]
    tax_part: Mapped[str]
    period_from: Mapped[date]
    period_to: Mapped[date]
    generation: Mapped[int]
    category: Mapped[str]
    dues_class: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    net_cents: Mapped[int] = mapped_column(Cents)
    tax_cents: Mapped[int] = mapped_column(Cents)
    gross_cents: Mapped[int] = mapped_column(Cents)
    reference: Mapped[str]
    is_estimated: Mapped[bool]
    payment_method: Mapped[str]
    schedule_code: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("billing_runs.id"))
    replaces_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("invoices.id"))
    content: Mapped[Any] = mapped_column(Json)
    assessment: Mapped[Any] = mapped_column(Json)
    issued_at: Mapped[datetime] = mapped_column(Instant)


class StoredDocument(Base):
    """The bytes of a document as they left the house (INV-06)."""

    __tablename__ = "stored_documents"
    __table_args__ = (UniqueConstraint("invoice_id", "kind"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(RowId, ForeignKey("invoices.id"))
    kind: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    stored_at: Mapped[datetime] = mapped_column(Instant)
