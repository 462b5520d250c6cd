"""Special levies and the runs that bill them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.billing import RunState
from membership.domain.errors import NotFound
from membership.domain.levies import fee_of
from membership.persistence.models.billing import BillingRun, Levy


def get_levy(session: Session, code: str) -> Levy:
    """Return a levy; raise `NotFound` when there is none of this code."""
    found = session.execute(select(Levy).where(Levy.code == code)).scalar_one_or_none()
    if found is None:
        raise NotFound(what="levy", key=code)
    return found


def list_levies(session: Session) -> list[Levy]:
    """Return all levies, the newest dues year first."""
    return list(session.execute(select(Levy).order_by(Levy.dues_year.desc(), Levy.code)).scalars())


def is_billed(session: Session, code: str) -> bool:
    """Return whether a run of a levy was released: its terms cannot change any more."""
    statement = select(BillingRun.id).where(
        BillingRun.kind == fee_of(code), BillingRun.state.not_in((RunState.DRAFT, RunState.DISCARDED))
    )
    return session.execute(statement.limit(1)).first() is not None
