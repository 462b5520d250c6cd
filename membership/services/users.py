"""People who sign in: the first administrator, invitations, rights, passwords, the end of an account.

A password arrives as its hash and a link as its secret, both made outside the unit of work, so that neither a
form's fingerprint nor a repeated unit holds them. Source: `ux.md` 9; INV-21, INV-22, INV-28, INV-30; `decisions.md` 35.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.notices import Kind
from membership.domain.policy import PORTAL, STAFF, Actor, Role, require
from membership.domain.users import (
    AccountExists,
    AccountInactive,
    CompanyUnknown,
    EmailWrong,
    LastAdministrator,
    OwnRights,
    RightsMissing,
    RoleEnded,
    tidy_name,
)
from membership.persistence import chain
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.members import Member
from membership.persistence.models.settings import Guard
from membership.persistence.models.users import User, UserCompany, UserRole
from membership.services import security_notices, sessions, tokens
from membership.services.tokens import Purpose

Roles = Mapping[Role, date | None]
"""Staff role -> the last day it holds; None for ever."""


class SetupClosed(NotFound):
    """There is an administrator already; the set-up page does not exist any more."""


def tidy_email(text: str) -> str:
    """Return a mail address in its stored form (small letters); raise `EmailWrong`."""
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise EmailWrong(email=text.strip()[:100]) from error
    return found.normalized.casefold()


def offer_first_admin(session: Session, *, code: str) -> None:
    """Keep the one-time code of the first administrator; an older one ends. Refused when anybody has an account."""
    require(actor_of(session), "users.manage")
    _lock(session, "first_admin")
    if _has_users(session):
        raise SetupClosed(what="page", key="setup")
    tokens.issue(session, code, purpose=Purpose.FIRST_ADMIN, user_id=None)


def create_first_admin(
    session: Session, *, code: str, email: str, name: str, language: str, password_hash: str
) -> int:
    """Make the first person, administrator and treasurer, by the one-time code; works once (SEC-15)."""
    _lock(session, "first_admin")
    if _has_users(session):
        raise SetupClosed(what="page", key="setup")
    try:
        tokens.use(session, tokens.tidy_code(code), purpose=Purpose.FIRST_ADMIN)
    except tokens.TokenUsed as error:
        raise tokens.CodeWrong from error
    user_id = add_account(session, email=email, name=name, language=language, password_hash=password_hash)
    for role in (Role.ADMIN, Role.TREASURER):
        session.execute(insert(UserRole), {"user_id": user_id, "role": role, "ends_on": None})
    sessions.act_as(session, user_id, tidy_name(name))
    _note(session, "user.first_admin", user_id, roles=(None, "admin, treasurer"))
    return user_id


def invite(
    session: Session,
    *,
    email: str,
    name: str,
    secret: str,
    roles: Roles,
    companies: Mapping[str, Role] | None = None,
    language: str = "de",
) -> int:
    """Make an account without a password and the token of its invitation; return the person.

    Somebody who was invited and has not answered gets a new link and the rights named now.

    Args:
        session: the session of the unit of work.
        email: where the person can be reached; the name to sign in with.
        name: what the person is called; empty means the address until the invitation is accepted.
        secret: the token of the link, made by `tokens.new_secret`.
        roles: staff roles.
        companies: member number -> portal role.
        language: of the pages, until the person chooses.
    """
    require(actor_of(session), "users.manage")
    _require_rights(roles, companies or {})
    _require_lasting(roles, today=actor_of(session).at.date())
    address = tidy_email(email)
    known = session.execute(
        select(User.id, User.password_hash, User.is_active).where(User.email == address)
    ).first()
    if known and known.password_hash:
        raise AccountExists(email=address)
    if known and not known.is_active:
        raise AccountInactive
    user_id = (
        known.id if known else add_account(session, email=address, name=name or address, language=language)
    )
    _require_other(session, user_id)
    _set_rights(session, user_id, roles, companies or {})
    tokens.issue(session, secret, purpose=Purpose.INVITATION, user_id=user_id)
    _note(session, "user.invite", user_id, roles=(None, _words(roles, companies or {})))
    return user_id


def renew_invitation(session: Session, user_id: int, *, secret: str) -> None:
    """Make a new invitation link for somebody who has no password yet; the old link ends."""
    require(actor_of(session), "users.manage")
    user = _get(session, user_id)
    if user.password_hash:
        raise AccountExists(email=user.email)
    tokens.issue(session, secret, purpose=Purpose.INVITATION, user_id=user_id)
    _note(session, "user.invite", user_id)


def accept_invitation(session: Session, *, secret: str, name: str, language: str, password_hash: str) -> int:
    """Use an invitation up: the person gets name and password; return the person."""
    user_id = tokens.use(session, secret, purpose=Purpose.INVITATION)
    assert user_id is not None, "an invitation belongs to an account"
    values = {"name": tidy_name(name), "language": language, "password_hash": password_hash}
    if not changed_one(
        session, update(User).where(User.id == user_id, User.is_active.is_(True)).values(**values)
    ):
        raise tokens.TokenUsed
    tokens.withdraw(session, user_id=user_id)
    sessions.act_as(session, user_id, tidy_name(name))
    _note(session, "user.accept_invitation", user_id)
    return user_id


def change_rights(session: Session, user_id: int, *, roles: Roles, companies: Mapping[str, Role]) -> None:
    """Give a person exactly these roles and companies; open sessions end. Nobody changes their own (INV-21)."""
    require(actor_of(session), "users.manage")
    _require_other(session, user_id)
    _require_rights(roles, companies)
    _lock(session, "owners")
    _get(session, user_id)
    before = _rights(session, user_id)
    known = set(session.execute(select(UserRole.role, UserRole.ends_on).where(UserRole.user_id == user_id)))
    new = dict(set(roles.items()) - {(role, day) for role, day in known})
    _require_lasting(new, today=actor_of(session).at.date())
    _set_rights(session, user_id, roles, companies)
    after = _rights(session, user_id)
    if before == after:
        return
    _require_administrator(session)
    sessions.end_all(session, user_id)
    security_notices.tell(session, [user_id], Kind.RIGHTS_CHANGED)
    _note(session, "user.rights", user_id, roles=(before, after))


def deactivate(session: Session, user_id: int) -> None:
    """Block an account at once; its sessions and open links end. Done already: nothing happens."""
    require(actor_of(session), "users.manage")
    _lock(session, "owners")
    if not _get(session, user_id).is_active:
        return
    session.execute(update(User).where(User.id == user_id).values(is_active=False))
    _require_administrator(session)
    sessions.end_all(session, user_id)
    tokens.withdraw(session, user_id=user_id)
    _note(session, "user.deactivate", user_id)


def activate(session: Session, user_id: int) -> None:
    """Let a blocked account sign in again, with the rights it had."""
    require(actor_of(session), "users.manage")
    _require_other(session, user_id)
    _get(session, user_id)
    session.execute(update(User).where(User.id == user_id).values(is_active=True))
    _note(session, "user.activate", user_id)


def offer_reset(session: Session, user_id: int, *, secret: str) -> None:
    """Make a link by which the person sets a new password; an older one ends."""
    require(actor_of(session), "users.manage")
    if not _get(session, user_id).is_active:
        raise AccountInactive
    tokens.issue(session, secret, purpose=Purpose.RESET, user_id=user_id)
    _note(session, "user.offer_reset", user_id)


def offer_sign_in_link(session: Session, user_id: int, *, secret: str) -> None:
    """Make a sign-in link for a person of the member area: 15 minutes, once; never for staff (SEC-32)."""
    require(actor_of(session), "users.manage")
    if not _get(session, user_id).is_active:
        raise AccountInactive
    if session.execute(select(exists().where(UserRole.user_id == user_id))).scalar_one():
        raise NotFound(what="person", key=user_id)
    tokens.issue(session, secret, purpose=Purpose.SIGN_IN_LINK, user_id=user_id)
    _note(session, "user.offer_sign_in_link", user_id)


def reset_password(session: Session, *, secret: str, password_hash: str) -> int:
    """Use a reset link up; all sessions end and the second factor stays (SEC-25, SEC-27)."""
    user_id = tokens.use(session, secret, purpose=Purpose.RESET)
    assert user_id is not None, "a reset belongs to an account"
    if not changed_one(
        session,
        update(User).where(User.id == user_id, User.is_active.is_(True)).values(password_hash=password_hash),
    ):
        raise tokens.TokenUsed
    sessions.end_all(session, user_id)
    tokens.withdraw(session, user_id=user_id)
    sessions.act_as(session, user_id, _get(session, user_id).name)
    security_notices.tell(session, [user_id], Kind.PASSWORD_CHANGED)
    _note(session, "user.reset_password", user_id)
    return user_id


def change_password(
    session: Session, *, password_hash: str, id_hash: str, replaces: str, has_second_factor: bool
) -> None:
    """Change the acting person's password; other sessions end, this one gets a new id (SEC-22)."""
    actor = actor_of(session)
    assert actor.user_id is not None, actor
    session.execute(update(User).where(User.id == actor.user_id).values(password_hash=password_hash))
    sessions.end_all(session, actor.user_id, but=replaces)
    sessions.open_session(
        session, actor.user_id, id_hash=id_hash, has_second_factor=has_second_factor, replaces=replaces
    )
    tokens.withdraw(session, user_id=actor.user_id)
    security_notices.tell(session, [actor.user_id], Kind.PASSWORD_CHANGED)
    _note(session, "user.change_password", actor.user_id)


def change_profile(session: Session, *, name: str, language: str, has_keys_on: bool) -> None:
    """Change what the acting person may change about themselves."""
    actor = actor_of(session)
    assert actor.user_id is not None, actor
    before = _get(session, actor.user_id)
    after: dict[str, object] = {"name": tidy_name(name), "language": language, "has_keys_on": has_keys_on}
    changes = {
        key: (getattr(before, key), value) for key, value in after.items() if getattr(before, key) != value
    }
    if changes:
        session.execute(update(User).where(User.id == actor.user_id).values(**after))
        chain.note(session, "user.profile", "user", actor.user_id, values=changes)


def end_sessions(session: Session, user_id: int) -> None:
    """End all sessions of a person: an administrator for others, everybody for themselves."""
    actor = actor_of(session)
    if actor.user_id != user_id:
        require(actor, "users.manage")
    _get(session, user_id)
    sessions.end_all(session, user_id)
    _note(session, "user.end_sessions", user_id)


def _has_users(session: Session) -> bool:
    return bool(session.execute(select(exists().where(User.id.is_not(None)))).scalar_one())


def _lock(session: Session, name: str) -> None:
    session.execute(select(Guard.id).where(Guard.name == name).with_for_update()).one()


def add_account(
    session: Session, *, email: str, name: str, language: str, password_hash: str | None = None
) -> int:
    """Make an account without rights and return the person; who asks for it was asked before."""
    user = User(
        uid=secrets.token_hex(16),
        email=tidy_email(email),
        name=tidy_name(name),
        language=language,
        password_hash=password_hash,
        created_at=actor_of(session).at,
    )
    session.add(user)
    session.flush()
    return user.id


def _get(session: Session, user_id: int) -> User:
    user = session.execute(select(User).where(User.id == user_id)).scalar_one_or_none()
    if user is None:
        raise NotFound(what="person", key=user_id)
    return user


def _require_other(session: Session, user_id: int) -> None:
    if actor_of(session).user_id == user_id:
        raise OwnRights(action="users.manage")


def _require_rights(roles: Roles, companies: Mapping[str, Role]) -> None:
    if not roles and not companies:
        raise RightsMissing
    assert roles.keys() <= STAFF, roles
    assert set(companies.values()) <= PORTAL, companies


def _require_lasting(roles: Roles, *, today: date) -> None:
    """Raise `RoleEnded` for a role whose last day has passed; today is a day on which it may still be used."""
    for day in roles.values():
        if day is not None and day < today:
            raise RoleEnded(day=day)


def _require_administrator(session: Session) -> None:
    """Raise unless an administrator without an end date remains: one with an end is gone when it has come."""
    remaining = session.execute(
        select(func.count())
        .select_from(UserRole)
        .join(User, User.id == UserRole.user_id)
        .where(
            UserRole.role == Role.ADMIN,
            UserRole.ends_on.is_(None),
            User.is_active.is_(True),
            User.password_hash.is_not(None),
        )
    ).scalar_one()
    if not remaining:
        raise LastAdministrator


def _set_rights(session: Session, user_id: int, roles: Roles, companies: Mapping[str, Role]) -> None:
    session.execute(delete(UserRole).where(UserRole.user_id == user_id))
    session.execute(delete(UserCompany).where(UserCompany.user_id == user_id))
    if roles:
        session.execute(
            insert(UserRole),
            [{"user_id": user_id, "role": role, "ends_on": day} for role, day in roles.items()],
        )
    if companies:
        ids = _member_ids(session, list(companies))
        session.execute(
            insert(UserCompany),
            [{"user_id": user_id, "member_id": ids[no], "role": role} for no, role in companies.items()],
        )


def _member_ids(session: Session, numbers: Sequence[str]) -> dict[str, int]:
    found = dict(
        session.execute(select(Member.number, Member.id).where(Member.number.in_(list(numbers)))).all()
    )
    for number in numbers:
        if number not in found:
            raise CompanyUnknown(number=number)
    return found


def _rights(session: Session, user_id: int) -> str:
    roles = session.execute(
        select(UserRole.role, UserRole.ends_on).where(UserRole.user_id == user_id).order_by(UserRole.role)
    )
    companies = session.execute(
        select(Member.number, UserCompany.role)
        .join(Member, Member.id == UserCompany.member_id)
        .where(UserCompany.user_id == user_id)
        .order_by(Member.number)
    )
    return _words({row.role: row.ends_on for row in roles}, {row.number: row.role for row in companies})


def _words(roles: Roles, companies: Mapping[str, Role]) -> str:
    words = [f"{role}{f' – {day.isoformat()}' if day else ''}" for role, day in roles.items()]
    return ", ".join(words + [f"{number}: {role}" for number, role in companies.items()])


def _note(session: Session, action: str, user_id: int, **values: tuple[object, object]) -> None:
    member_id = _only_company(actor_of(session))
    chain.note(session, action, "user", user_id, member_id=member_id, values=values)


def _only_company(actor: Actor) -> int | None:
    companies = actor.member_ids if actor.is_portal else frozenset()
    return next(iter(companies)) if len(companies) == 1 else None
