"""The list of invoices: one page of rows, and in one more statement the counts, sums and choices of its filters.

Exactly the columns shown are read, never a frozen content; the indexes `ix_invoices_list` and
`ix_open_items_invoice` hold all that the second statement needs.
Source: `ux.md` 4 "Tables", 6.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from membership.domain.bank_days import last_overdue
from membership.domain.class_order import class_order
from membership.domain.dispatch import NEEDS_PERSON, WAITING, Channel, DispatchState
from membership.domain.errors import InputError
from membership.domain.invoicing import Standing
from membership.domain.money import parse_amount
from membership.domain.search_text import folded
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.queries.invoice_sums import Sums
from membership.persistence.queries.invoicing import COUNTED, IS_CANCELLED


class Tab(StrEnum):
    """What of the list is shown; `OPEN` holds those of `NOT_DUE` and of `OVERDUE`."""

    ALL = "all"
    OPEN = "open"
    NOT_DUE = "not_due"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"


class Sort(StrEnum):
    """By which column the list is ordered."""

    NUMBER = "number"
    MEMBER = "member"
    DUE = "due"
    AMOUNT = "amount"
    OPEN = "open"


class Sending(StrEnum):
    """How far an invoice is on its way to the member."""

    UNSENT = "unsent"
    WAITING = "waiting"
    PROBLEM = "problem"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """What to show; empty and None mean everything. `today` decides what is overdue."""

    year: int
    today: date
    tab: Tab = Tab.ALL
    text: str = ""
    dues_class: str = ""
    method: str = ""
    since: date | None = None
    until: date | None = None
    least_cents: int | None = None
    most_cents: int | None = None
    run_id: int | None = None
    sending: Sending | None = None
    sort: Sort = Sort.NUMBER
    is_descending: bool = True


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One row of the list."""

    number: str
    issued_on: date
    dues_class: str
    payment_method: str
    standing: Standing
    member_number: str
    member_name: str
    email: str
    sending: int | None = None

    @property
    def due_on(self) -> date:
        """Return when it is due, after a deferral the later day."""
        return self.standing.due_on

    @property
    def counted_cents(self) -> int:
        """Return what it counts after its corrections."""
        return self.standing.counted_cents

    @property
    def open_cents(self) -> int:
        """Return what is open of it."""
        return self.standing.open_cents


@dataclass(slots=True)
class Overall:
    """Counts and sums of each tab and class, and what there is to choose from: methods and runs (id, day) too.

    `drafts` are the single invoices that wait, whatever the filter.
    """

    tabs: dict[Tab, Sums] = field(default_factory=lambda: {tab: Sums() for tab in Tab})
    by_class: dict[str, Sums] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    runs: list[tuple[int, date]] = field(default_factory=list)
    drafts: int = 0


_PIECE: Final = 1000
"""So many rows are read at a time for a file."""
_SORTS: Final[dict[Sort, InstrumentedAttribute[Any]]] = {
    Sort.NUMBER: Invoice.id,
    Sort.MEMBER: Member.name,
    Sort.DUE: OpenItem.due_on,
    Sort.AMOUNT: OpenItem.original_cents,
    Sort.OPEN: OpenItem.open_cents,
}

BOUNCED, FAILED, UNCLEAR, QUEUED, TO_POST, SENT, POSTED, WITHDRAWN = range(8, 0, -1)
"""What a row says about the sending of its invoice: of several sendings the one that needs most attention."""

_STATE_OF_SENDING: Final = (
    select(
        func.max(
            case(
                (Dispatch.bounced_at.is_not(None), BOUNCED),
                (Dispatch.state == DispatchState.FAILED, FAILED),
                (Dispatch.state == DispatchState.UNKNOWN, UNCLEAR),
                (Dispatch.state == DispatchState.WITHDRAWN, WITHDRAWN),
                ((Dispatch.channel == Channel.POST) & (Dispatch.state == DispatchState.SENT), POSTED),
                (Dispatch.state == DispatchState.SENT, SENT),
                (Dispatch.channel == Channel.POST, TO_POST),
                else_=QUEUED,
            )
        )
    )
    .where(Dispatch.invoice_id == Invoice.id)
    .scalar_subquery()
)
COLUMNS: Final = (
    Invoice.number,
    OpenItem.dated_on,
    Invoice.dues_class,
    Invoice.payment_method,
    Member.number,
    Member.name,
    Member.invoice_email,
    OpenItem.original_cents,
    OpenItem.open_cents,
    OpenItem.due_on,
    OpenItem.credited_cents,
    OpenItem.waived_cents,
    OpenItem.written_off_cents,
    Invoice.due_on,
    _STATE_OF_SENDING,
)
_PAID, _OVERDUE, _NOT_DUE, _CANCELLED = range(4)
_TABS_OF: Final = {
    _CANCELLED: (Tab.ALL, Tab.CANCELLED),
    _PAID: (Tab.ALL, Tab.PAID),
    _OVERDUE: (Tab.ALL, Tab.OPEN, Tab.OVERDUE),
    _NOT_DUE: (Tab.ALL, Tab.OPEN, Tab.NOT_DUE),
}


def list_page(session: Session, chosen: InvoiceFilter, *, page: int, size: int) -> list[InvoiceRow]:
    """Return one page of the list; the rows are joined only after the page is cut out."""
    shown = select(Invoice.id).join(OpenItem, OpenItem.invoice_id == Invoice.id)
    if chosen.text or chosen.sort is Sort.MEMBER:
        shown = shown.join(Member, Member.id == Invoice.member_id)
    conditions = [*_common(chosen), *_of_group(chosen), *_of_tab(chosen)]
    cut = shown.where(*conditions).order_by(*_order(chosen)).limit(size).offset((page - 1) * size)
    statement = _joined().where(Invoice.id.in_(cut.subquery().select())).order_by(*_order(chosen))
    return [row_of(tuple(row)) for row in session.execute(statement)]


def iter_all(session: Session, chosen: InvoiceFilter) -> Iterator[InvoiceRow]:
    """Yield every row of the filter, for a file."""
    conditions = [*_common(chosen), *_of_group(chosen), *_of_tab(chosen)]
    statement = _joined().where(*conditions).order_by(*_order(chosen))
    for row in session.execute(statement, execution_options={"yield_per": _PIECE}):
        yield row_of(row)


def list_ids(session: Session, chosen: InvoiceFilter) -> list[int]:
    """Return the ids of every invoice of the filter, in its order."""
    conditions = [*_common(chosen), *_of_group(chosen), *_of_tab(chosen)]
    statement = (
        select(Invoice.id)
        .select_from(Invoice)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(Member, Member.id == Invoice.member_id)
    )
    return list(session.execute(statement.where(*conditions).order_by(*_order(chosen))).scalars())


def row_of(row: Sequence[Any]) -> InvoiceRow:
    """Return a row of the list from its columns."""
    number, issued_on, dues_class, method, member, name, email, *amounts, sending = row
    return InvoiceRow(number, issued_on, dues_class, method, Standing(*amounts), member, name, email, sending)


def get_overall(session: Session, chosen: InvoiceFilter) -> Overall:
    """Return counts and sums of each tab under the filter, and the choices of class, method and run; one statement."""
    overall = Overall()
    classes: set[str] = set()
    runs: dict[int, date] = {}
    for row in session.execute(_grouped(chosen)):
        overall.drafts = row.drafts
        if row.dues_class:
            classes.add(row.dues_class)
        if row.run_id is not None:
            runs[row.run_id] = min(row.day, runs.get(row.run_id, row.day))
        if _is_chosen(chosen, row):
            for tab in _TABS_OF[row.bucket]:
                overall.tabs[tab].add(row.count_of, int(row.counted), int(row.open_of), int(row.lost))
            if row.bucket != _CANCELLED:
                sums = overall.by_class.setdefault(row.dues_class, Sums())
                sums.add(row.count_of, int(row.counted), int(row.open_of), int(row.lost))
        if row.payment_method not in overall.methods:
            overall.methods.append(row.payment_method)
    overall.classes = sorted(classes, key=class_order)
    overall.methods.sort()
    overall.runs = sorted(runs.items(), reverse=True)
    return overall


_DRAFTS: Final = (
    select(func.count())
    .select_from(InvoiceDraft)
    .where(InvoiceDraft.invoice_id.is_(None))
    .correlate(None)
    .scalar_subquery()
)
"""How many single invoices wait to be issued, whatever the filter."""


def _grouped(chosen: InvoiceFilter) -> Select[*tuple[Any, ...]]:
    overdue = OpenItem.due_on <= last_overdue(chosen.today)
    bucket = case(
        (IS_CANCELLED, _CANCELLED), (OpenItem.open_cents == 0, _PAID), (overdue, _OVERDUE), else_=_NOT_DUE
    ).label("bucket")
    statement = (
        select(
            bucket,
            Invoice.dues_class,
            Invoice.payment_method,
            Invoice.run_id,
            func.count().label("count_of"),
            func.sum(COUNTED).label("counted"),
            func.sum(OpenItem.open_cents).label("open_of"),
            func.sum(OpenItem.waived_cents + OpenItem.written_off_cents).label("lost"),
            func.min(OpenItem.dated_on).label("day"),
            _DRAFTS.label("drafts"),
        )
        .select_from(Invoice)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(*_common(chosen))
        .group_by(bucket, Invoice.dues_class, Invoice.payment_method, Invoice.run_id)
    )
    return statement.join(Member, Member.id == Invoice.member_id) if chosen.text else statement


def _is_chosen(chosen: InvoiceFilter, row: Row[Any]) -> bool:
    return (
        chosen.dues_class in {"", row.dues_class}
        and chosen.method in {"", row.payment_method}
        and chosen.run_id in {None, row.run_id}
    )


def _joined() -> Select[*tuple[Any, ...]]:
    return (
        select(*COLUMNS)
        .select_from(Invoice)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(Member, Member.id == Invoice.member_id)
    )


def _order(chosen: InvoiceFilter) -> list[ColumnElement[Any]]:
    column = _SORTS[chosen.sort]
    first = column.desc() if chosen.is_descending else column.asc()
    return [first] if chosen.sort is Sort.NUMBER else [first, Invoice.id.desc()]


def _common(chosen: InvoiceFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that also limit the choices and the counts of all tabs."""
    found: list[ColumnElement[bool]] = [Invoice.dues_year == chosen.year]
    if chosen.text:
        found.append(_search(chosen.text))
    if chosen.since:
        found.append(OpenItem.dated_on >= chosen.since)
    if chosen.until:
        found.append(OpenItem.dated_on <= chosen.until)
    if chosen.least_cents is not None:
        found.append(OpenItem.original_cents >= chosen.least_cents)
    if chosen.most_cents is not None:
        found.append(OpenItem.original_cents <= chosen.most_cents)
    if chosen.sending is not None:
        found.append(_of_sending(chosen.sending))
    return found


def _of_sending(sending: Sending) -> ColumnElement[bool]:
    of_invoice = select(Dispatch.id).where(Dispatch.invoice_id == Invoice.id)
    if sending is Sending.UNSENT:
        return ~of_invoice.where(Dispatch.state != DispatchState.WITHDRAWN).exists()
    if sending is Sending.WAITING:
        return of_invoice.where(Dispatch.state.in_((*WAITING, DispatchState.SENDING))).exists()
    if sending is Sending.PROBLEM:
        needs = Dispatch.state.in_(NEEDS_PERSON) | Dispatch.bounced_at.is_not(None)
        return of_invoice.where(needs).exists()
    return of_invoice.where(Dispatch.state == DispatchState.SENT, Dispatch.bounced_at.is_(None)).exists()


def _search(text: str) -> ColumnElement[bool]:
    packed = text.replace(" ", "").upper()
    found = [
        Member.search_text.contains(folded(text), autoescape=True),
        Member.number == packed,
        Invoice.number.contains(packed, autoescape=True),
        Invoice.reference == packed,
    ]
    try:
        cents = parse_amount(text)
    except InputError:
        return or_(*found)
    return or_(*found, OpenItem.original_cents == cents, OpenItem.open_cents == cents)


def _of_group(chosen: InvoiceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.dues_class:
        found.append(Invoice.dues_class == chosen.dues_class)
    if chosen.method:
        found.append(Invoice.payment_method == chosen.method)
    if chosen.run_id is not None:
        found.append(Invoice.run_id == chosen.run_id)
    return found


def _of_tab(chosen: InvoiceFilter) -> list[ColumnElement[bool]]:
    if chosen.tab is Tab.PAID:
        return [OpenItem.open_cents == 0, ~IS_CANCELLED]
    if chosen.tab is Tab.CANCELLED:
        return [IS_CANCELLED]
    if chosen.tab is Tab.OPEN:
        return [OpenItem.open_cents > 0]
    if chosen.tab is Tab.OVERDUE:
        return [OpenItem.open_cents > 0, OpenItem.due_on <= last_overdue(chosen.today)]
    if chosen.tab is Tab.NOT_DUE:
        return [OpenItem.open_cents > 0, OpenItem.due_on > last_overdue(chosen.today)]
    return []
