"""The running account of a member: what it was billed and what it paid, entry by entry, with the balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.ledger import Account, EntryKind
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.payments import Allocation, Payment

_PERSONAL = (Account.RECEIVABLES, Account.CREDITS)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One entry as the member's account shows it; `balance_cents` is what the member owes after it.

    `documents` are invoice numbers, or the words of an opening balance; `method` and `payment_id` say how it was paid.
    """

    entry_id: int
    kind: EntryKind
    reversed_kind: EntryKind | None
    day: date
    text: str
    documents: tuple[str, ...]
    method: str | None
    payment_id: int | None
    cents: int
    balance_cents: int

    @property
    def debit_cents(self) -> int | None:
        """Return the amount if it raises what the member owes."""
        return self.cents if self.cents > 0 else None

    @property
    def credit_cents(self) -> int | None:
        """Return the amount if it lowers what the member owes."""
        return -self.cents if self.cents < 0 else None


def list_account_lines(
    session: Session, member_id: int, *, since: date | None = None, until: date | None = None
) -> tuple[int, list[AccountLine]]:
    """Return the balance before the range and its entries, the oldest first.

    An allocation moves an amount from the credit balance to a document of the same member: nothing changes then,
    and no line is shown.
    """
    taken_back = aliased(Entry)
    total = func.sum(EntryLine.amount_cents)
    rows = session.execute(
        select(
            Entry.id,
            Entry.kind,
            taken_back.kind,
            Entry.posted_on,
            Entry.text,
            func.max(OpenItem.reference),
            Payment.method,
            Payment.id,
            total,
        )
        .join(EntryLine, EntryLine.entry_id == Entry.id)
        .outerjoin(taken_back, taken_back.id == Entry.reverses_id)
        .outerjoin(OpenItem, OpenItem.id == EntryLine.open_item_id)
        .outerjoin(Payment, Payment.entry_id == func.coalesce(Entry.reverses_id, Entry.id))
        .where(EntryLine.member_id == member_id, EntryLine.account.in_(_PERSONAL))
        .group_by(Entry.id, taken_back.kind, Payment.id)
        .having(total != 0)
        .order_by(Entry.posted_on, Entry.id)
    )
    settled = _settled_documents(session, member_id)
    before, balance = 0, 0
    lines: list[AccountLine] = []
    for entry_id, kind, reversed_kind, day, text, document, method, payment_id, cents in rows:
        balance += int(cents)
        if since is not None and day < since:
            before = balance
        elif until is None or day <= until:
            documents = (document,) if document else settled.get(payment_id, ())
            lines.append(
                AccountLine(
                    entry_id,
                    kind,
                    reversed_kind,
                    day,
                    text,
                    documents,
                    method,
                    payment_id,
                    int(cents),
                    balance,
                )
            )
    return before, lines


def _settled_documents(session: Session, member_id: int) -> dict[int | None, tuple[str, ...]]:
    """Return payment id -> the documents it settles today."""
    rows = session.execute(
        select(Allocation.payment_id, OpenItem.reference)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(OpenItem.member_id == member_id)
        .group_by(Allocation.payment_id, OpenItem.reference)
        .having(func.sum(Allocation.amount_cents) > 0)
        .order_by(OpenItem.reference)
    )
    found: dict[int | None, tuple[str, ...]] = {}
    for payment_id, reference in rows:
        found[payment_id] = (*found.get(payment_id, ()), reference)
    return found
