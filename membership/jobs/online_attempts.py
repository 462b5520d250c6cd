"""Asking the payment provider about one attempt, always between two units of work, and letting the books follow.

Source: `reliability.md` 5.8; STR-5, STR-6; FI-36, FI-39.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from membership import clock
from membership.domain.errors import DomainError
from membership.domain.online_payments.attempts import UNDECIDED, AttemptState, Order, may_repeat
from membership.domain.online_payments.events import AnswerKept, ObjectMissing, ProviderRefused
from membership.domain.online_payments.pictures import Page, Paid
from membership.domain.policy import Actor, Job
from membership.persistence.db import db, read_as, write
from membership.persistence.queries import online_payments as queries
from membership.services import online_payments as services
from membership.services.online_payments import Followed
from membership.services.ports import PaymentProvider
from membership.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """The provider with what is needed beside it, for one application."""

    provider: PaymentProvider
    settings: Settings

    @property
    def today(self) -> date:
        """Return the day in the association's zone."""
        return clock.today(self.settings.time_zone)


def worker() -> Actor:
    """Return who follows the provider: the worker, now."""
    return Actor(name="stripe", at=clock.now(), request_id="job-stripe", job=Job.WORKER)


def ask_for_page(desk: Desk, uid: str) -> None:
    """Have the payment page of an attempt made, with the key that was kept; raise `ProviderAway` when none answers."""
    known = _known(uid)
    if known.state is not AttemptState.ASKED or _is_lost(desk, known):
        return
    if not may_repeat(known.key_since, clock.now()):
        _look_through_list(desk, known)
        return
    if not write(worker(), services.note_asked, uid):
        return
    try:
        page = desk.provider.open_page(known.order)
    except AnswerKept:
        _look_through_list(desk, known, is_new_key_wanted=True)
        raise
    except ProviderRefused as error:
        write(worker(), services.note_refused, uid, problem=str(error.values.get("why", "")))
        return
    write(worker(), services.note_page, uid, page)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an attempt, without its row: the read is over before the provider is asked."""

    uid: str
    state: AttemptState
    page_id: str
    is_live: bool
    key_since: datetime
    made_at: datetime
    order: Order


def _known(uid: str) -> _Known:
    view = queries.get_attempt(read_as(worker()), uid)
    row = view.attempt
    found = _Known(row.uid, row.state, row.page_id or "", row.is_live, row.key_since, row.made_at, view.order)
    db.session.rollback()
    return found


def _is_lost(desk: Desk, known: _Known) -> bool:
    """End an undecided attempt of the other mode: with the key of today nobody can ask about it any more."""
    if known.is_live is desk.provider.is_live or known.state not in UNDECIDED:
        return False
    write(worker(), services.note_lost, known.uid, problem="other mode")
    return True


def _look_through_list(desk: Desk, known: _Known, *, is_new_key_wanted: bool = False) -> None:
    """Look whether a page was made although no answer came; if not, a new key is drawn or the attempt is over.

    Nobody was ever led to a page that only the list shows, but it may have been paid by who knows its address.
    """
    uid = known.uid
    page = desk.provider.find_page(uid, since=known.made_at - timedelta(minutes=5))
    if page is not None:
        write(worker(), services.note_page, uid, page)
        follow_page(desk, uid, page)
    elif is_new_key_wanted:
        write(worker(), services.renew_key, uid)
    else:
        write(worker(), services.note_refused, uid, problem="no answer")


def end_attempt(desk: Desk, uid: str) -> Followed | None:
    """End the page of an attempt; when it was paid in the meantime, that is booked."""
    known = _known(uid)
    if known.state is not AttemptState.OPEN or not known.page_id:
        return None
    return _follow_answer(desk, known, desk.provider.end_page)


def look_up(desk: Desk, uid: str) -> Followed | None:
    """Ask what became of an attempt and let the books follow."""
    known = _known(uid)
    if known.state is AttemptState.ASKED:
        ask_for_page(desk, uid)
        return None
    if not known.page_id:
        return None
    return _follow_answer(desk, known, desk.provider.get_page)


def _follow_answer(desk: Desk, known: _Known, ask: Callable[[str], Page]) -> Followed | None:
    """Ask about the page of an attempt and let the books follow; one that Stripe does not know any more is over."""
    if _is_lost(desk, known):
        return None
    try:
        page = ask(known.page_id)
    except ObjectMissing as error:
        write(worker(), services.note_lost, known.uid, problem=str(error.values.get("why", "")))
        return None
    return follow_page(desk, known.uid, page)


def follow_page(desk: Desk, uid: str, page: Page) -> Followed:
    """Let the books follow a page and the payment behind it; no event tells why a person must look, so that is kept."""
    paid = desk.provider.get_paid(page.intent_id) if page.intent_id else None
    followed = _follow(desk, uid, page, paid)
    if followed.look is not None:
        write(
            worker(), services.note_difference, page.intent_id, look=followed.look, object_id=page.intent_id,
            detail="", is_live=desk.provider.is_live,
        )  # fmt: skip
    return followed


def find_uid(paid: Paid) -> str:
    """Return the attempt that a payment belongs to; empty for a payment of others."""
    uid, _page_id = place_of(paid.intent_id, paid.uid)
    return uid


def follow_intent(desk: Desk, intent_id: str, *, page: Page | None = None) -> tuple[str, Followed | None]:
    """Let the books follow a payment; return the attempt it belongs to, or nothing for a payment of others.

    The page is asked for before the payment: a payment that is newer than its page is never taken for one that failed.
    """
    paid = None
    uid, page_id = place_of(intent_id, *((page.uid, page.id) if page else ()))
    if not uid:
        paid = desk.provider.get_paid(intent_id)
        uid, page_id = place_of(intent_id, paid.uid)
    if not uid:
        return "", None
    if page is None and page_id:
        page, paid = desk.provider.get_page(page_id), None
    paid = paid or desk.provider.get_paid(intent_id)
    return uid, _follow(desk, uid, page, paid)


def _follow(desk: Desk, uid: str, page: Page | None, paid: Paid | None) -> Followed:
    """Let the books follow; where they cannot, the fees are booked all the same, and a person looks at the rest."""
    try:
        return write(worker(), services.follow, uid, page=page, paid=paid, today=desk.today)
    except DomainError:
        if paid is not None:
            with suppress(DomainError):
                write(worker(), services.follow_fees, uid, paid=paid, today=desk.today)
        raise


def place_of(intent_id: str, uid: str = "", page_id: str = "") -> tuple[str, str]:
    """Return reference and page of the attempt that the provider speaks of; empty when it is none of ours."""
    session = read_as(worker())
    view = queries.find_attempt(session, uid) if uid else None
    view = view or queries.find_attempt_of(session, page_id=page_id, intent_id=intent_id)
    found = (view.attempt.uid, view.attempt.page_id or "") if view is not None else ("", "")
    db.session.rollback()
    return found
