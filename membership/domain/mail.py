"""A mail, the server it is handed to, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from membership.domain.dispatch import Outcome
from membership.domain.errors import ServiceUnavailable


class Security(StrEnum):
    """How the way to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and in whose name."""

    host: str
    port: int
    security: Security
    sender: str
    sender_name: str
    user: str = ""
    password: str = field(default="", repr=False)
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one mailbox, ready to be handed in."""

    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an attempt: the reason as a message id, the server's own words where it said any.

    `is_server_down` means that it is not this mail's fault: the next one would fare the same.
    """

    outcome: Outcome
    reason: str = ""
    answer: str = ""
    is_server_down: bool = False


class MailServerAway(ServiceUnavailable):
    """Mail cannot be handed in at all; `message` says why in plain words, `answer` is what the server said."""

    code = "mail_server"

    def __init__(self, reason: str, *, answer: str = "") -> None:
        self.message = reason
        self.answer = answer
        super().__init__()
