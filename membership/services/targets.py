"""Allocations by target: `NUMBER=AMOUNT` says how much of a document a payment settles in all.

So the same call again finds it done. Source: `interfaces.md` "can be repeated"; PAY-2, INV-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError, InputError
from membership.domain.money import Money
from membership.domain.payments import Share
from membership.domain.policy import require
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.queries import payments as queries
from membership.services import payments


class NamedTwice(InputError):
    """A document was named with two amounts."""

    message = N_("%(document)s is named twice. Name each invoice once, with the amount in all.")
    code = "named_twice"


class SettlesMore(DomainError):
    """The payment settles more of a document than it is to; money is never taken away in passing."""

    message = N_(
        "The payment %(payment)s settles %(present)s of %(document)s already, more than %(amount)s. "
        "Take that back first (payments unallocate)."
    )
    code = "settles_more"


def allocate_up_to(
    session: Session, payment_id: int, parts: Sequence[tuple[str, int]], *, today: date
) -> int:
    """Allocate what is missing of each target and return the cents that were; 0 when all of it was done before."""
    require(actor_of(session), "payment.record")
    payment = queries.get_payment(session, payment_id)
    locked(session, Member, payment.member_id)
    named: set[int] = set()
    shares = []
    for document, cents in parts:
        item = queries.get_open_item(session, document)
        if item.id in named:
            raise NamedTwice(document=item.reference)
        named.add(item.id)
        present = queries.settled_cents(session, payment_id, item.id)
        if 0 < cents < present:
            raise SettlesMore(
                payment=str(payment_id),
                document=item.reference,
                present=Money(present),
                amount=Money(cents),
            )
        if cents <= 0 or cents > present:  # a wrong amount is refused where all are
            shares.append(Share(item.id, min(cents, cents - present)))
    payments.allocate(session, payment_id, shares, today=today)
    return sum(share.cents for share in shares)
