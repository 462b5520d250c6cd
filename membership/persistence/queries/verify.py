"""What the checker reads: sums, numbers and whole rows, all from one snapshot."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, case, func, inspect, select, table
from sqlalchemy.orm import Session, aliased

from membership.domain.invoicing import ASKING
from membership.domain.ledger import EntryKind
from membership.persistence.models.billing import RunItem
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import Entry, EntryLine, NumberSeries, OpenItem
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.models.users import User, UserRole
from membership.persistence.queries.corrections import TAKING_OFF
from membership.persistence.queries.invoicing import IS_CANCELLED

DUES: Final = "dues"
Rows = list[Row[*tuple[Any, ...]]]


def row_counts(session: Session) -> dict[str, int]:
    """Return table -> number of its rows, for every table that the database has, ours or not."""
    connection = session.connection()
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(inspect(connection).get_table_names())
    }


def unbalanced_entries(session: Session) -> Rows:
    """Return (entry, sum, lines) of entries whose lines do not sum to 0, or that have fewer than two."""
    statement = (
        select(EntryLine.entry_id, func.sum(EntryLine.amount_cents), func.count())
        .group_by(EntryLine.entry_id)
        .having((func.sum(EntryLine.amount_cents) != 0) | (func.count() < 2))  # noqa: PLR2004 - from one to another
    )
    return list(session.execute(statement))


def entries_without_lines(session: Session) -> list[int]:
    """Return entries that have no line."""
    statement = select(Entry.id).where(Entry.id.not_in(select(EntryLine.entry_id)))
    return list(session.execute(statement).scalars())


def ledger_sum(session: Session) -> tuple[int, int]:
    """Return the sum of all ledger lines and their number."""
    total, count = session.execute(
        select(func.coalesce(func.sum(EntryLine.amount_cents), 0), func.count()).select_from(EntryLine)
    ).one()
    return int(total), count


def list_series(session: Session) -> list[NumberSeries]:
    """Return the counters of all series."""
    return list(session.execute(select(NumberSeries)).scalars())


def invoice_numbers(session: Session) -> Rows:
    """Return (series, year, running, number, issued on) of all invoices in the order of their numbers."""
    statement = select(Invoice.series, Invoice.year, Invoice.running, Invoice.number, Invoice.issued_on)
    return list(session.execute(statement.order_by(Invoice.series, Invoice.year, Invoice.running)))


def entry_numbers(session: Session) -> list[int]:
    """Return the numbers of all entries in their order."""
    return list(session.execute(select(Entry.id).order_by(Entry.id)).scalars())


def open_items_against_ledger(session: Session) -> Rows:
    """Return (document, open amount kept, sum of its ledger lines, original) of every open item."""
    booked = (
        select(EntryLine.open_item_id, func.sum(EntryLine.amount_cents).label("cents"))
        .where(EntryLine.account == "receivables")
        .group_by(EntryLine.open_item_id)
        .subquery()
    )
    statement = select(
        OpenItem.reference, OpenItem.open_cents, func.coalesce(booked.c.cents, 0), OpenItem.original_cents
    ).outerjoin(booked, booked.c.open_item_id == OpenItem.id)
    return list(session.execute(statement))


def series_against_invoices(session: Session) -> Rows:
    """Return (series, year, day kept in the counter, day of its newest invoice) of every series of invoices."""
    newest = (
        select(Invoice.series, Invoice.year, func.max(Invoice.issued_on).label("day"))
        .group_by(Invoice.series, Invoice.year)
        .subquery()
    )
    fits = (newest.c.series == NumberSeries.series) & (newest.c.year == NumberSeries.year)
    statement = select(NumberSeries.series, NumberSeries.year, NumberSeries.last_issued_on, newest.c.day)
    return list(session.execute(statement.join(newest, fits)))


def open_items_against_invoices(session: Session) -> Rows:
    """Return what open items of invoices say of member, number, year and date, beside what the invoices say."""
    statement = select(
        OpenItem.id,
        OpenItem.member_id,
        OpenItem.reference,
        OpenItem.dues_year,
        OpenItem.dated_on,
        Invoice.member_id.label("billed"),
        Invoice.number,
        Invoice.dues_year.label("billed_year"),
        Invoice.issued_on,
    ).join(Invoice, Invoice.id == OpenItem.invoice_id)
    return list(session.execute(statement))


def open_item_members(session: Session) -> Rows:
    """Return (open item, member) of all open items."""
    return list(session.execute(select(OpenItem.id, OpenItem.member_id)))


def foreign_lines(session: Session) -> Rows:
    """Return (open item, member of a line) where a ledger line of an open item names another member."""
    statement = (
        select(OpenItem.id, func.max(EntryLine.member_id).label("booked"))
        .join(EntryLine, EntryLine.open_item_id == OpenItem.id)
        .where(EntryLine.member_id != OpenItem.member_id)
        .group_by(OpenItem.id)
    )
    return list(session.execute(statement))


def invoices_against_ledger(session: Session) -> Rows:
    """Return (number, net, tax, gross, original of its open item, amount of its lines by kind invoice)."""
    statement = (
        select(
            Invoice.number,
            Invoice.net_cents,
            Invoice.tax_cents,
            Invoice.gross_cents,
            OpenItem.original_cents,
            func.sum(EntryLine.amount_cents),
        )
        .outerjoin(OpenItem, OpenItem.invoice_id == Invoice.id)
        .outerjoin(EntryLine, EntryLine.open_item_id == OpenItem.id)
        .outerjoin(Entry, Entry.id == EntryLine.entry_id)
        .where(Invoice.kind.in_(ASKING), Entry.kind.is_(None) | (Entry.kind == "invoice"))
        .group_by(
            Invoice.number, Invoice.net_cents, Invoice.tax_cents, Invoice.gross_cents, OpenItem.original_cents
        )
    )
    return list(session.execute(statement))


def payments_against_allocations(session: Session) -> Rows:
    """Return (payment, amount, sum of its allocations)."""
    allocated = (
        select(Allocation.payment_id, func.sum(Allocation.amount_cents).label("cents"))
        .group_by(Allocation.payment_id)
        .subquery()
    )
    statement = select(Payment.id, Payment.amount_cents, func.coalesce(allocated.c.cents, 0)).outerjoin(
        allocated, allocated.c.payment_id == Payment.id
    )
    return list(session.execute(statement))


def credit_balances(session: Session) -> Rows:
    """Return (member, ledger sum of its credit account, free parts of its payments that stand)."""
    booked = (
        select(EntryLine.member_id, func.sum(EntryLine.amount_cents).label("cents"))
        .where(EntryLine.account == "credits")
        .group_by(EntryLine.member_id)
        .subquery()
    )
    reversed_entries = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    allocated = (
        select(Allocation.payment_id, func.sum(Allocation.amount_cents).label("cents"))
        .group_by(Allocation.payment_id)
        .subquery()
    )
    free = (
        select(
            Payment.member_id,
            func.sum(Payment.amount_cents - func.coalesce(allocated.c.cents, 0)).label("cents"),
        )
        .outerjoin(allocated, allocated.c.payment_id == Payment.id)
        .where(Payment.entry_id.not_in(reversed_entries))
        .group_by(Payment.member_id)
        .subquery()
    )
    statement = select(booked.c.member_id, booked.c.cents, func.coalesce(free.c.cents, 0)).outerjoin(
        free, free.c.member_id == booked.c.member_id
    )
    return list(session.execute(statement))


def double_billed(session: Session) -> Rows:
    """Return (member, year, fee, part, period, count) where more than one invoice stands for the same."""
    columns = (Invoice.member_id, Invoice.dues_year, Invoice.fee, Invoice.tax_part, Invoice.period_from)
    statement = (
        select(*columns, func.count())
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.kind.in_(ASKING), Invoice.fee == DUES, ~IS_CANCELLED)
        .group_by(*columns)
    )
    return list(session.execute(statement.having(func.count() > 1)))


def generations(session: Session) -> Rows:
    """Return (number, key, generation, whether it stands) of all invoices, by key and generation."""
    key = (Invoice.member_id, Invoice.fee, Invoice.tax_part, Invoice.period_from)
    statement = (
        select(Invoice.number, *key, Invoice.generation, ~IS_CANCELLED)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.fee == DUES)
        .order_by(*key, Invoice.generation)
    )
    return list(session.execute(statement))


def corrections_against_ledger(session: Session) -> Rows:
    """Return (number, amounts kept: credited, waived, written off, the same as the ledger has them, by documents).

    The last is what its cancellations and corrections come to; None for one that a corrected invoice replaced.
    """
    reversed_entry = aliased(Entry)
    kind = func.coalesce(reversed_entry.kind, Entry.kind)

    def booked(wanted: str) -> ColumnElement[int]:
        return -func.coalesce(func.sum(case((kind == wanted, EntryLine.amount_cents), else_=0)), 0)

    lines = (
        select(
            EntryLine.open_item_id,
            booked("credit_note").label("credited"),
            booked("waiver").label("waived"),
            booked("write_off").label("written_off"),
        )
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(reversed_entry, reversed_entry.id == Entry.reverses_id)
        .where(EntryLine.account == "receivables")
        .group_by(EntryLine.open_item_id)
        .subquery()
    )
    papers = (
        select(
            Invoice.replaces_id,
            func.sum(case((Invoice.kind.in_(TAKING_OFF), Invoice.gross_cents), else_=0)).label("cents"),
            func.sum(case((Invoice.kind == "corrected", 1), else_=0)).label("replaced"),
        )
        .group_by(Invoice.replaces_id)
        .subquery()
    )
    statement = (
        select(
            OpenItem.reference,
            OpenItem.credited_cents,
            OpenItem.waived_cents,
            OpenItem.written_off_cents,
            func.coalesce(lines.c.credited, 0),
            func.coalesce(lines.c.waived, 0),
            func.coalesce(lines.c.written_off, 0),
            case((papers.c.replaced > 0, None), else_=func.coalesce(papers.c.cents, 0)),
        )
        .outerjoin(lines, lines.c.open_item_id == OpenItem.id)
        .outerjoin(papers, papers.c.replaces_id == OpenItem.invoice_id)
    )
    return list(session.execute(statement))


def credit_notes(session: Session) -> Rows:
    """Return (number, net, tax, gross, its content) of all cancellations and corrections."""
    columns = (Invoice.number, Invoice.net_cents, Invoice.tax_cents, Invoice.gross_cents, Invoice.content)
    return list(session.execute(select(*columns).where(Invoice.kind.in_(TAKING_OFF))))


def events_against_entries(session: Session) -> Rows:
    """Return (event, its amount, sum of its entry on the receivable) of all waivers and write-offs."""
    statement = (
        select(ItemEvent.id, ItemEvent.amount_cents, ItemEvent.reverses_id, func.sum(EntryLine.amount_cents))
        .join(EntryLine, EntryLine.entry_id == ItemEvent.entry_id)
        .where(EntryLine.account == "receivables")
        .group_by(ItemEvent.id)
    )
    return list(session.execute(statement))


def due_dates(session: Session) -> Rows:
    """Return (document, due date kept, open, due date of its paper, newest decision about it, its plan)."""
    newest = (
        select(ItemEvent.open_item_id, func.max(ItemEvent.id).label("id"))
        .where(ItemEvent.kind.in_(("deferral", "instalments")))
        .group_by(ItemEvent.open_item_id)
        .subquery()
    )
    statement = (
        select(
            OpenItem.reference,
            OpenItem.due_on,
            OpenItem.open_cents,
            Invoice.due_on,
            ItemEvent.due_on,
            ItemEvent.plan,
        )
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(newest, newest.c.open_item_id == OpenItem.id)
        .outerjoin(ItemEvent, ItemEvent.id == newest.c.id)
    )
    return list(session.execute(statement))


def items_against_invoices(session: Session) -> Rows:
    """Return (item, its state, its amount, total of its invoice) of all items of released runs."""
    statement = (
        select(RunItem.id, RunItem.state, RunItem.amount_cents, Invoice.gross_cents)
        .outerjoin(Invoice, Invoice.id == RunItem.invoice_id)
        .where(RunItem.state.in_(("done", "todo")))
    )
    return list(session.execute(statement))


def unnamed_movements(session: Session) -> list[int]:
    """Return entries without actor, reason or request (INV-16)."""
    empty = (
        (Entry.actor_key == "") | (Entry.actor_name == "") | (Entry.reason == "") | (Entry.request_id == "")
    )
    return list(session.execute(select(Entry.id).where(empty)).scalars())


def nameless_reversals(session: Session) -> list[int]:
    """Return reversals that do not name what they take back, and entries that name one and are none."""
    wrong = (Entry.kind == EntryKind.REVERSAL) != Entry.reverses_id.is_not(None)
    return list(session.execute(select(Entry.id).where(wrong)).scalars())


def active_admins(session: Session) -> tuple[int, int]:
    """Return the number of accounts and of active administrators (INV-21)."""
    users = session.execute(select(func.count()).select_from(User)).scalar_one()
    admins = session.execute(
        select(func.count(func.distinct(User.id)))
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.is_active, UserRole.role == "admin")
    ).scalar_one()
    return users, admins
