"""A collection is credited: each debit of it becomes a payment that settles its invoice, subject to return.

Source: SEPA-13, PAY-1, PAY-5; INV-09, INV-10; `reliability.md` 5.1.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.direct_debits.collections import CollectionState, ItemState
from membership.domain.errors import AlreadyDone
from membership.domain.payments import Method, Share
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.direct_debits import CollectionItem
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Payment
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits.collections import CollectionView
from membership.services import payments
from membership.services.direct_debits.collecting import add_step
from membership.services.direct_debits.handing_in import locked_collection, refused

WRITE = "payment.record"


def settle_collection(session: Session, key: int | str, *, on: date, today: date) -> list[int]:
    """Book the credit of a collection and return the payments, one for each debit that did not come back before.

    Args:
        session: the session of the unit of work.
        key: id or number of the collection, or one of its blocks (PmtInfId): then that block alone.
        on: the day of the credit, not after `today`.
        today: the day in the association's zone.

    Raises `AlreadyDone` when nothing of it is under way, `StateOther` for a collection that was withdrawn.
    """
    require(actor_of(session), WRITE)
    view = locked_collection(session, key)
    if view.state is CollectionState.WITHDRAWN:
        raise refused(view)
    waiting = queries.list_standing(session, view.row.id, state=ItemState.OPEN, block=_block(view, key))
    if not waiting:
        raise AlreadyDone
    booked = [_settle(session, item, on=on, today=today) for item in waiting]
    _follow(session, view, on=on)
    return booked


def settle_item(session: Session, end_to_end_id: str, *, on: date, today: date) -> int:
    """Book the credit of one debit that the bank shows by itself, and return its payment."""
    require(actor_of(session), WRITE)
    item = queries.get_item(session, end_to_end_id)
    view = locked_collection(session, item.collection_id)
    session.refresh(item)
    if item.state is not ItemState.OPEN:
        raise AlreadyDone
    payment_id = _settle(session, item, on=on, today=today)
    _follow(session, view, on=on)
    return payment_id


def unsettle_collection(session: Session, key: int | str, *, on: date, reason: str) -> None:
    """Take the booking of a credit back: the debits are under way again. What came back since stays as it is.

    Raises `AlreadyDone` when nothing of it is credited.
    """
    require(actor_of(session), WRITE)
    view = locked_collection(session, key)
    settled = queries.list_standing(session, view.row.id, state=ItemState.SETTLED, block=_block(view, key))
    if not settled:
        raise AlreadyDone
    for item in settled:
        unsettle(session, item, on=on, reason=reason)
        item.state = ItemState.OPEN
    _follow(session, view, on=on)


def unsettle_item(session: Session, end_to_end_id: str, *, on: date, reason: str) -> None:
    """Take the booking of one debit's credit back: it is under way again. Raises `AlreadyDone` if it was not."""
    require(actor_of(session), WRITE)
    item = queries.get_item(session, end_to_end_id)
    view = locked_collection(session, item.collection_id)
    session.refresh(item)
    if item.state is not ItemState.SETTLED:
        raise AlreadyDone
    unsettle(session, item, on=on, reason=reason)
    item.state = ItemState.OPEN
    _follow(session, view, on=on)


def _block(view: CollectionView, key: int | str) -> str | None:
    """Return the block that a key names; None when it names the whole collection."""
    return None if str(key).strip() in {str(view.row.id), view.row.number} else str(key).strip()


def _settle(session: Session, item: CollectionItem, *, on: date, today: date) -> int:
    payment_id = settle(session, item, on=on, today=today)
    item.state = ItemState.SETTLED
    session.flush()
    return payment_id


def settle(session: Session, item: CollectionItem, *, on: date, today: date) -> int:
    """Record the payment of a debit; what is no longer open of its invoice becomes the member's credit."""
    locked(session, Member, item.member_id)
    owed = session.get_one(OpenItem, item.open_item_id)
    session.refresh(owed)
    part = min(item.cents, owed.open_cents)
    item.payment_id = payments.record_payment(
        session, item.member_id, item.cents, received_on=on, method=Method.DIRECT_DEBIT, today=today,
        note=item.end_to_end_id, shares=[Share(owed.id, part)] if part else [],
        external_ref=_reference(session, item), source=payments.DEBIT,
    )  # fmt: skip
    item.settled_on = on
    return item.payment_id


def _reference(session: Session, item: CollectionItem) -> str:
    """Return what makes the payment of a debit unique: its id, and how often it was booked before (INV-09)."""
    if item.payment_id is None:
        return item.end_to_end_id
    before = payment_queries.get_payment(session, item.payment_id).external_ref
    _id, _, count = before.partition(" ")
    return f"{item.end_to_end_id} {int(count or 1) + 1}"


def debit_of(payment: Payment) -> str:
    """Return the id of the debit that a payment is."""
    return payment.external_ref.partition(" ")[0]


def unsettle(session: Session, item: CollectionItem, *, on: date, reason: str) -> None:
    """Take the payment of a debit back; its invoice is open again."""
    locked(session, Member, item.member_id)
    assert item.payment_id is not None, item.end_to_end_id
    payment = payment_queries.get_payment(session, item.payment_id)
    payments.withdraw(session, payment, reason=reason, today=on)
    item.settled_on = None


def _follow(session: Session, view: CollectionView, *, on: date) -> None:
    """Let the state of the collection follow its debits: credited when none is under way, else at the bank."""
    session.flush()
    now = queries.get_collection(session, view.row.id)
    is_settled = not now.sum_of(ItemState.OPEN).number
    state = CollectionState.SETTLED if is_settled else CollectionState.SUBMITTED
    if now.state is state:
        return
    add_step(session, view.row.id, state, step=len(now.steps) + 1, on=on)
    action = "collection.settle" if is_settled else "collection.unsettle"
    chain.note(session, action, "collection", view.row.number, facts={"on": on})


def follow(session: Session, collection_id: int, *, on: date) -> None:
    """Let a collection follow a debit of it that came back, or whose return was taken back; it is not withdrawn."""
    _follow(session, locked_collection(session, collection_id), on=on)
