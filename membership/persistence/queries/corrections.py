"""Corrections of invoices: the documents that take something off one, the decisions about an open item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.claims import EventKind, Instalment
from membership.domain.invoicing import InvoiceKind
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation
from membership.persistence.queries.invoicing import PDF

TAKING_OFF = (InvoiceKind.CANCELLATION, InvoiceKind.CORRECTION)
TAKING_BACK = (InvoiceKind.CANCELLATION, InvoiceKind.CORRECTED)


def list_followers(session: Session, invoice_id: int) -> list[Invoice]:
    """Return the documents that name an invoice, in their order: what takes off it, and what follows it."""
    statement = select(Invoice).where(Invoice.replaces_id == invoice_id).order_by(Invoice.id)
    return list(session.execute(statement).scalars())


def find_number(session: Session, invoice_id: int) -> str | None:
    """Return the number of a document."""
    return session.execute(select(Invoice.number).where(Invoice.id == invoice_id)).scalar_one_or_none()


def find_taking_back(session: Session, invoice_id: int) -> Invoice | None:
    """Return the document that took back all of an invoice, if there is one."""
    return next((one for one in list_followers(session, invoice_id) if one.kind in TAKING_BACK), None)


def list_taken(session: Session, invoice_id: int) -> list[list[tuple[int, int]]]:
    """Return what each correction takes off the lines of an invoice: (net, tax) by line."""
    return [
        [(net, tax) for net, tax in one.content["taken"]]
        for one in list_followers(session, invoice_id)
        if one.kind in TAKING_OFF
    ]


@dataclass(frozen=True, slots=True)
class CreditNoteView:
    """A cancellation or correction with its member, the invoice it is about, and the hash of its PDF."""

    document: Invoice
    member: Member
    original: str
    sha256: str | None


def list_credit_notes(
    session: Session, *, year: int | None = None, member_id: int | None = None, number: str | None = None
) -> list[CreditNoteView]:
    """Return cancellations and corrections by number, of one dues year or member, or the one named."""
    original = aliased(Invoice)
    has_pdf = (StoredDocument.invoice_id == Invoice.id) & (StoredDocument.kind == PDF)
    statement = (
        select(Invoice, Member, original.number, StoredDocument.sha256)
        .join(Member, Member.id == Invoice.member_id)
        .join(original, original.id == Invoice.replaces_id)
        .outerjoin(StoredDocument, has_pdf)
        .where(Invoice.kind.in_(TAKING_OFF))
        .order_by(Invoice.year, Invoice.series, Invoice.running)
    )
    if year is not None:
        statement = statement.where(Invoice.dues_year == year)
    if member_id is not None:
        statement = statement.where(Invoice.member_id == member_id)
    if number is not None:
        statement = statement.where(Invoice.number == number.strip().upper())
    return [CreditNoteView(*row) for row in session.execute(statement)]


def find_credit_note(session: Session, number: str) -> CreditNoteView | None:
    """Return the cancellation or correction with a number, if it is one."""
    return next(iter(list_credit_notes(session, number=number)), None)


def count_same(session: Session, member_id: int, fee: str, *, tax_part: str, period_from: date) -> int:
    """Return how many documents there are of a fee, part and period."""
    statement = select(func.count()).where(
        Invoice.member_id == member_id,
        Invoice.fee == fee,
        Invoice.tax_part == tax_part,
        Invoice.period_from == period_from,
    )
    return session.execute(statement).scalar_one()


def list_settling(session: Session, open_item_id: int) -> list[Allocation]:
    """Return the standing allocations to an open item, the newest first."""
    taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    statement = (
        select(Allocation)
        .where(Allocation.open_item_id == open_item_id, Allocation.amount_cents > 0)
        .where(Allocation.id.not_in(taken_back))
        .order_by(Allocation.id.desc())
    )
    return list(session.execute(statement).scalars())


def list_item_events(session: Session, open_item_id: int) -> list[ItemEvent]:
    """Return the decisions about an open item, the oldest first."""
    statement = select(ItemEvent).where(ItemEvent.open_item_id == open_item_id).order_by(ItemEvent.id)
    return list(session.execute(statement).scalars())


def list_standing_losses(session: Session, open_item_id: int) -> list[ItemEvent]:
    """Return the waivers and write-offs of an open item that were not taken back, the newest first."""
    taken_back = select(ItemEvent.reverses_id).where(ItemEvent.reverses_id.is_not(None))
    statement = (
        select(ItemEvent)
        .where(ItemEvent.open_item_id == open_item_id, ItemEvent.entry_id.is_not(None))
        .where(ItemEvent.reverses_id.is_(None), ItemEvent.id.not_in(taken_back))
        .order_by(ItemEvent.id.desc())
    )
    return list(session.execute(statement).scalars())


def numbers_of_events(session: Session, event_ids: Collection[int]) -> list[str]:
    """Return the numbers of the documents that these decisions are about, each once."""
    statement = (
        select(OpenItem.reference)
        .join(ItemEvent, ItemEvent.open_item_id == OpenItem.id)
        .where(ItemEvent.id.in_(event_ids))
        .order_by(OpenItem.reference)
        .distinct()
    )
    return list(session.execute(statement).scalars())


_PLAN: Final = (
    select(ItemEvent.plan)
    .where(
        ItemEvent.open_item_id == bindparam("item_id"),
        ItemEvent.kind.in_((EventKind.DEFERRAL, EventKind.INSTALMENTS)),
    )
    .order_by(ItemEvent.id.desc())
    .limit(1)
)


def find_plan(session: Session, open_item_id: int) -> tuple[Instalment, ...]:
    """Return the instalment plan that holds for an open item; empty when none does."""
    return plan_from(session.execute(_PLAN, {"item_id": open_item_id}).scalar_one_or_none())


def plan_from(stored: Any) -> tuple[Instalment, ...]:  # noqa: ANN401 - parsed JSON
    """Return a plan as it is kept."""
    return tuple(Instalment(date.fromisoformat(day), cents) for day, cents in stored or ())


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction of a dues year: a document or a decision, with its member, amount and reason."""

    at: datetime
    kind: str
    number: str | None
    original: str
    member_number: str
    member_name: str
    cents: int
    reason: Any
    resolution: str
    is_taken_back: bool
    due_on: date | None


def list_corrections(session: Session, year: int) -> list[CorrectionRow]:
    """Return all corrections of documents of a dues year, the newest first."""
    original = aliased(Invoice)
    documents = session.execute(
        select(Invoice, original.number, Member.number, Member.name)
        .join(original, original.id == Invoice.replaces_id)
        .join(Member, Member.id == Invoice.member_id)
        .where(Invoice.dues_year == year)
    )
    found = [
        CorrectionRow(
            one.issued_at, one.kind, one.number, number, member, name, one.gross_cents,
            one.content.get("reason"), "", is_taken_back=False, due_on=None,
        )
        for one, number, member, name in documents
    ]  # fmt: skip
    later = aliased(ItemEvent)
    events = session.execute(
        select(ItemEvent, OpenItem.reference, Member.number, Member.name, later.id)
        .join(OpenItem, OpenItem.id == ItemEvent.open_item_id)
        .join(Member, Member.id == ItemEvent.member_id)
        .outerjoin(later, later.reverses_id == ItemEvent.id)
        .where(OpenItem.dues_year == year, ItemEvent.reverses_id.is_(None))
    )
    found += [
        CorrectionRow(
            event.at, str(event.kind), None, reference, member, name, event.amount_cents,
            {"cause": None, "words": event.reason}, event.resolution, is_taken_back=reversal is not None,
            due_on=event.due_on,
        )
        for event, reference, member, name, reversal in events
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.at, row.number or ""), reverse=True)
