"""People who sign in: accounts with their roles and companies."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.policy import Actor
from membership.persistence.models.users import User, UserCompany, UserRole


def find_user(session: Session, email: str) -> User | None:
    """Return the account of a mail address, whatever its capitals."""
    return session.execute(select(User).where(User.email == email.strip().casefold())).scalar_one_or_none()


def actor_of_user(session: Session, user: User, *, at: datetime, today: date, request_id: str) -> Actor:
    """Return the person as an actor, with the roles that hold today and the companies acted for."""
    roles = session.execute(
        select(UserRole.role).where(
            UserRole.user_id == user.id, UserRole.ends_on.is_(None) | (UserRole.ends_on >= today)
        )
    ).scalars()
    companies = session.execute(
        select(UserCompany.member_id, UserCompany.role).where(UserCompany.user_id == user.id)
    ).all()
    return Actor(
        name=user.name,
        at=at,
        request_id=request_id,
        user_id=user.id,
        roles=frozenset(roles),
        companies=tuple((member_id, role) for member_id, role in companies),
    )


def find_actor(session: Session, email: str, *, at: datetime, request_id: str) -> Actor:
    """Return the active person with this mail address as an actor; raise `NotFound` when there is none."""
    user = find_user(session, email)
    if user is None or not user.is_active:
        raise NotFound(what="person", key=email)
    return actor_of_user(session, user, at=at, today=at.date(), request_id=request_id)
