"""Payments, what they settled, and what is free of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.ledger import Account
from membership.domain.payments import Owed
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment


@dataclass(slots=True)
class PaymentView:
    """A payment with its member, its standing allocations (document, cents) and whether it was reversed."""

    payment: Payment
    member: Member
    is_reversed: bool
    allocations: list[tuple[str, int]] = field(default_factory=list)

    @property
    def free_cents(self) -> int:
        """Return what is not allocated; nothing of a reversed payment is free."""
        return (
            0
            if self.is_reversed
            else self.payment.amount_cents - sum(cents for _document, cents in self.allocations)
        )


def list_payments(
    session: Session,
    *,
    member_id: int | None = None,
    payment_id: int | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[PaymentView]:
    """Return payments by day and id, each with what it settles today."""
    reversal = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None)).subquery()
    statement = (
        select(Payment, Member, reversal.c.reverses_id.is_not(None))
        .join(Member, Member.id == Payment.member_id)
        .outerjoin(reversal, reversal.c.reverses_id == Payment.entry_id)
        .order_by(Payment.received_on, Payment.id)
    )
    if member_id is not None:
        statement = statement.where(Payment.member_id == member_id)
    if payment_id is not None:
        statement = statement.where(Payment.id == payment_id)
    if since is not None:
        statement = statement.where(Payment.received_on >= since)
    if until is not None:
        statement = statement.where(Payment.received_on <= until)
    found = {row[0].id: PaymentView(row[0], row[1], row[2]) for row in session.execute(statement)}
    chosen = statement.with_only_columns(Payment.id).order_by(None)
    rows = session.execute(
        select(Allocation.payment_id, OpenItem.reference, func.sum(Allocation.amount_cents))
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(Allocation.payment_id.in_(chosen))
        .group_by(Allocation.payment_id, OpenItem.reference)
        .order_by(OpenItem.reference)
    )
    for owner, reference, cents in rows:
        if cents:
            found[owner].allocations.append((reference, int(cents)))
    return list(found.values())


_PAYMENT: Final = select(Payment).where(Payment.id == bindparam("payment_id"))
_BY_REFERENCE: Final = select(Payment).where(
    Payment.source == bindparam("of_source"), Payment.external_ref == bindparam("reference")
)
_ALLOCATED: Final = select(func.coalesce(func.sum(Allocation.amount_cents), 0)).where(
    Allocation.payment_id == bindparam("payment_id")
)
_ITEM: Final = select(OpenItem).where(OpenItem.id == bindparam("item_id"))
_ITEM_OF: Final = select(OpenItem.id, OpenItem.member_id, OpenItem.open_cents).where(
    OpenItem.reference == bindparam("reference")
)


def get_payment(session: Session, payment_id: int, *, lock: bool = False) -> Payment:
    """Return a payment; raise `NotFound` when there is none that the actor may see."""
    statement = _PAYMENT.with_for_update() if lock else _PAYMENT
    found = session.execute(statement, {"payment_id": payment_id}).scalar_one_or_none()
    if found is None:
        raise NotFound(what="payment", key=payment_id)
    return found


def find_payment(session: Session, source: str, external_ref: str) -> Payment | None:
    """Return the payment that was posted for an external reference, if it was (INV-09)."""
    found = session.execute(_BY_REFERENCE, {"of_source": source, "reference": external_ref})
    return found.scalar_one_or_none()


def allocated_cents(session: Session, payment_id: int) -> int:
    """Return how much of a payment is allocated."""
    return int(session.execute(_ALLOCATED, {"payment_id": payment_id}).scalar_one())


def settled_cents(session: Session, payment_id: int, open_item_id: int) -> int:
    """Return how much of one document a payment settles."""
    statement = select(func.coalesce(func.sum(Allocation.amount_cents), 0)).where(
        Allocation.payment_id == payment_id, Allocation.open_item_id == open_item_id
    )
    return int(session.execute(statement).scalar_one())


def standing_allocations(session: Session, payment_id: int) -> list[Allocation]:
    """Return the allocations of a payment that were not taken back."""
    taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    statement = (
        select(Allocation)
        .where(
            Allocation.payment_id == payment_id, Allocation.amount_cents > 0, Allocation.id.not_in(taken_back)
        )
        .order_by(Allocation.id)
    )
    return list(session.execute(statement).scalars())


def is_reversed(session: Session, payment: Payment) -> bool:
    """Return whether the entry of a payment was reversed."""
    return session.execute(select(Entry.id).where(Entry.reverses_id == payment.entry_id)).first() is not None


def list_free(session: Session, member_id: int) -> list[tuple[int, int]]:
    """Return (payment, cents) of what is free of a member's standing payments, the oldest first."""
    reversed_entries = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    settled = (
        select(func.coalesce(func.sum(Allocation.amount_cents), 0))
        .where(Allocation.payment_id == Payment.id)
        .correlate(Payment)
        .scalar_subquery()
    )
    free = Payment.amount_cents - settled
    rows = session.execute(
        select(Payment.id, free)
        .where(Payment.member_id == member_id, Payment.entry_id.not_in(reversed_entries), free > 0)
        .order_by(Payment.received_on, Payment.id)
    )
    return [(payment_id, int(cents)) for payment_id, cents in rows]


def find_offset(session: Session, open_item_id: int, text: str) -> int | None:
    """Return the last payment that settles an item by entries with this text, of those that were not taken back."""
    taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    statement = (
        select(Allocation.payment_id)
        .join(Entry, Entry.id == Allocation.entry_id)
        .where(Allocation.open_item_id == open_item_id, Entry.text == text, Allocation.amount_cents > 0)
        .where(Allocation.id.not_in(taken_back))
        .order_by(Allocation.id.desc())
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()


def list_owed(session: Session, member_id: int) -> list[Owed]:
    """Return the items of a member that are still open, the oldest due first."""
    rows = session.execute(
        select(OpenItem.id, OpenItem.reference, OpenItem.due_on, OpenItem.dated_on, OpenItem.open_cents)
        .where(OpenItem.member_id == member_id, OpenItem.open_cents > 0)
        .order_by(OpenItem.due_on, OpenItem.id)
    )
    return [Owed(*row) for row in rows]


def get_open_item(session: Session, reference: str) -> OpenItem:
    """Return the open item of a document number; raise `NotFound` when there is none."""
    statement = select(OpenItem).where(OpenItem.reference == reference.strip().upper())
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="invoice", key=reference)
    return found


def read_item(session: Session, item_id: int) -> OpenItem:
    """Return an open item as it stands now, also when the session read it before its last entry."""
    found = session.execute(_ITEM, {"item_id": item_id}, execution_options={"populate_existing": True})
    return found.scalar_one()


def item_of(session: Session, reference: str) -> tuple[int, int, int]:
    """Return (open item, member, open cents) of a document number; raise `NotFound` when there is none."""
    found = session.execute(_ITEM_OF, {"reference": reference.strip().upper()}).first()
    if found is None:
        raise NotFound(what="invoice", key=reference)
    return found.id, found.member_id, found.open_cents


_CREDIT: Final = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(
    EntryLine.member_id == bindparam("of_member"), EntryLine.account == Account.CREDITS
)


def credit_cents(session: Session, member_id: int) -> int:
    """Return the credit balance of a member, 0 or more."""
    return -int(session.execute(_CREDIT, {"of_member": member_id}).scalar_one())


def credits_of_all(session: Session) -> dict[int, int]:
    """Return member id -> credit balance of every member that has one."""
    rows = session.execute(
        select(EntryLine.member_id, func.sum(EntryLine.amount_cents))
        .where(EntryLine.account == Account.CREDITS)
        .group_by(EntryLine.member_id)
        .having(func.sum(EntryLine.amount_cents) != 0)
    )
    return {member_id: -int(cents) for member_id, cents in rows if member_id is not None}


def list_settlements(session: Session, reference: str) -> list[tuple[date, str, int]]:
    """Return day, method and cents of each payment that stands for a document, the oldest first."""
    cents = func.sum(Allocation.amount_cents)
    rows = session.execute(
        select(Payment.received_on, Payment.method, cents)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(OpenItem.reference == reference)
        .group_by(Payment.id)
        .having(cents > 0)
        .order_by(Payment.received_on, Payment.id)
    )
    return [(received_on, method, int(settled)) for received_on, method, settled in rows]


def documents_of(session: Session, payment_id: int) -> list[str]:
    """Return the numbers of the documents for which a payment stands."""
    rows = session.execute(
        select(OpenItem.reference)
        .join(Allocation, Allocation.open_item_id == OpenItem.id)
        .where(Allocation.payment_id == payment_id)
        .group_by(OpenItem.reference)
        .having(func.sum(Allocation.amount_cents) > 0)
    )
    return list(rows.scalars())
