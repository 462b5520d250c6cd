"""What reports read: documents and credits as the ledger shows them at the end of a day.

Every amount is a sum of entry lines dated up to the day (INV-11); a reversal counts as what it reverses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.claims import EventKind
from membership.domain.ledger import Account, EntryKind
from membership.domain.members import NEVER_MEMBERS
from membership.domain.reports.board import Period
from membership.domain.reports.open_items import Credit, ItemAt, Terms
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import (
    CategoryPeriod,
    Member,
    MemberCategory,
    Membership,
    PreviousDues,
)
from membership.persistence.models.payments import Payment
from membership.persistence.queries.corrections import plan_from
from membership.persistence.queries.refunds import IS_CLAIM

_REVERSED = aliased(Entry)
_KIND: Final = func.coalesce(_REVERSED.kind, Entry.kind)
_IS_PAYMENT: Final = _KIND == EntryKind.ALLOCATION
_IS_LOSS: Final = _KIND.in_((EntryKind.WAIVER, EntryKind.WRITE_OFF))

_Moved = Select[int, str, str, str, int, str | None, str | None, date, date, int, int, int, int]


def list_items(
    session: Session, *, as_of: date, first_year: int | None = None, last_year: int | None = None
) -> list[ItemAt]:
    """Return all documents that moved up to a day, by member, due date and number, of these dues years if named."""
    limits: list[ColumnElement[bool]] = []
    if first_year is not None:
        limits.append(OpenItem.dues_year >= first_year)
    if last_year is not None:
        limits.append(OpenItem.dues_year <= last_year)
    return _items(session, _moved(as_of).where(IS_CLAIM, *limits), as_of=as_of)


def list_open_items(session: Session, *, as_of: date, member_id: int | None = None) -> list[ItemAt]:
    """Return the documents of which something was open, or too much was paid, at the end of a day."""
    statement = _moved(as_of).having(func.sum(EntryLine.amount_cents) != 0)
    if member_id is not None:
        statement = statement.where(OpenItem.member_id == member_id)
    return _items(session, statement, as_of=as_of)


def _moved(
    as_of: date,
) -> _Moved:
    paid = func.coalesce(func.sum(case((_IS_PAYMENT, EntryLine.amount_cents), else_=0)), 0)
    lost = func.coalesce(func.sum(case((_IS_LOSS, EntryLine.amount_cents), else_=0)), 0)
    booked = func.coalesce(func.sum(case((_IS_PAYMENT | _IS_LOSS, 0), else_=EntryLine.amount_cents)), 0)
    return (
        select(
            Member.id,
            Member.number,
            Member.name,
            OpenItem.reference,
            OpenItem.dues_year,
            Invoice.category,
            Invoice.dues_class,
            OpenItem.dated_on,
            func.coalesce(Invoice.due_on, OpenItem.due_on),
            booked,
            -paid,
            -lost,
            OpenItem.id,
        )
        .select_from(OpenItem)
        .join(Member, Member.id == OpenItem.member_id)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(
            EntryLine, and_(EntryLine.open_item_id == OpenItem.id, EntryLine.account == Account.RECEIVABLES)
        )
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(_REVERSED, _REVERSED.id == Entry.reverses_id)
        .where(Entry.posted_on <= as_of)
        .group_by(OpenItem.id, Member.id, Invoice.id)
        .order_by(Member.number, OpenItem.due_on, OpenItem.reference)
    )


def _items(session: Session, statement: _Moved, *, as_of: date) -> list[ItemAt]:
    terms = _terms(session, as_of)
    found = {
        row[12]: ItemAt(
            member_id=row[0],
            number=row[1],
            name=row[2],
            document=row[3],
            dues_year=row[4],
            category=row[5] or "",
            dues_class=row[6] or "",
            dated_on=row[7],
            due_on=row[8],
            invoiced_cents=int(row[9]),
            paid_cents=int(row[10]),
            written_off_cents=int(row[11]),
        )
        for row in session.execute(statement)
    }
    items = [terms[key].of(item) if key in terms else item for key, item in found.items()]
    return sorted(items, key=lambda item: (item.number, item.due_on, item.document)) if terms else items


def _terms(session: Session, as_of: date) -> dict[int, Terms]:
    """Return open item -> the terms that held for it at the end of a day, of each whose due date was ever moved."""
    kinds = (EventKind.DEFERRAL, EventKind.INSTALMENTS)
    rows = session.execute(
        select(
            ItemEvent.open_item_id,
            ItemEvent.decided_on,
            ItemEvent.due_before,
            ItemEvent.due_on,
            ItemEvent.plan,
        )
        .where(ItemEvent.kind.in_(kinds))
        .order_by(ItemEvent.id)
    )
    found: dict[int, Terms] = {}
    for item, decided_on, due_before, due_on, plan in rows:
        if decided_on <= as_of:
            found[item] = Terms(due_on, plan_from(plan))
        elif item not in found:
            found[item] = Terms(due_before, (), is_changed=False)
    return found


def list_credits(session: Session, *, as_of: date) -> list[Credit]:
    """Return the credit balance of each member that has one at the end of a day, by number."""
    total = func.sum(EntryLine.amount_cents)
    rows = session.execute(
        select(Member.id, Member.number, Member.name, total)
        .join(EntryLine, and_(EntryLine.member_id == Member.id, EntryLine.account == Account.CREDITS))
        .join(Entry, Entry.id == EntryLine.entry_id)
        .where(Entry.posted_on <= as_of)
        .group_by(Member.id)
        .having(total != 0)
        .order_by(Member.number)
    )
    return [Credit(member_id, number, name, -int(cents)) for member_id, number, name, cents in rows]


def list_receipts(
    session: Session, *, first_year: int, last_year: int, until: date
) -> list[tuple[int, date, int]]:
    """Return (dues year, day, cents) of what was allocated to documents of these years, by year and day."""
    rows = session.execute(
        select(OpenItem.dues_year, Entry.posted_on, -func.sum(EntryLine.amount_cents))
        .select_from(EntryLine)
        .join(OpenItem, OpenItem.id == EntryLine.open_item_id)
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(_REVERSED, _REVERSED.id == Entry.reverses_id)
        .where(
            EntryLine.account == Account.RECEIVABLES,
            _IS_PAYMENT,
            IS_CLAIM,
            OpenItem.dues_year >= first_year,
            OpenItem.dues_year <= last_year,
            Entry.posted_on <= until,
        )
        .group_by(OpenItem.dues_year, Entry.posted_on)
        .order_by(OpenItem.dues_year, Entry.posted_on)
    )
    return [(year, day, int(cents)) for year, day, cents in rows]


def has_invoices(session: Session, dues_year: int) -> bool:
    """Return whether the dues of a year were billed here; what was owed before the books began is no invoice."""
    found = exists().where(OpenItem.dues_year == dues_year, OpenItem.invoice_id.is_not(None))
    return bool(session.execute(select(found)).scalar_one())


def find_listed_dues(session: Session, dues_year: int) -> int | None:
    """Return the dues of a year as member lists brought them, None when none did."""
    total = session.execute(
        select(func.sum(PreviousDues.amount_cents)).where(PreviousDues.dues_year == dues_year)
    ).scalar()
    return None if total is None else int(total)


def find_last_receipt(session: Session, *, until: date) -> date | None:
    """Return the day of the newest payment up to a day."""
    return session.execute(
        select(func.max(Payment.received_on)).where(Payment.received_on <= until)
    ).scalar_one()


def list_periods(session: Session) -> list[Period]:
    """Return every decided period of membership of a category that counts in statistics (DUE-3)."""
    newest = (
        select(CategoryPeriod.member_id, func.max(CategoryPeriod.valid_from).label("valid_from"))
        .group_by(CategoryPeriod.member_id)
        .subquery()
    )
    rows = session.execute(
        select(Membership.start, Membership.end)
        .outerjoin(newest, newest.c.member_id == Membership.member_id)
        .outerjoin(
            CategoryPeriod,
            and_(
                CategoryPeriod.member_id == newest.c.member_id,
                CategoryPeriod.valid_from == newest.c.valid_from,
            ),
        )
        .outerjoin(MemberCategory, MemberCategory.code == CategoryPeriod.category)
        .where(
            Membership.state.not_in(NEVER_MEMBERS),
            MemberCategory.counts.is_(None) | MemberCategory.counts.is_(True),
        )
    )
    return [Period(start, end) for start, end in rows]


def category_names(session: Session) -> Mapping[str, tuple[str, str]]:
    """Return category code -> its German and its English name."""
    rows = session.execute(select(MemberCategory.code, MemberCategory.name_de, MemberCategory.name_en))
    return {code: (german, english) for code, german, english in rows}


def member_names(session: Session) -> Mapping[int, str]:
    """Return member id -> name of all members."""
    return dict(session.execute(select(Member.id, Member.name)).all())
