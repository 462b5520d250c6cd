"""Mandates that end unless something is collected soon (SEPA-4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from membership.domain.direct_debits.collections import ItemState
from membership.domain.direct_debits.mandates import EXPIRY_MONTHS, WARNING_DAYS, StepKind, ends_soon
from membership.domain.dues.year import months_later
from membership.persistence.models.direct_debits import Collection, CollectionItem, Mandate, MandateStep
from membership.persistence.queries.direct_debits.mandates import MandateView, list_mandates

_MARGIN: Final = timedelta(days=3)


def list_expiring(session: Session, *, today: date) -> list[tuple[MandateView, date]]:
    """Return the active mandates that expire within 60 days, each with its last day, the first one first."""
    latest = months_later(today + timedelta(days=WARNING_DAYS), -EXPIRY_MONTHS) + _MARGIN
    signed = exists().where(
        MandateStep.mandate_id == Mandate.id,
        MandateStep.kind == StepKind.SIGNED,
        MandateStep.done_on <= latest,
    )
    used = (
        exists()
        .where(
            CollectionItem.mandate_id == Mandate.id, CollectionItem.state != ItemState.WITHDRAWN,
            Collection.id == CollectionItem.collection_id, Collection.due_on > latest,
        )
    )  # fmt: skip
    chosen = select(Mandate.id).where(or_(Mandate.signed_on <= latest, signed), ~used)
    views = list_mandates(session, ids=session.execute(chosen).scalars())
    found = [(view, last) for view in views if (last := ends_soon(view.standing, today)) is not None]
    return sorted(found, key=lambda each: (each[1], each[0].reference))
