"""The rows of invoices that somebody marked in the list, one by one or all of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.queries.invoice_list import COLUMNS, InvoiceRow, row_of


def list_chosen(session: Session, numbers: Sequence[str]) -> list[tuple[int, InvoiceRow]]:
    """Return id and row of the invoices with these numbers, oldest first; unknown ones are left out."""
    return _rows(session, Invoice.number.in_(list(numbers)))


def list_by_id(session: Session, invoice_ids: Sequence[int]) -> list[tuple[int, InvoiceRow]]:
    """Return id and row of these invoices, oldest first."""
    return _rows(session, Invoice.id.in_(list(invoice_ids)))


def _rows(session: Session, condition: ColumnElement[bool]) -> list[tuple[int, InvoiceRow]]:
    statement = (
        select(Invoice.id, *COLUMNS)
        .select_from(Invoice)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(Member, Member.id == Invoice.member_id)
        .where(condition)
        .order_by(Invoice.id)
    )
    return [(row[0], row_of(tuple(row)[1:])) for row in session.execute(statement)]
