"""Open items that could be debited: of members that pay so or gave a mandate, with what they were told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from membership.domain.claims import EventKind
from membership.domain.direct_debits.collections import STANDING, Claim, ItemState, Notice
from membership.domain.dispatch import DispatchState
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.direct_debits import Collection, CollectionItem, DebitNotice, Mandate
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.members import Member, PaymentMethod
from membership.persistence.models.online_payments import OnlineItem

BY_INVOICE: Final = "invoice"
"""The way of a notice that stands in the invoice itself."""


def candidates() -> Select[int]:
    """Return the statement for the ids of open items that a collection looks at; none that is being paid online."""
    is_paid_online = exists().where(OnlineItem.open_item_id == OpenItem.id, OnlineItem.is_held)
    has_mandate = exists().where(Mandate.member_id == OpenItem.member_id)
    return (
        select(OpenItem.id)
        .join(Member, Member.id == OpenItem.member_id)
        .where(
            OpenItem.open_cents > 0,
            or_(Member.payment_method == PaymentMethod.DIRECT_DEBIT, has_mandate),
            ~is_paid_online,
        )
    )


def list_members(session: Session) -> list[int]:
    """Return the members of all candidates in the order in which rows are locked."""
    statement = select(OpenItem.member_id).where(OpenItem.id.in_(candidates())).distinct()
    return sorted(session.execute(statement).scalars())


def list_claims(
    session: Session, *, document: str | None = None, member_id: int | None = None
) -> list[Claim]:
    """Return the candidates with all that decides about them, or those of a member, or the one of a document."""
    chosen = candidates()
    if member_id is not None:
        chosen = chosen.where(OpenItem.member_id == member_id)
    if document is not None:
        chosen = chosen.where(OpenItem.reference == document.strip().upper())
    notices, under_way = _notices(session, chosen), _under_way(session, chosen)
    returned, sendings = _returned(session, chosen), _sendings(session, chosen)
    planned = _planned(session, chosen)
    statement = (
        select(
            OpenItem.id, OpenItem.reference, OpenItem.member_id, OpenItem.open_cents, OpenItem.due_on,
            OpenItem.invoice_id, Member.number, Member.name,
        )
        .join(Member, Member.id == OpenItem.member_id)
        .where(OpenItem.id.in_(chosen))
        .order_by(OpenItem.reference)
    )  # fmt: skip
    return [
        _claim(row, notices, under_way, returned, planned, sendings)
        for row in session.execute(statement).all()
    ]


class _Sending(NamedTuple):
    """Whether a document is still to go out, and on which day it first did."""

    is_waiting: bool
    sent_on: date | None


def _claim(
    row: Any,  # noqa: ANN401 - a row of columns
    notices: dict[int, Notice],
    under_way: dict[int, str],
    returned: dict[int, list[str]],
    planned: set[int],
    sendings: dict[int, _Sending],
) -> Claim:
    notice, sending = notices.get(row.id), sendings.get(row.id)
    if notice is not None and sending is not None and sending.sent_on is not None:
        notice = notice._replace(notified_on=max(notice.notified_on, sending.sent_on))
    return Claim(
        id=row.id,
        document=row.reference,
        member_id=row.member_id,
        member_number=row.number,
        member_name=row.name,
        open_cents=row.open_cents,
        due_on=row.due_on,
        notice=notice,
        is_waiting=sending is not None and sending.is_waiting,
        is_sent=sending is not None,
        under_way=under_way.get(row.id, ""),
        returned=tuple(returned.get(row.id, ())),
        has_plan=row.id in planned,
    )


def _notices(session: Session, chosen: Select[int]) -> dict[int, Notice]:
    """Return item -> what the member was told last."""
    statement = (
        select(
            DebitNotice.open_item_id, DebitNotice.notified_on, DebitNotice.due_on, DebitNotice.mandate_id,
            DebitNotice.cents,
        )
        .where(DebitNotice.open_item_id.in_(chosen))
        .order_by(DebitNotice.id)
    )  # fmt: skip
    return {row[0]: Notice(row[1], row[2], row[3], row[4]) for row in session.execute(statement).all()}


def _under_way(session: Session, chosen: Select[int]) -> dict[int, str]:
    statement = (
        select(CollectionItem.open_item_id, Collection.number)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.open_item_id.in_(chosen), CollectionItem.state.in_(STANDING))
    )
    return dict(session.execute(statement).all())


def _returned(session: Session, chosen: Select[int]) -> dict[int, list[str]]:
    statement = (
        select(CollectionItem.open_item_id, CollectionItem.return_code)
        .where(CollectionItem.open_item_id.in_(chosen), CollectionItem.state == ItemState.RETURNED)
        .order_by(CollectionItem.id)
    )
    found: dict[int, list[str]] = {}
    for item, code in session.execute(statement).all():
        found.setdefault(item, []).append(code)
    return found


def _planned(session: Session, chosen: Select[int]) -> set[int]:
    """Return the items that are paid in instalments; a later deferral ends a plan."""
    newest = (
        select(func.max(ItemEvent.id))
        .where(
            ItemEvent.open_item_id.in_(chosen),
            ItemEvent.kind.in_((EventKind.DEFERRAL, EventKind.INSTALMENTS)),
        )
        .group_by(ItemEvent.open_item_id)
    )
    statement = select(ItemEvent.open_item_id, ItemEvent.plan).where(ItemEvent.id.in_(newest))
    return {item for item, plan in session.execute(statement).all() if plan}


def _sendings(session: Session, chosen: Select[int]) -> dict[int, _Sending]:
    """Return item -> how its invoice goes out; nothing where no sending is known."""
    statement = (
        select(OpenItem.id, Dispatch.state, Dispatch.sent_at, Dispatch.bounced_at)
        .join(Dispatch, Dispatch.invoice_id == OpenItem.invoice_id)
        .where(OpenItem.id.in_(chosen), Dispatch.state != DispatchState.WITHDRAWN)
    )
    rows: dict[int, list[tuple[DispatchState, datetime | None, datetime | None]]] = {}
    for item, state, sent_at, bounced_at in session.execute(statement).all():
        rows.setdefault(item, []).append((state, sent_at, bounced_at))
    return {item: _sending(each) for item, each in rows.items()}


def _sending(rows: Iterable[tuple[DispatchState, datetime | None, datetime | None]]) -> _Sending:
    arrived = [
        sent_at.date() for state, sent_at, bounced_at in rows
        if state is DispatchState.SENT and sent_at is not None and bounced_at is None
    ]  # fmt: skip
    return _Sending(not arrived, min(arrived, default=None))


def announced_by_invoice(session: Session, invoice_ids: Sequence[int]) -> dict[int, int]:
    """Return invoice -> the mandate by which it announces a debit; those that announce none are left out."""
    statement = (
        select(OpenItem.invoice_id, DebitNotice.mandate_id)
        .join(DebitNotice, DebitNotice.open_item_id == OpenItem.id)
        .where(OpenItem.invoice_id.in_(invoice_ids), DebitNotice.way == BY_INVOICE)
    )
    return {invoice: mandate for invoice, mandate in session.execute(statement).all() if invoice is not None}


def ledger_cents(session: Session, item_ids: list[int]) -> int:
    """Return what the ledger says is open of these items together, in cents (INV-14)."""
    total = 0
    for start in range(0, len(item_ids), 2000):
        statement = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(
            EntryLine.open_item_id.in_(item_ids[start : start + 2000]), EntryLine.account == "receivables"
        )
        total += int(session.execute(statement).scalar_one())
    return total
