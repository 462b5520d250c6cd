"""Working off the mails that wait: each claimed in a commit of its own, handed in, and settled in another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from membership import clock
from membership.domain import mail_reasons as reasons
from membership.domain.dispatch import HURRY, Outcome, message_id
from membership.domain.mail import Attachment, Delivery, Letter, MailServer, MailServerAway
from membership.domain.mail_texts import MailWords
from membership.domain.page_address import is_only_here
from membership.domain.policy import Actor
from membership.persistence.db import Session, read_as, write
from membership.persistence.queries import dispatch as queries
from membership.services import dispatch, mail_server, run_samples, tokens
from membership.services.ports import Frame, MailConnection, Mailer

_logger = logging.getLogger(__name__)
Progress = Callable[[int], None]
Moment = Callable[[], datetime]
_DOWN_IN_A_ROW: Final = 2
"""So many mails in a row that the server would not take mean that it takes none."""
_PER_CONNECTION: Final = 100


@dataclass(slots=True)
class Post:
    """What a worker needs to hand mails in: the way there, the page of a mail, the address of the pages.

    `is_only_here` hands mail to a server on this machine and to no other.
    """

    mailer: Mailer
    frame: Frame
    base_url: str
    is_only_here: bool = False
    time_zone: str = "UTC"
    moment: Moment = field(default=clock.now)

    def address_of(self, secret: str, page: str = "invoice") -> str:
        """Return the address of a link: of an invoice, or of a `declaration`."""
        return f"{self.base_url.rstrip('/')}/{page}/{secret}"


@dataclass(frozen=True, slots=True)
class TestMail:
    """What became of a test mail: the reason as a message id, and what the server said."""

    is_sent: bool
    address: str
    reason: str = ""
    answer: str = ""


def send_test(actor: Actor, post: Post, *, address: str) -> TestMail:
    """Send a test mail to one address and return what became of it; kept is only that one got through."""
    tested = _try(actor, post, address, lambda session: (dispatch.test_words(session), ()))
    if tested.is_sent:
        write(replace(actor, at=post.moment(), form_token=None), mail_server.note_test)
    return tested


def send_sample(actor: Actor, post: Post, *, address: str, run_id: int) -> TestMail:
    """Send one mail of a draft run to one address, as its member would get it; nothing is kept of it."""
    return _try(
        actor, post, address, lambda session: run_samples.sample_mail(session, run_id, base_url=post.base_url)
    )


Written = tuple[MailWords, tuple[Attachment, ...]]
"""The words of a mail and what is attached to it."""


def _try(actor: Actor, post: Post, address: str, write_mail: Callable[[Session], Written]) -> TestMail:
    session = read_as(actor)
    server = mail_server.find_server(session)
    if server is None:
        return TestMail(is_sent=False, address=address, reason=reasons.NO_SERVER)
    if post.is_only_here and not mail_server.is_this_machine(server.host):
        return TestMail(is_sent=False, address=address, reason=reasons.DEMONSTRATION)
    words, attachments = write_mail(session)
    session.rollback()
    text, html = post.frame(words, link="")
    letter = Letter(
        recipient=address,
        recipient_name="",
        subject=words.subject,
        text=text,
        html=html,
        message_id=message_id(f"test:{actor.request_id}:{post.moment()}", server.sender),
        language=words.language,
        at=post.moment(),
        attachments=attachments,
    )
    try:
        with post.mailer(server) as connection:
            delivery = connection.send(letter, is_late=lambda: False)
    except MailServerAway as away:
        return TestMail(is_sent=False, address=address, reason=away.message, answer=away.answer)
    is_sent = delivery.outcome is Outcome.SENT
    return TestMail(is_sent=is_sent, address=address, reason=delivery.reason, answer=delivery.answer)


def send_waiting(actor: Actor, post: Post, *, progress: Progress | None = None) -> int:
    """Hand in the mails that wait until none is left, the server takes none, or somebody halts; return how many went.

    Without a mail server they wait. What a worker that is gone left behind is marked as unclear first.
    """

    def now() -> Actor:
        return replace(actor, at=post.moment(), form_token=None)

    if not queries.has_work(read_as(actor), post.moment()):
        return 0
    write(now(), dispatch.strand_lost)
    server = mail_server.find_server(read_as(actor))
    read_as(actor).rollback()
    if server is None or (post.is_only_here and not mail_server.is_this_machine(server.host)):
        return 0
    fence = write(now(), dispatch.take_lane)
    if fence is None:
        return 0
    try:
        return _Worker(now, post, server, fence).work(progress)
    except dispatch.LaneLost:
        return 0
    finally:
        write(now(), dispatch.leave_lane, fence)


@dataclass(slots=True)
class _Worker:
    """One worker with the lane; `sent` counts what the server took."""

    now: Callable[[], Actor]
    post: Post
    server: MailServer
    fence: str
    sent: int = 0
    down_in_a_row: int = 0

    def work(self, progress: Progress | None) -> int:
        """Open connections one after the other and hand mails in, until there is no reason to go on."""
        while queries.has_work(read_as(self.now()), self.post.moment()):
            read_as(self.now()).rollback()
            try:
                with ExitStack() as stack:
                    connection = stack.enter_context(self.post.mailer(self.server))
                    goes_on = self._use(connection, progress)
            except MailServerAway as error:
                write(self.now(), dispatch.rest_lane, self.fence, reason=error.message, answer=error.answer)
                break
            if not goes_on:
                break
        return self.sent

    def _use(self, connection: MailConnection, progress: Progress | None) -> bool:
        """Hand mails in on one connection; return whether there may be more to do on another."""
        for _number in range(_PER_CONNECTION):
            if not connection.is_open:
                return True
            try:
                delivery = self._send_next(connection)
            except dispatch.LaneLost:
                return False
            if delivery is None:
                return False
            if progress is not None:
                progress(self.sent)
            self.down_in_a_row = self.down_in_a_row + 1 if delivery.is_server_down else 0
            if self.down_in_a_row >= _DOWN_IN_A_ROW:
                write(
                    self.now(), dispatch.rest_lane, self.fence, reason=delivery.reason, answer=delivery.answer
                )
                return False
        return True

    def _send_next(self, connection: MailConnection) -> Delivery | None:
        secret = "" if is_only_here(self.post.base_url) else tokens.new_secret()
        began = clock.ticks()
        while True:
            try:
                outgoing = write(
                    self.now(), dispatch.begin_next, self.fence, secret=secret, zone=self.post.time_zone
                )
                break
            except dispatch.NotComposed as failed:
                _logger.exception("the mail of sending %s", failed.dispatch_id)
                write(self.now(), dispatch.fail_unwritten, failed.dispatch_id)
        if outgoing is None:
            return None
        delivery = self._hand_in(connection, outgoing, secret, began)
        is_ours = write(self.now(), dispatch.settle, outgoing, delivery)
        self.sent += is_ours and delivery.outcome is Outcome.SENT
        return delivery

    def _hand_in(
        self, connection: MailConnection, outgoing: dispatch.Outgoing, secret: str, began: float
    ) -> Delivery:
        try:
            letter = self._letter(outgoing, secret)
        except Exception:
            _logger.exception("the page of sending %s", outgoing.dispatch_id)
            return Delivery(Outcome.FAILED, reasons.NOT_MADE)
        return connection.send(letter, is_late=lambda: clock.ticks() - began > HURRY.total_seconds())

    def _letter(self, outgoing: dispatch.Outgoing, secret: str) -> Letter:
        link = self.post.address_of(secret, outgoing.page) if outgoing.has_link else ""
        text, html = self.post.frame(outgoing.words, link=link)
        return Letter(
            recipient=outgoing.recipient,
            recipient_name=outgoing.recipient_name,
            subject=outgoing.words.subject,
            text=text,
            html=html,
            message_id=outgoing.message_id,
            language=outgoing.language,
            at=self.post.moment(),
            attachments=outgoing.attachments,
        )
