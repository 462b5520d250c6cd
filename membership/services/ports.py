"""What services need from outside, as Protocols; `app.py` brings the real ones, tests bring fakes or a real server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from membership.domain.bounces import Fetched, Mailbox
from membership.domain.mail import Delivery, Letter, MailServer
from membership.domain.mail_texts import MailWords
from membership.domain.online_payments.attempts import Order
from membership.domain.online_payments.events import Message, Subject
from membership.domain.online_payments.pictures import Movement, Page, Paid, Payout


class MailConnection(Protocol):
    """An open way to the mail server."""

    @property
    def is_open(self) -> bool:
        """Return whether another mail can be handed in; a broken connection is opened anew."""
        ...

    def send(self, letter: Letter, *, is_late: Callable[[], bool]) -> Delivery:
        """Hand in one mail; break off before its last byte when it is late, because then others decide about it."""
        ...


class Mailer(Protocol):
    """Opens the way to a mail server."""

    def __call__(self, server: MailServer) -> AbstractContextManager[MailConnection]:
        """Return the open connection, or raise `MailServerAway`; leaving it says goodbye."""
        ...


class ReadableMailbox(Protocol):
    """An open mailbox."""

    @property
    def count(self) -> int:
        """Return how many mails lie in it."""
        ...

    @property
    def numbering(self) -> int:
        """Return what the numbers of its mails belong to (UIDVALIDITY); 0 when they are good for now only."""
        ...

    def list_after(self, uid: int, *, since: date | None, limit: int) -> list[int]:
        """Return the numbers of the next mails, the oldest first; raise `MailboxAway`."""
        ...

    def fetch(self, uid: int) -> Fetched | None:
        """Return the first bytes of a mail and leave it unread; None when it is gone. Raises `MailboxAway`."""
        ...


class MailboxReader(Protocol):
    """Opens a mailbox to read it."""

    def __call__(self, mailbox: Mailbox) -> AbstractContextManager[ReadableMailbox]:
        """Return the open mailbox, or raise `MailboxAway`; leaving it says goodbye."""
        ...


class Frame(Protocol):
    """Puts the words of a mail on its page, as plain text and as HTML."""

    def __call__(self, words: MailWords, *, link: str) -> tuple[str, str]:
        """Return text and HTML; `link` is the address of the button, empty without one."""
        ...


class PaymentProvider(Protocol):
    """The payment provider: each question may take seconds, and none is asked inside a transaction.

    Every question raises `ProviderAway` when no answer came and `ProviderRefused` when the question is wrong.
    """

    is_live: bool

    def open_page(self, order: Order) -> Page:
        """Have a payment page made; the same order gives the same page."""
        ...

    def find_page(self, uid: str, *, since: datetime) -> Page | None:
        """Return the page of an attempt from the list of all since a moment."""
        ...

    def end_page(self, page_id: str) -> Page:
        """End a page and return what it is then."""
        ...

    def get_page(self, page_id: str) -> Page:
        """Return a page as it is now."""
        ...

    def get_paid(self, intent_id: str) -> Paid:
        """Return a payment as it is now."""
        ...

    def find_intent(self, subject: Subject, object_id: str) -> str:
        """Return the payment that an object belongs to; empty when it belongs to none."""
        ...

    def list_movements(self, since: datetime) -> list[Movement]:
        """Return all movements of the balance since a moment."""
        ...

    def get_payout(self, payout_id: str) -> Payout:
        """Return a payout with its movements."""
        ...


class MessageReader(Protocol):
    """Reads what the payment provider sends."""

    def __call__(self, body: bytes, signature: str, secrets: Sequence[str], *, now: datetime) -> Message:
        """Return a signed event, or raise `WebhookRefused`."""
        ...
