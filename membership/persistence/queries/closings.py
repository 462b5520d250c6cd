"""Closed years as they are read: their steps, what is closed, and what is looked at before a closing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.billing import RunState
from membership.domain.closings import ClosingKind, YearState, state_of
from membership.domain.ledger import Account
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.closings import Closing
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem

_ENDED = (RunState.DONE, RunState.DISCARDED)


class YearLine(NamedTuple):
    """A year of the books: its state and its steps, the newest last."""

    year: int
    state: YearState
    steps: tuple[Closing, ...]
    entries: int = 0


def list_steps(session: Session, year: int) -> list[Closing]:
    """Return the steps of a year, the oldest first."""
    return list(session.execute(select(Closing).where(Closing.year == year).order_by(Closing.id)).scalars())


def list_years(session: Session, *, today: date) -> list[YearLine]:
    """Return every year from the first entry to today, the newest first."""
    steps: dict[int, list[Closing]] = {}
    for step in session.execute(select(Closing).order_by(Closing.id)).scalars():
        steps.setdefault(step.year, []).append(step)
    counts: dict[int, int] = {}
    days = select(Entry.posted_on, func.count()).group_by(Entry.posted_on)
    for day, count in session.execute(days).all():
        counts[day.year] = counts.get(day.year, 0) + count
    first = min([*counts, *steps, today.year])
    last = max([*counts, *steps, today.year])
    return [
        YearLine(
            year,
            state_of(step.kind for step in steps.get(year, ())),
            tuple(steps.get(year, ())),
            counts.get(year, 0),
        )
        for year in range(last, first - 1, -1)
    ]


def standing_closing(session: Session, year: int) -> Closing | None:
    """Return the closing of a year that no reopening took back."""
    taken_back = aliased(Closing)
    statement = select(Closing).where(
        Closing.year == year,
        Closing.kind == ClosingKind.CLOSED,
        ~exists().where(taken_back.reverses_id == Closing.id),
    )
    return session.execute(statement).scalar_one_or_none()


def closed_years(session: Session) -> list[int]:
    """Return the years that are closed, in their order."""
    taken_back = aliased(Closing)
    statement = select(Closing.year).where(
        Closing.kind == ClosingKind.CLOSED, ~exists().where(taken_back.reverses_id == Closing.id)
    )
    return sorted(session.execute(statement).scalars())


def closed_through(session: Session) -> date | None:
    """Return the last day that takes no entry; None while no year is closed."""
    taken_back = aliased(Closing)
    statement = select(func.max(Closing.last_on)).where(
        Closing.kind == ClosingKind.CLOSED, ~exists().where(taken_back.reverses_id == Closing.id)
    )
    return session.execute(statement).scalar_one()


def newest_entry(session: Session) -> int:
    """Return the number of the newest entry, 0 in empty books."""
    return session.execute(select(func.coalesce(func.max(Entry.id), 0))).scalar_one()


def first_posted_on(session: Session) -> date | None:
    """Return the day of the oldest entry."""
    return session.execute(select(func.min(Entry.posted_on))).scalar_one()


def unfinished_runs(session: Session, year: int) -> int:
    """Return how many billing runs of a dues year still wait for something."""
    statement = select(func.count()).where(BillingRun.dues_year <= year, BillingRun.state.not_in(_ENDED))
    return session.execute(statement).scalar_one()


def unstored_invoices(session: Session, until: date) -> tuple[int, int]:
    """Return how many documents were issued up to a day, and how many of them have no stored PDF yet."""
    stored = exists().where(StoredDocument.invoice_id == Invoice.id, StoredDocument.kind == "pdf")
    issued = select(func.count()).select_from(Invoice).where(Invoice.issued_on <= until)
    total = session.execute(issued).scalar_one()
    return total, session.execute(issued.where(~stored)).scalar_one()


def still_open(session: Session, until: date) -> tuple[int, int]:
    """Return number and sum in cents of open items dated up to a day that are open now."""
    statement = select(func.count(), func.coalesce(func.sum(OpenItem.open_cents), 0)).where(
        OpenItem.dated_on <= until, OpenItem.open_cents > 0
    )
    count, cents = session.execute(statement).one()
    return count, int(cents)


def credit_cents(session: Session, until: date) -> int:
    """Return the credit balances of all members at the end of a day."""
    statement = (
        select(func.coalesce(-func.sum(EntryLine.amount_cents), 0))
        .join(Entry, Entry.id == EntryLine.entry_id)
        .where(EntryLine.account == Account.CREDITS, Entry.posted_on <= until)
    )
    return int(session.execute(statement).scalar_one())


def late_entries(session: Session) -> Sequence[tuple[int, date]]:
    """Return entries that were booked into time that was closed (INV-23): (number, day)."""
    back = aliased(Closing)
    statement = (
        select(Entry.id, Entry.posted_on)
        .join(Closing, (Closing.kind == ClosingKind.CLOSED) & (Entry.posted_on <= Closing.last_on))
        .outerjoin(back, back.reverses_id == Closing.id)
        .where(Entry.id > Closing.last_entry, back.id.is_(None) | (Entry.id <= back.last_entry))
        .distinct()
    )
    return [(number, day) for number, day in session.execute(statement).all()]
