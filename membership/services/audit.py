"""The audit log: refusals are noted, and the last links of the chain are worked out again.

`services/verify.py` checks the whole chain and the rows behind it. Source: `ux.md` 9; SEC-01, SEC-07; INV-07.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries.audit import get_chain_tail

RECENT: Final = 1000


@dataclass(frozen=True, slots=True)
class ChainState:
    """How many links there are, and whether the last ones fit together."""

    total: int
    is_sound: bool


def record_refusal(session: Session, *, endpoint: str, action: str) -> None:
    """Note that a person asked for something their roles do not hold."""
    chain.note(session, "access.refused", "page", endpoint, facts={"action": action})


def check_recent(session: Session, count: int = RECENT) -> ChainState:
    """Return whether the last links of the chain carry the right hashes and end at the head."""
    tail = get_chain_tail(session, count)
    before: str | None = None
    for link in tail.links:
        if chain.faults(link) or before not in {None, link.prev_hash}:
            return ChainState(tail.seq, is_sound=False)
        before = link.hash
    ends_at_head = (before or chain.GENESIS) == tail.hash and (
        not tail.links or tail.links[-1].seq == tail.seq
    )
    return ChainState(tail.seq, is_sound=ends_at_head)


def note_export(session: Session, *, form: str, today: date) -> None:
    """Note in the audit log that the log was taken out."""
    require(actor_of(session), "audit.read")
    chain.note(session, "audit.export", "log", today.isoformat(), facts={"form": form})
