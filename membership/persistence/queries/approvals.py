"""What waits for a second person, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session

from membership.domain.approvals import DECIDE, Action, State
from membership.domain.errors import NotFound
from membership.domain.policy import ACTIONS
from membership.persistence.db import actor_of
from membership.persistence.models.approvals import Approval, ApprovalDecision
from membership.persistence.models.users import User, UserRole


class ApprovalLine(NamedTuple):
    """Something that was submitted, with its end; None while it waits."""

    approval: Approval
    decision: ApprovalDecision | None

    @property
    def state(self) -> State:
        """Return what became of it."""
        return State.OPEN if self.decision is None else self.decision.state


def _lines() -> Any:  # noqa: ANN401 - SQLAlchemy types a SELECT by its columns
    return select(Approval, ApprovalDecision).outerjoin(
        ApprovalDecision, ApprovalDecision.approval_id == Approval.id
    )


def _read(session: Session, statement: Executable) -> list[ApprovalLine]:
    return [ApprovalLine(*row) for row in session.execute(statement)]


def get_approval(session: Session, approval_id: int) -> ApprovalLine:
    """Return one with its end; raise `NotFound`."""
    found = session.execute(_lines().where(Approval.id == approval_id)).first()
    if found is None:
        raise NotFound(what="approval", key=approval_id)
    return ApprovalLine(*found)


def list_open(session: Session, *, page: int = 1, size: int = -1) -> list[ApprovalLine]:
    """Return what waits, the oldest first; all of it or one page."""
    statement = _lines().where(ApprovalDecision.id.is_(None)).order_by(Approval.id)
    return _read(session, statement if size < 0 else statement.limit(size).offset((page - 1) * size))


def list_decided(session: Session, *, page: int, size: int) -> list[ApprovalLine]:
    """Return a page of what was decided, the newest first."""
    statement = _lines().where(ApprovalDecision.id.is_not(None)).order_by(ApprovalDecision.id.desc())
    return _read(session, statement.limit(size).offset((page - 1) * size))


def count_both(session: Session) -> tuple[int, int]:
    """Return how much waits, and how much was decided."""
    submitted = session.execute(select(func.count(Approval.id))).scalar_one()
    decided = session.execute(select(func.count(ApprovalDecision.id))).scalar_one()
    return submitted - decided, decided


def list_open_of(session: Session, kind: str, ref: str | None, *actions: Action) -> list[ApprovalLine]:
    """Return what waits about one thing, or about all of a kind, the oldest first; of some actions where named."""
    statement = _lines().where(ApprovalDecision.id.is_(None), Approval.object_kind == kind)
    if ref is not None:
        statement = statement.where(Approval.object_ref == ref)
    if actions:
        statement = statement.where(Approval.action.in_(actions))
    return _read(session, statement.order_by(Approval.id))


def list_open_at(session: Session, action: Action, *, actor_key: str, at: datetime) -> list[ApprovalLine]:
    """Return what somebody submitted at a moment, in one unit of work, and still waits."""
    statement = _lines().where(
        ApprovalDecision.id.is_(None),
        Approval.action == action,
        Approval.actor_key == actor_key,
        Approval.at == at,
    )
    return _read(session, statement.order_by(Approval.id))


def list_all(session: Session) -> list[ApprovalLine]:
    """Return everything that was ever submitted, by number."""
    return _read(session, _lines().order_by(Approval.id))


def list_deciders(session: Session, *, without: str) -> list[tuple[int, str]]:
    """Return id and name of the active people who hold the right today, but for the one who submitted."""
    today = actor_of(session).at.date()
    statement = (
        select(User.id, User.name)
        .join(UserRole, UserRole.user_id == User.id)
        .where(
            UserRole.role.in_(ACTIONS[DECIDE]),
            UserRole.ends_on.is_(None) | (UserRole.ends_on >= today),
            User.is_active.is_(True),
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    found = session.execute(statement).all()
    return [(user_id, name) for user_id, name in found if f"user:{user_id}" != without]
