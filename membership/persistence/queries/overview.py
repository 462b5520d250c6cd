"""What the overview needs beside lists and sums: how things stand, and PDFs that could not be made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from membership.domain.billing import ItemState, RunState
from membership.domain.ledger import Account
from membership.persistence.models.billing import BillingRun, OutboxRow, RunItem
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.payments import Payment
from membership.persistence.queries.invoice_sums import Sums
from membership.persistence.queries.invoicing import COUNTED, IS_CANCELLED

_GIVEN_UP = "failed"
_RENDER = "render"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand, in one look: any invoice at all, PDFs given up, the newest payment, usable credits."""

    has_invoices: bool
    failed_pdfs: int
    last_received_on: date | None
    usable_credits: int


def find_standing(session: Session) -> Standing:
    """Return it; one statement. A credit is usable when the same member has something open."""
    owing = select(OpenItem.member_id).where(OpenItem.open_cents > 0)
    with_credit = (
        select(EntryLine.member_id)
        .where(EntryLine.account == Account.CREDITS, EntryLine.member_id.in_(owing))
        .group_by(EntryLine.member_id)
        .having(func.sum(EntryLine.amount_cents) < 0)
        .subquery()
    )
    failed = select(func.count()).where(OutboxRow.state == _GIVEN_UP, OutboxRow.kind == _RENDER)
    row = session.execute(
        select(
            select(func.max(Invoice.id)).scalar_subquery(),
            failed.scalar_subquery(),
            select(func.max(Payment.received_on)).scalar_subquery(),
            select(func.count()).select_from(with_credit).scalar_subquery(),
        )
    ).one()
    return Standing(row[0] is not None, row[1], row[2], row[3])


def sums_without_class(session: Session, year: int) -> dict[str, Sums]:
    """Return category -> count and sums of the invoices of a year that name no dues class."""
    rows = session.execute(
        select(
            Invoice.category,
            func.count(),
            func.sum(COUNTED),
            func.sum(OpenItem.open_cents),
            func.sum(OpenItem.waived_cents + OpenItem.written_off_cents),
        )
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.dues_year == year, Invoice.dues_class == "", ~IS_CANCELLED)
        .group_by(Invoice.category)
        .order_by(Invoice.category)
    )
    return {category: Sums(count, *map(int, sums)) for category, count, *sums in rows}


def list_failed_pdfs(session: Session, *, limit: int | None = None, run_id: int | None = None) -> list[str]:
    """Return the numbers of invoices whose PDF was given up, the oldest first; those of one run when it is named."""
    statement = (
        select(Invoice.number)
        .join(OutboxRow, OutboxRow.ref_id == Invoice.id)
        .where(OutboxRow.state == _GIVEN_UP, OutboxRow.kind == _RENDER)
        .order_by(Invoice.id)
        .limit(limit)
    )
    if run_id is not None:
        statement = statement.where(Invoice.run_id == run_id)
    return list(session.execute(statement).scalars())


def find_pdf_failure(session: Session, invoice_id: int) -> bool:
    """Return whether the PDF of an invoice was given up."""
    statement = select(OutboxRow.id).where(
        OutboxRow.kind == _RENDER, OutboxRow.ref_id == invoice_id, OutboxRow.state == _GIVEN_UP
    )
    return session.execute(statement).first() is not None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many members a finished run held back or failed at, and who have no invoice of its year yet."""

    run_id: int
    members: int


def find_left_out(session: Session, year: int) -> LeftOut | None:
    """Return the newest finished run of a dues year that left somebody without an invoice; None without one."""
    billed = exists().where(
        OpenItem.member_id == RunItem.member_id,
        OpenItem.dues_year == year,
        OpenItem.invoice_id.is_not(None),
        ~IS_CANCELLED,
    )
    row = session.execute(
        select(BillingRun.id, func.count(RunItem.member_id.distinct()))
        .join(RunItem, RunItem.run_id == BillingRun.id)
        .where(
            BillingRun.dues_year == year,
            BillingRun.state.in_((RunState.DONE, RunState.DONE_WITH_ERRORS)),
            RunItem.state.in_((ItemState.HELD, ItemState.FAILED)),
            ~billed,
        )
        .group_by(BillingRun.id)
        .order_by(BillingRun.id.desc())
        .limit(1)
    ).first()
    return None if row is None else LeftOut(row[0], row[1])
