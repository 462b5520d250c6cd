"""What decisions about bank lines settled: members, documents, amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.banking.statements import DecisionKind
from membership.domain.ledger import Account
from membership.persistence.models.bank import BankDecision, BankLine, BankPosting
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.queries.bank_lines import IS_STANDING, of_statement


class Settled(NamedTuple):
    """What a decision gave a member: of a document, or, without one, as a payment that settles nothing."""

    member: str
    document: str | None
    cents: int


def list_settled(session: Session, decision_ids: Collection[int]) -> dict[int, list[Settled]]:
    """Return for each of these decisions what it settles today, in the order it was posted."""
    rows = session.execute(
        select(
            BankPosting.decision_id, Member.number, OpenItem.reference,
            func.coalesce(func.sum(Allocation.amount_cents), 0),
        )
        .join(Payment, Payment.id == BankPosting.payment_id)
        .join(Member, Member.id == Payment.member_id)
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(BankPosting.decision_id.in_(decision_ids))
        .group_by(BankPosting.decision_id, BankPosting.id, Member.number, OpenItem.reference)
        .order_by(BankPosting.decision_id, BankPosting.id, OpenItem.reference)
    )  # fmt: skip
    found: dict[int, list[Settled]] = defaultdict(list)
    for decision_id, member, document, cents in rows:
        found[decision_id].append(Settled(member, document if cents else None, int(cents)))
    return found


def list_members(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers of these members by their ids."""
    rows = session.execute(select(Member.id, Member.number).where(Member.id.in_(member_ids)))
    return {member_id: number for member_id, number in rows}  # noqa: C416 - rows are no pairs to mypy


def booked_of_statement(session: Session, statement_id: int) -> int:
    """Return what the standing decisions about the entries of a statement move on the bank account, in cents."""
    statement = (
        select(func.coalesce(func.sum(EntryLine.amount_cents), 0))
        .join(BankPosting, BankPosting.entry_id == EntryLine.entry_id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .join(BankLine, BankLine.id == BankDecision.line_id)
        .where(of_statement(statement_id), EntryLine.account == Account.BANK)
        .where(BankDecision.kind != DecisionKind.UNDONE, IS_STANDING)
    )
    return int(session.execute(statement).scalar_one())
