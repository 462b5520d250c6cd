"""Asking the payment provider, always between two units of work: pages, events, what was missed, the daily comparison.

What is asked is kept before, what was answered after; so a process may end anywhere and the next look goes on.
Source: `reliability.md` 5.8; STR-5, STR-6; FI-36 to FI-42.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Final, NamedTuple, TypeVar

from flask import Flask

from membership import clock
from membership.domain.errors import DomainError
from membership.domain.online_payments.attempts import AttemptState, PaymentUnderWay, Way
from membership.domain.online_payments.events import (
    EventState,
    ObjectMissing,
    ProviderAway,
    Subject,
    subject_of,
)
from membership.domain.online_payments.pictures import Look
from membership.domain.policy import Actor
from membership.jobs.online_attempts import (
    Desk,
    ask_for_page,
    end_attempt,
    follow_intent,
    look_up,
    place_of,
    worker,
)
from membership.persistence.db import db, read_as, write
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.settings import get_settings
from membership.services import online_payments as services
from membership.services.online_payments import AttemptInTheWay
from membership.services.ports import PaymentProvider
from membership.settings import Settings

PATIENCE_SECONDS: Final = 2.0
"""How long a page waits for the provider; the question goes on, and the page asks again (FI-37: 3 s at most)."""
_ASK_AGAIN: Final = timedelta(seconds=45)
_SOME: Final = 200
_LOOK_SECONDS: Final = 3.0
T = TypeVar("T")
_logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stripe")
_asking = threading.Lock()
_under_way: dict[str, Future[bool]] = {}
_looked: dict[str, tuple[float, bool]] = {}


def desk_of(app: Flask) -> Desk | None:
    """Return the way to the provider; None while no key is set."""
    provider: PaymentProvider | None = app.extensions["membership_payment_provider"]()
    return Desk(provider, app.extensions["membership"]) if provider is not None else None


def begin(
    app: Flask, actor: Actor, member_id: int, references: Sequence[str], way: Way, *, language: str
) -> str:
    """Begin an attempt and return its reference; the page it leads to says how it goes on.

    Pages that are open for the documents in another way are ended first, all together. Raises what `start_attempt`
    raises, and `PaymentUnderWay` when the provider did not end them in time.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        uid = _started(app, actor, member_id, references, way, language=language)
    except AttemptInTheWay as error:
        _together(app, error.uids, end_attempt, until=until)
        session = read_as(actor)
        states = queries.states_of(session, error.uids)
        db.session.rollback()
        if AttemptState.OPEN in states.values():
            raise PaymentUnderWay(document=error.values["document"]) from error
        uid = _started(app, actor, member_id, references, way, language=language)
    _together(app, [uid], ask_for_page, until=until)
    return uid


def _started(
    app: Flask, actor: Actor, member_id: int, references: Sequence[str], way: Way, *, language: str
) -> str:
    desk = desk_of(app)
    offer = services.offer_of(get_settings(read_as(actor)), is_on=desk is not None)
    settings: Settings = app.extensions["membership"]
    return write(
        actor, services.start_attempt, member_id, list(references), way, offer=offer,
        is_live=desk is not None and desk.provider.is_live, base_url=settings.base_url, language=language,
        today=clock.today(settings.time_zone),
    )  # fmt: skip


def look_at(app: Flask, uid: str) -> bool:
    """Ask the provider what became of an attempt, for as long as a page may wait; return whether an answer came.

    An attempt is asked about once in three seconds, however often its page is opened; else the last answer counts.
    """
    now = time.monotonic()
    known = _looked.get(uid)
    if known is not None and now - known[0] < _LOOK_SECONDS:
        return known[1]
    answered = desk_of(app) is not None and _within_patience(app, uid, look_up)
    if len(_looked) > _SOME:
        _looked.clear()
    _looked[uid] = (now, answered)
    return answered


def _within_patience(app: Flask, uid: str, step: Callable[[Desk, str], object]) -> bool:
    """Run a step beside the page, for as long as a page may wait; return whether the provider answered in time."""
    return _together(app, [uid], step, until=time.monotonic() + PATIENCE_SECONDS)


def _together(app: Flask, uids: Sequence[str], step: Callable[[Desk, str], object], *, until: float) -> bool:
    """Run a step for attempts beside the page; what takes longer than the page may goes on by itself.

    One question an attempt at a time: a page that is opened again and again asks no second one. Returns whether the
    provider answered all in time.
    """
    running = [_begun(app, uid, step) for uid in uids]
    db.session.rollback()
    done, late = wait(running, timeout=max(0.0, until - time.monotonic()))
    return not late and all(each.result() for each in done)


def _begun(app: Flask, uid: str, step: Callable[[Desk, str], object]) -> Future[bool]:
    with _asking:
        running = _under_way.get(uid)
        if running is None or running.done():
            running = _threads.submit(_in_app, app, uid, step)
            _under_way[uid] = running
            for key in [key for key, each in _under_way.items() if each.done() and key != uid]:
                del _under_way[key]
    return running


def _in_app(app: Flask, uid: str, step: Callable[[Desk, str], object]) -> bool:
    with app.app_context():
        desk = desk_of(app)
        try:
            return desk is not None and _tended(desk, uid, step)
        finally:
            db.session.remove()


def work_events(desk: Desk) -> int:
    """Work all events that wait, each by itself; return how many were closed."""
    closed = 0
    for event_id in queries.due_events(read_as(worker()), now=clock.now(), limit=_SOME):
        closed += work_event(desk, event_id)
    return closed


def work_event(desk: Desk, event_id: int) -> bool:
    """Work one event: fetch what it speaks of, book what is missing; return whether it is closed.

    What fails is tried again later; after five tries a person is told (FI-41).
    """
    if not write(worker(), services.claim_event, event_id):
        return False
    told = _told(event_id)
    try:
        state, look, detail, uid = _worked(desk, told)
    except ProviderAway as error:
        _put_off(event_id, services.kept_sentence(error))
        return False
    except DomainError as error:
        state, look, detail, uid = EventState.LOOK, Look.REFUSED, services.kept_sentence(error), ""
    except Exception as error:
        _logger.exception("the event %s", event_id)
        _put_off(event_id, f"{type(error).__name__}: {error}")
        return False
    write(worker(), services.close_event, event_id, state, look=look, detail=detail, uid=uid)
    return True


def _put_off(event_id: int, detail: str) -> None:
    if write(worker(), services.put_off_event, event_id, detail=detail):
        _logger.critical("the event %s of the payment provider could not be worked five times", event_id)


Worked = tuple[EventState, Look | None, str, str]


class _Told(NamedTuple):
    """What an event says, without its row."""

    kind: str
    object_id: str
    is_live: bool
    account: str


def _told(event_id: int) -> _Told:
    event = queries.get_event(read_as(worker()), event_id)
    found = _Told(event.kind, event.object_id, event.is_live, event.account)
    db.session.rollback()
    return found


def _worked(desk: Desk, event: _Told) -> Worked:
    subject = subject_of(event.kind)
    if event.account:
        return EventState.LOOK, Look.ACCOUNT, event.account, ""
    if event.is_live is not desk.provider.is_live:
        return EventState.LOOK, Look.MODE, "", ""
    if subject is None or not event.object_id:
        return EventState.IGNORED, None, "", ""
    try:
        if subject is Subject.PAYOUT:
            return work_payout(desk, event.object_id)
        return _worked_payment(desk, subject, event.object_id)
    except ObjectMissing:
        return EventState.LOOK, Look.UNKNOWN, event.object_id, ""


def _worked_payment(desk: Desk, subject: Subject, object_id: str) -> Worked:
    page = desk.provider.get_page(object_id) if subject is Subject.PAGE else None
    intent_id = page.intent_id if page else desk.provider.find_intent(subject, object_id)
    if intent_id:
        uid, followed = follow_intent(desk, intent_id, page=page)
    elif page is not None and (uid := place_of("", page.uid, page.id)[0]):
        followed = write(worker(), services.follow, uid, page=page, paid=None, today=desk.today)
    else:
        uid, followed = "", None
    if followed is None:
        return EventState.LOOK, Look.UNKNOWN, intent_id or object_id, ""
    if followed.look is not None:
        return EventState.LOOK, followed.look, intent_id, uid
    return EventState.DONE, None, "", uid


def work_payout(desk: Desk, payout_id: str) -> Worked:
    """Keep a payout as it is now; return what came of it."""
    payout = desk.provider.get_payout(payout_id)
    if payout.currency != "eur":
        return EventState.LOOK, Look.CURRENCY, payout_id, ""
    write(worker(), services.keep_payout, payout)
    if payout.status in {"failed", "canceled"} or not payout.adds_up:
        return EventState.LOOK, Look.PAYOUT, payout_id, ""
    return EventState.DONE, None, "", ""


def tend(app: Flask) -> int:
    """Do what waits at the provider: answers that did not come, pages to be ended, events; return how much was done."""
    desk = desk_of(app)
    if desk is None:
        return 0
    actor, now = worker(), clock.now()
    session = read_as(actor)
    steps = [(uid, ask_for_page) for uid in queries.to_ask_again(session, before=now - _ASK_AGAIN)]
    ends = [(uid, end_attempt) for uid in queries.superfluous(session)]
    late = [(uid, look_up) for uid in queries.past_their_page(session, now=now)]
    db.session.rollback()
    done = 0
    for uid, step in [*steps, *ends, *late]:
        done += _tended(desk, uid, step)
    return done + work_events(desk)


def _tended(desk: Desk, uid: str, step: Callable[[Desk, str], object]) -> bool:
    try:
        step(desk, uid)
    except ProviderAway:
        return False
    except Exception:
        _logger.exception("the online payment %s", uid)
        return False
    return True


__all__ = [
    "Desk",
    "begin",
    "desk_of",
    "follow_intent",
    "look_at",
    "look_up",
    "tend",
    "work_event",
    "work_payout",
    "worker",
]
