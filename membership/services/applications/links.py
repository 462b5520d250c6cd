"""The link of an applicant: it confirms the address, and shows how the application stands; kept as a hash.

The first link works seven days: an application that nobody confirms is none. Source: INV-28, `reliability.md` 47.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from membership.domain.applications import (
    CONFIRM_WITHIN,
    LINK_LIVES,
    ApplicationLinkEnded,
    ApplicationState,
)
from membership.persistence import crypto
from membership.persistence.db import actor_of
from membership.persistence.models.applications import Application, ApplicationLink
from membership.persistence.queries import applications as queries

_LONGEST_SECRET = 100


def add_link(session: Session, secret: str, *, application: Application, dispatch_id: int | None) -> None:
    """Keep a new link of an application; who asks for it was asked before."""
    at = actor_of(session).at
    is_new = application.state is ApplicationState.UNCONFIRMED
    session.execute(
        insert(ApplicationLink),
        {
            "token_hash": crypto.session_hash(session, secret), "application_id": application.id,
            "dispatch_id": dispatch_id, "created_at": at,
            "expires_at": application.submitted_at + CONFIRM_WITHIN if is_new else at + LINK_LIVES,
        },
    )  # fmt: skip


def find_by_link(session: Session, secret: str, *, at: datetime) -> Application:
    """Return the application that a link opens; raise `ApplicationLinkEnded` for an unknown or old one."""
    found = None
    if len(secret) <= _LONGEST_SECRET:
        found = queries.find_behind_link(session, crypto.session_hash(session, secret), at=at)
    if found is None or found.erased_at is not None:
        raise ApplicationLinkEnded
    return found
