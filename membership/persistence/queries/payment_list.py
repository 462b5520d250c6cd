"""The list of payments: one page of rows with the documents they settle, counts and sums of the whole filter.

Source: `ux.md` 4 "Tables", 6.7.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from membership.domain.errors import InputError
from membership.domain.money import parse_amount
from membership.domain.search_text import folded
from membership.persistence.models.ledger import Entry, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment


class Tab(StrEnum):
    """What of the list is shown: what stands, what of it is not used up, what was taken back."""

    ALL = "all"
    FREE = "free"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """What to show: payments received in a year; empty and None mean everything."""

    year: int
    tab: Tab = Tab.ALL
    text: str = ""
    method: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One row of the list; `documents` are numbers, each with whether it is an invoice of ours."""

    id: int
    received_on: date
    amount_cents: int
    free_cents: int
    method: str
    note: str
    member_number: str
    member_name: str
    is_reversed: bool
    documents: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """How many payments, what they come to, and what of it is free."""

    count: int
    cents: int
    free_cents: int


_REVERSAL: Final = aliased(Entry)
_IS_REVERSED: Final = exists().where(_REVERSAL.reverses_id == Payment.entry_id)
_SETTLED: Final = (
    select(func.coalesce(func.sum(Allocation.amount_cents), 0))
    .where(Allocation.payment_id == Payment.id)
    .correlate(Payment)
    .scalar_subquery()
)
_FREE: Final = case((_IS_REVERSED, 0), else_=Payment.amount_cents - _SETTLED)


def list_page(session: Session, chosen: PaymentFilter, *, page: int, size: int) -> list[PaymentRow]:
    """Return one page, the newest first; two statements."""
    rows = session.execute(
        select(
            Payment.id,
            Payment.received_on,
            Payment.amount_cents,
            _FREE.label("free"),
            Payment.method,
            Payment.note,
            Member.number,
            Member.name,
            _IS_REVERSED.label("is_reversed"),
        )
        .join(Member, Member.id == Payment.member_id)
        .where(*_conditions(chosen), _in_tab(chosen.tab))
        .order_by(Payment.received_on.desc(), Payment.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    documents = _documents(session, [row.id for row in rows])
    return [
        PaymentRow(
            id=row.id,
            received_on=row.received_on,
            amount_cents=row.amount_cents,
            free_cents=row.free,
            method=row.method,
            note=row.note,
            member_number=row.number,
            member_name=row.name,
            is_reversed=row.is_reversed,
            documents=tuple(documents.get(row.id, ())),
        )
        for row in rows
    ]


def count_tabs(session: Session, chosen: PaymentFilter) -> dict[Tab, Sums]:
    """Return counts and sums of each tab under the other filters; one statement."""
    payments = (
        select(Payment.amount_cents.label("cents"), _FREE.label("free"), _IS_REVERSED.label("is_reversed"))
        .join(Member, Member.id == Payment.member_id)
        .where(*_conditions(chosen))
        .subquery()
    )
    inside = {
        Tab.ALL: payments.c.is_reversed.is_(False),
        Tab.FREE: payments.c.free > 0,
        Tab.REVERSED: payments.c.is_reversed.is_(True),
    }
    values: tuple[Any, ...] = (1, payments.c.cents, payments.c.free)
    cells = [
        func.coalesce(func.sum(case((inside[tab], value), else_=0)), 0) for tab in Tab for value in values
    ]
    found = [int(value) for value in session.execute(select(*cells)).one()]
    return {tab: Sums(*found[3 * place : 3 * place + 3]) for place, tab in enumerate(Tab)}


def _documents(session: Session, ids: list[int]) -> dict[int, list[tuple[str, bool]]]:
    found: dict[int, list[tuple[str, bool]]] = {}
    for payment_id, reference, invoice_id in session.execute(
        select(Allocation.payment_id, OpenItem.reference, OpenItem.invoice_id)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(Allocation.payment_id.in_(ids))
        .group_by(Allocation.payment_id, OpenItem.reference, OpenItem.invoice_id)
        .having(func.sum(Allocation.amount_cents) != 0)
        .order_by(OpenItem.reference)
    ):
        found.setdefault(payment_id, []).append((reference, invoice_id is not None))
    return found


def _in_tab(tab: Tab) -> ColumnElement[bool]:
    if tab is Tab.REVERSED:
        return _IS_REVERSED
    return _FREE > 0 if tab is Tab.FREE else ~_IS_REVERSED


def _conditions(chosen: PaymentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Payment.received_on >= (chosen.since or date(chosen.year, 1, 1)),
        Payment.received_on <= (chosen.until or date(chosen.year, 12, 31)),
    ]
    if chosen.method:
        found.append(Payment.method == chosen.method)
    if chosen.text:
        found.append(_search(chosen.text))
    return found


def _search(text: str) -> ColumnElement[bool]:
    key = unicodedata.normalize("NFKC", text).casefold().strip()
    packed = text.replace(" ", "").upper()
    settled = (
        select(Allocation.payment_id)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(OpenItem.reference == packed)
    )
    found = [
        Member.search_text.contains(folded(text), autoescape=True),
        Member.number == packed,
        Payment.id.in_(settled),
        func.lower(Payment.note).contains(key, autoescape=True),
    ]
    try:
        return or_(*found, Payment.amount_cents == parse_amount(text))
    except InputError:
        return or_(*found)
