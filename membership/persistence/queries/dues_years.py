"""Which dues years there are."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.persistence.models.billing import BillingRun
from membership.persistence.models.invoicing import Invoice


def find_dues_years(session: Session) -> tuple[int | None, int | None]:
    """Return the first and the last dues year that was billed or is being billed; one statement."""
    row = session.execute(
        select(
            select(func.min(Invoice.dues_year)).scalar_subquery(),
            select(func.max(Invoice.dues_year)).scalar_subquery(),
            select(func.max(BillingRun.dues_year)).scalar_subquery(),
        )
    ).one()
    known = [year for year in row[1:] if year is not None]
    return row[0], max(known) if known else None
