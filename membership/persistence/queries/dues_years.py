"""Which dues years there are."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.persistence.models.billing import BillingRun
from membership.persistence.models.dues import FeeScheduleVersion, ScheduleState
from membership.persistence.models.invoicing import Invoice

_IN_FORCE = FeeScheduleVersion.state.in_((ScheduleState.IN_FORCE, ScheduleState.SUPERSEDED))


def find_dues_years(session: Session) -> tuple[int | None, int | None, int | None]:
    """Return the first and the last dues year that was billed or is being billed, and the first that has a schedule.

    One statement; drafts do not count.
    """
    row = session.execute(
        select(
            select(func.min(Invoice.dues_year)).scalar_subquery(),
            select(func.max(Invoice.dues_year)).scalar_subquery(),
            select(func.max(BillingRun.dues_year)).scalar_subquery(),
            select(func.min(FeeScheduleVersion.valid_from)).where(_IN_FORCE).scalar_subquery(),
        )
    ).one()
    known = [year for year in row[1:3] if year is not None]
    return row[0], max(known) if known else None, row[3].year if row[3] else None
