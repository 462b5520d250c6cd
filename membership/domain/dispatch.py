"""Sending documents: the states of a sending, who gets a document, when a failed attempt is tried again.

Source: `reliability.md` 5.7 (32), INV-17; `domain.md` MEM-14, INV-18; `ux.md` 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from membership.domain.errors import N_, InputError


class Channel(StrEnum):
    """How a document travels."""

    MAIL = "mail"
    POST = "post"


class DispatchState(StrEnum):
    """Where a sending stands; `UNKNOWN` waits for a person, and so does `FAILED`."""

    NEW = "new"
    RETRY = "retry"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What became of one attempt: accepted, to be tried again, refused for good, or broken off after the last byte."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"


WAITING: Final = (DispatchState.NEW, DispatchState.RETRY)
NEEDS_PERSON: Final = (DispatchState.FAILED, DispatchState.UNKNOWN)

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=24)
_MOST_DOUBLINGS: Final = 20
GIVEN_UP_AFTER: Final = timedelta(days=5)
"""A mail server that says "later" for so long means no (RFC 5321, 4.5.4.1)."""

LEASE: Final = timedelta(minutes=3)
"""So long a row may be `sending`; the worker breaks off before the last byte when two thirds are over."""
HURRY: Final = timedelta(minutes=2)


class AddressUnusable(InputError):
    """A text is not the address of one mailbox."""

    message = N_("“%(address)s” is not a mail address like name@company.de. Correct it with the member.")
    code = "mail_address"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One recipient: the address, and how the person is spoken to."""

    address: str
    name: str = ""
    salutation: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of a member, as far as mails need it."""

    name: str
    salutation: str
    email: str
    functions: tuple[str, ...]


_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w](?:[\w-]{0,61}[\w])?"
)
_LONGEST_ADDRESS: Final = 254


def checked_address(text: str) -> str:
    """Return the address of one mailbox; lists, comments, names and control characters are refused (SEC-64)."""
    address = text.strip(" ")
    local = address.partition("@")[0]
    is_dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if not _ADDRESS.fullmatch(address) or len(address) > _LONGEST_ADDRESS or is_dotted:
        raise AddressUnusable(address=" ".join(text.split())[:80])
    return address


def recipients_of(
    invoice_email: str, people: Sequence[Person], *, function: str = "billing"
) -> list[Mailbox]:
    """Return who gets an invoice by mail: the address for invoices and every person with the function, each once.

    Nobody means by post. The address for invoices is spoken to as the person who has it, else as the person with the
    function who has no address of their own.
    """
    responsible = [person for person in people if function in person.functions]
    found: dict[str, Mailbox] = {}
    if invoice_email:
        owner = next((one for one in people if one.email.casefold() == invoice_email.casefold()), None)
        owner = owner or next((one for one in responsible if not one.email), None)
        found[invoice_email.casefold()] = _mailbox(invoice_email, owner)
    for person in responsible:
        if person.email:
            found.setdefault(person.email.casefold(), _mailbox(person.email, person))
    return list(found.values())


_ANSWERS_FOR_THE_COMPANY: Final = ("declaration", "main")


def declaration_recipients(invoice_email: str, people: Sequence[Person]) -> list[Mailbox]:
    """Return who is asked for the declaration: who has that function, else the main contact, else who gets invoices."""
    for function in _ANSWERS_FOR_THE_COMPANY:
        if found := recipients_of("", people, function=function):
            return found
    return recipients_of(invoice_email, people)


def _mailbox(address: str, person: Person | None) -> Mailbox:
    return Mailbox(address, person.name, person.salutation) if person else Mailbox(address)


def next_pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: a minute, then twice as long each time, at most a day."""
    doublings = min(max(attempts, 1) - 1, _MOST_DOUBLINGS)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def is_given_up(first_tried_at: datetime, at: datetime) -> bool:
    """Return whether a mail was refused with "later" for too long."""
    return at - first_tried_at >= GIVEN_UP_AFTER


def dispatch_key(*, kind: str, document: str, recipient: str, number: int) -> str:
    """Return the key of a sending: kind, document, recipient and the round that a person asked for."""
    return f"{kind}:{document}:{recipient.casefold()}:{number}"


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of a sending: the same for every attempt, so that a mail program shows it once."""
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{domain}>"
