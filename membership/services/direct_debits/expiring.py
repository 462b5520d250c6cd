"""Treasurers hear of mandates that end unless something is collected, once for each and its last day (SEPA-4)."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.notices import Kind
from membership.domain.policy import Role, require
from membership.persistence.db import actor_of
from membership.persistence.queries.direct_debits.expiring import list_expiring
from membership.services import security_notices

_NAMED: Final = 5


def warn_of_expiring(session: Session, *, today: date, told: frozenset[str]) -> list[str]:
    """Tell the treasurers of mandates that expire within 60 days, if one of them is new; return all, to be told once.

    Args:
        session: the session of the unit of work.
        today: the day in the association's zone.
        told: what this returned before.
    """
    require(actor_of(session), "settings.operate")
    found = list_expiring(session, today=today)
    keys = [f"{view.reference} {last.isoformat()}" for view, last in found]
    if not told.issuperset(keys):
        named = [f"{view.reference} ({last:%d.%m.%Y})" for view, last in found[:_NAMED]]
        more = ", …" if len(found) > _NAMED else ""
        treasurers = security_notices.holders(session, Role.TREASURER)
        security_notices.tell(
            session,
            treasurers,
            Kind.MANDATES_EXPIRE,
            number=str(len(found)),
            mandates=", ".join(named) + more,
        )
    return keys
