"""An open item with an instalment plan is due with its first instalment that is not settled (DUE-26)."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.claims import next_due
from membership.persistence.models.ledger import OpenItem
from membership.persistence.queries.corrections import find_plan
from membership.persistence.queries.payments import read_item


def follow(session: Session, item_id: int) -> None:
    """Move the due date of an open item to that instalment, after something of it was paid or taken back."""
    plan = find_plan(session, item_id)
    if not plan:
        return
    item = read_item(session, item_id)
    if (due_on := next_due(plan, item.open_cents)) != item.due_on:
        session.execute(update(OpenItem).where(OpenItem.id == item_id).values(due_on=due_on))
