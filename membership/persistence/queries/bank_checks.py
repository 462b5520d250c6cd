"""What must hold of bank lines: what was decided is booked, and a sum is what it was divided into."""

from __future__ import annotations

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.ledger import Account
from membership.persistence.models.bank import (
    BankBatch,
    BankDecision,
    BankLine,
    BankPart,
    BankPosting,
    BankStatement,
)
from membership.persistence.models.ledger import Entry as LedgerEntry
from membership.persistence.models.ledger import EntryLine
from membership.persistence.queries.bank_lines import COUNTS, DIVISIONS, IS_OPEN, OWNS

_NAMED = aliased(BankPosting)


def lines_against_ledger(session: Session) -> list[tuple[int, int, int]]:
    """Return (line, what it must have moved of the bank account, what its decisions moved in the books), in cents.

    A decided line has moved its amount, an open one nothing: deciding and taking back name all entries that they book.
    A payment recorded by hand counts while the decision stands that names it.
    """
    moved = (
        select(func.coalesce(func.sum(EntryLine.amount_cents), 0))
        .join(BankPosting, BankPosting.entry_id == EntryLine.entry_id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .where(BankDecision.line_id == BankLine.id, EntryLine.account == Account.BANK, OWNS)
        .correlate(BankLine)
        .scalar_subquery()
    )
    wanted = case((IS_OPEN, 0), else_=BankLine.amount_cents)
    rows = session.execute(select(BankLine.id, wanted, moved).order_by(BankLine.id))
    lost = _taken_back_elsewhere(session)
    return [(line_id, int(expected), int(found) + lost.get(line_id, 0)) for line_id, expected, found in rows]


def _taken_back_elsewhere(session: Session) -> dict[int, int]:
    """Return line -> what was taken back of its entries without a decision about it: there should be none."""
    named = exists().where(_NAMED.entry_id == LedgerEntry.id)
    statement = (
        select(BankDecision.line_id, func.sum(EntryLine.amount_cents))
        .join(BankPosting, BankPosting.decision_id == BankDecision.id)
        .join(LedgerEntry, LedgerEntry.reverses_id == BankPosting.entry_id)
        .join(EntryLine, EntryLine.entry_id == LedgerEntry.id)
        .where(EntryLine.account == Account.BANK, OWNS, ~named)
        .group_by(BankDecision.line_id)
    )
    return {line_id: int(cents) for line_id, cents in session.execute(statement)}


def statements_against_lines(session: Session) -> list[tuple[int, int, int]]:
    """Return (statement, how many new entries it brought, how many there are)."""
    rows = session.execute(
        select(BankStatement.id, BankStatement.line_count, func.count(BankLine.id))
        .outerjoin(BankLine, BankLine.statement_id == BankStatement.id)
        .group_by(BankStatement.id, BankStatement.line_count)
        .order_by(BankStatement.id)
    )
    return [(statement_id, wanted, found) for statement_id, wanted, found in rows]


def lines_that_do_not_count(session: Session) -> list[tuple[int, bool]]:
    """Return (line, whether it is decided) of sums that are divided and of parts whose sum is missing."""
    rows = session.execute(select(BankLine.id, ~IS_OPEN).where(~COUNTS).order_by(BankLine.id))
    return [(line_id, bool(is_decided)) for line_id, is_decided in rows]


def divisions_against_parts(session: Session) -> list[tuple[int, tuple[int, int], tuple[int, int]]]:
    """Return (batch, its amount and how many parts it has, what its parts come to and how many there are).

    The amount of a batch that divides a sum is that of the sum.
    """
    wanted = func.coalesce(
        select(BankLine.amount_cents)
        .join(DIVISIONS, DIVISIONS.c.line_id == BankLine.id)
        .where(DIVISIONS.c.batch_id == BankBatch.id)
        .correlate(BankBatch)
        .scalar_subquery(),
        BankBatch.amount_cents,
    )
    part = aliased(BankLine)
    rows = session.execute(
        select(
            BankBatch.id, wanted, BankBatch.part_count, func.coalesce(func.sum(part.amount_cents), 0),
            func.count(part.id),
        )
        .outerjoin(BankPart, BankPart.batch_id == BankBatch.id)
        .outerjoin(part, part.id == BankPart.line_id)
        .group_by(BankBatch.id, BankBatch.amount_cents, BankBatch.part_count)
        .order_by(BankBatch.id)
    )  # fmt: skip
    return [(row[0], (int(row[1]), row[2]), (int(row[3]), row[4])) for row in rows]
