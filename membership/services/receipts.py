"""A payment for a document by its number: that document first, then what else the member owes, the rest is credit.

Source: PAY-2, PAY-4; `interfaces.md` "payments record"; INV-09.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from membership.domain.payments import Method, named_first
from membership.persistence.db import locked
from membership.persistence.models.members import Member
from membership.persistence.queries import payments as queries
from membership.services.payments import record_payment


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

    The same number, amount, day, method and reason again give the first payment, whatever became of it.
    """
    item = queries.get_open_item(session, number)
    locked(session, Member, item.member_id)
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
        external_ref=f"receipt:{sha256(asked.encode()).hexdigest()}",
    )
