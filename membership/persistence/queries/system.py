"""What an administration wants to know of the installation: the database, the work that waits, the daily tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text, true
from sqlalchemy.orm import Session

from membership.domain.billing import ItemState, RunState
from membership.persistence.models.billing import BillingRun, OutboxRow, RunItem
from membership.persistence.models.operation import DailyTask

_OPEN = ("new", "claimed")
_FAILED = "failed"
_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Database:
    """Which database, of what version, how large in bytes."""

    product: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Work for the workers: rows that wait, since when the oldest does, rows given up."""

    waiting: int
    oldest_at: datetime | None
    failed: int


@dataclass(frozen=True, slots=True)
class TaskDay:
    """A daily task: its newest days first."""

    name: str
    day: date
    state: str
    finished_at: datetime | None
    outcome: dict[str, Any]


def get_database(session: Session) -> Database:
    """Return product, version and size of the database; one statement."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        row = session.execute(
            text(
                "SELECT sqlite_version(), (SELECT page_count FROM pragma_page_count())"
                " * (SELECT page_size FROM pragma_page_size())"
            )
        ).one()
        return Database("SQLite", str(row[0]), int(row[1]))
    row = session.execute(
        text("SELECT current_setting('server_version'), pg_database_size(current_database())")
    ).one()
    return Database("PostgreSQL", str(row[0]), int(row[1]))


def get_queue(session: Session) -> Queue:
    """Return what waits for a worker: invoices to issue and PDFs to make; one statement.

    A PDF waits since it was put, an item since its run was released.
    """
    is_open = OutboxRow.state.in_(_OPEN)
    is_todo = (BillingRun.state == RunState.RUNNING) & (RunItem.state == ItemState.TODO)
    items = select(func.count(), func.min(BillingRun.released_at)).join(
        RunItem, RunItem.run_id == BillingRun.id
    )
    todo = items.where(is_todo).subquery()
    pdfs = select(
        func.count().filter(is_open),
        func.min(OutboxRow.at).filter(is_open),
        func.count().filter(OutboxRow.state == _FAILED),
    ).subquery()
    row = session.execute(select(*todo.c, *pdfs.c).select_from(todo.join(pdfs, true()))).one()
    moments = [moment for moment in (row[1], row[3]) if moment is not None]
    return Queue(row[0] + row[2], min(moments, default=None), row[4])


def list_tasks(session: Session) -> list[TaskDay]:
    """Return the daily tasks of the last days, the newest first."""
    statement = select(DailyTask).order_by(DailyTask.day.desc(), DailyTask.name).limit(2 * _SHOWN)
    return [
        TaskDay(row.name, row.day, row.state, row.finished_at, dict(row.outcome or {}))
        for row in session.execute(statement).scalars()
    ]
