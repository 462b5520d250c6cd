"""Batches that notifications explain, the sums that may be theirs, and what was divided into what."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from membership.domain.banking.batches import Bundle, SumState
from membership.persistence.models.bank import (
    BankBatch,
    BankDivision,
    BankDivisionEnd,
    BankLine,
    BankPart,
    BankStatement,
)
from membership.persistence.queries.bank_lines import DIVISIONS, IS_DIVIDED, IS_OPEN, IS_PART


def list_batches(session: Session, account_id: int, *, since: date, until: date) -> list[int]:
    """Return the batches of an account in a period, as they came."""
    statement = (
        select(BankBatch.id)
        .where(BankBatch.account_id == account_id, BankBatch.booked_on.between(since, until))
        .order_by(BankBatch.id)
    )
    return list(session.execute(statement).scalars())


def list_free_batches(session: Session, account_id: int) -> list[Bundle]:
    """Return the batches of an account whose sum is not found yet."""
    is_used = exists().where(DIVISIONS.c.batch_id == BankBatch.id)
    rows = session.execute(
        select(BankBatch, BankLine.bank_reference, BankLine.batch, BankLine.payment_id)
        .join(BankPart, BankPart.batch_id == BankBatch.id)
        .join(BankLine, BankLine.id == BankPart.line_id)
        .where(BankBatch.account_id == account_id, ~is_used)
        .order_by(BankBatch.id)
    )
    found: dict[int, Bundle] = {}
    for batch, reference, number, payment_id in rows:
        is_several = batch.part_count > 1
        known = found.get(batch.id) or Bundle(
            batch.id, batch.booked_on, batch.amount_cents, is_bare=is_several
        )
        own = (
            {number} if is_several else {number, reference}
        )  # of several, each part has a reference of its own
        found[batch.id] = known._replace(
            references=known.references | own, payments=known.payments | {payment_id}
        )
    return list(found.values())


def list_sums(session: Session, account_id: int, *, amounts: set[int]) -> list[Bundle]:
    """Return the movements of an account, of these amounts in cents, with what became of each."""
    state = case((IS_DIVIDED, SumState.DIVIDED), (IS_OPEN, SumState.OPEN), else_=SumState.DECIDED)
    rows = session.execute(
        select(BankLine, BankStatement.format, state)
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .where(BankLine.account_id == account_id, BankLine.amount_cents.in_(amounts), ~IS_PART)
    )
    ended = _ended(session, account_id)
    return [
        Bundle(
            line.id, line.booked_on, line.amount_cents, frozenset({line.bank_reference, line.batch}),
            frozenset({line.payment_id}), is_bare=not line.end_to_end_id and line.iban_key is None,
            is_camt=kind.startswith("camt."), state=SumState(found), ended=ended[line.id],
        )
        for line, kind, found in rows
    ]  # fmt: skip


def _ended(session: Session, account_id: int) -> dict[int, frozenset[int]]:
    """Return sum -> the batches that are not its own, as somebody said who took a division back."""
    rows = session.execute(
        select(BankDivision.line_id, BankDivision.batch_id)
        .join(BankDivisionEnd, BankDivisionEnd.division_id == BankDivision.id)
        .join(BankBatch, BankBatch.id == BankDivision.batch_id)
        .where(BankBatch.account_id == account_id)
    )
    found: dict[int, frozenset[int]] = defaultdict(frozenset)
    for line_id, batch_id in rows:
        found[line_id] |= {batch_id}
    return found


def find_division(session: Session, line_id: int) -> int | None:
    """Return the standing division of a sum, None when it is not divided."""
    return session.execute(select(DIVISIONS.c.id).where(DIVISIONS.c.line_id == line_id)).scalar_one_or_none()


def count_decided_parts(session: Session, line_id: int) -> int:
    """Return about how many parts of a divided sum something is decided."""
    statement = (
        select(func.count()).select_from(BankLine).where(BankLine.id.in_(list_parts(session, line_id)))
    )
    return session.execute(statement.where(~IS_OPEN)).scalar_one()


class Standing(NamedTuple):
    """How a line stands to a batch: in how many parts it is divided, and whether it is a part without its sum."""

    parts: int
    is_alone: bool


_PART_COUNT: Final = (
    select(func.count(BankPart.id))
    .join(DIVISIONS, DIVISIONS.c.batch_id == BankPart.batch_id)
    .where(DIVISIONS.c.line_id == bindparam("of_line"))
)
_ALONE: Final = select(BankPart.id).where(
    BankPart.line_id == bindparam("of_line"), ~exists().where(DIVISIONS.c.batch_id == BankPart.batch_id)
)


def standing_of(session: Session, line_id: int) -> Standing:
    """Return how a line stands to a batch."""
    parts = session.execute(_PART_COUNT, {"of_line": line_id}).scalar_one()
    return Standing(parts, session.execute(_ALONE, {"of_line": line_id}).scalar_one_or_none() is not None)


def list_parts(session: Session, line_id: int) -> list[int]:
    """Return the lines into which a sum is divided; none of a line that is none."""
    statement = (
        select(BankPart.line_id)
        .join(DIVISIONS, DIVISIONS.c.batch_id == BankPart.batch_id)
        .where(DIVISIONS.c.line_id == line_id)
        .order_by(BankPart.line_id)
    )
    return list(session.execute(statement).scalars())


def find_sum(session: Session, line_id: int) -> int | None:
    """Return the line whose part a line is, None when it is none or its sum is missing."""
    statement = (
        select(DIVISIONS.c.line_id)
        .join(BankPart, BankPart.batch_id == DIVISIONS.c.batch_id)
        .where(BankPart.line_id == line_id)
    )
    return session.execute(statement).scalar_one_or_none()


def find_batch(session: Session, line_id: int) -> int | None:
    """Return the batch whose part a line is, None when it is none."""
    return session.execute(select(BankPart.batch_id).where(BankPart.line_id == line_id)).scalar_one_or_none()
