"""Where the request to one member stands; worked out from what happened, never kept.

Source: `ux.md` 5.2 "Declaration"; DUE-27, DUE-28.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_


class DeclarationState(StrEnum):
    """Where a request stands."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    REMINDED = "reminded"
    RECEIVED = "received"
    TO_REVIEW = "to_review"
    TAKEN_OVER = "taken_over"
    ESTIMATED = "estimated"


STATE_WORDS: Final = {
    DeclarationState.NOT_ASKED: N_("Not asked"),
    DeclarationState.ASKED: N_("Asked"),
    DeclarationState.REMINDED: N_("Reminded"),
    DeclarationState.RECEIVED: N_("Received"),
    DeclarationState.TO_REVIEW: N_("To review"),
    DeclarationState.TAKEN_OVER: N_("Applied (declaration)"),
    DeclarationState.ESTIMATED: N_("Estimated"),
}
SILENT: Final = frozenset({DeclarationState.NOT_ASKED, DeclarationState.ASKED, DeclarationState.REMINDED})
"""Nothing was declared, and nobody decided about that yet."""
WAITING: Final = frozenset({DeclarationState.RECEIVED, DeclarationState.TO_REVIEW})
"""Something was declared that waits for the association."""


class Decision(StrEnum):
    """What the association decided about a request."""

    ACCEPTED = "accepted"
    QUERIED = "queried"
    CARRIED_OVER = "carried_over"
    ESTIMATED = "estimated"


class Way(StrEnum):
    """How a declaration came in."""

    LINK = "link"
    PORTAL = "portal"
    OFFICE = "office"


WAY_WORDS: Final = {
    Way.LINK: N_("by the link of the mail"),
    Way.PORTAL: N_("in the member area"),
    Way.OFFICE: N_("entered by the office"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to a request so far.

    Args:
        is_asked: a mail went to the member.
        is_reminded: and a reminder after it.
        version: the number of the newest declaration, 0 when there is none.
        is_odd: the newest declaration carries a warning (DUE-30).
        decision: the newest decision.
        decided_version: the declaration it was about, 0 for silence.
    """

    is_asked: bool = False
    is_reminded: bool = False
    version: int = 0
    is_odd: bool = False
    decision: Decision | None = None
    decided_version: int = 0


def state_of(happened: Happened) -> DeclarationState:
    """Return where a request stands: a declaration after the last decision waits again."""
    if happened.version:
        is_decided = happened.decision is not None and happened.decided_version == happened.version
        if is_decided and happened.decision is Decision.ACCEPTED:
            return DeclarationState.TAKEN_OVER
        is_query = is_decided and happened.decision is Decision.QUERIED
        return DeclarationState.TO_REVIEW if happened.is_odd or is_query else DeclarationState.RECEIVED
    if happened.decision in {Decision.CARRIED_OVER, Decision.ESTIMATED}:
        return DeclarationState.ESTIMATED
    if happened.is_reminded:
        return DeclarationState.REMINDED
    return DeclarationState.ASKED if happened.is_asked else DeclarationState.NOT_ASKED
