"""What an event of the provider speaks of; its content is never believed, only where to look (`reliability.md` 37)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, InputError, ServiceUnavailable

ALARM_AFTER: Final = 5
"""After so many tries a person is told (FI-41); it is tried again all the same."""
LARGEST_BODY: Final = 256 * 1024
COMPARISON: Final = "comparison"
"""The kind of what the daily comparison found: nobody told of it, so there is nothing to work again."""
KEPT_DAYS: Final = 90
"""How long the body of an event and the mail address of an attempt are kept after both are decided (ACC-24)."""


class WebhookRefused(InputError):
    """A message that the provider did not sign, or not for this installation, or too long ago (SEC-69)."""

    message = N_("The signature of the message is not right.")
    code = "webhook_refused"


class ProviderAway(ServiceUnavailable):
    """The payment provider does not answer, or not now: the same question may be asked again."""

    message = N_("Stripe does not answer at the moment.")
    code = "provider_away"
    is_kept = False
    """Whether the provider keeps this answer for the idempotency key: then only its list tells what happened."""


class AnswerKept(ProviderAway):
    """The payment provider failed inside and repeats that for the same key."""

    is_kept = True


class ProviderRefused(InputError):
    """The payment provider says that the question is wrong."""

    message = N_("Stripe refused: %(why)s")
    code = "provider_refused"


class ObjectMissing(ProviderRefused):
    """The payment provider knows no such object."""

    code = "provider_missing"


class EventState(StrEnum):
    """What became of an event: `LOOK` waits for a person, `SETTLED` was looked at by one."""

    NEW = "new"
    RETRY = "retry"
    DONE = "done"
    IGNORED = "ignored"
    LOOK = "look"
    SETTLED = "settled"


class Subject(StrEnum):
    """The kind of object an event speaks of."""

    PAGE = "checkout.session"
    INTENT = "payment_intent"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"


_PREFIXES: Final = (
    ("checkout.session.", Subject.PAGE),
    ("payment_intent.", Subject.INTENT),
    ("charge.dispute.", Subject.DISPUTE),
    ("charge.refund.", Subject.REFUND),
    ("charge.", Subject.CHARGE),
    ("refund.", Subject.REFUND),
    ("payout.", Subject.PAYOUT),
)
LISTENED: Final = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "checkout.session.expired", "charge.updated", "charge.refunded",
    "refund.updated", "refund.failed", "charge.dispute.created", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "charge.dispute.closed", "payout.paid", "payout.failed",
)  # fmt: skip
"""The events that the provider should be told to send; others are kept and do nothing."""


def subject_of(kind: str) -> Subject | None:
    """Return what an event of this type speaks of; None for what the books do not follow."""
    return next((subject for prefix, subject in _PREFIXES if kind.startswith(prefix)), None)


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it was signed: who sent what kind of it about which object."""

    event_id: str
    kind: str
    object_id: str
    is_live: bool
    account: str
    created_at: datetime


def next_try(tries: int, now: datetime) -> datetime:
    """Return when an event that could not be worked is tried again: soon at first, later once an hour."""
    return now + timedelta(seconds=min(3600, 15 * 4 ** max(tries - 1, 0)))
