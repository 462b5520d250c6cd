"""The debits that a member may expect: announced for a day that has not passed, or on their way to the bank.

Source: `ux.md` 7 "Home"; PAY-6; SEPA-7.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.direct_debits.collections import ItemState, expected_day
from membership.persistence.models.direct_debits import Collection, CollectionItem
from membership.persistence.queries.direct_debits.claims import list_claims
from membership.persistence.queries.direct_debits.mandates import best_of, list_mandates

_FILES = Collection.__table__


class Expected(NamedTuple):
    """A debit: its day, its amount, the end of the account, the mandate."""

    day: date
    cents: int
    account_shown: str
    mandate: str


def list_expected(session: Session, member_id: int, *, today: date) -> dict[str, Expected]:
    """Return document -> the debit of a member that is expected for it, under way or announced.

    Mandates are looked for first: most members have none, and their pages ask for nothing more.
    """
    views = list_mandates(session, member_ids=[member_id])
    claims = list_claims(session, member_id=member_id) if views else []
    if not claims:
        return {}
    found = {}
    for claim in claims:
        best = best_of(views, on=max(today, claim.notice.due_on) if claim.notice else today).get(member_id)
        day = expected_day(claim, best.for_rules if best else None, today=today)
        if best is not None and day is not None:
            found[claim.document] = Expected(day, claim.open_cents, best.terms.iban_shown, best.reference)
    return found | _under_way(session, member_id, {view.row.id: view.reference for view in views})


def _under_way(session: Session, member_id: int, references: dict[int, str]) -> dict[str, Expected]:
    """Return what a file holds; of the file a member sees no more than the day of its own debit."""
    rows = session.execute(
        select(
            CollectionItem.document, _FILES.c.due_on, CollectionItem.cents, CollectionItem.iban_shown,
            CollectionItem.mandate_id,
        )
        .join(_FILES, _FILES.c.id == CollectionItem.collection_id)
        .where(CollectionItem.member_id == member_id, CollectionItem.state == ItemState.OPEN)
    )  # fmt: skip
    return {row[0]: Expected(row[1], row[2], row[3], references[row[4]]) for row in rows}
