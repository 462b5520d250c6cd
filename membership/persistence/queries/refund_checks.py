"""What the checker reads of refunds: their numbers, what the books hold of them, what their files hold."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.ledger import Account
from membership.domain.refunds import RefundState
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.refunds import Refund, RefundFile, RefundStep


def running_numbers(session: Session) -> list[tuple[str, int, int]]:
    """Return (series, year, running number) of every refund and every file in their order (INV-03)."""
    of_refunds = session.execute(select(Refund.year, Refund.running).order_by(Refund.year, Refund.running))
    of_files = session.execute(
        select(RefundFile.year, RefundFile.running).order_by(RefundFile.year, RefundFile.running)
    )
    return [("ER", *row) for row in of_refunds] + [("UE", *row) for row in of_files]


def refunds_against_ledger(session: Session) -> list[tuple[str, tuple[int, int, int], tuple[int, int, int]]]:
    """Return of each refund (number, expected, found): its open item, its own entry, what is on its way of it.

    A withdrawn refund is booked to 0; one that was paid out is no longer on its way.
    """
    reversal = aliased(Entry)
    sums = (
        select(EntryLine.entry_id, func.sum(EntryLine.amount_cents).label("cents"))
        .where(EntryLine.account == Account.TRANSIT)
        .group_by(EntryLine.entry_id)
        .subquery()
    )
    moved: dict[int, int] = dict(session.execute(select(sums.c.entry_id, sums.c.cents)).all())
    back = {
        reverses: entry
        for entry, reverses in session.execute(
            select(reversal.id, reversal.reverses_id).where(reversal.reverses_id.is_not(None))
        )
    }
    steps: dict[int, list[RefundStep]] = defaultdict(list)
    for step in session.execute(select(RefundStep).order_by(RefundStep.step)).scalars():
        steps[step.refund_id].append(step)
    found = []
    rows = session.execute(
        select(Refund.id, Refund.number, Refund.cents, Refund.entry_id, OpenItem.original_cents)
        .join(OpenItem, OpenItem.id == Refund.open_item_id)
        .order_by(Refund.id)
    )
    for refund_id, number, cents, entry_id, original in rows:
        state = steps[refund_id][-1].kind if steps[refund_id] else None
        entries = [entry_id, *(step.entry_id for step in steps[refund_id] if step.entry_id is not None)]
        entries += [back[entry] for entry in entries if entry in back]
        booked = -moved.get(entry_id, 0) - moved.get(back.get(entry_id, 0), 0)
        wanted = 0 if state is RefundState.WITHDRAWN else cents
        on_its_way = 0 if state in {RefundState.WITHDRAWN, RefundState.PAID} else cents
        under_way = -sum(int(moved.get(entry, 0)) for entry in entries)
        found.append((number, (cents, wanted, on_its_way), (original, int(booked), under_way)))
    return found


def files_against_refunds(session: Session) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Return of each file (number, (refunds, sum) that it holds, (refunds, sum) that were put into it)."""
    put = (
        select(RefundStep.file_id, RefundStep.refund_id)
        .where(RefundStep.kind == RefundState.FILED)
        .distinct()
        .subquery()
    )
    rows = session.execute(
        select(
            RefundFile.number,
            RefundFile.item_count,
            RefundFile.sum_cents,
            func.count(Refund.id),
            func.coalesce(func.sum(Refund.cents), 0),
        )
        .outerjoin(put, put.c.file_id == RefundFile.id)
        .outerjoin(Refund, Refund.id == put.c.refund_id)
        .group_by(RefundFile.id, RefundFile.number, RefundFile.item_count, RefundFile.sum_cents)
        .order_by(RefundFile.id)
    )
    return [(number, (count, cents), (int(held), int(total))) for number, count, cents, held, total in rows]
