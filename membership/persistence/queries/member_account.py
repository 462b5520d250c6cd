"""What a company sees of itself: documents, running account, its own data, who has access.

Each query names the company it is about, although `visible.py` limits a portal actor already: a person of the staff
who acts for a company as well sees here only that company.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Date, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.errors import NotFound
from membership.domain.invoicing import InvoiceKind
from membership.domain.ledger import Account, EntryKind
from membership.domain.levies import FEE as LEVY
from membership.domain.member_account import Correction, Document, Movement
from membership.domain.members import NEVER_MEMBERS
from membership.domain.online_payments.attempts import AttemptState, Way
from membership.domain.single_invoices import FREE
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import (
    BasisValue,
    CategoryPeriod,
    Contact,
    Member,
    MemberCategory,
    Membership,
)
from membership.persistence.models.online_payments import OnlineAttempt
from membership.persistence.queries.corrections import TAKING_OFF
from membership.persistence.queries.invoicing import IS_CANCELLED, PDF, standing_of
from membership.persistence.queries.refunds import IS_CLAIM
from membership.persistence.queries.visible import get_visible

_NO_DUES: Final = (FREE, f"{LEVY}:")


@dataclass(frozen=True, slots=True)
class Company:
    """A company that a person acts for."""

    id: int
    number: str
    name: str


_COMPANIES: Final = (
    select(Member.id, Member.number, Member.name)
    .where(
        Member.id.in_(bindparam("member_ids", expanding=True)),
        exists().where(
            Membership.member_id == Member.id,
            Membership.end.is_(None) | (Membership.end >= bindparam("ended_since", type_=Date)),
        )
        | exists().where(OpenItem.member_id == Member.id, OpenItem.open_cents > 0),
    )
    .order_by(Member.name, Member.number)
)


def list_companies(session: Session, member_ids: Iterable[int], *, ended_since: date) -> list[Company]:
    """Return those of these companies that have access, by name.

    A membership that ended before `ended_since` gives none any more, unless something is still to be paid.
    """
    rows = session.execute(_COMPANIES, {"member_ids": sorted(member_ids), "ended_since": ended_since})
    return [Company(*row) for row in rows]


def get_record(session: Session, member_id: int) -> Member:
    """Return a company with its address and how it pays."""
    return get_visible(session, Member, member_id, what="member")


_PAID: Final = (
    select(EntryLine.open_item_id, func.max(Entry.posted_on).label("paid_on"))
    .join(Entry, Entry.id == EntryLine.entry_id)
    .where(
        EntryLine.member_id == bindparam("of_member"),
        EntryLine.account == Account.RECEIVABLES,
        EntryLine.amount_cents < 0,
        Entry.kind == EntryKind.ALLOCATION,
    )
    .group_by(EntryLine.open_item_id)
    .subquery()
)
_HAS_PDF: Final = and_(StoredDocument.invoice_id == Invoice.id, StoredDocument.kind == PDF)
_DOCUMENTS: Final = (
    select(
        OpenItem.reference,
        Invoice,
        OpenItem.dues_year,
        OpenItem.dated_on,
        OpenItem,
        _PAID.c.paid_on,
        StoredDocument.id,
    )
    .select_from(OpenItem)
    .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
    .outerjoin(StoredDocument, _HAS_PDF)
    .outerjoin(_PAID, _PAID.c.open_item_id == OpenItem.id)
    .where(OpenItem.member_id == bindparam("of_member"), IS_CLAIM)
    .order_by(OpenItem.dated_on.desc(), OpenItem.id.desc())
)
_ORIGINAL: Final = aliased(Invoice)
_CORRECTIONS: Final = (
    select(
        _ORIGINAL.number,
        Invoice.number,
        Invoice.kind,
        Invoice.issued_on,
        Invoice.gross_cents,
        StoredDocument.id.is_not(None),
    )
    .join(_ORIGINAL, _ORIGINAL.id == Invoice.replaces_id)
    .outerjoin(StoredDocument, _HAS_PDF)
    .where(Invoice.kind.in_(TAKING_OFF), Invoice.member_id == bindparam("of_member"))
    .order_by(Invoice.year, Invoice.series, Invoice.running)
)


def list_documents(session: Session, member_id: int) -> list[Document]:
    """Return all a company was billed, the newest first, each with what takes something off it."""
    found = _corrections(session, member_id)
    rows = session.execute(_DOCUMENTS, {"of_member": member_id})
    return [
        Document(
            number=row[0],
            has_invoice=row[1] is not None,
            reference=row[1].reference if row[1] else "",
            dues_year=row[2],
            dated_on=row[3],
            standing=standing_of(row[4], row[1]),
            paid_on=row[5],
            has_pdf=row[6] is not None,
            corrections=tuple(found.get(row[0], ())),
            title=row[1].content["document"]["subject"] if row[1] and row[1].fee.startswith(_NO_DUES) else "",
        )
        for row in rows
    ]


def _corrections(session: Session, member_id: int) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    rows = session.execute(_CORRECTIONS, {"of_member": member_id})
    for original, number, kind, issued_on, cents, has_pdf in rows:
        is_whole = kind == InvoiceKind.CANCELLATION
        found.setdefault(original, []).append(Correction(number, is_whole, issued_on, cents, has_pdf))
    return found


def list_movements(session: Session, member_id: int) -> list[Movement]:
    """Return the entries that changed what a company owes; moving its credit to a document changes nothing."""
    reversed_entry = aliased(Entry)
    total = func.sum(EntryLine.amount_cents)
    rows = session.execute(
        select(
            Entry.id,
            Entry.posted_on,
            func.coalesce(reversed_entry.kind, Entry.kind, type_=Entry.__table__.c.kind.type),
            Entry.reverses_id,
            func.max(OpenItem.reference),
            total,
        )
        .select_from(EntryLine)
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(reversed_entry, reversed_entry.id == Entry.reverses_id)
        .outerjoin(OpenItem, OpenItem.id == EntryLine.open_item_id)
        .where(
            EntryLine.member_id == member_id, EntryLine.account.in_([Account.RECEIVABLES, Account.CREDITS])
        )
        .group_by(Entry.id, reversed_entry.id)
        .having(total != 0)
        .order_by(Entry.posted_on, Entry.id)
    )
    return [
        Movement(entry_id, posted_on, kind, reverses_id is not None, document or "", int(cents))
        for entry_id, posted_on, kind, reverses_id, document, cents in rows
    ]


_DECIDED: Final = select(Membership.start, Membership.end).where(
    Membership.member_id == bindparam("of_member"), Membership.state.not_in(NEVER_MEMBERS)
)


def list_periods(session: Session, member_id: int) -> list[tuple[date | None, date | None]]:
    """Return the decided periods of membership of a company, each from and to."""
    return [(start, end) for start, end in session.execute(_DECIDED, {"of_member": member_id})]


def list_contacts(session: Session, member_id: int) -> list[Contact]:
    """Return the people of a company who are still there."""
    statement = select(Contact).where(Contact.member_id == member_id, Contact.ended_on.is_(None))
    return list(session.execute(statement.order_by(Contact.name, Contact.id)).scalars())


_SIZES: Final = (
    select(BasisValue).where(BasisValue.member_id == bindparam("of_member")).order_by(BasisValue.as_of)
)


def list_sizes(session: Session, member_id: int) -> list[BasisValue]:
    """Return the newest size of each kind."""
    rows = session.execute(_SIZES, {"of_member": member_id}).scalars()
    newest = {row.basis: row for row in rows}
    return [newest[basis] for basis in sorted(newest)]


def find_category(session: Session, member_id: int, *, on: date) -> tuple[str, str] | None:
    """Return the German and the English name of the category a company has on a day."""
    row = session.execute(
        select(MemberCategory.name_de, MemberCategory.name_en)
        .join(CategoryPeriod, CategoryPeriod.category == MemberCategory.code)
        .where(CategoryPeriod.member_id == member_id, CategoryPeriod.valid_from <= on)
        .order_by(CategoryPeriod.valid_from.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


_DUES_CLASS: Final = (
    select(Invoice.dues_class)
    .join(OpenItem, OpenItem.invoice_id == Invoice.id)
    .where(Invoice.member_id == bindparam("of_member"), ~IS_CANCELLED)
    .order_by(Invoice.id.desc())
    .limit(1)
)


def find_dues_class(session: Session, member_id: int) -> str:
    """Return the dues class of the newest invoice; empty when there is none."""
    return session.execute(_DUES_CLASS, {"of_member": member_id}).scalar() or ""


def find_last_way(session: Session, member_id: int) -> Way | None:
    """Return how a member has last paid online; None when it never has."""
    statement = select(OnlineAttempt.way).where(
        OnlineAttempt.member_id == member_id,
        OnlineAttempt.state.in_((AttemptState.PAID, AttemptState.PENDING)),
    )
    return session.execute(statement.order_by(OnlineAttempt.id.desc()).limit(1)).scalar()


def require_own_item(session: Session, number: str, member_ids: Iterable[int]) -> str:
    """Return the number of a claim on one of these companies as it is stored; a foreign one is not found."""
    statement = select(OpenItem.reference).where(
        OpenItem.reference == number, OpenItem.member_id.in_(sorted(member_ids)), IS_CLAIM
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="invoice", key=number)
    return found


def require_own_invoice(session: Session, number: str, member_ids: Iterable[int]) -> str:
    """Return the number of an invoice of one of these companies as it is stored; a foreign one is not found."""
    statement = select(Invoice.number).where(
        Invoice.number == number, Invoice.member_id.in_(sorted(member_ids))
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="invoice", key=number)
    return found
