"""What tells the entries of an account from others: of movements, and of the parts of sums and batches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from membership.domain.banking.twins import Trace, family_of
from membership.persistence.models.bank import BankBatch, BankLine, BankPart, BankStatement
from membership.persistence.queries.bank_lines import DIVISIONS, IS_PART

_NEAR: Final = timedelta(days=7)
_SUM: Final = aliased(BankLine)
_COLUMNS: Final = (
    BankLine.booked_on, BankLine.amount_cents, BankStatement.format, BankLine.bank_reference, BankLine.iban_key,
    BankLine.end_to_end_id, BankLine.name, BankLine.remittance, BankLine.creditor_reference,
)  # fmt: skip


class PartTrace(NamedTuple):
    """A part of a batch: the line it is kept as and what tells it from others, with the numbers of its batch."""

    line_id: int
    trace: Trace
    batch: str
    payment_id: str


def period_around(days: Sequence[date]) -> tuple[date, date]:
    """Return the period in which entries of these days may have been known before."""
    return min(days) - _NEAR, max(days) + _NEAR


def list_traces(session: Session, account_id: int, *, since: date, until: date) -> list[tuple[int, Trace]]:
    """Return what is known of the movements of an account in a period: (line, what tells it from others)."""
    rows = session.execute(
        select(BankLine.id, *_COLUMNS)
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .where(BankLine.account_id == account_id, BankLine.booked_on.between(since, until), ~IS_PART)
        .order_by(BankLine.booked_on, BankLine.id)
    )
    return [(row[0], _trace(row[1:])) for row in rows]


def list_divided(
    session: Session, account_id: int, *, since: date, until: date
) -> dict[int, list[tuple[int, Trace]]]:
    """Return sum -> its parts (line, what tells it from others), of the sums of a period divided into several.

    The parts have the day of their sum: on it a statement shows them.
    """
    rows = session.execute(
        select(DIVISIONS.c.line_id, _SUM.booked_on, BankLine.id, *_COLUMNS)
        .join(_SUM, _SUM.id == DIVISIONS.c.line_id)
        .join(BankBatch, BankBatch.id == DIVISIONS.c.batch_id)
        .join(BankPart, BankPart.batch_id == BankBatch.id)
        .join(BankLine, BankLine.id == BankPart.line_id)
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .where(_SUM.account_id == account_id, _SUM.booked_on.between(since, until), BankBatch.part_count > 1)
        .order_by(DIVISIONS.c.line_id, BankLine.id)
    )
    found: dict[int, list[tuple[int, Trace]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append((row[2], _trace(row[3:])._replace(booked_on=row[1])))
    return found


def list_batch_parts(session: Session, batch_ids: Collection[int]) -> dict[int, list[PartTrace]]:
    """Return batch -> its parts, of these batches."""
    rows = session.execute(
        select(BankPart.batch_id, BankLine.id, BankLine.batch, BankLine.payment_id, *_COLUMNS)
        .join(BankLine, BankLine.id == BankPart.line_id)
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .where(BankPart.batch_id.in_(batch_ids))
        .order_by(BankPart.batch_id, BankLine.id)
    )
    found: dict[int, list[PartTrace]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(PartTrace(row[1], _trace(row[4:]), row[2], row[3]))
    return found


def _trace(row: Sequence[Any]) -> Trace:
    day, cents, kind, reference, key, end_to_end, name, text, creditor = row
    return Trace(day, cents, family_of(kind), reference, key or "", end_to_end, name, text or creditor)
