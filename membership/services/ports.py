"""What services need from outside, as Protocols; `app.py` brings the real ones, tests bring fakes or a real server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from membership.domain.mail import Delivery, Letter, MailServer
from membership.domain.mail_texts import MailWords


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


class Frame(Protocol):
    """Puts the words of a mail on its page, as plain text and as HTML."""

    def __call__(self, words: MailWords, *, link: str) -> tuple[str, str]:
        """Return text and HTML; `link` is the address of the button, empty without one."""
        ...
