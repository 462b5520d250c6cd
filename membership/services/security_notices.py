"""What people hear about their account and the association's money: by mail, and kept until they have seen it.

Source: `reliability.md` SEC-16, SEC-17, SEC-35; OWASP ASVS 6.3.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.notices import Kind
from membership.domain.policy import Role
from membership.persistence.db import actor_of
from membership.persistence.models.users import SecurityNotice, User, UserRole
from membership.services import staff_mail


def tell(session: Session, user_ids: Iterable[int], kind: Kind, **facts: object) -> None:
    """Keep a notice for people and put a mail about it into the outbox.

    On a page, what the acting person did to their own account is said in a later session; the mail goes at once.
    """
    actor = actor_of(session)
    rows: list[dict[str, Any]] = [
        {
            "user_id": user_id, "kind": kind, "facts": facts, "is_own": user_id == actor.user_id, "at": actor.at,
            "seen_at": None,
        }
        for user_id in sorted(set(user_ids))
    ]  # fmt: skip
    if rows:
        session.execute(insert(SecurityNotice), rows)
        staff_mail.put_notices(session, [row["user_id"] for row in rows], kind, facts)


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
