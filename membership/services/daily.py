"""Tasks of a calendar day, each done once, whoever comes first; one that failed is tried again after an hour.

The key is the day in the association's zone, never the hour: so a day has no task twice and none is left out when
the clocks change. Source: `reliability.md` 62, FI-47, FI-58.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, changed_one, insert_missing
from membership.persistence.models.operation import DailyTask

CHECK, BACKUP, COMPARE, MANDATES = "check", "backup", "compare", "mandates"
FORGET, ERASE = "forget", "erase"
STARTED, DONE, FAILED = "started", "done", "failed"
LEASE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Care:
    """How the installation is looked after: the newest backup, and what the newest check found."""

    backup_on: date | None
    backup_error: str
    findings: int
    checked_at: datetime | None


def claim_task(session: Session, name: str, day: date) -> str | None:
    """Take a task of a day for an hour and return its fence; None when it is done or somebody else is at it."""
    require(actor_of(session), "settings.operate")
    at, fence = actor_of(session).at, secrets.token_hex(8)
    lease = {"state": STARTED, "fence": fence, "lease_until": at + LEASE}
    insert_missing(session, DailyTask, {"name": name, "day": day, **lease})
    mine = (DailyTask.name == name, DailyTask.day == day)
    if session.execute(select(DailyTask.fence).where(*mine)).scalar_one() == fence:
        return fence
    late = update(DailyTask).where(*mine, DailyTask.state != DONE, DailyTask.lease_until < at)
    return fence if changed_one(session, late.values(**lease)) else None


def settle_task(
    session: Session, name: str, day: date, *, fence: str, state: str, outcome: Mapping[str, object]
) -> bool:
    """Keep what came of a task; return False, and keep nothing, when it was taken over in the meantime."""
    require(actor_of(session), "settings.operate")
    mine = (DailyTask.name == name, DailyTask.day == day, DailyTask.fence == fence)
    values = {"state": state, "outcome": dict(outcome), "finished_at": actor_of(session).at}
    if not changed_one(session, update(DailyTask).where(*mine).values(**values)):
        return False
    chain.note(session, f"daily.{name}", "task", day.isoformat(), facts={"state": state, **outcome})
    return True


def care_taken(session: Session) -> Care:
    """Return how the installation is looked after."""
    newest = select(func.max(DailyTask.day)).where(DailyTask.name == BACKUP, DailyTask.state == DONE)
    backup_on = session.execute(newest).scalar_one()
    last = _last(session, BACKUP)
    check = _last(session, CHECK)
    return Care(
        backup_on=backup_on,
        backup_error=str(last.outcome.get("error", "")) if last and last.state == FAILED else "",
        findings=int(check.outcome.get("findings", 0)) if check else 0,
        checked_at=check.finished_at if check else None,
    )


def last_outcome(session: Session, name: str) -> Mapping[str, Any]:
    """Return what the task came to when it was last done; empty when it never was."""
    statement = select(DailyTask.outcome).where(DailyTask.name == name, DailyTask.state == DONE)
    return session.execute(statement.order_by(DailyTask.day.desc()).limit(1)).scalar_one_or_none() or {}


def _last(session: Session, name: str) -> Any:  # noqa: ANN401 - a row of three columns, or none
    statement = select(DailyTask.state, DailyTask.outcome, DailyTask.finished_at).where(
        DailyTask.name == name, DailyTask.finished_at.is_not(None)
    )
    return session.execute(statement.order_by(DailyTask.day.desc()).limit(1)).first()
