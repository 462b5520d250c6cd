"""An attempt is begun: row and idempotency key are kept before the provider is asked, its answer after.

Source: STR-1, STR-2, STR-6; `reliability.md` 34, 35; SEC-71, SEC-72.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.errors import Conflict, NotFound
from membership.domain.online_payments.attempts import (
    CURRENCY,
    OFF,
    PAGE_MINUTES,
    UNDECIDED,
    AttemptState,
    Offer,
    Owed,
    PaymentUnderWay,
    Way,
    check_order,
)
from membership.domain.online_payments.pictures import Page
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.models.online_payments import OnlineAttempt, OnlineItem
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.direct_debits.expected import list_expected
from membership.persistence.queries.settings import AssociationSettings

_FOLLOW: Final = "payment.record"


class AttemptInTheWay(Conflict):
    """Other payment pages for the documents are open; all of them are ended before a new one is made."""

    message = PaymentUnderWay.message
    code = PaymentUnderWay.code

    def __init__(self, *, uids: tuple[str, ...], document: str) -> None:
        super().__init__(document=document)
        self.uids = uids


def offer_of(settings: AssociationSettings, *, is_on: bool) -> Offer:
    """Return which ways of paying online the settings offer; none while no key is set (STR-12)."""
    if not is_on:
        return OFF
    chosen = ((Way.CARD, "online.card"), (Way.SEPA_DEBIT, "online.sepa_debit"))
    ways = tuple(way for way, key in chosen if settings.flag(key))
    return Offer(ways, settings.number("online.sepa_limit_cents"))


def start_attempt(
    session: Session,
    member_id: int,
    references: Sequence[str],
    way: Way,
    *,
    offer: Offer,
    is_live: bool,
    base_url: str,
    language: str,
    today: date,
) -> str:
    """Keep an attempt with its key and return its reference; the amount is what is open, whatever was sent.

    The same documents by the same way again give the attempt that is open for them: two clicks and two tabs pay once.
    Raises `NotFound` for a document of another member, `NothingToPay`, `OverLimit`, `OnlineOff`, `PaymentUnderWay`
    for a debit under way, and `AttemptInTheWay` for other pages that must be ended first.
    """
    require(actor_of(session), "portal.pay", member_id=member_id)
    if not locked(session, Member, member_id):
        raise NotFound(what="member", key=member_id)
    owed = queries.owed_of(session, member_id, references)
    cents = check_order(owed, way, offer)
    expected = list_expected(session, member_id, today=today)
    collected = next((each.reference for each in owed if each.reference in expected), None)
    if collected is not None:
        raise PaymentUnderWay(document=collected)
    known = _known(session, owed, way)
    if known is not None:
        return known
    return _keep(
        session, member_id, owed, way, cents=cents, is_live=is_live, base_url=base_url, language=language
    )


def _known(session: Session, owed: Sequence[Owed], way: Way) -> str | None:
    """Return the open attempt for the very same; raise when others are in the way."""
    wanted = {(each.open_item_id, each.cents) for each in owed}
    in_the_way = queries.attempts_in_the_way(session, [each.open_item_id for each in owed])
    for view in in_the_way:
        row = view.attempt
        same = row.way is way and {(item.open_item_id, item.cents) for item in view.items} == wanted
        is_fresh = row.expires_at > actor_of(session).at + timedelta(minutes=1)
        if same and is_fresh and row.state in {AttemptState.ASKED, AttemptState.OPEN}:
            return row.uid
        if row.state is not AttemptState.OPEN:
            raise PaymentUnderWay(document=view.documents[0])
    if in_the_way:
        uids = tuple(view.attempt.uid for view in in_the_way)
        raise AttemptInTheWay(uids=uids, document=in_the_way[0].documents[0])
    return None


def _keep(
    session: Session,
    member_id: int,
    owed: Sequence[Owed],
    way: Way,
    *,
    cents: int,
    is_live: bool,
    base_url: str,
    language: str,
) -> str:
    actor, uid = actor_of(session), secrets.token_hex(16)
    member = session.get_one(Member, member_id)
    numbers = [each.reference for each in owed]
    attempt = OnlineAttempt(
        uid=uid, member_id=member_id, cents=cents, currency=CURRENCY, way=way, title=", ".join(numbers),
        email=member.invoice_email or "", language=language, back=f"{base_url}/payment/{uid}", is_live=is_live,
        state=AttemptState.ASKED, key=secrets.token_hex(16), key_since=actor.at, asked_at=actor.at,
        expires_at=actor.at + timedelta(minutes=PAGE_MINUTES), page_id=None, page_url="", intent_id="", problem="",
        actor_key=actor.key, actor_name=actor.name, made_at=actor.at, decided_at=None,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    session.add_all(
        OnlineItem(
            attempt_id=attempt.id, open_item_id=each.open_item_id, member_id=member_id, document=each.reference,
            cents=each.cents, is_held=True,
        )
        for each in owed
    )  # fmt: skip
    facts = {"cents": cents, "way": str(way), "documents": numbers}
    chain.note(session, "online.start", "online_payment", uid, member_id=member_id, facts=facts)
    return uid


def note_asked(session: Session, uid: str) -> bool:
    """Note that the provider is asked (again) now, and return whether that is still to be done."""
    require(actor_of(session), _FOLLOW)
    attempt = _locked(session, uid)
    if attempt.state is not AttemptState.ASKED:
        return False
    attempt.asked_at = actor_of(session).at
    return True


def renew_key(session: Session, uid: str) -> None:
    """Draw a new key: the provider repeats a failure for the old one, and its list shows no page for it (STR-6).

    The page then ends an hour from now, because the old end may have passed.
    """
    require(actor_of(session), _FOLLOW)
    attempt, at = _locked(session, uid), actor_of(session).at
    attempt.key, attempt.key_since, attempt.asked_at = secrets.token_hex(16), at, at
    attempt.expires_at = at + timedelta(minutes=PAGE_MINUTES)


def note_page(session: Session, uid: str, page: Page) -> None:
    """Keep the payment page that the provider made; an attempt that is decided already stays as it is."""
    require(actor_of(session), _FOLLOW)
    attempt = _locked(session, uid)
    if attempt.page_id is None:
        attempt.page_id, attempt.page_url, attempt.intent_id = page.id, page.url, page.intent_id
    if attempt.state is AttemptState.ASKED:
        attempt.state = AttemptState.OPEN


def note_refused(session: Session, uid: str, *, problem: str) -> None:
    """Note that the provider made no page and never will: nothing can be paid by this attempt."""
    require(actor_of(session), _FOLLOW)
    attempt = _locked(session, uid)
    if attempt.state is not AttemptState.ASKED:
        return
    attempt.problem = problem[:200]
    set_state(session, attempt, AttemptState.REFUSED)


def note_lost(session: Session, uid: str, *, problem: str) -> None:
    """Note that the provider cannot be asked about an undecided attempt any more: its documents are free again.

    Should money come all the same, its event is booked: what is booked says whether an attempt is paid.
    """
    require(actor_of(session), _FOLLOW)
    attempt = _locked(session, uid)
    if attempt.state not in UNDECIDED:
        return
    attempt.problem = problem[:200]
    set_state(session, attempt, AttemptState.ENDED)


def _locked(session: Session, uid: str) -> OnlineAttempt:
    return queries.lock_attempt(session, queries.get_attempt(session, uid).attempt.id)


def set_state(session: Session, attempt: OnlineAttempt, state: AttemptState) -> None:
    """Put an attempt into a state; its documents are free for another attempt as soon as it is decided."""
    if attempt.state is state:
        return
    attempt.state = state
    is_held = state in UNDECIDED
    attempt.decided_at = None if is_held else actor_of(session).at
    session.flush()
    session.execute(update(OnlineItem).where(OnlineItem.attempt_id == attempt.id).values(is_held=is_held))
    facts = {"state": str(state)}
    chain.note(
        session, "online.state", "online_payment", attempt.uid, member_id=attempt.member_id, facts=facts
    )
