"""What is forgotten: applications that nobody confirmed, and those that led to nothing when their time is over.

The reference, the days and the decision stay; what a company and its people said goes, and the mails to them too.
Source: ACC-24, INV-35; Art. 17 GDPR.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from membership.domain.applications import CONFIRM_WITHIN, LEADS_TO_NOTHING, ApplicationState, erased_on
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.applications import Application, ApplicationLink
from membership.persistence.models.dispatch import Dispatch, DispatchAttempt
from membership.persistence.queries.settings import get_settings
from membership.services.applications import mails


def erase_old(session: Session, *, today: date, zone: str) -> dict[str, int]:
    """Forget what has had its time on a day; return how many applications were `unconfirmed` and `erased`."""
    require(actor_of(session), "settings.operate")
    at = actor_of(session).at
    late = [
        each
        for each in _in_state(session, ApplicationState.UNCONFIRMED)
        if each.submitted_at + CONFIRM_WITHIN <= at
    ]
    months = get_settings(session).number("application.keep_months")
    old = [
        each
        for each in _in_state(session, *LEADS_TO_NOTHING)
        if each.ended_at is not None
        and erased_on(each.ended_at.astimezone(ZoneInfo(zone)).date(), months) <= today
    ]
    _forget_mails(session, [*late, *old])
    for each in late:
        session.delete(each)
    for each in old:
        each.data, each.sizes, each.expected, each.iban_sealed = None, {}, None, None
        each.name_key, each.email_key, each.erased_at = "", "", at
        chain.note(session, "application.erase", "application", each.reference)
    session.flush()
    return {"unconfirmed": len(late), "erased": len(old)}


def _in_state(session: Session, *states: ApplicationState) -> list[Application]:
    statement = select(Application).where(Application.state.in_(states), Application.erased_at.is_(None))
    return list(session.execute(statement.order_by(Application.id)).scalars())


def _forget_mails(session: Session, applications: Sequence[Application]) -> None:
    """Delete the links and the mails of applications."""
    ids = [each.id for each in applications]
    session.execute(delete(ApplicationLink).where(ApplicationLink.application_id.in_(ids)))
    sent = select(Dispatch.id).where(
        Dispatch.kind.in_(mails.KINDS), Dispatch.document.in_([each.reference for each in applications])
    )
    session.execute(delete(DispatchAttempt).where(DispatchAttempt.dispatch_id.in_(sent)))
    session.execute(delete(Dispatch).where(Dispatch.id.in_(sent)))
