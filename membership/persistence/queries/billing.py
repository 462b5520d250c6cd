"""Billing runs and their items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from membership.domain.billing import YEARLY, ItemState, RunCounts, RunState, run_counts
from membership.domain.errors import NotFound
from membership.domain.member_fields import BY_POST
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Contact, Member
from membership.persistence.queries.invoicing import IS_CANCELLED

FINAL_STATES = (RunState.DONE, RunState.DONE_WITH_ERRORS, RunState.DISCARDED)


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with the member it is for and the number it got."""

    item: RunItem
    member: Member
    number: str | None


@dataclass(frozen=True, slots=True)
class RunTotals:
    """The sums of a run; always queries, never counters."""

    counts: RunCounts
    documents: int
    issued: int
    rendered_open: int
    total_cents: int
    previous_cents: int
    first_number: str | None
    last_number: str | None


def get_run(session: Session, run_id: int, *, lock: bool = False) -> BillingRun:
    """Return a run; raise `NotFound` when there is none."""
    statement = select(BillingRun).where(BillingRun.id == run_id)
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="billing run", key=run_id)
    return found


def find_open_run(session: Session, year: int, *, kind: str = YEARLY) -> BillingRun | None:
    """Return the run of a dues year (of a kind) that is not finished, if there is one."""
    statement = select(BillingRun).where(
        BillingRun.dues_year == year, BillingRun.kind == kind, BillingRun.state.not_in(FINAL_STATES)
    )
    return session.execute(statement).scalar_one_or_none()


def list_running(session: Session) -> list[int]:
    """Return the ids of released runs that wait for their invoices, the oldest first."""
    return list(
        session.execute(
            select(BillingRun.id).where(BillingRun.state == RunState.RUNNING).order_by(BillingRun.id)
        ).scalars()
    )


def list_runs(session: Session) -> list[BillingRun]:
    """Return all runs but the discarded ones, the newest first."""
    statement = (
        select(BillingRun).where(BillingRun.state != RunState.DISCARDED).order_by(BillingRun.id.desc())
    )
    return list(session.execute(statement).scalars())


def list_planners(session: Session) -> dict[str, tuple[str, str]]:
    """Return run id as text -> key and name of who prepared the run."""
    rows = session.execute(
        select(AuditRecord.object_ref, AuditRecord.actor_key, AuditRecord.actor_name).where(
            AuditRecord.action == "billing.plan", AuditRecord.object_kind == "run"
        )
    )
    return {ref: (key, name) for ref, key, name in rows}


def list_items(session: Session, run_id: int) -> list[ItemView]:
    """Return the items of a run by member number."""
    rows = session.execute(
        select(RunItem, Member, Invoice.number)
        .join(Member, Member.id == RunItem.member_id)
        .outerjoin(Invoice, Invoice.id == RunItem.invoice_id)
        .where(RunItem.run_id == run_id)
        .order_by(Member.number, RunItem.tax_part)
    )
    return [ItemView(*row) for row in rows]


SAID: Final = (
    "member_id", "fee", "tax_part", "amount_cents", "previous_cents", "due_on", "period_from", "period_to", "category",
    "dues_class", "is_estimated", "assessment", "warnings", "reason_text",
)  # fmt: skip
"""What an item says of a member, by its columns; not what somebody decided about it."""


def stream_items(session: Session, run_id: int) -> Iterator[Row[Any]]:
    """Yield what the items of a run say and their states, a few at a time."""
    columns = [getattr(RunItem, name) for name in (*SAID, "state")]
    yield from session.execute(
        select(*columns).where(RunItem.run_id == run_id).execution_options(yield_per=500)
    )


def find_last_run(session: Session, year: int, *, kind: str = YEARLY) -> int | None:
    """Return the id of the newest run of a dues year (of a kind) that was not discarded."""
    statement = select(func.max(BillingRun.id)).where(
        BillingRun.dues_year == year, BillingRun.kind == kind, BillingRun.state != RunState.DISCARDED
    )
    return session.execute(statement).scalar_one_or_none()


def list_year_items(session: Session, year: int, *, kind: str = YEARLY) -> list[ItemView]:
    """Return what became of each member of a dues year over all its runs: its invoice, else its newest item.

    Those of a kind: the dues, or a levy.
    """
    rows = session.execute(
        select(RunItem, Member, Invoice.number)
        .join(BillingRun, BillingRun.id == RunItem.run_id)
        .join(Member, Member.id == RunItem.member_id)
        .outerjoin(Invoice, Invoice.id == RunItem.invoice_id)
        .where(BillingRun.dues_year == year, BillingRun.kind == kind, BillingRun.state != RunState.DISCARDED)
        .order_by(RunItem.run_id)
    )
    found: dict[tuple[int, str], ItemView] = {}
    for row in rows:
        view = ItemView(*row)
        key = (view.item.member_id, view.item.tax_part)
        if key not in found or found[key].number is None:
            found[key] = view
    return sorted(found.values(), key=lambda view: (view.member.number, view.item.tax_part))


def get_item(session: Session, item_id: int, *, lock: bool = False) -> RunItem:
    """Return an item; raise `NotFound` when there is none."""
    statement = select(RunItem).where(RunItem.id == item_id)
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="run item", key=item_id)
    return found


_NEXT_ITEM = (
    select(RunItem, Member)
    .join(Member, Member.id == RunItem.member_id)
    .where(RunItem.run_id == bindparam("of_run"), RunItem.state == ItemState.TODO)
    .order_by(RunItem.id)
    .limit(1)
    .with_for_update()
)


def find_next_item(session: Session, run_id: int) -> tuple[RunItem, Member] | None:
    """Return the next item to issue with its member, both locked, in the order they were planned.

    Only the holder of the run's lane may ask: its row, locked before, keeps the items from everybody else.
    """
    found = session.execute(_NEXT_ITEM, {"of_run": run_id}).one_or_none()
    return None if found is None else (found[0], found[1])


_BILLED = (
    Invoice.member_id == RunItem.member_id,
    Invoice.fee == RunItem.fee,
    and_(Invoice.dues_year == bindparam("of_year"), Invoice.run_id.is_distinct_from(RunItem.run_id))
    | and_(Invoice.tax_part == RunItem.tax_part, Invoice.period_from == RunItem.period_from),
    Invoice.id.not_in(select(OpenItem.invoice_id).where(OpenItem.invoice_id.is_not(None), IS_CANCELLED)),
)
"""What bars an item (INV-12): an invoice of the year that is not of its run (whatever its period), or the same one;
a cancelled one bars nothing."""

_FIND_BILLED = (
    select(Invoice.number)
    .join(RunItem, and_(*_BILLED))
    .where(RunItem.id == bindparam("of_item"))
    .order_by(Invoice.id)
    .limit(1)
)


def find_billed(session: Session, item: RunItem, *, dues_year: int) -> str | None:
    """Return the number of the invoice that a member already has for what an item would bill."""
    found = session.connection().execute(_FIND_BILLED, {"of_item": item.id, "of_year": dues_year})
    return found.scalar_one_or_none()


def list_failed(session: Session, run: BillingRun) -> list[tuple[RunItem, str | None]]:
    """Return the items of a run whose invoice could not be made, with the invoice the member got in the meantime."""
    rows = session.execute(
        select(RunItem, func.min(Invoice.number))
        .outerjoin(Invoice, and_(*_BILLED))
        .where(RunItem.run_id == run.id, RunItem.state == ItemState.FAILED, RunItem.assessment.is_not(None))
        .group_by(RunItem.id),
        {"of_year": run.dues_year},
    )
    return [(item, number) for item, number in rows]


def count_items(session: Session, run_id: int) -> dict[ItemState, int]:
    """Return how many items of a run are in each state."""
    rows = session.execute(
        select(RunItem.state, func.count()).where(RunItem.run_id == run_id).group_by(RunItem.state)
    )
    return dict(rows.all())


def run_totals(session: Session, run_id: int) -> RunTotals:
    """Return the sums of a run."""
    rows = session.execute(
        select(RunItem.member_id, RunItem.state, RunItem.amount_cents, RunItem.previous_cents).where(
            RunItem.run_id == run_id
        )
    ).all()
    billed = (ItemState.PLANNED, ItemState.TODO, ItemState.DONE)
    previous = {member_id: cents for member_id, state, _amount, cents in rows if state in billed and cents}
    order = (Invoice.year, Invoice.running)
    numbers = session.execute(
        select(Invoice.number).where(Invoice.run_id == run_id).order_by(*order)
    ).scalars().all()  # fmt: skip
    return RunTotals(
        counts=run_counts([(member_id, state) for member_id, state, _amount, _previous in rows]),
        documents=sum(state in billed for _member, state, _amount, _previous in rows),
        issued=len(numbers),
        rendered_open=0,
        total_cents=sum(amount for _member, state, amount, _previous in rows if state in billed),
        previous_cents=sum(previous.values()),
        first_number=numbers[0] if numbers else None,
        last_number=numbers[-1] if numbers else None,
    )


def list_billing_contacts(session: Session) -> dict[int, Contact]:
    """Return member id -> the person its invoices go to: function "billing" before "main", the oldest first."""
    people = session.execute(
        select(Contact).where(Contact.ended_on.is_(None)).order_by(Contact.id.desc())
    ).scalars()
    found: dict[int, tuple[int, Contact]] = {}
    for contact in people:
        functions = contact.functions or []
        rank = 0 if "billing" in functions else 1 if "main" in functions else None
        if rank is not None and (contact.member_id not in found or rank <= found[contact.member_id][0]):
            found[contact.member_id] = (rank, contact)
    return {member_id: contact for member_id, (_rank, contact) in found.items()}


class Reach(NamedTuple):
    """How a member can be reached: an address for mails, one for letters, whether it wants letters.

    `printed` is what an invoice prints of it: name and address.
    """

    has_email: bool
    has_address: bool
    has_postcode: bool
    wants_paper: bool
    printed: str


def list_addresses(session: Session) -> dict[int, Reach]:
    """Return member id -> how its invoices can reach it."""
    own = (Member.address_extra, Member.street, Member.postcode, Member.city, Member.country)
    other = (
        Member.invoice_name, Member.invoice_extra, Member.invoice_street, Member.invoice_postcode, Member.invoice_city,
        Member.invoice_country,
    )  # fmt: skip
    rows = session.execute(
        select(Member.id, Member.name, Member.invoice_email, Member.invoice_way, *own, *other)
    )
    return {row.id: _reach(row) for row in rows}


def _reach(row: Any) -> Reach:  # noqa: ANN401 - a row of fifteen columns
    if row.invoice_city:
        lines = [row.invoice_name, row.invoice_extra, row.invoice_street]
        postcode, city = row.invoice_postcode, row.invoice_city
        country = row.invoice_country or row.country
    else:
        lines = [row.address_extra, row.street]
        postcode, city, country = row.postcode, row.city, row.country
    return Reach(
        has_email=bool(row.invoice_email),
        has_address=bool(city),
        has_postcode=bool(postcode or country != "DE"),
        wants_paper=row.invoice_way == BY_POST,
        printed=" ".join((row.name, *lines, postcode, city)),
    )
