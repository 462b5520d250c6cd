"""Signing in: one function opens sessions for every path; failures make known and unknown accounts wait alike.

Source: `reliability.md` 5.11, SEC-16 to SEC-20, SEC-32.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.users import SignInFailure, User
from membership.services import passwords, sessions, tokens

FREE_TRIES: Final = 5
LONGEST_WAIT: Final = 15
_FORGOTTEN_AFTER: Final = timedelta(hours=1)


class Waiting(DomainError):
    """Too many failures; the account waits, known or not (status 429)."""

    message = N_("There were too many attempts. Please try again in %(minutes)s minutes.")
    code = "waiting"


def subject_of(session: Session, email: str) -> str:
    """Return the keyed hash under which failures of a typed address are counted."""
    return crypto.search_key(session, "sign-in|" + email.strip().casefold())


def require_no_wait(session: Session, subject: str, *, at: datetime) -> None:
    """Raise `Waiting` while the subject has to wait."""
    until = session.execute(
        select(SignInFailure.locked_until).where(SignInFailure.subject_hash == subject)
    ).scalar()
    if until and until > at:
        raise Waiting(minutes=int((until - at).total_seconds() // 60) + 1)


def find_account(session: Session, email: str, password: str, *, at: datetime) -> int | None:
    """Return the account whose address and password these are, else None after the same work; may raise `Waiting`."""
    require_no_wait(session, subject_of(session, email), at=at)
    found = session.execute(
        select(User.id, User.password_hash, User.is_active).where(User.email == email.strip().casefold())
    ).first()
    fits = passwords.is_right(password, found.password_hash if found else None)
    return found.id if found and fits and found.is_active else None


def record_failure(session: Session, subject: str, *, what: str) -> None:
    """Count a failure; from the fifth on the subject waits 1, 2, 4, … 15 minutes, and the log says so."""
    at = actor_of(session).at
    row = SignInFailure.subject_hash == subject
    fresh = {"count": 0, "locked_until": None, "last_at": at}
    kept = session.execute(
        select(SignInFailure.count.label("tries"), SignInFailure.last_at).where(row).with_for_update()
    ).first()
    if kept is None:
        try:
            with session.begin_nested():
                session.execute(insert(SignInFailure), {"subject_hash": subject, **fresh})
        except IntegrityError:
            kept = session.execute(
                select(SignInFailure.count.label("tries"), SignInFailure.last_at).where(row)
            ).first()
    before = kept.tries if kept and at - kept.last_at < _FORGOTTEN_AFTER else 0
    count = before + 1
    wait = min(2 ** (count - FREE_TRIES), LONGEST_WAIT) if count >= FREE_TRIES else 0
    session.execute(
        update(SignInFailure)
        .where(row)
        .values(count=count, last_at=at, locked_until=at + timedelta(minutes=wait) if wait else None)
    )
    if wait:
        chain.note(
            session, "user.sign_in_paused", "sign-in", what, facts={"failures": count, "minutes": wait}
        )


def forget_failures(session: Session, subject: str) -> None:
    """Start counting anew after a success."""
    session.execute(delete(SignInFailure).where(SignInFailure.subject_hash == subject))


def sign_in(
    session: Session, user_id: int, *, id_hash: str, has_second_factor: bool, replaces: str | None = None
) -> None:
    """Open the session of a person whose proof was checked: the one way in for passwords, links and second factor."""
    at = actor_of(session).at
    is_active = changed_one(
        session, update(User).where(User.id == user_id, User.is_active.is_(True)).values(last_login_at=at)
    )
    if not is_active:
        raise tokens.TokenUsed
    sessions.open_session(
        session, user_id, id_hash=id_hash, has_second_factor=has_second_factor, replaces=replaces
    )
    name = session.execute(select(User.name).where(User.id == user_id)).scalar_one()
    sessions.act_as(session, user_id, name)
    chain.note(session, "user.sign_in", "user", user_id, facts={"second_factor": has_second_factor})


def sign_in_by_password(session: Session, user_id: int, *, subject: str, id_hash: str) -> None:
    """Open a session after the right password and start counting failures anew."""
    forget_failures(session, subject)
    sign_in(session, user_id, id_hash=id_hash, has_second_factor=False)


def sign_in_by_link(session: Session, *, secret: str, id_hash: str) -> None:
    """Use a sign-in link up and open its session; a second factor is still asked where one is set up."""
    user_id = tokens.use(session, secret, purpose=tokens.Purpose.SIGN_IN_LINK)
    assert user_id is not None, "a sign-in link belongs to an account"
    sign_in(session, user_id, id_hash=id_hash, has_second_factor=False)
