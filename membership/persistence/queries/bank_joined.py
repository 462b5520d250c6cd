"""The movements of an account as they may be parts of a sum, or a sum of parts, of another file."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from membership.domain.banking.sums import Movement
from membership.persistence.models.bank import BankLine, BankPart
from membership.persistence.queries.bank_lines import DIVISIONS, IS_OPEN, IS_PART


class KnownMovement(NamedTuple):
    """A movement that was kept; `parts` are the lines into which it is divided."""

    movement: Movement
    is_bare: bool
    is_open: bool
    parts: tuple[int, ...]

    @property
    def id(self) -> int:
        """Return the line."""
        return self.movement.id


def list_movements(session: Session, account_id: int, *, since: date, until: date) -> list[KnownMovement]:
    """Return the movements of an account in a period, as they came."""
    parts: dict[int, list[int]] = defaultdict(list)
    is_asked = and_(BankLine.account_id == account_id, BankLine.booked_on.between(since, until), ~IS_PART)
    divided = (
        select(DIVISIONS.c.line_id, BankPart.line_id)
        .join(BankPart, BankPart.batch_id == DIVISIONS.c.batch_id)
        .where(DIVISIONS.c.line_id.in_(select(BankLine.id).where(is_asked)))
    )
    for sum_id, part_id in session.execute(divided):
        parts[sum_id].append(part_id)
    rows = session.execute(select(BankLine, IS_OPEN).where(is_asked).order_by(BankLine.id))
    return [
        KnownMovement(
            Movement(
                line.id, line.booked_on, line.amount_cents,
                frozenset(filter(None, (line.batch, line.payment_id, line.bank_reference))),
            ),
            not line.end_to_end_id and line.iban_key is None, is_open, tuple(parts[line.id]),
        )
        for line, is_open in rows
    ]  # fmt: skip
