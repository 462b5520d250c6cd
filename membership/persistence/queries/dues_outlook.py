"""What a company without an invoice of a dues year may expect: that it owes nothing, or when the invoice comes.

Runs are closed to people of the member area; these reads take of them what concerns one company, or the day alone.
"""

from __future__ import annotations

from datetime import date
from typing import Final, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from membership.domain.billing import YEARLY, ItemState, RunState
from membership.persistence.models.billing import BillingRun, RunItem

_RUNS = cast("Table", BillingRun.__table__)
_ITEMS = cast("Table", RunItem.__table__)
_FINISHED: Final = (RunState.DONE, RunState.DONE_WITH_ERRORS)


def is_free_of_dues(session: Session, member_id: int, year: int) -> bool:
    """Return whether the newest finished run of a dues year found that the company owes nothing."""
    statement = (
        select(_ITEMS.c.state)
        .join(_RUNS, _RUNS.c.id == _ITEMS.c.run_id)
        .where(
            _ITEMS.c.member_id == member_id,
            _RUNS.c.dues_year == year,
            _RUNS.c.kind == YEARLY,
            _RUNS.c.state.in_(_FINISHED),
        )
        .order_by(_ITEMS.c.id.desc())
        .limit(1)
    )
    return session.connection().execute(statement).scalar_one_or_none() is ItemState.FREE


def find_first_issue(session: Session, year: int) -> date | None:
    """Return the day of the first invoices of a dues year."""
    statement = select(func.min(_RUNS.c.issued_on)).where(
        _RUNS.c.dues_year == year, _RUNS.c.kind == YEARLY, _RUNS.c.state.in_(_FINISHED)
    )
    return session.connection().execute(statement).scalar_one_or_none()
