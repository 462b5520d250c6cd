"""Dues offset with the credit balance of a member, or with another claim of the member on the association.

Source: D-INV-15, PAY-1, PAY-4; INV-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.offsets import drawn, is_from_credit
from membership.domain.payments import Method, ReceivedInFuture, Share, shares_of
from membership.domain.policy import require
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.queries import payments as queries
from membership.services.payments import record_payment, settle


def record_offset(
    session: Session,
    member_id: int,
    cents: int,
    *,
    received_on: date,
    today: date,
    note: str = "",
    shares: Sequence[Share] | None = None,
    external_ref: str | None = None,
    text: str = "",
) -> int:
    """Settle documents without money and return the payment that does it (of several the last).

    While the member has a credit balance, the payments that it comes from settle the documents, the oldest first, and
    nothing new is recorded. Else it is a payment of its own against the claim that the note names.

    Args:
        session: the session of the unit of work.
        member_id: whose documents they are.
        cents: the amount, more than 0.
        received_on: the day of the offset, not after `today`; never before the payment that is used.
        today: the day in the association's zone.
        note: which claim is offset, where it is not the credit balance.
        shares: what is settled; None follows PAY-2.
        external_ref: makes a repeated payment of its own give the first one.
        text: what the entries say; empty: the document.
    """
    require(actor_of(session), "payment.record")
    if received_on > today:
        raise ReceivedInFuture(day=received_on)
    if not locked(session, Member, member_id):
        raise NotFound(what="member", key=member_id)
    if shares is None:
        shares = shares_of(cents, queries.list_owed(session, member_id), today=received_on)
    free = queries.list_free(session, member_id)
    member = session.get_one(Member, member_id)
    credit = sum(free_cents for _payment, free_cents in free)
    if not is_from_credit(cents, shares, credit_cents=credit, member=member.name, note=note):
        return record_payment(
            session, member_id, cents, received_on=received_on, method=Method.OFFSET, today=today,
            note=note, shares=shares, external_ref=external_ref,
        )  # fmt: skip
    parts = drawn(shares, free)
    for payment_id, share in parts:
        payment = queries.get_payment(session, payment_id)
        settle(session, payment, share, on=max(received_on, payment.received_on), text=text)
    return parts[-1][0]
