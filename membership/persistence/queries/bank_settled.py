"""What decisions about bank lines settled: members, documents, amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Ids
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.banking.statements import DecisionKind
from membership.domain.ledger import Account
from membership.persistence.models.bank import BankDecision, BankLine, BankPosting
from membership.persistence.models.direct_debits import Collection, CollectionItem
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.queries.bank_lines import IS_STANDING, of_statement


class Settled(NamedTuple):
    """What a decision gave a member: of a document, or, without one, as a payment that settles nothing."""

    member: str
    document: str | None
    cents: int


def list_settled(session: Session, decision_ids: Ids[int]) -> dict[int, list[Settled]]:
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


class CameBack(NamedTuple):
    """A debit that a decision took back: whose, of which document, its id and amount."""

    member: str
    document: str
    debit: str
    cents: int


def list_returned(session: Session, decision_ids: Ids[int]) -> dict[int, list[CameBack]]:
    """Return for each of these decisions the debits that came back by it, by member; it must not be taken back."""
    rows = session.execute(
        select(
            BankPosting.decision_id, Member.number, CollectionItem.document, CollectionItem.end_to_end_id,
            CollectionItem.cents,
        )
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .join(Entry, Entry.id == BankPosting.entry_id)
        .join(Payment, Payment.entry_id == Entry.reverses_id)
        .join(CollectionItem, CollectionItem.payment_id == Payment.id)
        .join(Member, Member.id == CollectionItem.member_id)
        .where(BankPosting.decision_id.in_(decision_ids), BankDecision.kind == DecisionKind.RETURNED)
        .order_by(BankPosting.decision_id, CollectionItem.member_id, CollectionItem.id)
    )  # fmt: skip
    found: dict[int, list[CameBack]] = defaultdict(list)
    for decision_id, member, document, debit, cents in rows:
        found[decision_id].append(CameBack(member, document, debit, cents))
    return found


def collected_by(session: Session, decision_id: int) -> set[str]:
    """Return how the collection may be called whose debits a decision credited: ids, numbers, blocks."""
    rows = session.execute(
        select(Collection.id, Collection.number, CollectionItem.block)
        .join(CollectionItem, CollectionItem.collection_id == Collection.id)
        .join(BankPosting, BankPosting.payment_id == CollectionItem.payment_id)
        .where(BankPosting.decision_id == decision_id)
    )
    return {str(name) for row in rows for name in row}


def list_members(session: Session, member_ids: Ids[int]) -> dict[int, str]:
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
