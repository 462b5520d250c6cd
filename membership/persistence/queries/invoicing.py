"""Invoices: what the office, the member and the commands read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeAlias, cast

from sqlalchemy import Row, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.errors import NotFound
from membership.domain.invoicing import Standing
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import NumberSeries, OpenItem
from membership.persistence.models.members import Contact, Member

PDF = "pdf"
XRECHNUNG = "xrechnung"
REPORT = "report"
DUES = "dues"
"""How the kinds of items begin that bill the dues of a year."""


IssuedDocument: TypeAlias = Invoice
"""A row of any kind of document, for those who only read it."""

COUNTED: Final = OpenItem.original_cents - OpenItem.credited_cents
"""What a document counts after its corrections."""
IS_CANCELLED: Final = (OpenItem.credited_cents > 0) & (OpenItem.credited_cents == OpenItem.original_cents)
"""Whether all of a document was credited."""


class StoredFile(NamedTuple):
    """A file of an invoice as it is kept; `services/invoicing` returns its plain bytes."""

    invoice_id: int
    kind: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice with its member, what became of it, and the number of the one it follows."""

    invoice: Invoice
    member: Member
    open_item_id: int
    standing: Standing
    sha256: str | None
    replaces: str | None = None

    @property
    def open_cents(self) -> int:
        """Return what is still open."""
        return self.standing.open_cents


def standing_of(item: OpenItem, invoice: Invoice | None) -> Standing:
    """Return what became of an open item; its first due date is the one on the paper."""
    return Standing(
        original_cents=item.original_cents,
        open_cents=item.open_cents,
        due_on=item.due_on,
        credited_cents=item.credited_cents,
        waived_cents=item.waived_cents,
        written_off_cents=item.written_off_cents,
        first_due_on=invoice.due_on if invoice else None,
    )


_BEFORE: Final = aliased(Invoice)
_HAS_PDF: Final = (StoredDocument.invoice_id == Invoice.id) & (StoredDocument.kind == PDF)


def _views() -> Select[Invoice, Member, OpenItem, str, str]:
    return (
        select(Invoice, Member, OpenItem, StoredDocument.sha256, _BEFORE.number)
        .join(Member, Member.id == Invoice.member_id)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .outerjoin(StoredDocument, _HAS_PDF)
        .outerjoin(_BEFORE, _BEFORE.id == Invoice.replaces_id)
    )


def _view(row: Row[Invoice, Member, OpenItem, str, str]) -> InvoiceView:
    invoice, member, item, sha256, replaces = row
    return InvoiceView(invoice, member, item.id, standing_of(item, invoice), sha256, replaces)


def get_invoice(session: Session, number: str) -> InvoiceView:
    """Return the invoice with a number; raise `NotFound` when there is none that the actor may see."""
    statement = _views().where(Invoice.number == number.strip().upper())
    row = session.execute(statement, execution_options={"populate_existing": True}).first()
    if row is None:
        raise NotFound(what="invoice", key=number)
    return _view(row)


def list_invoices(
    session: Session, *, year: int | None = None, member_id: int | None = None
) -> list[InvoiceView]:
    """Return invoices by number, of one dues year or one member where named."""
    statement = _views().order_by(Invoice.year, Invoice.series, Invoice.running)
    if year is not None:
        statement = statement.where(Invoice.dues_year == year)
    if member_id is not None:
        statement = statement.where(Invoice.member_id == member_id)
    return [_view(row) for row in session.execute(statement)]


def get_document(session: Session, number: str) -> tuple[Invoice, str | None]:
    """Return a document of any kind with the hash of its PDF, if that is made; raise `NotFound` when there is none."""
    statement = select(Invoice, StoredDocument.sha256).outerjoin(StoredDocument, _HAS_PDF)
    row = session.execute(statement.where(Invoice.number == number.strip().upper())).first()
    if row is None:
        raise NotFound(what="invoice", key=number)
    return row[0], row[1]


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
    """Return member id -> cents of its dues invoices for a year, after their corrections; none of a cancelled one.

    Supplements count; levies and freely written invoices do not.
    """
    rows = session.execute(
        select(OpenItem.member_id, func.sum(COUNTED))
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(OpenItem.dues_year == year, Invoice.fee.startswith(DUES), ~IS_CANCELLED)
        .group_by(OpenItem.member_id)
    )
    return {member_id: int(cents) for member_id, cents in rows}


def billed_classes(session: Session, year: int) -> dict[int, str]:
    """Return member id -> the dues class on its invoice for a dues year, where there is one."""
    rows = session.execute(
        select(Invoice.member_id, func.max(Invoice.dues_class))
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.dues_year == year, Invoice.dues_class != "", ~IS_CANCELLED)
        .group_by(Invoice.member_id)
    )
    return {member_id: dues_class for member_id, dues_class in rows}  # noqa: C416 - a result is no list of pairs


def billed_keys(session: Session, year: int) -> set[tuple[int, str, str, date]]:
    """Return (member, fee, tax part, period start) of what is billed for a dues year and not cancelled."""
    rows = session.execute(
        select(Invoice.member_id, Invoice.fee, Invoice.tax_part, Invoice.period_from)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.dues_year == year, ~IS_CANCELLED)
    )
    return {(member_id, fee, part, start) for member_id, fee, part, start in rows}


_CANCELLED_BEFORE = (
    select(func.count())
    .select_from(Invoice)
    .join(OpenItem, OpenItem.invoice_id == Invoice.id)
    .where(
        Invoice.member_id == bindparam("of_member"),
        Invoice.fee == bindparam("of_fee"),
        Invoice.tax_part == bindparam("of_part"),
        Invoice.period_from == bindparam("since"),
        IS_CANCELLED,
    )
)


def next_generation(session: Session, member_id: int, fee: str, *, tax_part: str, period_from: date) -> int:
    """Return 1 + the cancelled invoices for the same: the database refuses a second one that stands (INV-12)."""
    values = {"of_member": member_id, "of_fee": fee, "of_part": tax_part, "since": period_from}
    return 1 + session.connection().execute(_CANCELLED_BEFORE, values).scalar_one()
