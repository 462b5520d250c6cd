"""Recording payments, allocating them, and taking both back; every step is an entry of the ledger.

Source: PAY-1 to PAY-5; `reliability.md` INV-09, INV-10; lock order 5.1 (member row before the chain).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, AlreadyDone, Conflict, DomainError, NotFound
from membership.domain.money import Money
from membership.domain.payments import (
    AllocatedTooMuch,
    Method,
    ReceivedInFuture,
    Share,
    allocation_entry,
    payment_entry,
    shares_of,
)
from membership.domain.policy import require
from membership.domain.refunds import PaymentRefunded
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.queries import payments as queries
from membership.persistence.queries.bank_lines import is_on_a_line
from membership.persistence.queries.refunds import refund_of_item, refunded_by
from membership.services import instalments, ledger, payment_mails

BY_HAND: Final = "hand"
DEBIT: Final = "debit"
ONLINE: Final = "stripe"
"""The sources of a payment: typed by a person, a direct debit that was credited, or the payment provider."""
_TOLD_OTHERWISE: Final = frozenset({DEBIT, ONLINE})
"""Of a debit the member hears before it, of a payment online at once: neither is confirmed once more."""
_KIND: Final = "receipt"
_CHANNELS: Final = {
    Method.CASH: "cash",
    Method.TRANSFER: "bank",
    Method.CARD: "stripe",
    Method.OFFSET: "offset",
    Method.DIRECT_DEBIT: "bank",
    Method.ONLINE: "stripe",
}


class PaymentReversed(Conflict):
    """The payment was taken back; nothing more can be done with it."""

    message = N_("The payment was reversed already.")
    code = "payment_reversed"


class PaymentOnStatement(Conflict):
    """The payment is shown by a bank statement; only what was decided about that entry can be taken back."""

    message = N_(
        "A bank statement shows this payment. Take back what its entry was matched to (Bank, Match entries)."
    )
    code = "payment_on_statement"


class DebitReturned(DomainError):
    """A credited direct debit was to be taken back as if somebody had typed it."""

    message = N_("This payment was collected. It is taken back as a return debit, from its collection.")
    code = "debit_returned"


class PaidOnline(DomainError):
    """A payment that came online was to be taken back as if somebody had typed it."""

    message = N_("This payment came online. Pay it back at Stripe; the books follow what Stripe reports.")
    code = "paid_online"


class NotAllocated(DomainError):
    """The payment settles nothing of this document."""

    message = N_("The payment %(payment)s settles nothing of %(document)s.")
    code = "not_allocated"


class ForeignDocument(DomainError):
    """A payment of one member was to settle a document of another."""

    message = N_("%(document)s belongs to another member.")
    code = "foreign_document"


def record_payment(
    session: Session,
    member_id: int,
    cents: int,
    *,
    received_on: date,
    method: Method,
    today: date,
    note: str = "",
    shares: Sequence[Share] | None = None,
    external_ref: str | None = None,
    source: str = BY_HAND,
) -> int:
    """Record an amount received and allocate it; return the payment's id.

    Args:
        session: the session of the unit of work.
        member_id: who paid.
        cents: the amount, more than 0.
        received_on: the day, not after `today`.
        method: how it came.
        today: the day in the association's zone.
        note: anything worth remembering.
        shares: what it settles as the payer named it; None follows PAY-2, an empty list settles nothing.
        external_ref: makes a repeated call give the first payment, also when that was taken back since; None is a
            payment of its own.
        source: who says so: a person (by hand), the bank, a payment provider; references are unique within one.
    """
    require(actor_of(session), "payment.record")
    if received_on > today:
        raise ReceivedInFuture(day=received_on)
    if not locked(session, Member, member_id):
        raise NotFound(what="member", key=member_id)
    known = queries.find_payment(session, source, external_ref) if external_ref else None
    if known is not None:
        return known.id
    text = note or f"{method}"
    entry_id = ledger.book(
        session, payment_entry(cents, method=method, member_id=member_id, on=received_on, text=text)
    )
    payment_id = chain.append(
        session,
        Payment,
        member_id=member_id,
        received_on=received_on,
        amount_cents=cents,
        method=str(method),
        channel=_CHANNELS[method],
        source=source,
        external_ref=external_ref or secrets.token_hex(16),
        kind=_KIND,
        note=note,
        entry_id=entry_id,
        recorded_at=actor_of(session).at,
    )
    chain.note(session, "payment.record", "payment", payment_id, member_id=member_id, facts={"cents": cents})
    if shares is None:
        shares = shares_of(cents, queries.list_owed(session, member_id), today=received_on)
    for share in shares:
        settle(session, queries.get_payment(session, payment_id), share, on=received_on)
    if source not in _TOLD_OTHERWISE and method is not Method.OFFSET:
        payment_mails.put_confirmation(session, member_id, payment_id, cents=cents, on=received_on)
    return payment_id


def allocate(session: Session, payment_id: int, shares: Sequence[Share], *, today: date) -> None:
    """Allocate free parts of a payment to open items of the same member."""
    require(actor_of(session), "payment.record")
    payment = _standing(session, payment_id)
    for share in shares:
        settle(session, payment, share, on=today)


def _standing(session: Session, payment_id: int) -> Payment:
    payment = queries.get_payment(session, payment_id)
    locked(session, Member, payment.member_id)
    if queries.is_reversed(session, payment):
        raise PaymentReversed
    return payment


def settle(session: Session, payment: Payment, share: Share, *, on: date, text: str = "") -> int:
    """Put a part of a payment on an open item and return the allocation's id; the member is locked already."""
    item = queries.read_item(session, share.open_item_id)
    if item.member_id != payment.member_id:
        raise ForeignDocument(document=item.reference)
    free = payment.amount_cents - queries.allocated_cents(session, payment.id)
    possible = min(free, item.open_cents)
    if not 0 < share.cents <= possible:
        raise AllocatedTooMuch(
            amount=Money(share.cents), document=item.reference, possible=Money(max(possible, 0))
        )
    entry_id = ledger.book(
        session,
        allocation_entry(
            share.cents, member_id=item.member_id, open_item_id=item.id, on=on, text=text or item.reference
        ),
    )
    instalments.follow(session, item.id)
    chain.note(
        session,
        "payment.allocate",
        "invoice",
        item.reference,
        member_id=item.member_id,
        facts={"payment": payment.id, "cents": share.cents},
    )
    return chain.append(
        session,
        Allocation,
        payment_id=payment.id,
        open_item_id=item.id,
        amount_cents=share.cents,
        reverses_id=None,
        entry_id=entry_id,
        at=actor_of(session).at,
    )


def unallocate(session: Session, payment_id: int, document: str, *, today: date) -> int:
    """Take back what a payment settles of a document; the amount is the member's credit again. Return the cents."""
    require(actor_of(session), "payment.record")
    payment = _standing(session, payment_id)
    item = queries.get_open_item(session, document)
    if (number := refund_of_item(session, item.id)) is not None:
        raise PaymentRefunded(number=number)
    found = [
        each for each in queries.standing_allocations(session, payment_id) if each.open_item_id == item.id
    ]
    if not found:
        raise NotAllocated(payment=payment.id, document=item.reference)
    for allocation in found:
        take_back(session, allocation, reference=item.reference, member_id=item.member_id, on=today)
    return sum(allocation.amount_cents for allocation in found)


def take_back(session: Session, allocation: Allocation, *, reference: str, member_id: int, on: date) -> None:
    """Take one allocation back; its amount is the member's credit again. The member is locked already."""
    entry_id = ledger.reverse(session, allocation.entry_id, on=on, text=reference)
    chain.append(
        session,
        Allocation,
        payment_id=allocation.payment_id,
        open_item_id=allocation.open_item_id,
        amount_cents=-allocation.amount_cents,
        reverses_id=allocation.id,
        entry_id=entry_id,
        at=actor_of(session).at,
    )
    instalments.follow(session, allocation.open_item_id)
    facts = {"payment": allocation.payment_id, "cents": allocation.amount_cents}
    chain.note(session, "payment.unallocate", "invoice", reference, member_id=member_id, facts=facts)


def reverse_payment(session: Session, payment_id: int, *, reason: str, today: date) -> None:
    """Take a mistyped payment back: its allocations first, then its entry. Nothing is erased.

    Raises `AlreadyDone` when it was taken back before, `PaymentOnStatement` when a bank statement shows it.
    """
    require(actor_of(session), "payment.record")
    payment = queries.get_payment(session, payment_id)
    if payment.source == DEBIT:
        raise DebitReturned
    if payment.source == ONLINE:
        raise PaidOnline
    locked(session, Member, payment.member_id)
    if queries.is_reversed(session, payment):
        raise AlreadyDone
    if is_on_a_line(session, payment.entry_id):
        raise PaymentOnStatement
    require_not_refunded(session, payment)
    withdraw(session, payment, reason=reason, today=today)


def require_not_refunded(session: Session, payment: Payment) -> None:
    """Raise `PaymentRefunded` when money of a payment went back, or is on its way back, to the member."""
    if (number := refunded_by(session, payment.id)) is not None:
        raise PaymentRefunded(number=number)


def withdraw(session: Session, payment: Payment, *, reason: str, today: date) -> None:
    """Take a standing payment back whose member is locked, for those who know what shows it."""
    for allocation in queries.standing_allocations(session, payment.id):
        item = queries.read_item(session, allocation.open_item_id)
        take_back(session, allocation, reference=item.reference, member_id=item.member_id, on=today)
    ledger.reverse(session, payment.entry_id, on=today, text=reason)
    if payment.source not in _TOLD_OTHERWISE:
        payment_mails.withdraw_confirmation(session, payment.member_id, payment.id)
    facts = {"cents": payment.amount_cents}
    chain.note(
        session,
        "payment.reverse",
        "payment",
        payment.id,
        member_id=payment.member_id,
        facts=facts,
        values={"reason": (None, reason)},
    )
