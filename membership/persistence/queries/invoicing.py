"""Invoices: what the office, the member and the commands read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import NumberSeries, OpenItem
from membership.persistence.models.members import Contact, Member

PDF = "pdf"
XRECHNUNG = "xrechnung"


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice with its member and what is still open."""

    invoice: Invoice
    member: Member
    open_item_id: int
    open_cents: int
    sha256: str | None


def get_invoice(session: Session, number: str) -> InvoiceView:
    """Return the invoice with a number; raise `NotFound` when there is none that the actor may see."""
    row = session.execute(
        select(Invoice, Member, OpenItem.id, OpenItem.open_cents, StoredDocument.sha256)
        .join(Member, Member.id == Invoice.member_id)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .outerjoin(StoredDocument, (StoredDocument.invoice_id == Invoice.id) & (StoredDocument.kind == PDF))
        .where(Invoice.number == number.strip().upper())
    ).first()
    if row is None:
        raise NotFound(what="invoice", key=number)
    return InvoiceView(*row)


def list_invoices(
    session: Session, *, year: int | None = None, member_id: int | None = None
) -> list[InvoiceView]:
    """Return invoices by number, of one dues year or one member where named."""
    statement = (
        select(Invoice, Member, OpenItem.id, OpenItem.open_cents, StoredDocument.sha256)
        .join(Member, Member.id == Invoice.member_id)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .outerjoin(StoredDocument, (StoredDocument.invoice_id == Invoice.id) & (StoredDocument.kind == PDF))
        .order_by(Invoice.year, Invoice.series, Invoice.running)
    )
    if year is not None:
        statement = statement.where(Invoice.dues_year == year)
    if member_id is not None:
        statement = statement.where(Invoice.member_id == member_id)
    return [InvoiceView(*row) for row in session.execute(statement)]


def find_stored(session: Session, invoice_id: int, kind: str = PDF) -> StoredDocument | None:
    """Return the stored bytes of a document, if they have been made."""
    return session.execute(
        select(StoredDocument).where(StoredDocument.invoice_id == invoice_id, StoredDocument.kind == kind)
    ).scalar_one_or_none()


def known_numbers(session: Session, numbers: Iterable[str]) -> frozenset[str]:
    """Return which of these numbers are invoices of ours; an item taken over from other books is none."""
    statement = select(Invoice.number).where(Invoice.number.in_(sorted(numbers)))
    return frozenset(session.execute(statement).scalars())


def find_stored_at(session: Session, invoice_id: int, kind: str = PDF) -> datetime | None:
    """Return when the bytes of a document were stored, if they have been made."""
    return session.execute(
        select(StoredDocument.stored_at).where(
            StoredDocument.invoice_id == invoice_id, StoredDocument.kind == kind
        )
    ).scalar_one_or_none()


def list_contents(session: Session, invoice_ids: list[int]) -> dict[int, Any]:
    """Return invoice id -> its frozen content, for rendering."""
    table = cast("Table", Invoice.__table__)
    rows = session.connection().execute(
        select(table.c.id, table.c.content).where(table.c.id.in_(invoice_ids))
    )
    return dict(rows.all())


def find_series(session: Session, series: str, year: int) -> NumberSeries | None:
    """Return the counter of a series, if a number was ever taken from it."""
    return session.get(NumberSeries, (series, year))


_PEOPLE = (
    select(Contact)
    .where(Contact.member_id == bindparam("member"), Contact.ended_on.is_(None))
    .order_by(Contact.id)
)


def billing_contact(session: Session, member_id: int) -> Contact | None:
    """Return the person invoices go to: the function "billing", else the main contact, else none."""
    people = session.execute(_PEOPLE, {"member": member_id}).scalars().all()
    for function in ("billing", "main"):
        for contact in people:
            if function in (contact.functions or ()):
                return contact
    return None


def billed_members(session: Session, year: int) -> dict[int, int]:
    """Return member id -> cents of all invoices for a dues year."""
    rows = session.execute(
        select(Invoice.member_id, func.sum(Invoice.gross_cents)).where(Invoice.dues_year == year).group_by(
            Invoice.member_id
        )
    )  # fmt: skip
    return {member_id: int(cents) for member_id, cents in rows}


def billed_classes(session: Session, year: int) -> dict[int, str]:
    """Return member id -> the dues class on its invoice for a dues year, where there is one."""
    rows = session.execute(
        select(Invoice.member_id, func.max(Invoice.dues_class))
        .where(Invoice.dues_year == year, Invoice.dues_class != "")
        .group_by(Invoice.member_id)
    )
    return {member_id: dues_class for member_id, dues_class in rows}  # noqa: C416 - a result is no list of pairs


def billed_keys(session: Session, year: int) -> set[tuple[int, str, str, date]]:
    """Return (member, fee, tax part, period start) of what is billed for a dues year."""
    rows = session.execute(
        select(Invoice.member_id, Invoice.fee, Invoice.tax_part, Invoice.period_from).where(
            Invoice.dues_year == year
        )
    )
    return {(member_id, fee, part, start) for member_id, fee, part, start in rows}
