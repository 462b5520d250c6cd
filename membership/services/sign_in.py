"""Signing in: one function opens sessions for every path; failures make known and unknown accounts wait alike.

Source: `reliability.md` 5.11, SEC-16 to SEC-20, SEC-32.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError
from membership.domain.notices import Kind
from membership.domain.policy import Role
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, changed_one, insert_missing
from membership.persistence.models.users import SignInFailure, User
from membership.services import known_browsers, passwords, security_notices, sessions, tokens

FREE_TRIES: Final = 5
FREE_TRIES_OF_AN_ADDRESS: Final = 30
LONGEST_WAIT: Final = 15
_FORGOTTEN_AFTER: Final = timedelta(hours=1)
_ALARM_EVERY: Final = timedelta(hours=1)


class Waiting(DomainError):
    """Too many failures; the account waits, known or not (status 429)."""

    message = N_("There were too many attempts. Please try again in %(minutes)s minutes.")
    code = "waiting"


class Subject(NamedTuple):
    """What failures are counted for: a keyed hash, how many are free, and its word in the audit log."""

    key: str
    free: int
    what: str


def subjects_of(session: Session, email: str, *, address: str, browser_id: str = "") -> tuple[Subject, ...]:
    """Return what a try counts for: the account typed and the network address, or the known browser alone.

    So nobody can lock somebody out of the browser they always use, and one address cannot go through all accounts.
    """
    typed = email.strip().casefold()
    if known_browsers.is_known(session, typed, browser_id):
        key = crypto.search_key(session, f"sign-in|{typed}|{known_browsers.hash_of(session, browser_id)}")
        return (Subject(key, FREE_TRIES, "password in a known browser"),)
    return (
        Subject(crypto.search_key(session, f"sign-in|{typed}"), FREE_TRIES, "password"),
        Subject(crypto.search_key(session, f"address|{address}"), FREE_TRIES_OF_AN_ADDRESS, "address"),
    )


def proof_of(session: Session, user_id: int) -> Subject:
    """Return what failures of the present password are counted for, where a signed-in person has to give it."""
    return Subject(crypto.search_key(session, f"proof|{user_id}"), FREE_TRIES, f"proof of person {user_id}")


def require_no_wait(session: Session, *keys: str, at: datetime) -> None:
    """Raise `Waiting` while one of the subjects has to wait."""
    until = session.execute(
        select(func.max(SignInFailure.locked_until)).where(SignInFailure.subject_hash.in_(keys))
    ).scalar()
    if until and until > at:
        raise Waiting(minutes=int((until - at).total_seconds() // 60) + 1)


def find_account(
    session: Session, email: str, password: str, *, subjects: Sequence[Subject], at: datetime
) -> int | None:
    """Return the account whose address and password these are, else None after the same work; may raise `Waiting`."""
    require_no_wait(session, *(subject.key for subject in subjects), at=at)
    found = session.execute(
        select(User.id, User.password_hash, User.is_active).where(User.email == email.strip().casefold())
    ).first()
    fits = passwords.is_right(password, found.password_hash if found else None)
    return found.id if found and fits and found.is_active else None


def record_failures(session: Session, subjects: Sequence[Subject], *, email: str) -> None:
    """Count a failed sign-in for each subject; whose account has to wait for the first time hears about it."""
    for subject in subjects:
        count = record_failure(session, subject.key, what=subject.what, free=subject.free)
        if count == FREE_TRIES == subject.free:
            account = select(User.id).where(User.email == email.strip().casefold())
            people = list(session.execute(account).scalars())
            security_notices.tell(session, people, Kind.SIGN_IN_PAUSED, failures=count)


def raise_alarm(session: Session) -> bool:
    """Note at most once an hour that signing in is closed to new browsers, tell the administrators; return whether."""
    at = actor_of(session).at
    key = crypto.search_key(session, "sign-in alarm")
    insert_missing(
        session, SignInFailure, {"subject_hash": key, "count": 0, "locked_until": None, "last_at": at}
    )
    fresh = SignInFailure.locked_until.is_(None) | (SignInFailure.locked_until <= at)
    is_first = changed_one(
        session,
        update(SignInFailure)
        .where(SignInFailure.subject_hash == key, fresh)
        .values(last_at=at, locked_until=at + _ALARM_EVERY),
    )
    if is_first:
        chain.note(session, "user.sign_in_flood", "sign-in", "all accounts")
        people = security_notices.holders(session, Role.ADMIN)
        security_notices.tell(session, people, Kind.SIGN_IN_FLOOD)
    return is_first


def record_failure(session: Session, subject: str, *, what: str, free: int = FREE_TRIES) -> int:
    """Count a failure and return how many there are; from the last free one on 1, 2, 4, … 15 minutes of waiting.

    The audit log names each wait.
    """
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
    wait = min(2 ** min(count - free, 4), LONGEST_WAIT) if count >= free else 0
    session.execute(
        update(SignInFailure)
        .where(row)
        .values(count=count, last_at=at, locked_until=at + timedelta(minutes=wait) if wait else None)
    )
    if wait:
        chain.note(
            session, "user.sign_in_paused", "sign-in", what, facts={"failures": count, "minutes": wait}
        )
    return count


def forget_failures(session: Session, subject: str) -> None:
    """Start counting anew after a success."""
    session.execute(delete(SignInFailure).where(SignInFailure.subject_hash == subject))


def sign_in(
    session: Session,
    user_id: int,
    *,
    id_hash: str,
    has_second_factor: bool,
    replaces: str | None = None,
    device: str = "",
) -> None:
    """Open the session of a person whose proof was checked: the one way in for passwords, links and second factor."""
    at = actor_of(session).at
    is_active = changed_one(
        session, update(User).where(User.id == user_id, User.is_active.is_(True)).values(last_login_at=at)
    )
    if not is_active:
        raise tokens.TokenUsed
    sessions.open_session(
        session,
        user_id,
        id_hash=id_hash,
        has_second_factor=has_second_factor,
        replaces=replaces,
        device=device,
    )
    name = session.execute(select(User.name).where(User.id == user_id)).scalar_one()
    sessions.act_as(session, user_id, name)
    chain.note(session, "user.sign_in", "user", user_id, facts={"second_factor": has_second_factor})


def sign_in_by_password(
    session: Session, user_id: int, *, subject: Subject, id_hash: str, device: str = ""
) -> None:
    """Open a session after the right password and start counting failures anew."""
    forget_failures(session, subject.key)
    sign_in(session, user_id, id_hash=id_hash, has_second_factor=False, device=device)


def sign_in_by_link(session: Session, *, secret: str, id_hash: str, device: str = "") -> None:
    """Use a sign-in link up and open its session; a second factor is still asked where one is set up."""
    user_id = tokens.use(session, secret, purpose=tokens.Purpose.SIGN_IN_LINK)
    assert user_id is not None, "a sign-in link belongs to an account"
    sign_in(session, user_id, id_hash=id_hash, has_second_factor=False, device=device)
