"""Sendings as the templates draw them: states in words, what the way to the mail server waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from membership.domain.dispatch import Channel, DispatchState
from membership.persistence.db import Session
from membership.persistence.queries.dispatch import Counts, get_lane, list_sendings
from membership.services.mail_server import is_set_up, is_this_machine
from membership.web.association import association_settings
from membership.web.language import _, moment_text
from membership.web.sessions import operator

_STATES: Final = {
    DispatchState.NEW: "queued",
    DispatchState.RETRY: "queued",
    DispatchState.SENDING: "running",
    DispatchState.SENT: "sent",
    DispatchState.FAILED: "failed",
    DispatchState.UNKNOWN: "unclear",
    DispatchState.WITHDRAWN: "withdrawn",
}
_LETTERS: Final = {DispatchState.NEW: "to_post", DispatchState.SENT: "posted"}


def badge_of(dispatch: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    """Return the status that a sending shows."""
    if dispatch.channel is Channel.POST:
        return _LETTERS.get(dispatch.state, _STATES[dispatch.state])
    return "bounced" if dispatch.bounced_at else _STATES[dispatch.state]


def note_of(dispatch: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    """Return why a sending is where it is, and when it is tried again."""
    if dispatch.bounced_at and dispatch.reason:
        return _("It came back: %(reason)s", reason=_(dispatch.reason))
    if dispatch.bounced_at:
        return _("It came back. Correct the address with the member and send it again.")
    if dispatch.state is DispatchState.RETRY and dispatch.not_before:
        return _(
            "%(reason)s Next try %(moment)s.",
            reason=_(dispatch.reason),
            moment=moment_text(dispatch.not_before),
        )
    if dispatch.state is DispatchState.NEW and dispatch.not_before:
        return _("It goes out on %(moment)s at the earliest.", moment=moment_text(dispatch.not_before))
    return _(dispatch.reason) if dispatch.reason else ""


def sendings_of(session: Session, invoice_id: int) -> list[tuple[Any, str, str]]:
    """Return the sendings of a document, the newest first, each with its status and what there is to say about it."""
    found = reversed(list_sendings(session, invoice_id))
    return [(each, badge_of(each), note_of(each)) for each in found]


@dataclass(frozen=True, slots=True)
class Way:
    """How the way to the mail server stands: not set up, halted by a person, resting after a failure, or open."""

    is_set_up: bool
    is_kept_here: bool
    halted_at: datetime | None
    rests_until: datetime | None
    reason: str
    answer: str

    @property
    def is_open(self) -> bool:
        """Return whether waiting mails go out now."""
        return self.is_set_up and not self.is_kept_here and not self.halted_at and not self.rests_until


def way_of(session: Session, *, now: datetime) -> Way:
    """Return how the way to the mail server stands."""
    lane, values = get_lane(session), association_settings()
    rests = lane.not_before if lane.not_before and lane.not_before > now else None
    return Way(
        is_set_up=is_set_up(values),
        is_kept_here=operator().is_demo and not is_this_machine(values.text("mail.host")),
        halted_at=lane.halted_at,
        rests_until=rests,
        reason=_(lane.reason) if lane.reason and rests else "",
        answer=lane.answer if rests else "",
    )


def is_moving(way: Way, counts: Counts) -> bool:
    """Return whether the page changes by itself: mails wait and nothing holds them up."""
    return bool(counts.waiting) and way.is_open
