"""Which movements at the provider the books do not know, and which bookings its list does not show. Source: FI-42."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from membership.domain.online_payments.events import Subject
from membership.domain.online_payments.pictures import ChangeKind, Movement, Paid

_SUBJECTS: Final = {
    "charge": (Subject.CHARGE, ChangeKind.PAYMENT),
    "payment": (Subject.CHARGE, ChangeKind.PAYMENT),
    "refund": (Subject.REFUND, ChangeKind.REFUND),
    "payment_refund": (Subject.REFUND, ChangeKind.REFUND),
    "refund_failure": (Subject.REFUND, ChangeKind.REFUND_FAILED),
    "adjustment": (Subject.DISPUTE, ChangeKind.DISPUTE),
}
"""Type of a movement -> what it is about and what is booked of it."""
_PAYOUT: Final = frozenset({"payout", "payout_failure", "payout_cancel"})
_FAILED_DEBIT: Final = "payment_failure_refund"
"""A debit moves the balance when it is given and back when it fails: neither is booked, for no money ever came."""

_WAITS: Final = frozenset({"pending", "requires_action"})


class Missing(NamedTuple):
    """A movement that the books do not know; without a subject nobody here knows what it is."""

    movement: Movement
    subject: Subject | None


class Posted(Protocol):
    """A change that was booked."""

    @property
    def object_id(self) -> str:
        """Return what it was booked for."""
        ...


P = TypeVar("P", bound=Posted)


def uncovered(
    movements: Iterable[Movement], posted: Collection[tuple[str, ChangeKind]], payouts: Collection[str]
) -> list[Missing]:
    """Return the movements of which something is not booked, in their order."""
    return [
        Missing(each, _SUBJECTS[each.kind][0] if each.kind in _SUBJECTS else _subject(each))
        for each in movements
        if not _is_covered(each, posted, payouts)
    ]


def _subject(movement: Movement) -> Subject | None:
    return Subject.PAYOUT if movement.kind in _PAYOUT else None


def _is_covered(
    movement: Movement, posted: Collection[tuple[str, ChangeKind]], payouts: Collection[str]
) -> bool:
    if movement.kind in _PAYOUT:
        return movement.source_id in payouts
    if movement.kind == _FAILED_DEBIT:
        return (movement.source_id, ChangeKind.PAYMENT) not in posted
    if movement.kind not in _SUBJECTS:
        return False
    kind = _SUBJECTS[movement.kind][1]
    object_id = movement.id if kind is ChangeKind.DISPUTE else movement.source_id
    has_fee = not movement.fee_cents or (movement.id, ChangeKind.FEE) in posted
    return (object_id, kind) in posted and has_fee


def absent(posted: Sequence[P], movements: Iterable[Movement]) -> list[P]:
    """Return the bookings of which the provider's list shows nothing."""
    shown = names_in(movements)
    return [each for each in posted if each.object_id not in shown]


def names_in(movements: Iterable[Movement]) -> set[str]:
    """Return all objects that a list of movements names."""
    return {name for each in movements for name in (each.id, each.source_id) if name}


def is_shown_later(paid: Paid, object_id: str) -> bool:
    """Return whether the provider knows a booking that its list does not show.

    A refund that waits has no movement yet; that of a debit is as old as the debit, which is booked weeks after.
    """
    if any(each.id == object_id and each.status in _WAITS for each in paid.refunds):
        return True
    return paid.movement is not None and object_id in {paid.charge_id, paid.movement.id}
