"""Mails are handed in one at a time: claimed in a commit of their own before a word goes to the server (INV-17).

One worker at a time has the lane to the mail server, for a lease. What a worker that is gone left behind is `UNKNOWN`:
a person decides. Source: `reliability.md` 5.7 (30, 32), FI-06, FI-30, FI-33.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from membership.domain import mail_reasons as reasons
from membership.domain.dispatch import (
    LEASE,
    DispatchState,
    Outcome,
    is_given_up,
    message_id,
    next_pause,
)
from membership.domain.errors import N_, Conflict
from membership.domain.mail import Attachment, Delivery
from membership.domain.mail_texts import MailWords
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.dispatch import Dispatch, DispatchAttempt, MailLane
from membership.persistence.queries import dispatch as queries
from membership.persistence.queries.invoicing import find_stored
from membership.persistence.queries.settings import get_settings
from membership.services import account_mails, invoice_links, payment_mails, staff_mail
from membership.services.applications import links as application_links
from membership.services.applications import mails as application_mails
from membership.services.companies import mails as company_mails
from membership.services.companies import papers as company_papers
from membership.services.companies import people as company_people
from membership.services.declarations import links as declaration_links
from membership.services.declarations import mails as declaration_mails
from membership.services.declarations import papers as declaration_papers
from membership.services.dispatch.words import words_of

_LANE_LEASE: Final = LEASE + timedelta(minutes=1)


class LaneLost(Conflict):
    """Another worker has the lane by now; what this one does counts no more."""

    message = N_("Another worker sends the mails.")
    code = "lane_lost"


class NotComposed(Exception):
    """A mail could not be written; the transaction is taken back and the row is to be marked."""

    def __init__(self, dispatch_id: int) -> None:
        self.dispatch_id = dispatch_id
        super().__init__(dispatch_id)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that was claimed and may be handed in now."""

    dispatch_id: int
    fence: str
    recipient: str
    recipient_name: str
    message_id: str
    language: str
    words: MailWords
    attachments: tuple[Attachment, ...]
    has_link: bool
    page: str = "invoice"
    """Where its link leads: the first part of the address."""


def strand_lost(session: Session) -> int:
    """Mark what a worker began and never ended as `UNKNOWN`; return how many (FI-06)."""
    require(actor_of(session), "invoice.send")
    lost = queries.list_stranded(session, actor_of(session).at)
    for each in lost:
        _end(session, each, DispatchState.UNKNOWN, Delivery(Outcome.UNKNOWN, reasons.WORKER_GONE))
    return len(lost)


def take_lane(session: Session) -> str | None:
    """Take the lane to the mail server and return its fence; None while it is halted, rests or is another worker's."""
    require(actor_of(session), "invoice.send")
    at, fence = actor_of(session).at, secrets.token_hex(8)
    taken = changed_one(
        session,
        update(MailLane)
        .where(
            MailLane.id == 1,
            MailLane.halted_at.is_(None),
            or_(MailLane.not_before.is_(None), MailLane.not_before <= at),
            or_(MailLane.lease_until.is_(None), MailLane.lease_until < at),
        )
        .values(fence=fence, lease_until=at + _LANE_LEASE),
    )
    return fence if taken else None


def leave_lane(session: Session, fence: str) -> None:
    """Give the lane back, if it is still ours."""
    require(actor_of(session), "invoice.send")
    session.execute(update(MailLane).where(MailLane.fence == fence).values(fence=None, lease_until=None))


def rest_lane(session: Session, fence: str, *, reason: str, answer: str) -> datetime | None:
    """Let the lane rest, longer each time, because no mail can be handed in; return until when (FI-33)."""
    require(actor_of(session), "invoice.send")
    lane = queries.get_lane(session, lock=True)
    if lane.fence != fence:
        return None
    lane.failures += 1
    lane.not_before = actor_of(session).at + next_pause(lane.failures)
    lane.reason, lane.answer = reason, answer
    return lane.not_before


def begin_next(session: Session, fence: str, *, secret: str, zone: str) -> Outgoing | None:
    """Claim the next mail that is due and write it; None when none is.

    Its commit stands before the first word to the server. Raises `LaneLost`, and `NotComposed` when the mail cannot be
    written. `secret` is that of the link in it, of which only the hash is kept; empty when there is none. `zone` is
    the association's time zone, for moments in the words.
    """
    require(actor_of(session), "invoice.send")
    at = actor_of(session).at
    is_ours = changed_one(
        session,
        update(MailLane)
        .where(MailLane.fence == fence, MailLane.lease_until >= at, MailLane.halted_at.is_(None))
        .values(lease_until=at + _LANE_LEASE),
    )
    if not is_ours:
        raise LaneLost
    next_id = session.execute(
        queries.due_mails().where(queries.is_due(at)).limit(1).with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if next_id is None:
        return None
    dispatch = queries.get_dispatch(session, next_id)
    try:
        return _begin(session, dispatch, fence, secret, zone)
    except Exception as error:
        raise NotComposed(next_id) from error


def _begin(session: Session, dispatch: Dispatch, fence: str, secret: str, zone: str) -> Outgoing:
    at = actor_of(session).at
    words = words_of(session, dispatch, zone=zone)
    attachments = _attachments(session, dispatch, zone)
    has_link = bool(secret) and any(part.is_button for part in words.parts)
    dispatch.state, dispatch.fence, dispatch.lease_until = DispatchState.SENDING, fence, at + LEASE
    dispatch.attempts += 1
    dispatch.first_tried_at = dispatch.first_tried_at or at
    dispatch.message_id = dispatch.message_id or message_id(
        dispatch.key, get_settings(session).text("mail.sender")
    )
    dispatch.subject, dispatch.body = words.subject, words.body
    dispatch.reason = dispatch.answer = ""
    if has_link:
        _add_link(session, dispatch, secret, zone)
    return Outgoing(
        dispatch.id, fence, dispatch.recipient, dispatch.recipient_name, dispatch.message_id, dispatch.language,
        words, attachments, has_link, _page_of(dispatch),
    )  # fmt: skip


_PAGES: Final = {
    company_mails.INVITATION: "join",
    account_mails.SIGN_IN_LINK: "link",
    account_mails.PASSWORD_RESET: "reset",
}
"""Kind of mail -> the first part of the address that its link leads to; the others lead to an invoice."""


def _page_of(dispatch: Dispatch) -> str:
    """Return the first part of the address that the link of a mail leads to."""
    if dispatch.kind in declaration_mails.KINDS:
        return "declaration"
    if dispatch.kind in application_mails.KINDS:
        return "application"
    return _PAGES.get(dispatch.kind, "invoice")


def _add_link(session: Session, dispatch: Dispatch, secret: str, zone: str) -> None:
    """Keep the link of a mail: it opens an invoice, a request for a declaration, an application, an account."""
    if dispatch.kind in account_mails.KINDS:
        account_mails.add_link(session, secret, dispatch)
        return
    if dispatch.kind == company_mails.INVITATION:
        company_people.add_link(session, secret, invitation_id=int(dispatch.facts["invitation"]))
        return
    if dispatch.kind in application_mails.KINDS:
        application = application_mails.application_of(session, dispatch)
        application_links.add_link(session, secret, application=application, dispatch_id=dispatch.id)
        return
    if dispatch.kind in declaration_mails.KINDS:
        request_id = int(dispatch.facts["request"])
        declaration_links.add_link(session, secret, request_id=request_id, dispatch_id=dispatch.id, zone=zone)
        return
    assert dispatch.invoice_id is not None, dispatch.id
    invoice_links.add_link(session, secret, invoice_id=dispatch.invoice_id, dispatch_id=dispatch.id)


def _attachments(session: Session, dispatch: Dispatch, zone: str) -> tuple[Attachment, ...]:
    """Return the stored bytes of the document, checked against their hash; never rendered anew (INV-06, INV-20)."""
    if dispatch.kind in declaration_mails.KINDS:
        return declaration_papers.attachments_of(session, dispatch, zone=zone)
    if dispatch.kind in application_mails.KINDS:
        return ()
    if dispatch.kind in payment_mails.KINDS:
        today = actor_of(session).at.astimezone(ZoneInfo(zone)).date()
        return payment_mails.attachments_of(session, dispatch, today=today)
    if dispatch.kind in company_mails.KINDS:
        return company_papers.attachments_of(session, dispatch)
    if dispatch.invoice_id is None:
        return staff_mail.attachments_of(dispatch)
    stored = find_stored(session, dispatch.invoice_id)
    assert stored is not None, dispatch.id
    assert sha256(stored.content).hexdigest() == stored.sha256, dispatch.document
    return (Attachment(f"{dispatch.document}.pdf", stored.media_type, stored.content),)


def settle(session: Session, outgoing: Outgoing, delivery: Delivery) -> bool:
    """Keep what became of a mail; return whether it was still ours to say (the fence, FI-30)."""
    require(actor_of(session), "invoice.send")
    found = session.execute(
        select(Dispatch)
        .where(
            Dispatch.id == outgoing.dispatch_id,
            Dispatch.fence == outgoing.fence,
            Dispatch.state == DispatchState.SENDING,
        )
        .with_for_update()
    ).scalar_one_or_none()
    if found is None:
        return False
    _end(session, found, _next_state(session, found, delivery), delivery)
    if not delivery.is_server_down and delivery.outcome is not Outcome.UNKNOWN:
        session.execute(
            update(MailLane).where(MailLane.fence == outgoing.fence).values(failures=0, reason="", answer="")
        )
    return True


def fail_unwritten(session: Session, dispatch_id: int) -> None:
    """Mark a mail that could not be written; it holds up no other."""
    require(actor_of(session), "invoice.send")
    found = queries.get_dispatch(session, dispatch_id, lock=True)
    found.attempts += 1
    _end(session, found, DispatchState.FAILED, Delivery(Outcome.FAILED, reasons.NOT_MADE))


def _next_state(session: Session, dispatch: Dispatch, delivery: Delivery) -> DispatchState:
    if delivery.outcome is not Outcome.RETRY:
        return DispatchState(str(delivery.outcome))
    assert dispatch.first_tried_at is not None, dispatch.id
    is_over = not delivery.is_server_down and is_given_up(dispatch.first_tried_at, actor_of(session).at)
    return DispatchState.FAILED if is_over else DispatchState.RETRY


def _end(session: Session, dispatch: Dispatch, state: DispatchState, delivery: Delivery) -> None:
    at = actor_of(session).at
    dispatch.state, dispatch.fence, dispatch.lease_until = state, None, None
    is_over = delivery.outcome is Outcome.RETRY and state is DispatchState.FAILED
    dispatch.reason = reasons.GIVEN_UP if is_over else delivery.reason
    dispatch.answer = delivery.answer
    dispatch.not_before = at + next_pause(dispatch.attempts) if state is DispatchState.RETRY else None
    session.execute(
        insert(DispatchAttempt),
        {
            "dispatch_id": dispatch.id, "at": at, "outcome": delivery.outcome, "reason": delivery.reason,
            "answer": delivery.answer,
        },
    )  # fmt: skip
    if state is DispatchState.SENT:
        dispatch.sent_at = at
        action = "dispatch.sent" if dispatch.member_id else "staff.sent"
        about = "invoice" if dispatch.invoice_id else "dispatch"
        chain.note(
            session, action, about, dispatch.document, member_id=dispatch.member_id,
            facts={"dispatch": dispatch.id, "message_id": dispatch.message_id},
        )  # fmt: skip
