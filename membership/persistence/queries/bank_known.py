"""All that bank lines are matched against: documents, members as a bank shows them, own direct debits.

Accounts are compared by their keys (`crypto.search_key`), never in clear. Source: BNK-8, BNK-10.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from membership.domain.banking.facts import Known, OpenItem, OwnPayout, Payer
from membership.domain.banking.statements import DecisionKind
from membership.domain.payments import Method
from membership.persistence.models import ledger
from membership.persistence.models.bank import BankDecision, BankLine, BankPosting, BankRule, MemberIban
from membership.persistence.models.members import GroupMembership, Member
from membership.persistence.models.payments import Payment
from membership.persistence.queries.direct_debits.collections import list_own_debits
from membership.persistence.queries.direct_debits.mandates import all_references
from membership.persistence.queries.online_payments import list_free_payouts
from membership.persistence.queries.refunds import IS_CLAIM, list_own_refunds

_SPAN: Final = timedelta(days=30)
_REMEMBERED: Final = timedelta(days=400)
"""How long a settled document is known, so that a second payment of it is recognised."""


def list_known(session: Session, *, today: date) -> Known:
    """Return what lines are matched against today."""
    return Known(
        items=list_items(session, today=today),
        payers=list_payers(session, today=today),
        debits=list_own_debits(session),
        refunds=list_own_refunds(session),
        payouts=[OwnPayout(row.payout_id, row.cents, row.arrives_on) for row in list_free_payouts(session)],
    )


def list_items(session: Session, *, today: date) -> list[OpenItem]:
    """Return all open documents, and those settled that are not older than about a year."""
    item = ledger.OpenItem
    rows = session.execute(
        select(item.id, item.reference, item.member_id, item.open_cents, item.due_on, item.dues_year)
        .where(or_(item.open_cents > 0, item.dated_on >= today - _REMEMBERED), IS_CLAIM)
        .order_by(item.id)
    )
    return [OpenItem(*row) for row in rows]


def list_payers(session: Session, *, today: date) -> list[Payer]:
    """Return all members with their group of today, the accounts known of them, and the names that paid for them."""
    ibans: dict[int, set[str]] = defaultdict(set)
    for member_id, key in session.execute(select(MemberIban.member_id, MemberIban.iban_key)):
        ibans[member_id].add(key)
    in_group = select(GroupMembership.member_id, GroupMembership.group_id).where(
        GroupMembership.valid_from <= today,
        or_(GroupMembership.valid_to.is_(None), GroupMembership.valid_to >= today),
    )
    groups = {member_id: group_id for member_id, group_id in session.execute(in_group)}  # noqa: C416 - rows are no pairs to mypy
    habits, mandates = _habits(session), all_references(session)
    rows = session.execute(select(Member.id, Member.number, Member.name, Member.iban_key).order_by(Member.id))
    return [
        Payer(
            member_id, number, (name,), groups.get(member_id),
            tuple(sorted({*ibans[member_id], *([key] if key else [])})),
            mandates=tuple(sorted(mandates.get(member_id, ()))),
            habits=tuple(sorted(habits[member_id] - {name})),
        )
        for member_id, number, name, key in rows
    ]  # fmt: skip


def _habits(session: Session) -> dict[int, set[str]]:
    rows = session.execute(
        select(Payment.member_id, BankLine.name)
        .join(BankPosting, BankPosting.payment_id == Payment.id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .join(BankLine, BankLine.id == BankDecision.line_id)
        .where(BankDecision.kind == DecisionKind.POSTED, BankLine.name != "")
        .distinct()
    )
    found: dict[int, set[str]] = defaultdict(set)
    for member_id, name in rows:
        found[member_id].add(name)
    return found


def list_rules(session: Session) -> list[BankRule]:
    """Return the remembered rules for lines that are no dues, by name."""
    return list(session.execute(select(BankRule).order_by(BankRule.party_shown, BankRule.id)).scalars())


def list_ibans(session: Session, member_id: int) -> list[MemberIban]:
    """Return the accounts that were learned for a member, the oldest first."""
    statement = select(MemberIban).where(MemberIban.member_id == member_id).order_by(MemberIban.id)
    return list(session.execute(statement).scalars())


class Unseen(NamedTuple):
    """A transfer that was recorded by hand and that no statement showed yet."""

    payment_id: int
    member: str
    received_on: date
    cents: int


def list_unseen(session: Session, *, cents: int | None = None) -> list[Unseen]:
    """Return the transfers recorded by hand that no entry of a statement is, by day; of one amount where named."""
    on_a_line = select(BankPosting.payment_id).where(BankPosting.payment_id.is_not(None))
    reversed_entries = select(ledger.Entry.reverses_id).where(ledger.Entry.reverses_id.is_not(None))
    statement = (
        select(Payment.id, Member.number, Payment.received_on, Payment.amount_cents)
        .join(Member, Member.id == Payment.member_id)
        .where(Payment.source == "hand", Payment.method == Method.TRANSFER)
        .where(Payment.id.not_in(on_a_line), Payment.entry_id.not_in(reversed_entries))
        .order_by(Payment.received_on, Payment.id)
    )
    if cents is not None:
        statement = statement.where(Payment.amount_cents == cents)
    return [Unseen(*row) for row in session.execute(statement)]


def seen_by(line: BankLine, unseen: Iterable[Unseen]) -> tuple[Unseen, ...]:
    """Return which of these a line may be: the same amount, received within 30 days of its day."""
    return tuple(
        each
        for each in unseen
        if each.cents == line.amount_cents and abs(each.received_on - line.booked_on) <= _SPAN
    )
