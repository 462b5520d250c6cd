"""An attempt to pay online: what may be paid, by which way, and the states it goes through.

The amount is always that of the books. An attempt whose outcome nobody knows is neither paid nor failed: it is being
checked. Source: STR-1 to STR-3, `ux.md` 7 “Pay”, FI-36, SEC-71, SEC-72.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.money import Money

CURRENCY: Final = "eur"
PAGE_MINUTES: Final = 60
"""How long the provider's page waits for the payer; 30 minutes to 24 hours are possible (STR-1)."""
KEY_HOURS: Final = 23
"""How long one idempotency key is used; the provider keeps it for 24 hours (STR-6)."""
SMALLEST_CENTS: Final = 50
"""The provider takes no payment of less than 0.50 EUR."""
LARGEST_CENTS: Final = 99_999_999
MOST_ITEMS: Final = 20


class Way(StrEnum):
    """How the payer pays on the provider's page."""

    CARD = "card"
    SEPA_DEBIT = "sepa_debit"


class AttemptState(StrEnum):
    """Where an attempt stands; `ASKED`: the provider's answer is not known, `PENDING`: a debit is under way."""

    ASKED = "asked"
    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    TAKEN_BACK = "taken_back"
    FAILED = "failed"
    ENDED = "ended"
    REFUSED = "refused"


UNDECIDED: Final = frozenset({AttemptState.ASKED, AttemptState.OPEN, AttemptState.PENDING})
"""States in which money may still come: nothing else is begun for the same documents."""

_RANK: Final = {AttemptState.ASKED: 0, AttemptState.OPEN: 1, AttemptState.PENDING: 2}
_END: Final = 3


def goes_on(before: AttemptState, after: AttemptState) -> bool:
    """Return whether an attempt may go from one state to another without money: only onward, and an end is an end."""
    return _RANK.get(before, _END) < _RANK.get(after, _END)


WAY_WORDS: Final = {Way.CARD: N_("Card"), Way.SEPA_DEBIT: N_("SEPA direct debit online")}
STATE_WORDS: Final = {
    AttemptState.ASKED: N_("Being checked"),
    AttemptState.OPEN: N_("Payment page open"),
    AttemptState.PENDING: N_("Debit under way"),
    AttemptState.PAID: N_("Paid online"),
    AttemptState.TAKEN_BACK: N_("Paid back or disputed"),
    AttemptState.FAILED: N_("Debit failed"),
    AttemptState.ENDED: N_("Broken off"),
    AttemptState.REFUSED: N_("Not begun"),
}


class OnlineOff(DomainError):
    """Online payment is not set up, or this way is switched off."""

    message = N_("This way of paying online is not offered. Please transfer the amount.")
    code = "online_off"


class NothingToPay(Conflict):
    """What was to be paid is not open (any more)."""

    message = N_("%(document)s is not open any more. Please do not pay again.")
    code = "nothing_to_pay"


class NothingChosen(InputError):
    """No document, or too many of them."""

    message = N_("Choose 1 to 20 open invoices to pay.")
    code = "nothing_chosen"


class PaymentUnderWay(Conflict):
    """A payment for the same document is under way or being checked."""

    message = N_("A payment for %(document)s is under way. Please do not pay again until it is decided.")
    code = "payment_under_way"


class OverLimit(DomainError):
    """The amount is more than the way can carry."""

    message = N_("By SEPA direct debit at most %(limit)s can be paid online. Choose the card or a transfer.")
    code = "over_limit"


class AmountOutside(DomainError):
    """The provider takes no such amount."""

    message = N_("Online only amounts from %(low)s to %(high)s can be paid. Please transfer the amount.")
    code = "amount_outside"


class Owed(NamedTuple):
    """A document that is to be paid: the cents that are open of it."""

    open_item_id: int
    reference: str
    cents: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Which ways are offered, and how much one debit may carry."""

    ways: tuple[Way, ...]
    debit_limit_cents: int

    def ways_for(self, cents: int) -> tuple[Way, ...]:
        """Return the ways that can carry an amount (STR-3)."""
        if not SMALLEST_CENTS <= cents <= LARGEST_CENTS:
            return ()
        return tuple(way for way in self.ways if way is not Way.SEPA_DEBIT or cents <= self.debit_limit_cents)


OFF: Final = Offer((), 0)


def check_order(owed: Sequence[Owed], way: Way, offer: Offer) -> int:
    """Return what is to be paid in all, in cents; raise when it cannot be paid that way.

    Raises `NothingChosen`, `NothingToPay`, `OnlineOff`, `AmountOutside` or `OverLimit`.
    """
    if not 0 < len(owed) <= MOST_ITEMS or len({each.open_item_id for each in owed}) != len(owed):
        raise NothingChosen
    for each in owed:
        if each.cents <= 0:
            raise NothingToPay(document=each.reference)
    if way not in offer.ways:
        raise OnlineOff
    cents = sum(each.cents for each in owed)
    if not SMALLEST_CENTS <= cents <= LARGEST_CENTS:
        raise AmountOutside(low=Money(SMALLEST_CENTS), high=Money(LARGEST_CENTS))
    if way not in offer.ways_for(cents):
        raise OverLimit(limit=Money(offer.debit_limit_cents))
    return cents


@dataclass(frozen=True, slots=True)
class Order:
    """What the provider is asked for: all of it is stored before the call, so that a repeated call is the same.

    Args:
        uid: our reference, in the address of the result page and in the provider's metadata.
        key: the idempotency key.
        cents: the amount.
        way: how it is paid.
        title: what the payer reads beside the amount.
        documents: their numbers.
        member: the member's number.
        email: where the provider sends its own mails; may be empty.
        language: of the provider's page.
        back: the address of the result page.
        expires_at: when the provider's page ends.
    """

    uid: str
    key: str
    cents: int
    way: Way
    title: str
    documents: tuple[str, ...]
    member: str
    email: str
    language: str
    back: str
    expires_at: datetime


def may_repeat(asked_at: datetime, now: datetime) -> bool:
    """Return whether the same key may be sent again; after that the provider's list is asked (STR-6)."""
    return now - asked_at < timedelta(hours=KEY_HOURS)
