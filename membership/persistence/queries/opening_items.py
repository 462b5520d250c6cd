"""Documents that were owed when the books were opened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.ledger import Account, EntryKind
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import Member

_BACK = aliased(Entry)


class OpeningItem(NamedTuple):
    """An open amount that was taken over; `entry_id` booked it."""

    number: str
    member: str
    name: str
    dated_on: date
    due_on: date
    cents: int
    open_cents: int
    is_taken_back: bool
    entry_id: int
    member_id: int


_ALL = (
    select(
        OpenItem.reference, Member.number, Member.name, OpenItem.dated_on, OpenItem.due_on, OpenItem.original_cents,
        OpenItem.open_cents, _BACK.id.is_not(None), Entry.id, Member.id,
    )
    .join(Member, Member.id == OpenItem.member_id)
    .join(EntryLine, (EntryLine.open_item_id == OpenItem.id) & (EntryLine.account == Account.RECEIVABLES))
    .join(Entry, (Entry.id == EntryLine.entry_id) & (Entry.kind == EntryKind.OPENING))
    .outerjoin(_BACK, _BACK.reverses_id == Entry.id)
)  # fmt: skip


def list_opening_items(session: Session, *, page: int = 1, size: int | None = None) -> list[OpeningItem]:
    """Return what was taken over, the newest first: all, or one page of it."""
    statement = _ALL.order_by(OpenItem.id.desc())
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    return [OpeningItem._make(row) for row in session.execute(statement)]


def count_opening_items(session: Session) -> tuple[int, int]:
    """Return how many there are and what they came to, those taken back left out."""
    found = _ALL.where(_BACK.id.is_(None)).subquery()
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(found.c.original_cents), 0)).select_from(found)
    )
    count, cents = row.one()
    return int(count), int(cents)


def find_opening_item(session: Session, number: str) -> OpeningItem | None:
    """Return one by its number, if it was taken over."""
    row = session.execute(_ALL.where(OpenItem.reference == number.strip().upper())).first()
    return None if row is None else OpeningItem._make(row)


def taken_back(session: Session, numbers: Collection[str]) -> set[str]:
    """Return those of these numbers that were taken over and taken back: they are used up."""
    found = session.execute(_ALL.where(OpenItem.reference.in_(numbers), _BACK.id.is_not(None)))
    return {OpeningItem._make(row).number for row in found}


def known_items(session: Session, numbers: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return number -> (member, amount) of those that stand in the books already, invoices among them."""
    rows = session.execute(
        select(OpenItem.reference, OpenItem.member_id, OpenItem.original_cents).where(
            OpenItem.reference.in_(numbers)
        )
    )
    return {number: (member_id, cents) for number, member_id, cents in rows}
