"""What people hear about their account and the association's money: kept until they have seen it.

Source: `reliability.md` SEC-16, SEC-17, SEC-35; OWASP ASVS 6.3.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.policy import Role
from membership.persistence.db import actor_of
from membership.persistence.models.users import SecurityNotice, User, UserRole


class Kind(StrEnum):
    """What a notice is about."""

    SIGN_IN_PAUSED = "sign_in_paused"
    SIGN_IN_FLOOD = "sign_in_flood"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES = "recovery_codes"
    RIGHTS_CHANGED = "rights_changed"
    BANK_CHANGED = "bank_changed"


def tell(session: Session, user_ids: Iterable[int], kind: Kind, **facts: object) -> None:
    """Keep a notice for people; what the acting person did to their own account is said in a later session."""
    actor = actor_of(session)
    rows = [
        {
            "user_id": user_id, "kind": kind, "facts": facts, "is_own": user_id == actor.user_id, "at": actor.at,
            "seen_at": None,
        }
        for user_id in sorted(set(user_ids))
    ]  # fmt: skip
    if rows:
        session.execute(insert(SecurityNotice), rows)


def holders(session: Session, *roles: Role) -> list[int]:
    """Return the active people who hold one of the roles today."""
    today = actor_of(session).at.date()
    return list(
        session.execute(
            select(User.id)
            .join(UserRole, UserRole.user_id == User.id)
            .where(
                UserRole.role.in_(roles),
                UserRole.ends_on.is_(None) | (UserRole.ends_on >= today),
                User.is_active.is_(True),
            )
            .distinct()
        ).scalars()
    )


def mark_seen(session: Session, notice_ids: Sequence[int]) -> None:
    """Note that a page has shown these notices to the acting person."""
    actor = actor_of(session)
    session.execute(
        update(SecurityNotice)
        .where(SecurityNotice.id.in_(notice_ids), SecurityNotice.user_id == actor.user_id)
        .values(seen_at=actor.at)
    )
