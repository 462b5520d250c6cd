"""Browsers in which somebody has signed in before: there the failures of others do not keep them waiting (SEC-16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from membership.persistence import crypto
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.users import KnownBrowser, User

LIVES: Final = timedelta(days=180)


def hash_of(session: Session, browser_id: str) -> str:
    """Return the hash under which a browser is kept."""
    return crypto.session_hash(session, f"browser|{browser_id}")


def is_known(session: Session, email: str, browser_id: str) -> bool:
    """Return whether the account of a mail address was signed in to in this browser; unknown accounts never were."""
    since = actor_of(session).at - LIVES
    known = exists().where(
        KnownBrowser.user_id == User.id,
        KnownBrowser.id_hash == hash_of(session, browser_id),
        KnownBrowser.last_used_at > since,
        User.email == email.strip().casefold(),
    )
    return bool(browser_id) and bool(session.execute(select(known)).scalar_one())


def remember(session: Session, user_id: int, browser_id: str) -> None:
    """Note that a person has signed in here, with all that was asked; what was not used for long is forgotten."""
    at = actor_of(session).at
    mine = (KnownBrowser.user_id == user_id, KnownBrowser.id_hash == hash_of(session, browser_id))
    if not changed_one(session, update(KnownBrowser).where(*mine).values(last_used_at=at)):
        values = {"user_id": user_id, "id_hash": hash_of(session, browser_id), "last_used_at": at}
        session.execute(insert(KnownBrowser), values)
    session.execute(
        delete(KnownBrowser).where(KnownBrowser.user_id == user_id, KnownBrowser.last_used_at < at - LIVES)
    )


def forget_all(session: Session, user_id: int) -> None:
    """Forget every browser of a person."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user_id))
