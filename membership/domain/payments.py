"""How a payment settles open items: what the payer names, else the due ones first, the oldest before the newer.

Source: PAY-1, PAY-2 (§ 366 BGB), PAY-4, INV-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, DomainError
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry
from membership.domain.money import Money


class Method(StrEnum):
    """How the money came (`interfaces.md`, payments record).

    A direct debit is credited and what came online is reported; neither is ever typed.
    """

    CASH = "cash"
    TRANSFER = "transfer"
    CARD = "card"
    OFFSET = "offset"
    DIRECT_DEBIT = "direct_debit"
    ONLINE = "online"


METHOD_WORDS: Final = {
    Method.TRANSFER: N_("Bank transfer"),
    Method.CASH: N_("Cash"),
    Method.CARD: N_("Card"),
    Method.OFFSET: N_("Offset"),
    Method.DIRECT_DEBIT: N_("Direct debit"),
    Method.ONLINE: N_("Online payment"),
}
"""How a payment came, in words (message ids)."""

BY_HAND: Final = tuple(method for method in Method if method not in {Method.DIRECT_DEBIT, Method.ONLINE})
"""What a person may record."""


class AmountNotPositive(DomainError):
    """A payment of nothing, or of less."""

    message = N_("The amount must be more than 0.00.")
    code = "amount_not_positive"


class AllocatedTooMuch(DomainError):
    """More was to be allocated than the payment has left, or than the document has open."""

    message = N_("%(amount)s cannot be allocated to %(document)s: only %(possible)s is possible.")
    code = "allocated_too_much"


class SharesTooMuch(DomainError):
    """The parts of a payment come to more than the payment."""

    message = N_("The parts come to %(parts)s, more than the amount received of %(amount)s.")
    code = "shares_too_much"


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


def named_first(cents: int, owed: Sequence[Owed], named: int, *, today: date) -> list[Share]:
    """Return how an amount settles open items when the payer names one: that one, then the others (PAY-2)."""
    part = min(cents, sum(item.open_cents for item in owed if item.id == named))
    others = [item for item in owed if item.id != named]
    shares = [Share(named, part)] if part > 0 else []
    return shares + shares_of(cents - part, others, today=today)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment does to one open item."""

    reference: str
    cents: int
    rest_cents: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a payment does: the items it settles and what becomes credit balance."""

    settled: tuple[Settled, ...]
    credit_cents: int

    @property
    def is_plain(self) -> bool:
        """Return whether it pays exactly one item in full and nothing else happens."""
        return len(self.settled) == 1 and not self.settled[0].rest_cents and not self.credit_cents


def effect_of(cents: int, shares: Sequence[Share], owed: Sequence[Owed]) -> Effect:
    """Return what an amount with these shares will do; raise when it cannot be.

    Raises `AmountNotPositive`, `SharesTooMuch` (more than the amount) or `AllocatedTooMuch` (more than is open).
    """
    if cents <= 0:
        raise AmountNotPositive
    given = sum(share.cents for share in shares)
    if given > cents:
        raise SharesTooMuch(parts=Money(given), amount=Money(cents))
    items = {item.id: item for item in owed}
    settled = []
    for share in shares:
        item = items[share.open_item_id]
        if not 0 < share.cents <= item.open_cents:
            raise AllocatedTooMuch(
                amount=Money(share.cents), document=item.reference, possible=Money(item.open_cents)
            )
        settled.append(Settled(item.reference, share.cents, item.open_cents - share.cents))
    return Effect(tuple(settled), cents - given)


ACCOUNTS = {
    Method.CASH: Account.CASH,
    Method.TRANSFER: Account.BANK,
    Method.CARD: Account.CARD,
    Method.OFFSET: Account.OFFSET,
    Method.DIRECT_DEBIT: Account.BANK,
    Method.ONLINE: Account.ONLINE,
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
