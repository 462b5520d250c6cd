"""How a payment settles open items: what the payer names, else the due ones first, the oldest before the newer.

Source: PAY-1, PAY-2 (§ 366 BGB), PAY-4, INV-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from membership.domain.errors import N_, DomainError
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry


class Method(StrEnum):
    """How the money came (`interfaces.md`, payments record)."""

    CASH = "cash"
    TRANSFER = "transfer"
    CARD = "card"
    OFFSET = "offset"


class AmountNotPositive(DomainError):
    """A payment of nothing, or of less."""

    message = N_("The amount must be more than 0.00.")
    code = "amount_not_positive"


class AllocatedTooMuch(DomainError):
    """More was to be allocated than the payment has left, or than the document has open."""

    message = N_("%(amount)s cannot be allocated to %(document)s: only %(possible)s is possible.")
    code = "allocated_too_much"


class ReceivedInFuture(DomainError):
    """A payment of a day that has not come."""

    message = N_("The payment of %(day)s lies in the future.")
    code = "received_in_future"


@dataclass(frozen=True, slots=True)
class Owed:
    """An open item as payments see it."""

    id: int
    reference: str
    due_on: date
    dated_on: date
    open_cents: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a payment for one open item."""

    open_item_id: int
    cents: int


def shares_of(cents: int, owed: Sequence[Owed], *, today: date) -> list[Share]:
    """Return how an amount settles open items when the payer names none: due ones first, then the oldest (PAY-2).

    What remains is the member's credit balance; no item gets more than it has open.
    """
    shares = []
    rest = cents
    for item in sorted(owed, key=lambda item: (item.due_on > today, item.due_on, item.dated_on, item.id)):
        part = min(rest, item.open_cents)
        if part > 0:
            shares.append(Share(item.id, part))
            rest -= part
    return shares


ACCOUNTS = {
    Method.CASH: Account.CASH,
    Method.TRANSFER: Account.BANK,
    Method.CARD: Account.CARD,
    Method.OFFSET: Account.OFFSET,
}


def payment_entry(cents: int, *, method: Method, member_id: int, on: date, text: str) -> Entry:
    """Return the entry of a payment: money in, the member's credit balance up."""
    if cents <= 0:
        raise AmountNotPositive
    postings = (Posting(ACCOUNTS[method], cents), Posting(Account.CREDITS, -cents, member_id))
    return entry(EntryKind.PAYMENT, on, text, postings)


def allocation_entry(cents: int, *, member_id: int, open_item_id: int, on: date, text: str) -> Entry:
    """Return the entry of an allocation: from the member's credit balance to one open item."""
    postings = (
        Posting(Account.CREDITS, cents, member_id),
        Posting(Account.RECEIVABLES, -cents, member_id, open_item_id),
    )
    return entry(EntryKind.ALLOCATION, on, text, postings)
