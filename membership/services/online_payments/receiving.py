"""Events of the provider: kept as they came before anything is done, worked later, tried again, looked at by people.

Source: STR-5; `reliability.md` 36; FI-38, FI-40, FI-41; SEC-69, SEC-70.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.dues.stored import stored_phrase
from membership.domain.errors import AlreadyDone, DomainError
from membership.domain.online_payments.events import (
    ALARM_AFTER,
    COMPARISON,
    EventState,
    Message,
    next_try,
)
from membership.domain.online_payments.pictures import Look
from membership.domain.phrases import sentence_of
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, changed_one, insert_missing
from membership.persistence.models.online_payments import PROVIDER, OnlineEvent, RefusedMessages
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.online_payments import WAITING

_WORK: Final = "payment.record"
_LONGEST_DETAIL: Final = 500
_LEASE: Final = timedelta(minutes=3)
_NOT_YET: Final = {
    "reason": "",
    "detail": "",
    "tries": 0,
    "attempt_id": None,
    "done_at": None,
    "settled_by": "",
    "note": "",
}


def keep_message(session: Session, message: Message, body: bytes) -> None:
    """Keep a signed event as it came; the same event again changes nothing (SEC-70)."""
    at = actor_of(session).at
    sealed = crypto.seal_bytes(
        session, body, table="online_events", column="body_sealed", uid=message.event_id
    )
    row = {
        "provider": PROVIDER, "event_id": message.event_id, "kind": message.kind, "object_id": message.object_id,
        "is_live": message.is_live, "account": message.account, "created_at": message.created_at, "received_at": at,
        "body_sealed": sealed, "state": EventState.NEW, "next_at": at,
    }  # fmt: skip
    insert_missing(session, OnlineEvent, {**_NOT_YET, **row})


def count_refused(session: Session, day: date) -> None:
    """Count a message that nobody signed; nothing else of it is kept (SEC-69)."""
    at = actor_of(session).at
    insert_missing(session, RefusedMessages, {"day": day, "count": 0, "last_at": at})
    session.execute(
        update(RefusedMessages)
        .where(RefusedMessages.day == day)
        .values(count=RefusedMessages.count + 1, last_at=at)
    )


def kept_sentence(error: DomainError) -> str:
    """Return a refusal so that the page can say it in the language of whoever looks; one too long as plain text."""
    kept = json.dumps(stored_phrase(sentence_of(error)))
    return kept if len(kept) <= _LONGEST_DETAIL else str(error)


def claim_event(session: Session, event_id: int) -> bool:
    """Take an event for three minutes and count the try; return False when somebody else is at it or it is done."""
    require(actor_of(session), _WORK)
    at = actor_of(session).at
    return changed_one(
        session,
        update(OnlineEvent)
        .where(OnlineEvent.id == event_id, OnlineEvent.state.in_(WAITING), OnlineEvent.next_at <= at)
        .values(tries=OnlineEvent.tries + 1, next_at=at + _LEASE),
    )


def close_event(
    session: Session,
    event_id: int,
    state: EventState,
    *,
    look: Look | None = None,
    detail: str = "",
    uid: str = "",
) -> None:
    """Say what came of an event: done, of no interest, or a person has to look at it."""
    require(actor_of(session), _WORK)
    attempt = queries.find_attempt(session, uid) if uid else None
    session.execute(
        update(OnlineEvent)
        .where(OnlineEvent.id == event_id, OnlineEvent.state.in_(WAITING))
        .values(
            state=state,
            reason=str(look or ""),
            detail=detail[:_LONGEST_DETAIL],
            attempt_id=attempt.attempt.id if attempt else None,
            done_at=actor_of(session).at,
        )
    )
    if state is EventState.LOOK:
        facts = {"reason": str(look or "")}
        chain.note(session, "online.look", "online_event", event_id, facts=facts)


def put_off_event(session: Session, event_id: int, *, detail: str) -> bool:
    """Let an event be tried again later; return whether a person is to be told now (FI-41)."""
    require(actor_of(session), _WORK)
    event = queries.get_event(session, event_id)
    if event.state not in WAITING:
        return False
    event.state, event.detail = EventState.RETRY, detail[:_LONGEST_DETAIL]
    event.next_at = next_try(event.tries, actor_of(session).at)
    return event.tries == ALARM_AFTER


def note_difference(
    session: Session, key: str, *, look: Look, object_id: str, detail: str, is_live: bool
) -> None:
    """Keep what the daily comparison found and a person must look at, once however often it is found."""
    require(actor_of(session), _WORK)
    at = actor_of(session).at
    row = {
        "provider": PROVIDER, "event_id": f"{COMPARISON}:{look}:{key}"[:255], "kind": COMPARISON,
        "object_id": object_id, "is_live": is_live, "account": "", "created_at": at, "received_at": at,
        "body_sealed": None,
        "state": EventState.LOOK, "next_at": at,
    }  # fmt: skip
    insert_missing(
        session, OnlineEvent, {**_NOT_YET, **row, "reason": str(look), "detail": detail[:_LONGEST_DETAIL]}
    )
    session.execute(
        update(OnlineEvent)
        .where(OnlineEvent.event_id == row["event_id"], OnlineEvent.state == EventState.DONE)
        .values(state=EventState.LOOK, done_at=None)
    )


def settle_covered(session: Session, *, shown: Collection[str], differ: Collection[str]) -> None:
    """Close what the comparison noted and finds no more: the list shows it and the books hold it, or need not.

    `shown`: what the provider's list names; `differ`: what differs now.
    """
    require(actor_of(session), _WORK)
    noted = [each for each in queries.list_noted(session) if each.object_id not in differ]
    posted = {name for name, _kind in queries.posted_objects(session, {each.object_id for each in noted})}
    for event in noted:
        if event.reason == Look.DEADLINE:
            continue
        is_booked = event.object_id in posted and event.reason != Look.MISSING_THERE
        if is_booked or event.object_id in shown:
            event.state, event.done_at = EventState.DONE, actor_of(session).at
            facts = {"reason": event.reason}
            chain.note(session, "online.settle", "online_event", event.id, facts=facts)


def work_again(session: Session, event_id: int) -> None:
    """Have an event worked again, now; raise `AlreadyDone` for one that the comparison noted or that was ignored."""
    require(actor_of(session), "online.write")
    event = queries.get_event(session, event_id)
    if event.kind == COMPARISON:
        raise AlreadyDone
    event.state, event.next_at, event.tries = EventState.NEW, actor_of(session).at, 0
    chain.note(session, "online.again", "online_event", event_id)


def settle_look(session: Session, event_id: int, *, note: str) -> None:
    """Say that a person has looked at an event, and what came of it; raise `AlreadyDone` when nothing waited."""
    require(actor_of(session), "online.write")
    event = queries.get_event(session, event_id)
    waits = event.state is EventState.LOOK or (event.state is EventState.RETRY and event.tries >= ALARM_AFTER)
    if not waits:
        raise AlreadyDone
    event.state, event.settled_by, event.note = EventState.SETTLED, actor_of(session).name, note
    chain.note(session, "online.settle", "online_event", event_id, values={"note": (None, note)})
