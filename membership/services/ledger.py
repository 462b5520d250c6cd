"""The only place that writes ledger entries: lines first, header last (`reliability.md` 5.5)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from membership.domain.closings import PeriodClosed
from membership.domain.errors import NotFound
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry, reversal
from membership.persistence import chain, models, triggers
from membership.persistence.db import actor_of
from membership.persistence.models.ledger import EntryLine, NumberSeries, OpenItem

ENTRY_SERIES: Final = "entry"
_LINES = cast("Table", EntryLine.__table__)
_HEADERS = cast("Table", models.ledger.Entry.__table__)
_ITEMS = cast("Table", OpenItem.__table__)
_COUNTERS = cast("Table", NumberSeries.__table__)
_INSERT_LINES = insert(_LINES)
_INSERT_HEADER = insert(_HEADERS)
_INSERT_ITEM = insert(_ITEMS).returning(_ITEMS.c.id)
_NEXT = (
    update(_COUNTERS)
    .where(_COUNTERS.c.series == bindparam("of_series"), _COUNTERS.c.year == bindparam("of_year"))
    .values(last=_COUNTERS.c.last + 1)
    .returning(_COUNTERS.c.last)
)


def book(session: Session, booked: Entry) -> int:
    """Write one entry with the next number and return that number. Actor, reason and time come from the session.

    Raises `PeriodClosed` when its day lies in a closed year: the database knows, and the unit of work ends (INV-23).
    """
    actor = actor_of(session)
    entry_id = next_number(session, ENTRY_SERIES, 0)
    lines = [
        {
            "entry_id": entry_id,
            "position": position,
            "account": posting.account,
            "member_id": posting.member_id,
            "open_item_id": posting.open_item_id,
            "amount_cents": posting.cents,
        }
        for position, posting in enumerate(booked.postings, start=1)
    ]
    header = {
        "id": entry_id,
        "kind": booked.kind,
        "posted_on": booked.posted_on,
        "text": booked.text,
        "reverses_id": booked.reverses_id,
        "actor_key": actor.key,
        "actor_name": actor.name,
        "request_id": actor.request_id,
        "reason": actor.reason,
        "at": actor.at,
    }
    connection = session.connection()
    connection.execute(_INSERT_LINES, lines)
    try:
        connection.execute(_INSERT_HEADER, header)
    except DBAPIError as error:
        if triggers.PERIOD_CLOSED not in str(error.orig):
            raise
        raise PeriodClosed(day=booked.posted_on) from error
    chain.register(session, "entries", str(entry_id), entry_values(header, lines))
    return entry_id


def entry_values(header: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, object]:
    """Return what is hashed of an entry: its header with all its lines in their order."""
    return {**chain.hashable(header), "lines": [chain.hashable(line) for line in lines]}


def next_number(session: Session, series: str, year: int) -> int:
    """Take the next number of a series under the lock of its row, in this transaction (INV-03)."""
    number = session.connection().execute(_NEXT, {"of_series": series, "of_year": year}).scalar_one_or_none()
    assert isinstance(number, int), (series, year)
    return number


def open_item(
    session: Session,
    member_id: int,
    *,
    reference: str,
    dues_year: int,
    dated_on: date,
    due_on: date,
    cents: int,
    invoice_id: int | None = None,
) -> int:
    """Add an open item and return its id; its open amount follows the entry that is booked for it."""
    values = {
        "member_id": member_id,
        "invoice_id": invoice_id,
        "reference": reference,
        "dues_year": dues_year,
        "dated_on": dated_on,
        "due_on": due_on,
        "original_cents": cents,
        "open_cents": 0,
    }
    return cast("int", session.connection().execute(_INSERT_ITEM, values).scalar_one())


def book_opening_item(
    session: Session, member_id: int, cents: int, *, reference: str, dues_year: int, due_on: date, today: date,
    dated_on: date | None = None,
) -> int:  # fmt: skip
    """Book what a member still owed when the books were opened and return the open item's id.

    Args:
        session: the session of the unit of work.
        member_id: the member that owes it.
        cents: the open amount, more than 0.
        reference: unique words for it, such as the number of the old invoice.
        dues_year: the year it belongs to.
        due_on: since when it is due.
        today: the day of the entry.
        dated_on: the day of the old invoice; None for that of the entry.
    """
    item = open_item(
        session,
        member_id,
        reference=reference,
        dues_year=dues_year,
        dated_on=dated_on or today,
        due_on=due_on,
        cents=cents,
    )
    postings = (
        Posting(Account.RECEIVABLES, cents, member_id, item),
        Posting(Account.OPENING, -cents),
    )
    book(session, entry(EntryKind.OPENING, today, reference, postings))
    return item


def reverse(session: Session, entry_id: int, *, on: date, text: str) -> int:
    """Book the reversal of an entry and return its number; an entry is reversed at most once (unique)."""
    return book(session, reversal(get_entry(session, entry_id), entry_id, on=on, text=text))


def get_entry(session: Session, entry_id: int) -> Entry:
    """Return a booked entry with its postings; raise `NotFound` when there is none."""
    header = session.execute(select(_HEADERS).where(_HEADERS.c.id == entry_id)).mappings().first()
    if header is None:
        raise NotFound(what="entry", key=entry_id)
    lines = session.execute(select(_LINES).where(_LINES.c.entry_id == entry_id).order_by(_LINES.c.position))
    postings = tuple(
        Posting(line.account, line.amount_cents, line.member_id, line.open_item_id) for line in lines.all()
    )
    return Entry(header["kind"], header["posted_on"], header["text"], postings, header["reverses_id"])
