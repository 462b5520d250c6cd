"""The bank shows a refund: the money has left, once; and that is taken back when the entry was matched wrongly.

Source: `ux.md` 6.9 “Refund sent”; INV-09, BNK-12.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.errors import AlreadyDone
from membership.domain.policy import require
from membership.domain.refunds import UNDER_WAY, RefundState, paid_out_entry
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.services import ledger
from membership.services.refunds.preparing import WRITE, locked_refund, refused, step_on


def pay_out(session: Session, number: str, *, on: date) -> int:
    """Book that a refund has left the bank account, and return the entry.

    Raises `AlreadyDone` when it has, `RefundStateOther` when it was withdrawn.
    """
    require(actor_of(session), WRITE)
    view = locked_refund(session, number)
    if view.state is RefundState.PAID:
        raise AlreadyDone
    if view.state not in UNDER_WAY:
        raise refused(view)
    entry_id = ledger.book(session, paid_out_entry(view.row.cents, on=on, text=view.row.number))
    step_on(session, view, RefundState.PAID, on=on, file_id=view.last.file_id, entry_id=entry_id)
    _note(session, "refund.pay", view.row.number, view.row.member_id, view.row.cents)
    return entry_id


def take_payout_back(session: Session, number: str, *, on: date, reason: str) -> None:
    """Take that back by a counter-entry: the refund is where it was before. Raises `AlreadyDone` if it was not paid."""
    require(actor_of(session), WRITE)
    view = locked_refund(session, number)
    if view.state is not RefundState.PAID:
        raise AlreadyDone
    assert view.last.entry_id is not None, number
    ledger.reverse(session, view.last.entry_id, on=on, text=reason)
    before = view.steps[-2]
    step_on(session, view, before.kind, on=on, file_id=before.file_id, reason=reason)
    _note(session, "refund.unpay", view.row.number, view.row.member_id, view.row.cents)


def _note(session: Session, action: str, number: str, member_id: int, cents: int) -> None:
    chain.note(session, action, "refund", number, member_id=member_id, facts={"cents": cents})
