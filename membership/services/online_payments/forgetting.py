"""What names people in online payments is let go of: with a person who is erased, and when nobody needs it any more.

An event is worked by the ids beside its body, and what was booked stands in the postings: the body is only evidence.
The mail address of an attempt was for the provider's own mails. Source: INV-35; ACC-23, ACC-24; Art. 17 GDPR.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from membership.domain.online_payments.events import EventState
from membership.domain.policy import require
from membership.persistence import crypto
from membership.persistence.db import actor_of
from membership.persistence.models.online_payments import OnlineAttempt, OnlineEvent

_CLOSED: Final = (EventState.DONE, EventState.IGNORED, EventState.SETTLED)


def forget_person(session: Session, member_id: int, texts: Collection[str]) -> None:
    """Let go of a person's address and name in the attempts of a member, and of the events that hold one of the texts.

    Events of other members' attempts are not looked into.
    """
    require(actor_of(session), "member.write")
    folded = {text.casefold() for text in texts}
    mine = OnlineAttempt.member_id == member_id
    attempts = session.execute(
        select(OnlineAttempt.id, OnlineAttempt.email, OnlineAttempt.actor_name).where(mine)
    ).all()
    for attempt_id, email, name in attempts:
        kept = {"email": email, "actor_name": name}
        changed = {field: "" for field, text in kept.items() if text.casefold() in folded}
        if changed:
            session.execute(update(OnlineAttempt).where(OnlineAttempt.id == attempt_id).values(**changed))
    of_mine = OnlineEvent.attempt_id.in_([row.id for row in attempts])
    events = session.execute(
        select(OnlineEvent.id, OnlineEvent.event_id, OnlineEvent.body_sealed).where(
            OnlineEvent.body_sealed.is_not(None), or_(OnlineEvent.attempt_id.is_(None), of_mine)
        )
    ).all()
    about = [row.id for row in events if _names(_body_of(session, row.event_id, row.body_sealed), folded)]
    _let_go(session, about)


def _body_of(session: Session, event_id: str, sealed: bytes) -> bytes:
    return crypto.unseal_bytes(session, sealed, table="online_events", column="body_sealed", uid=event_id)


def _names(body: bytes, folded: Collection[str]) -> bool:
    """Return whether a value of a body has one of the texts as whole words, however it writes its letters."""
    wanted = [re.compile(rf"(?<!\w){re.escape(text)}(?!\w)") for text in folded if text]
    values = "\n".join(_values(json.loads(body))).casefold()
    return any(each.search(values) for each in wanted)


def _values(found: object) -> Iterator[str]:
    """Yield every text of a document but the names of its fields."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from _values(each)


def _let_go(session: Session, event_ids: Collection[int]) -> None:
    session.execute(update(OnlineEvent).where(OnlineEvent.id.in_(event_ids)).values(body_sealed=None))


def forget_old(session: Session, *, before: datetime) -> dict[str, int]:
    """Let go of the bodies of events and the addresses of attempts that were decided before a moment; return how many.

    What waits for a person keeps its body.
    """
    require(actor_of(session), "settings.operate")
    events = session.execute(
        select(OnlineEvent.id).where(
            OnlineEvent.body_sealed.is_not(None), OnlineEvent.state.in_(_CLOSED), OnlineEvent.done_at < before
        )
    ).scalars()
    event_ids = list(events)
    _let_go(session, event_ids)
    attempts = session.execute(
        update(OnlineAttempt)
        .where(
            OnlineAttempt.decided_at < before, or_(OnlineAttempt.email != "", OnlineAttempt.page_url != "")
        )
        .values(email="", page_url="")
        .returning(OnlineAttempt.id)
    ).all()
    return {"events": len(event_ids), "attempts": len(attempts)}
