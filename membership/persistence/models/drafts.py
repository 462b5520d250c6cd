"""Single invoices that are not issued yet; they have no number and bind nobody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.single_invoices import DraftKind
from membership.persistence.columns import Base, Instant, Json, RowId


class InvoiceDraft(Base):
    """One draft: the dues of a year or free `lines`; `version` counts its changes, `invoice_id` is what it became."""

    __tablename__ = "invoice_drafts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    kind: Mapped[DraftKind]
    dues_year: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    lines: Mapped[Any] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)
    invoice_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("invoices.id"))
