"""The books follow what the provider says about a payment: what is not booked yet is, each change exactly once.

The newest picture holds everything, so it does not matter which event asked, in which order, or how often.
Source: STR-4, STR-5, STR-10; `reliability.md` 37; INV-09, FI-38 to FI-40.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError
from membership.domain.money import Money
from membership.domain.online_payments.attempts import AttemptState, goes_on
from membership.domain.online_payments.pictures import (
    Change,
    ChangeKind,
    Look,
    Page,
    Paid,
    came_on_of,
    changes_of,
    doubt_about,
    fee_entry,
    state_of,
)
from membership.domain.payments import Method, Share
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.models.online_payments import PROVIDER, OnlineAttempt, OnlinePosting
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries import payments as payment_queries
from membership.services import ledger, payment_mails, payments
from membership.services.online_payments.starting import set_state


class CreditUsed(DomainError):
    """Money was taken back of which the member has spent a part: a person decides."""

    message = N_(
        "%(amount)s were taken back, but the credit balance of the member does not hold that any more."
    )
    code = "credit_used"


class Followed(NamedTuple):
    """What came of a picture: the state of the attempt, how many changes were booked, and why a person must look."""

    state: AttemptState
    booked: int
    look: Look | None


def follow(session: Session, uid: str, *, page: Page | None, paid: Paid | None, today: date) -> Followed:
    """Book what the provider says about an attempt and is not booked yet, and let its state follow.

    Nothing is booked of a payment in another mode, currency or amount than was asked for. Raises `PeriodClosed` or
    `CreditUsed` when the books cannot take a change: then nothing is changed.
    """
    require(actor_of(session), "payment.record")
    view = queries.get_attempt(session, uid)
    locked(session, Member, view.attempt.member_id)
    attempt = queries.lock_attempt(session, view.attempt.id)
    if paid is not None:
        doubt = doubt_about(paid, cents=attempt.cents, currency=attempt.currency, is_live=attempt.is_live)
        if doubt is not None:
            return Followed(attempt.state, 0, doubt)
    if page is not None and attempt.page_id is None:
        attempt.page_id, attempt.page_url = page.id, page.url
    if paid is not None:
        attempt.intent_id = paid.intent_id
        attempt.problem = paid.problem[:200]
    booked = _book_missing(session, attempt, paid, today=today) if paid is not None else 0
    before = attempt.state
    set_state(session, attempt, _state(session, attempt, page, paid))
    if (before, attempt.state) == (AttemptState.PENDING, AttemptState.FAILED):
        payment_mails.put_return(
            session, attempt.member_id, document=", ".join(view.documents), cents=attempt.cents, on=today,
            reason=phrase("Reason not said"), key=attempt.uid,
        )  # fmt: skip
    return Followed(attempt.state, booked, _look_at(paid) if booked else None)


def _state(session: Session, attempt: OnlineAttempt, page: Page | None, paid: Paid | None) -> AttemptState:
    """Return the state: what was booked says whether it is paid, and an old answer never leads back."""
    booked = [
        each.cents for each in queries.list_postings(session, attempt.id) if each.kind is not ChangeKind.FEE
    ]
    if booked:
        return AttemptState.PAID if sum(booked) > 0 else AttemptState.TAKEN_BACK
    state = state_of(page, paid)
    return state if goes_on(attempt.state, state) else attempt.state


def _look_at(paid: Paid | None) -> Look | None:
    """Return that a card dispute has a day until which the association may answer; SEPA ones are final (STR-7)."""
    disputes = paid.disputes if paid is not None else ()
    is_open = any(each.status == "needs_response" and each.evidence_until for each in disputes)
    return Look.DEADLINE if is_open else None


def follow_fees(session: Session, uid: str, *, paid: Paid, today: date) -> int:
    """Book the fees of a payment that stands in the books and whose other changes they cannot take; return how many.

    The provider keeps a fee whether or not a refund to the payer's bank account is in the way of the rest.
    """
    require(actor_of(session), "payment.record")
    attempt = queries.lock_attempt(session, queries.get_attempt(session, uid).attempt.id)
    is_booked = any(each.kind is ChangeKind.PAYMENT for each in queries.list_postings(session, attempt.id))
    doubt = doubt_about(paid, cents=attempt.cents, currency=attempt.currency, is_live=attempt.is_live)
    if not is_booked or doubt is not None:
        return 0
    return _book_missing(session, attempt, paid, today=today, only=ChangeKind.FEE)


def _book_missing(
    session: Session, attempt: OnlineAttempt, paid: Paid, *, today: date, only: ChangeKind | None = None
) -> int:
    booked = queries.list_postings(session, attempt.id)
    known = {(each.object_id, each.kind) for each in booked}
    missing = [
        change for change in changes_of(paid)
        if (change.object_id, change.kind) not in known and only in {None, change.kind}
    ]  # fmt: skip
    came_on = next((each.posted_on for each in booked if each.kind is ChangeKind.PAYMENT), None)
    came_on = came_on or came_on_of(paid, today=today)
    for change in missing:
        on = min(max(change.on, came_on), today)
        if change.kind is ChangeKind.FEE:
            entry_id = ledger.book(session, fee_entry(-change.cents, on=on, text=change.object_id))
            _note(session, attempt, change, on=on, entry_id=entry_id)
        else:
            payment_id = _restate(session, attempt, paid, change, on=on, today=today)
            if change.kind is ChangeKind.PAYMENT and payment_id is not None:
                payment_mails.put_receipt(session, attempt.member_id, payment_id, cents=change.cents, on=on)
            _note(session, attempt, change, on=on, payment_id=payment_id)
    return len(missing)


def _restate(
    session: Session, attempt: OnlineAttempt, paid: Paid, change: Change, *, on: date, today: date
) -> int | None:
    """Let the payment in the books be what stands after a change, and return it; None when nothing stands.

    The payment before is taken back, so that its documents are open again, and what is left is recorded anew.
    """
    before = [each for each in queries.list_postings(session, attempt.id) if each.kind is not ChangeKind.FEE]
    cents = sum(each.cents for each in before) + change.cents
    last = before[-1].payment_id if before else None
    if last is not None:
        payments.require_not_refunded(session, payment_queries.get_payment(session, last))
        payments.withdraw(
            session, payment_queries.get_payment(session, last), reason=_reason(change), today=on
        )
    payment_id = None
    if cents > 0:
        count = f" {len(before) + 1}" if before else ""
        payment_id = payments.record_payment(
            session, attempt.member_id, cents, received_on=on, method=Method.ONLINE, today=today,
            note=attempt.title, shares=_shares(session, attempt, cents),
            external_ref=f"{paid.charge_id}{count}", source=payments.ONLINE,
        )  # fmt: skip
    if payment_queries.credit_cents(session, attempt.member_id) < 0:
        raise CreditUsed(amount=Money(-change.cents))
    return payment_id


def _reason(change: Change) -> str:
    return f"{change.kind} {change.object_id}"


def _shares(session: Session, attempt: OnlineAttempt, cents: int) -> list[Share]:
    """Return what an amount settles: the documents of the attempt as far as they are open, in their order.

    What was paid otherwise in the meantime stays the member's credit (SEC-72).
    """
    asked = {item.open_item_id: item.cents for item in queries.list_items(session, attempt.id)}
    shares = []
    for open_item_id, open_cents in queries.open_cents_of(session, attempt.id):
        part = min(cents, open_cents, asked[open_item_id])
        if part > 0:
            shares.append(Share(open_item_id, part))
            cents -= part
    return shares


def _note(
    session: Session,
    attempt: OnlineAttempt,
    change: Change,
    *,
    on: date,
    entry_id: int | None = None,
    payment_id: int | None = None,
) -> None:
    chain.append(
        session, OnlinePosting, provider=PROVIDER, object_id=change.object_id, kind=change.kind,
        attempt_id=attempt.id, member_id=attempt.member_id, cents=change.cents, posted_on=on, entry_id=entry_id,
        payment_id=payment_id, at=actor_of(session).at,
    )  # fmt: skip
