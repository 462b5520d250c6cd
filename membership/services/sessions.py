"""Signed-in browsers as rows: opened, seen, given notices, ended. The cookie holds the id, the row its hash.

Source: `reliability.md` 48, INV-28, INV-30.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, db
from membership.persistence.models.users import UserSession
from membership.persistence.queries.users import HANDLE
from membership.services import known_browsers


def new_id() -> str:
    """Return a random session id of 256 bits for the cookie."""
    return secrets.token_urlsafe(32)


def hash_of(session_id: str) -> str:
    """Return the hash under which a session is kept; with another session key it is another one (SEC-82)."""
    return crypto.session_hash(db.session(), session_id)


def act_as(session: Session, user_id: int, name: str) -> None:
    """Let the person who has just proved to be one act from here on, so that the log names them (INV-16)."""
    session.info["actor"] = replace(actor_of(session), name=name, user_id=user_id, job=None)


def open_session(
    session: Session,
    user_id: int,
    *,
    id_hash: str,
    has_second_factor: bool,
    replaces: str | None = None,
    device: str = "",
) -> None:
    """Keep a new session; the one it replaces ends (a new id at each step of signing in) and hands its device on."""
    at = actor_of(session).at
    notices: object = []
    if replaces:
        row = UserSession.id_hash == replaces
        before = session.execute(select(UserSession.notices, UserSession.device).where(row)).first()
        notices, device = before or ([], device)
        session.execute(update(UserSession).where(row).values(revoked_at=at))
    session.execute(
        insert(UserSession),
        {
            "id_hash": id_hash, "user_id": user_id, "created_at": at, "last_seen_at": at,
            "proved_at": at, "has_second_factor": has_second_factor, "revoked_at": None, "notices": notices or [],
            "device": device,
        },
    )  # fmt: skip


def mark_seen(session: Session, id_hash: str) -> None:
    """Note that the browser was here; asked for at most once a minute."""
    session.execute(
        update(UserSession).where(UserSession.id_hash == id_hash).values(last_seen_at=actor_of(session).at)
    )


def mark_proved(session: Session, id_hash: str) -> None:
    """Note that the person has just proved once more to be who they are."""
    row = UserSession.id_hash == id_hash
    session.execute(update(UserSession).where(row).values(proved_at=actor_of(session).at))


def end_session(session: Session, id_hash: str) -> None:
    """End one session (signing out)."""
    session.execute(
        update(UserSession)
        .where(UserSession.id_hash == id_hash, UserSession.revoked_at.is_(None))
        .values(revoked_at=actor_of(session).at)
    )


def end_one(session: Session, user_id: int, handle: str) -> None:
    """End one session of a person: an administrator for others, everybody for themselves; an ended one stays so.

    Raises `NotFound` for what is no session of the person.
    """
    _require_own(session, user_id)
    begins = UserSession.id_hash.startswith(handle, autoescape=True)
    where = (UserSession.user_id == user_id, begins)
    found = session.execute(select(UserSession.id_hash, UserSession.revoked_at).where(*where)).all()
    if len(handle) != HANDLE or not found:
        raise NotFound(what="session", key=handle)
    if found[0].revoked_at is None:
        end_session(session, found[0].id_hash)
        chain.note(session, "user.end_session", "user", user_id)


def end_others(session: Session, user_id: int, *, but: str) -> None:
    """End all sessions of the acting person but the one that asks."""
    _require_own(session, user_id)
    end_all(session, user_id, but=but)
    chain.note(session, "user.end_sessions", "user", user_id)


def _require_own(session: Session, user_id: int) -> None:
    actor = actor_of(session)
    if actor.user_id != user_id:
        require(actor, "users.manage")


def end_all(session: Session, user_id: int, *, but: str | None = None) -> None:
    """End all sessions of a person, but one if it is named (INV-30); without one no browser is known any more."""
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if but:
        statement = statement.where(UserSession.id_hash != but)
    else:
        known_browsers.forget_all(session, user_id)
    session.execute(statement.values(revoked_at=actor_of(session).at))


def add_notice(session: Session, id_hash: str, notice: Mapping[str, object]) -> None:
    """Keep a notice until the next page shows it; a form sent twice says it once."""
    row = UserSession.id_hash == id_hash
    kept = session.execute(select(UserSession.notices).where(row).with_for_update()).scalar() or []
    if dict(notice) in kept:
        return
    session.execute(update(UserSession).where(row).values(notices=[*kept, dict(notice)]))


def clear_notices(session: Session, id_hash: str) -> None:
    """Forget the notices that a page has shown."""
    session.execute(update(UserSession).where(UserSession.id_hash == id_hash).values(notices=[]))
