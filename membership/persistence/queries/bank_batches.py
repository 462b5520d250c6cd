"""Batches that notifications explain, the sums that may be theirs, and what was divided into what."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from membership.domain.banking.batches import Bundle
from membership.persistence.models.bank import BankBatch, BankDivision, BankLine, BankPart
from membership.persistence.queries.bank_lines import IS_DIVIDED, IS_OPEN, IS_PART


class Batch(NamedTuple):
    """A kept batch: what tells it from another one that was kept."""

    booked_on: date | None
    amount_cents: int
    reference: str
    payment_id: str
    part_count: int


def list_batches(session: Session, account_id: int) -> list[Batch]:
    """Return all batches of an account, as they came."""
    rows = session.execute(
        select(
            BankBatch.booked_on, BankBatch.amount_cents, BankBatch.reference, BankBatch.payment_id, BankBatch.part_count
        )
        .where(BankBatch.account_id == account_id)
        .order_by(BankBatch.id)
    )  # fmt: skip
    return [Batch(*row) for row in rows]


def list_free_batches(session: Session, account_id: int) -> list[Bundle]:
    """Return the batches of an account whose sum is not found yet."""
    is_used = exists().where(BankDivision.batch_id == BankBatch.id)
    rows = session.execute(select(BankBatch).where(BankBatch.account_id == account_id, ~is_used)).scalars()
    return [
        Bundle(row.id, row.booked_on, row.amount_cents, frozenset({row.reference}), row.payment_id)
        for row in rows
    ]


def list_sums(session: Session, account_id: int, *, amounts: set[int]) -> list[Bundle]:
    """Return the open entries of an account, of these amounts in cents, that may be divided."""
    rows = session.execute(
        select(BankLine).where(
            BankLine.account_id == account_id, BankLine.amount_cents.in_(amounts), IS_OPEN, ~IS_PART, ~IS_DIVIDED
        )
    ).scalars()  # fmt: skip
    return [
        Bundle(
            row.id, row.booked_on, row.amount_cents, frozenset({row.bank_reference, row.batch}), row.payment_id,
            is_bare=not row.end_to_end_id and row.iban_key is None,
        )
        for row in rows
    ]  # fmt: skip


class Standing(NamedTuple):
    """How a line stands to a batch: in how many parts it is divided, and whether it is a part without its sum."""

    parts: int
    is_alone: bool


def standing_of(session: Session, line_id: int) -> Standing:
    """Return how a line stands to a batch."""
    parts = (
        select(func.count(BankPart.id))
        .join(BankDivision, BankDivision.batch_id == BankPart.batch_id)
        .where(BankDivision.line_id == line_id)
    )
    is_found = exists().where(BankDivision.batch_id == BankPart.batch_id)
    alone = select(BankPart.id).where(BankPart.line_id == line_id, ~is_found)
    return Standing(
        session.execute(parts).scalar_one(), session.execute(alone).scalar_one_or_none() is not None
    )


def list_parts(session: Session, line_id: int) -> list[int]:
    """Return the lines into which a sum is divided; none of a line that is none."""
    statement = (
        select(BankPart.line_id)
        .join(BankDivision, BankDivision.batch_id == BankPart.batch_id)
        .where(BankDivision.line_id == line_id)
        .order_by(BankPart.line_id)
    )
    return list(session.execute(statement).scalars())


def find_sum(session: Session, line_id: int) -> int | None:
    """Return the line whose part a line is, None when it is none or its sum is missing."""
    statement = (
        select(BankDivision.line_id)
        .join(BankPart, BankPart.batch_id == BankDivision.batch_id)
        .where(BankPart.line_id == line_id)
    )
    return session.execute(statement).scalar_one_or_none()
