"""What becomes of money when a claim changes: payments come off a document and settle others.

Source: D-INV-15, PAY-2, INV-10.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.corrections import Freed, freed
from membership.domain.payments import Share, shares_of
from membership.persistence.db import locked
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation
from membership.persistence.queries import corrections as queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.invoicing import InvoiceView, get_invoice
from membership.services import payments


def claimed(session: Session, number: str) -> InvoiceView:
    """Return an invoice as it stands under the lock of its member's row, so that of two the second sees the first."""
    view = get_invoice(session, number)
    locked(session, Member, view.member.id)
    return get_invoice(session, view.invoice.number)


def free(session: Session, item_id: int, cents: int, *, on: date) -> None:
    """Take so much of what was paid off an open item; it is the member's credit balance then."""
    found = {one.id: one for one in queries.list_settling(session, item_id)}
    item = session.get_one(OpenItem, item_id)
    parts = freed(cents, [(one.id, one.amount_cents) for one in found.values()])
    for part in parts:
        _take_off(session, item, part, on=on)


def _take_off(session: Session, item: OpenItem, part: Freed, *, on: date) -> None:
    allocation = session.get_one(Allocation, part.allocation_id)
    payments.take_back(session, allocation, reference=item.reference, member_id=item.member_id, on=on)
    if part.keeps_cents:
        payment = payment_queries.get_payment(session, allocation.payment_id)
        payments.settle(session, payment, Share(item.id, part.keeps_cents), on=on)


def settle_others(session: Session, member_id: int, cents: int, *, on: date) -> int:
    """Use up to so much of a member's credit balance for what else is open, the due ones first; return the cents."""
    left = cents
    for payment_id, free_cents in payment_queries.list_free(session, member_id):
        owed = payment_queries.list_owed(session, member_id)
        for share in shares_of(min(left, free_cents), owed, today=on):
            payment = payment_queries.get_payment(session, payment_id)
            payments.settle(session, payment, share, on=max(on, payment.received_on))
            left -= share.cents
    return cents - left


def settle_with(session: Session, view: InvoiceView, cents: int, *, on: date) -> int:
    """Use up to so much of the member's credit balance for one invoice; return the cents."""
    left = min(cents, view.open_cents)
    for payment_id, free_cents in payment_queries.list_free(session, view.member.id):
        part = min(left, free_cents)
        if part > 0:
            payment = payment_queries.get_payment(session, payment_id)
            payments.settle(session, payment, Share(view.open_item_id, part), on=max(on, payment.received_on))
            left -= part
    return min(cents, view.open_cents) - left
