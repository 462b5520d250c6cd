"""Mails to people about the program itself: security notices, and the proof of the books that lies outside.

They wait in the same outbox as invoices and go the same way. Without a mail server none is put there: nobody wants to
hear in spring what happened in autumn. Source: `reliability.md` 5.6 (27), SEC-16, SEC-17, SEC-35, SEC-75.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.dispatch import Channel, DispatchState
from membership.domain.dues.stored import phrase_of, stored_phrase
from membership.domain.mail import Attachment
from membership.domain.notices import BY_STRANGERS, NOTICE_WORDS, Kind
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import Role, require
from membership.domain.settings import split_addresses
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import User, UserRole
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services.anchors import Anchor
from membership.services.salutations import salutation
from membership.wording import Wording

NOTICE: Final = "security_notice"
ANCHOR: Final = "anchor"
APPROVAL: Final = "approval"
MEMBER_NEWS: Final = "member_news"
TO_STAFF: Final = frozenset({NOTICE, ANCHOR, APPROVAL, MEMBER_NEWS})
"""The kinds of mails that are about the program itself."""


def put_notices(session: Session, user_ids: Iterable[int], kind: Kind, facts: Mapping[str, object]) -> None:
    """Put a mail about an event to each of these people, in their language."""
    if not get_settings(session).can_send_mail:
        return
    at = actor_of(session).at
    moment = at.date().isoformat() if kind in BY_STRANGERS else at.isoformat()
    told = {"kind": kind, "facts": dict(facts), "at": at.isoformat()}
    people = select(User.id, User.email, User.name, User.language).where(User.id.in_(list(user_ids)))
    for user in session.execute(people.order_by(User.id)):
        put_mail(
            session, NOTICE, f"{NOTICE}:{kind}:{user.id}:{moment}", facts=told, recipient=user.email,
            name="" if user.name == user.email else user.name, language=user.language,
        )  # fmt: skip


def put_approval(session: Session, user_ids: Iterable[int], text: Phrase, *, key: str) -> None:
    """Put a mail about something that waits for a second person, or was decided, to each of these people."""
    if not get_settings(session).can_send_mail:
        return
    facts = {"text": stored_phrase(text), "at": actor_of(session).at.isoformat()}
    people = select(User.id, User.email, User.name, User.language).where(
        User.id.in_(list(user_ids)), User.is_active.is_(True)
    )
    for user in session.execute(people.order_by(User.id)):
        put_mail(
            session, APPROVAL, f"{APPROVAL}:{key}:{user.id}", facts=facts, recipient=user.email,
            name="" if user.name == user.email else user.name, language=user.language,
        )  # fmt: skip


def put_member_news(session: Session, text: Phrase, *, key: str) -> None:
    """Put a mail about what a company did in the member area to who looks after the members.

    The rows of staff are read past the limits of the company's own session; nothing of them is shown to it.
    """
    if not get_settings(session).can_send_mail:
        return
    facts = {"text": stored_phrase(text), "at": actor_of(session).at.isoformat()}
    user, role = User.__table__.c, UserRole.__table__.c
    people = (
        select(user.id, user.email, user.name, user.language)
        .join(UserRole.__table__, role.user_id == user.id)
        .where(
            role.role.in_((Role.TREASURER, Role.OFFICE)),
            role.ends_on.is_(None) | (role.ends_on >= actor_of(session).at.date()),
            user.is_active.is_(True),
        )
        .distinct()
        .order_by(user.id)
    )
    for found in session.execute(people):
        put_mail(
            session, MEMBER_NEWS, f"{MEMBER_NEWS}:{key}:{found.id}", facts=facts, recipient=found.email,
            name="" if found.name == found.email else found.name, language=found.language,
        )  # fmt: skip


def put_anchor(session: Session, anchor: Anchor, *, day: date) -> int:
    """Put the anchor of a day to everybody who is to keep it, once a day; return how many that are."""
    require(actor_of(session), "settings.operate")
    settings = get_settings(session)
    addresses = split_addresses(settings.text("mail.anchor_to"))
    if not addresses or not settings.can_send_mail:
        return 0
    for address in addresses:
        put_mail(
            session, ANCHOR, f"{ANCHOR}:{day.isoformat()}:{address.casefold()}", facts=json.loads(anchor.text()),
            recipient=address, name="", language=settings.text("association.language"),
        )  # fmt: skip
    chain.note(session, "anchor.mailed", "task", day.isoformat(), facts={"mails": len(addresses)})
    return len(addresses)


def put_mail(
    session: Session, kind: str, key: str, *, facts: object, recipient: str, name: str, language: str
) -> None:
    """Put a mail that is about no invoice and no member into the outbox, once for each key."""
    actor = actor_of(session)
    insert_missing(
        session,
        Dispatch,
        {
            "key": key, "kind": kind, "channel": Channel.MAIL, "document": kind, "facts": facts, "round": 1,
            "recipient": recipient, "recipient_name": name, "salutation": "", "language": language,
            "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "", "message_id": "", "subject": "",
            "body": "", "created_at": actor.at, "created_by": actor.name, "settled_by": "",
        },
    )  # fmt: skip


def values_of(sending: Dispatch, settings: AssociationSettings, *, zone: str) -> dict[str, str]:
    """Return what stands in place of the placeholders of such a mail; moments in the association's zone."""
    language = cast("Language", sending.language)
    words = Wording(language)
    facts: Mapping[str, Any] = sending.facts
    moment = _moment(datetime.fromisoformat(facts["at"]), language, zone)
    reachable = (settings.text("association.phone"), settings.text("association.email"))
    values = {
        "anrede": salutation(sending.recipient_name, "", words).rstrip(","),
        "verein": settings.full_name,
        "kontakt": ", ".join(filter(None, reachable)) or settings.full_name,
    }
    if sending.kind == NOTICE:
        return {
            **values,
            "ereignis": words.text(NOTICE_WORDS[facts["kind"]], moment=moment, **facts["facts"]),
        }
    if sending.kind in {APPROVAL, MEMBER_NEWS}:
        return {**values, "ereignis": words.value(phrase_of(facts["text"]))}
    numbers = ", ".join(f"{series}: {last}" for series, last in sorted(facts["numbers"].items()))
    return {
        **values,
        "stand": moment,
        "glied": formats.number(facts["seq"], language),
        "pruefsumme": facts["hash"],
        "nummern": numbers or "–",
    }


def example_of(kind: str, language: str, *, at: datetime) -> Dispatch:
    """Return an invented mail of a kind, for the page of its text; it is kept nowhere."""
    facts: dict[str, object] = {"kind": Kind.PASSWORD_CHANGED, "facts": {}, "at": at.isoformat()}
    if kind == APPROVAL:
        example = phrase("Release the billing run %(year)s", year=str(at.year))
        facts["text"] = stored_phrase(
            phrase("%(name)s asks for your approval: %(what)s.", name="Eva Holm", what=example)
        )
    if kind == MEMBER_NEWS:
        facts["text"] = stored_phrase(
            phrase("%(name)s changed %(what)s of %(company)s (%(number)s).", name="Maren Brandt",
                   what=phrase("the invoice address"), company="Hansa Blechformteile GmbH", number="M0001")
        )  # fmt: skip
    if kind == ANCHOR:
        facts |= {"seq": 4812, "hash": sha256(b"").hexdigest(), "numbers": {f"RE {at.year}": 142}}
    return Dispatch(kind=kind, recipient_name="", language=language, facts=facts)


def attachments_of(sending: Dispatch) -> tuple[Attachment, ...]:
    """Return the file of an anchor, as `membership verify --anchor` reads it; a notice has none."""
    if sending.kind != ANCHOR:
        return ()
    line = json.dumps(sending.facts, sort_keys=True, ensure_ascii=False)
    day = str(sending.facts["at"])[:10]
    return (Attachment(f"anchor-{day}.json", "application/json", f"{line}\n".encode()),)


def _moment(at: datetime, language: Language, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{formats.short_date(local.date(), language)} {local:%H:%M}"
