"""Single invoices that are not issued yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import CategoryPeriod, Member
from membership.persistence.queries.invoicing import IS_CANCELLED


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with the member it is for, and the number of the invoice that it became."""

    draft: InvoiceDraft
    member: Member
    number: str | None


def get_draft(session: Session, draft_id: int, *, lock: bool = False) -> DraftView:
    """Return a draft; raise `NotFound` when there is none."""
    statement = (
        select(InvoiceDraft, Member, Invoice.number)
        .join(Member, Member.id == InvoiceDraft.member_id)
        .outerjoin(Invoice, Invoice.id == InvoiceDraft.invoice_id)
        .where(InvoiceDraft.id == draft_id)
    )
    if lock:
        session.execute(select(InvoiceDraft.id).where(InvoiceDraft.id == draft_id).with_for_update())
    row = session.execute(statement, execution_options={"populate_existing": lock}).one_or_none()
    if row is None:
        raise NotFound(what="draft", key=draft_id)
    return DraftView(*row)


def list_drafts(session: Session) -> list[DraftView]:
    """Return the drafts that became no invoice yet, the newest first."""
    rows = session.execute(
        select(InvoiceDraft, Member)
        .join(Member, Member.id == InvoiceDraft.member_id)
        .where(InvoiceDraft.invoice_id.is_(None))
        .order_by(InvoiceDraft.id.desc())
    )
    return [DraftView(draft, member, None) for draft, member in rows]


def count_drafts(session: Session) -> int:
    """Return how many drafts wait to be issued."""
    return session.execute(
        select(func.count()).select_from(InvoiceDraft).where(InvoiceDraft.invoice_id.is_(None))
    ).scalar_one()


def find_category_on(session: Session, member_id: int, day: date) -> str:
    """Return the code of the category that a member is in on a day, empty without one."""
    statement = (
        select(CategoryPeriod.category)
        .where(CategoryPeriod.member_id == member_id, CategoryPeriod.valid_from <= day)
        .order_by(CategoryPeriod.valid_from.desc())
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none() or ""


def list_numbers(session: Session, invoice_ids: Sequence[int]) -> list[str]:
    """Return the numbers of these invoices in the order in which they were issued."""
    statement = select(Invoice.number).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id)
    return list(session.execute(statement).scalars())


def find_standing_invoice(session: Session, member_id: int, fee: str, *, dues_year: int) -> str | None:
    """Return the number of an invoice of a member for a year that bills this and was not cancelled (INV-12)."""
    statement = (
        select(Invoice.number)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(
            Invoice.member_id == member_id, Invoice.fee == fee, Invoice.dues_year == dues_year, ~IS_CANCELLED
        )
        .order_by(Invoice.id)
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()
