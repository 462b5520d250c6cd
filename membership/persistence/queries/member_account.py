"""What a company sees of itself: documents, running account, its own data, who has access.

Each query names the company it is about, although `visible.py` limits a portal actor already: a person of the staff
who acts for a company as well sees here only that company.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.errors import NotFound
from membership.domain.invoicing import InvoiceKind
from membership.domain.ledger import Account, EntryKind
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
from membership.persistence.queries.corrections import list_credit_notes
from membership.persistence.queries.invoicing import IS_CANCELLED, PDF, standing_of
from membership.persistence.queries.refunds import IS_CLAIM
from membership.persistence.queries.visible import get_visible


@dataclass(frozen=True, slots=True)
class Company:
    """A company that a person acts for."""

    id: int
    number: str
    name: str


def list_companies(session: Session, member_ids: Iterable[int], *, ended_since: date) -> list[Company]:
    """Return those of these companies that have access, by name.

    A membership that ended before `ended_since` gives none any more, unless something is still to be paid.
    """
    lasts = exists().where(
        Membership.member_id == Member.id, Membership.end.is_(None) | (Membership.end >= ended_since)
    )
    owes = exists().where(OpenItem.member_id == Member.id, OpenItem.open_cents > 0)
    statement = select(Member.id, Member.number, Member.name).where(
        Member.id.in_(sorted(member_ids)), lasts | owes
    )
    return [Company(*row) for row in session.execute(statement.order_by(Member.name, Member.number))]


def get_record(session: Session, member_id: int) -> Member:
    """Return a company with its address and how it pays."""
    return get_visible(session, Member, member_id, what="member")


def list_documents(session: Session, member_id: int) -> list[Document]:
    """Return all a company was billed, the newest first, each with what takes something off it."""
    found = _corrections(session, member_id)
    paid = (
        select(EntryLine.open_item_id, func.max(Entry.posted_on).label("paid_on"))
        .join(Entry, Entry.id == EntryLine.entry_id)
        .where(
            EntryLine.member_id == member_id,
            EntryLine.account == Account.RECEIVABLES,
            EntryLine.amount_cents < 0,
            Entry.kind == EntryKind.ALLOCATION,
        )
        .group_by(EntryLine.open_item_id)
        .subquery()
    )
    rows = session.execute(
        select(
            OpenItem.reference,
            Invoice,
            OpenItem.dues_year,
            OpenItem.dated_on,
            OpenItem,
            paid.c.paid_on,
            StoredDocument.id,
        )
        .select_from(OpenItem)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(StoredDocument, and_(StoredDocument.invoice_id == Invoice.id, StoredDocument.kind == PDF))
        .outerjoin(paid, paid.c.open_item_id == OpenItem.id)
        .where(OpenItem.member_id == member_id, IS_CLAIM)
        .order_by(OpenItem.dated_on.desc(), OpenItem.id.desc())
    )
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
            title=row[1].content["document"]["subject"] if row[1] and row[1].fee.startswith(FREE) else "",
        )
        for row in rows
    ]


def _corrections(session: Session, member_id: int) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for view in list_credit_notes(session, member_id=member_id):
        one = view.document
        is_whole = one.kind == InvoiceKind.CANCELLATION
        correction = Correction(one.number, is_whole, one.issued_on, one.gross_cents, view.sha256 is not None)
        found.setdefault(view.original, []).append(correction)
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


def list_periods(session: Session, member_id: int) -> list[tuple[date | None, date | None]]:
    """Return the decided periods of membership of a company, each from and to."""
    rows = session.execute(
        select(Membership.start, Membership.end).where(
            Membership.member_id == member_id, Membership.state.not_in(NEVER_MEMBERS)
        )
    )
    return [(start, end) for start, end in rows]


def list_contacts(session: Session, member_id: int) -> list[Contact]:
    """Return the people of a company who are still there."""
    statement = select(Contact).where(Contact.member_id == member_id, Contact.ended_on.is_(None))
    return list(session.execute(statement.order_by(Contact.name, Contact.id)).scalars())


def list_sizes(session: Session, member_id: int) -> list[BasisValue]:
    """Return the newest size of each kind."""
    rows = session.execute(
        select(BasisValue).where(BasisValue.member_id == member_id).order_by(BasisValue.as_of)
    ).scalars()
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


def find_dues_class(session: Session, member_id: int) -> str:
    """Return the dues class of the newest invoice; empty when there is none."""
    statement = (
        select(Invoice.dues_class)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.member_id == member_id, ~IS_CANCELLED)
    )
    return session.execute(statement.order_by(Invoice.id.desc()).limit(1)).scalar() or ""


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
