"""Mails that come back: what a report says, what that means in words, and the mailbox that reports arrive in.

Source: RFC 3464, RFC 3463; `domain.md` INV-18; `decisions.md` 28.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from membership.domain.errors import N_, ServiceUnavailable
from membership.domain.mail import Security

MATCHED_FOR: Final = timedelta(days=14)
"""So long after a mail a report that names only its address is taken for an answer to it."""
READ_BACK: Final = timedelta(days=30)
"""So old may a report be when a mailbox is read for the first time."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where reports about undelivered mails arrive; it is read, never changed."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"

    @property
    def place(self) -> str:
        """Return what tells one mailbox from another: marks of one mean nothing in another."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient that a mail did not reach: the address, the status code like 5.1.1, the server's words."""

    recipient: str
    status: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail in the mailbox reports: nothing at all, or failures and the numbers of the mails they are about."""

    failures: tuple[Failure, ...] = ()
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The first bytes of one mail of the mailbox, under its number there."""

    uid: int
    content: bytes


class MailboxAway(ServiceUnavailable):
    """The mailbox cannot be read; `message` says why in plain words."""

    code = "mailbox"

    def __init__(self, reason: str) -> None:
        self.message = reason
        super().__init__()


NO_SUCH_ADDRESS: Final = N_("There is no such mailbox, or it is closed.")
MAILBOX_FULL: Final = N_("The mailbox of the recipient is full.")
TOO_LARGE: Final = N_("The mail was too large for the recipient.")
NOT_REACHED: Final = N_("The recipient’s mail server could not be reached.")
UNWANTED: Final = N_("The recipient’s mail server refused the mail.")
CAME_BACK: Final = N_("The mail could not be delivered.")

_REASONS: Final[tuple[tuple[str, str], ...]] = (
    ("2.2", MAILBOX_FULL),
    ("2.3", TOO_LARGE),
    ("3.4", TOO_LARGE),
    ("1.", NO_SUCH_ADDRESS),
    ("2.", NO_SUCH_ADDRESS),
    ("4.", NOT_REACHED),
    ("7.", UNWANTED),
)


def reason_of(status: str) -> str:
    """Return what a status code like 5.1.1 means, as a message id; without a known code that it came back."""
    _class, _dot, detail = status.partition(".")
    return next((reason for start, reason in _REASONS if f"{detail}.".startswith(start)), CAME_BACK)


NO_HOST: Final = N_("There is no server of this name. Check the name of the server.")
NO_CONNECTION: Final = N_("The server of the mailbox does not answer. Check server and port.")
TOO_SLOW: Final = N_("The server of the mailbox did not answer within 30 seconds.")
NOT_IMAP: Final = N_("What answers there is not an IMAP server. Check server, port and encryption.")
CLOSED: Final = N_("The server of the mailbox closed the connection.")
NO_STARTTLS: Final = N_("The server of the mailbox offers no STARTTLS. Choose another encryption or port.")
TLS_FAILED: Final = N_(
    "The encrypted connection to the mailbox failed: the certificate or the kind of encryption does not fit."
)
LOGIN_REFUSED: Final = N_("The server of the mailbox refused the sign-in. Check user name and password.")
NO_FOLDER: Final = N_("The mailbox has no folder of this name. INBOX is the one where mail arrives.")
TOO_MUCH: Final = N_("The server of the mailbox sends more than a mailbox holds. Check server and port.")
DEMONSTRATION: Final = N_("The demonstration opens no mailbox but one on this machine.")
NO_MAILBOX: Final = N_("No mailbox is set up.")
