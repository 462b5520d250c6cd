"""Payouts: kept as the provider reports them, booked when their bank line comes, taken back with its decision.

Source: STR-10, `ux.md` 6.9 “Stripe payout”.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.errors import AlreadyDone, NotFound
from membership.domain.online_payments.pictures import Payout, payout_entry
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing, locked
from membership.persistence.models.online_payments import PROVIDER, OnlinePayout
from membership.persistence.queries import online_payments as queries
from membership.services import ledger


def keep_payout(session: Session, payout: Payout) -> None:
    """Keep a payout as it is now; its amount never changes, its state does."""
    require(actor_of(session), "payment.record")
    values = {
        "provider": PROVIDER, "payout_id": payout.id, "cents": payout.cents,
        "gross_cents": sum(each.cents for each in payout.parts),
        "fee_cents": sum(each.fee_cents for each in payout.parts), "part_count": len(payout.parts),
        "status": payout.status, "arrives_on": payout.arrives_on, "entry_id": None, "seen_at": actor_of(session).at,
    }  # fmt: skip
    insert_missing(session, OnlinePayout, values)
    row = queries.find_payout(session, payout.id)
    assert row is not None, payout.id
    row.status, row.arrives_on, row.seen_at = payout.status, payout.arrives_on, actor_of(session).at
    if row.entry_id is None:
        row.gross_cents, row.fee_cents = values["gross_cents"], values["fee_cents"]  # type: ignore[assignment]
        row.part_count = len(payout.parts)


def book_payout(session: Session, payout_id: str, *, on: date) -> int:
    """Book a payout that the bank shows: from the provider to the bank; return the entry.

    Raises `NotFound` for one that was never reported and `AlreadyDone` for one that another bank line brought.
    """
    require(actor_of(session), "bank.write")
    row = _locked(session, payout_id)
    if row.entry_id is not None:
        raise AlreadyDone
    row.entry_id = ledger.book(session, payout_entry(row.cents, on=on, text=row.payout_id))
    session.flush()
    facts = {"cents": row.cents, "entry": row.entry_id}
    chain.note(session, "online.payout", "payout", row.payout_id, facts=facts)
    return row.entry_id


def unbook_payout(session: Session, payout_id: str, *, on: date, reason: str) -> None:
    """Take the booking of a payout back; its bank line and the payout are open again."""
    require(actor_of(session), "bank.write")
    row = _locked(session, payout_id)
    if row.entry_id is None:
        raise AlreadyDone
    ledger.reverse(session, row.entry_id, on=on, text=reason)
    row.entry_id = None
    session.flush()


def _locked(session: Session, payout_id: str) -> OnlinePayout:
    row = queries.find_payout(session, payout_id)
    if row is None:
        raise NotFound(what="payout", key=payout_id)
    locked(session, OnlinePayout, row.id)
    session.refresh(row)
    return row
