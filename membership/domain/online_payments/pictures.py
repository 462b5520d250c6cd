"""What the provider says about a payment today, and what has to be booked of it.

A picture is the whole truth about one payment at one moment, so the order in which events arrive does not matter:
what is not booked yet of the newest picture is booked, each change once. Source: STR-4, STR-5, FI-39, INV-09.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry
from membership.domain.online_payments.attempts import AttemptState


@dataclass(frozen=True, slots=True)
class Page:
    """The provider's payment page of one attempt (Checkout Session)."""

    id: str
    status: str
    payment_status: str
    intent_id: str
    uid: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of the balance at the provider: `cents` is gross, `fee_cents` what was kept of it."""

    id: str
    kind: str
    source_id: str
    cents: int
    fee_cents: int
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that was sent back to the payer."""

    id: str
    cents: int
    status: str
    on: date
    failed_on: date | None = None

    @property
    def is_failed(self) -> bool:
        """Return whether it did not reach the payer, so that the money is back at the provider."""
        return self.status in {"failed", "canceled"}


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment that its payer disputes; its movements take the money and may bring it back."""

    id: str
    status: str
    movements: tuple[Movement, ...]
    evidence_until: date | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as the provider sees it (payment intent with its charge)."""

    intent_id: str
    uid: str
    status: str
    cents: int
    currency: str
    is_live: bool
    charge_id: str = ""
    charged_on: date | None = None
    movement: Movement | None = None
    way: str = ""
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    problem: str = ""

    @property
    def is_paid(self) -> bool:
        """Return whether the money came."""
        return self.status == "succeeded" and bool(self.charge_id)


class ChangeKind(StrEnum):
    """What is booked of a payment, each once for its object (`reliability.md` 37)."""

    PAYMENT = "payment"
    FEE = "fee"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"


class Change(NamedTuple):
    """One change of the balance at the provider: `cents` is above 0 when the association has more."""

    object_id: str
    kind: ChangeKind
    cents: int
    on: date


_ORDER: Final = tuple(ChangeKind)
_DELAYED: Final = frozenset({"sepa_debit"})


def changes_of(paid: Paid) -> list[Change]:
    """Return all that has to be booked of a payment, the payment first, then by day."""
    if not paid.is_paid or paid.charged_on is None:
        return []
    found = [Change(paid.charge_id, ChangeKind.PAYMENT, paid.cents, paid.charged_on)]
    movements = [paid.movement] if paid.movement else []
    later: list[Change] = []
    for refund in paid.refunds:
        later.append(Change(refund.id, ChangeKind.REFUND, -refund.cents, refund.on))
        if refund.is_failed:
            later.append(
                Change(refund.id, ChangeKind.REFUND_FAILED, refund.cents, refund.failed_on or refund.on)
            )
    for dispute in paid.disputes:
        movements += dispute.movements
        later += [Change(each.id, ChangeKind.DISPUTE, each.cents, each.on) for each in dispute.movements]
    later += [
        Change(each.id, ChangeKind.FEE, -each.fee_cents, each.on) for each in movements if each.fee_cents
    ]
    later.sort(key=lambda change: (change.on, _ORDER.index(change.kind), change.object_id))
    return found + later


def came_on_of(paid: Paid, *, today: date) -> date:
    """Return the day on which the money came: of a debit the one on which its success is first known.

    The provider's charge is as old as the debit, and the bank says yes days after.
    """
    if paid.way in _DELAYED or paid.charged_on is None:
        return today
    return min(paid.charged_on, today)


def standing_cents(paid: Paid) -> int:
    """Return what the payer has paid after all refunds and disputes; fees are the association's."""
    return sum(change.cents for change in changes_of(paid) if change.kind is not ChangeKind.FEE)


def state_of(page: Page | None, paid: Paid | None) -> AttemptState:
    """Return where an attempt stands by what the provider says; never failed while that is not certain."""
    if paid is not None and paid.is_paid:
        return AttemptState.PAID if standing_cents(paid) > 0 else AttemptState.TAKEN_BACK
    if page is not None and page.status == "open":
        return AttemptState.OPEN
    if paid is not None and paid.status == "processing":
        return AttemptState.PENDING
    if page is not None and page.status == "expired":
        return AttemptState.ENDED
    if paid is not None and paid.status in {"requires_payment_method", "canceled"}:
        return AttemptState.FAILED
    return AttemptState.PENDING


class Look(StrEnum):
    """Why a person has to look at what the provider said; nothing was booked."""

    UNKNOWN = "unknown"
    MODE = "mode"
    ACCOUNT = "account"
    CURRENCY = "currency"
    AMOUNT = "amount"
    BELOW_ZERO = "below_zero"
    REFUSED = "refused"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    PAYOUT = "payout"
    DEADLINE = "deadline"


def doubt_about(paid: Paid, *, cents: int, currency: str, is_live: bool) -> Look | None:
    """Return why a payment must not be booked for an attempt of this amount, currency and mode (FI-40)."""
    if paid.is_live is not is_live:
        return Look.MODE
    if paid.currency != currency:
        return Look.CURRENCY
    if paid.cents != cents:
        return Look.AMOUNT
    return Look.BELOW_ZERO if standing_cents(paid) < 0 else None


def fee_entry(cents: int, *, on: date, text: str) -> Entry:
    """Return the entry of a fee that the provider kept; a negative one was given back (STR-10)."""
    postings = (Posting(Account.BANK_FEES, cents), Posting(Account.ONLINE, -cents))
    return entry(EntryKind.ONLINE_FEE, on, text, postings)


def payout_entry(cents: int, *, on: date, text: str) -> Entry:
    """Return the entry of a payout: from the provider to the bank (STR-10)."""
    return entry(EntryKind.BANK, on, text, (Posting(Account.BANK, cents), Posting(Account.ONLINE, -cents)))


@dataclass(frozen=True, slots=True)
class Payout:
    """What the provider pays out to the bank, with the movements that it consists of."""

    id: str
    cents: int
    currency: str
    status: str
    arrives_on: date
    is_live: bool
    movements: tuple[Movement, ...]

    @property
    def parts(self) -> tuple[Movement, ...]:
        """Return the movements without the payout itself."""
        return tuple(each for each in self.movements if each.kind != "payout")

    @property
    def adds_up(self) -> bool:
        """Return whether gross minus fees of its movements is what is paid out (STR-10)."""
        return sum(each.cents - each.fee_cents for each in self.parts) == self.cents
