"""A payment for a document by its number: that document first, then what else the member owes, the rest is credit.

Source: PAY-2, PAY-4; `interfaces.md` "payments record"; INV-09.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from membership.domain.money import Money
from membership.domain.payments import Method, Share, named_first
from membership.domain.policy import require
from membership.persistence.db import actor_of, locked
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.queries import payments as queries
from membership.services.offsets import record_offset
from membership.services.payments import BY_HAND, record_payment


def record_receipt(
    session: Session,
    number: str,
    cents: int,
    *,
    received_on: date,
    method: Method,
    today: date,
    reason: str = "",
) -> int:
    """Record an amount received for a document and return the payment's id.

    The same number, amount, day, method and reason again give the payment that is known while it stands; what was
    taken back is recorded anew. An offset settles this document only.
    """
    require(actor_of(session), "payment.record")
    item = queries.get_open_item(session, number)
    locked(session, Member, item.member_id)
    if method is Method.OFFSET:
        return _offset(session, item, cents, received_on=received_on, today=today, reason=reason)
    owed = queries.list_owed(session, item.member_id)
    asked = f"{item.reference}|{cents}|{received_on.isoformat()}|{method}|{reason}"
    return record_payment(
        session,
        item.member_id,
        cents,
        received_on=received_on,
        method=method,
        today=today,
        note=reason,
        shares=named_first(cents, owed, item.id, today=received_on),
        external_ref=_free_reference(session, asked),
    )


def _free_reference(session: Session, asked: str) -> str:
    """Return the reference of the payment that stands for what is asked, else one that no payment has had."""
    reference = first = f"receipt:{sha256(asked.encode()).hexdigest()}"
    place = 2
    while (known := queries.find_payment(session, BY_HAND, reference)) and queries.is_reversed(
        session, known
    ):
        reference, place = f"{first}:{place}", place + 1
    return reference


def _offset(
    session: Session, item: OpenItem, cents: int, *, received_on: date, today: date, reason: str
) -> int:
    what = ": ".join(filter(None, (f"offset of {Money(cents)} on {received_on.isoformat()}", reason)))
    text = f"{item.reference}, {what}"
    reference = _free_reference(session, text)
    own = queries.find_payment(session, BY_HAND, reference)
    known = own.id if own else queries.find_offset(session, item.id, text)
    if known is not None:
        return known
    session.refresh(item)
    return record_offset(
        session,
        item.member_id,
        cents,
        received_on=received_on,
        today=today,
        note=reason,
        shares=[Share(item.id, min(cents, item.open_cents))] if item.open_cents else [],
        external_ref=reference,
        text=text,
    )
