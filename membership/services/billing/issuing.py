"""A released run is worked off one invoice at a time, each in a transaction of its own, by one worker at a time.

A run that was interrupted goes on where it stood (INV-13). Source: `reliability.md` 5.7 (29, 30).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from membership.domain.billing import ItemState, RunState
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.stored import from_stored, stored_phrase
from membership.domain.errors import N_, AlreadyDone, Conflict, DomainError
from membership.domain.invoicing import BilledPart, billed_parts
from membership.domain.levies import LevyTerms, code_of
from membership.domain.phrases import Phrase, phrase, sentence_of
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.members import Member
from membership.persistence.outages import is_outage
from membership.persistence.queries import billing as queries
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.dues import get_schedule
from membership.persistence.queries.order_numbers import order_number_for
from membership.services import dues, invoicing, levies

LANE: Final = timedelta(minutes=1)


class LaneTaken(Conflict):
    """Another worker is issuing the invoices of this run."""

    message = N_("Another process is issuing the invoices of this run.")
    code = "lane_taken"


class AlreadyBilled(AlreadyDone):
    """The member has an invoice of the dues year from another run, or for the same period (INV-12)."""

    message = N_("Member %(member)s already has the invoice %(invoice)s for this dues year.")
    code = "already_billed"


class ItemNotIssued(Exception):
    """One item could not become an invoice; `reason` is the sentence that people read."""

    def __init__(self, item_id: int, reason: Phrase) -> None:
        self.item_id, self.reason = item_id, reason
        super().__init__(item_id, reason.message)


@dataclass(frozen=True, slots=True)
class Lane:
    """The right to issue the invoices of a run until its lease ends, with what all of them share."""

    run_id: int
    fence: str
    run: RunFacts
    stationery: invoicing.Stationery
    schedules: dict[str, FeeSchedule]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the invoices of a run take from it."""

    id: int
    dues_year: int
    issued_on: date
    text: str
    levy: LevyTerms | None = None


def facts_of_run(session: Session, run: BillingRun) -> RunFacts:
    """Return what the invoices of a run take from it, and from the levy that it bills."""
    code = code_of(run.kind)
    levy = None if code is None else levies.terms_of(session, code)
    return RunFacts(run.id, run.dues_year, run.issued_on, run.text, levy)


def take_lane(session: Session, run_id: int, *, base_url: str) -> Lane:
    """Take the lane of a run; raise `LaneTaken` while another worker's lease holds (one lane a series)."""
    require(actor_of(session), "invoice.issue")
    at = actor_of(session).at
    fence = secrets.token_hex(8)
    free = update(BillingRun).where(
        BillingRun.id == run_id, BillingRun.lane_until.is_(None) | (BillingRun.lane_until < at)
    )
    if not changed_one(session, free.values(lane_fence=fence, lane_until=at + LANE)):
        raise LaneTaken
    run = queries.get_run(session, run_id)
    schedules = {schedule.code: schedule for schedule in dues.billing_schedules(session)}
    stationery = invoicing.get_stationery(session, base_url=base_url)
    return Lane(run_id, fence, facts_of_run(session, run), stationery, schedules)


def leave_lane(session: Session, lane: Lane) -> None:
    """Give the lane back; a lane that another took over stays with it."""
    statement = update(BillingRun).where(BillingRun.id == lane.run_id, BillingRun.lane_fence == lane.fence)
    session.execute(statement.values(lane_fence=None, lane_until=None))


_RUNS = cast("Table", BillingRun.__table__)
_KEEP_LANE = (
    update(_RUNS)
    .where(
        _RUNS.c.id == bindparam("run_id"),
        _RUNS.c.lane_fence == bindparam("fence"),
        _RUNS.c.state == RunState.RUNNING,
    )
    .values(lane_until=bindparam("until"))
)
_ITEMS = cast("Table", RunItem.__table__)
_ITEM_DONE = (
    update(_ITEMS)
    .where(_ITEMS.c.id == bindparam("item_id"), _ITEMS.c.state == ItemState.TODO)
    .values(state=ItemState.DONE, invoice_id=bindparam("issued"), reason="")
)


def issue_next(session: Session, lane: Lane, *, today: date) -> int | None:
    """Issue the next item of a running run in this transaction; return the invoice id, None when nothing is left.

    The lane is renewed in the same transaction; one that was taken over raises `LaneTaken` and issues nothing.
    Raises `ItemNotIssued` with the item that failed, but not when the database is busy or away: then no item is wrong.
    """
    require(actor_of(session), "invoice.issue")
    if not _keep_lane(session, lane):
        _require_not_running(session, lane)
        return None
    found = queries.find_next_item(session, lane.run_id)
    if found is None:
        _finish(session, lane.run_id)
        return None
    item, member = found
    item_id = item.id
    try:
        return _issue_item(session, item, member, lane, today=today)
    except Exception as error:
        if is_outage(error):
            raise
        raise ItemNotIssued(item_id, _why(error)) from error


def _keep_lane(session: Session, lane: Lane) -> bool:
    """Renew the lease of a lane; return whether the run is running and still this worker's."""
    values = {"run_id": lane.run_id, "fence": lane.fence, "until": actor_of(session).at + LANE}
    return session.connection().execute(_KEEP_LANE, values).rowcount == 1


def _why(error: Exception) -> Phrase:
    if isinstance(error, DomainError):
        return sentence_of(error)
    return phrase(
        "The program failed at this invoice (%(error)s). Try again; if it stays so, ask whoever runs the server.",
        error=type(error).__name__,
    )


def _require_not_running(session: Session, lane: Lane) -> None:
    run = queries.get_run(session, lane.run_id)
    if run.state is RunState.RUNNING:
        raise LaneTaken


def _issue_item(session: Session, item: RunItem, member: Member, lane: Lane, *, today: date) -> int:
    """Turn one item of a released run into a numbered and booked invoice; return its id.

    Raises `AlreadyBilled` when the member has an invoice for it; its row was locked before anybody looks.
    """
    billed = queries.find_billed(session, item, dues_year=lane.run.dues_year)
    if billed is not None:
        raise AlreadyBilled(member=member.number, invoice=billed)
    bill = bill_of(session, lane.run, item, member=member, schedules=lane.schedules)
    invoice_id = invoicing.issue(session, bill, lane.stationery, today=today)
    session.connection().execute(_ITEM_DONE, {"item_id": item.id, "issued": invoice_id})
    return invoice_id


def bill_of(
    session: Session,
    run: RunFacts,
    item: RunItem,
    *,
    member: Member,
    schedules: Mapping[str, FeeSchedule] | None = None,
) -> invoicing.Bill:
    """Return what the invoice of an item is made of; the frozen figures of the plan, today's address."""
    assessment = from_stored(item.assessment)
    if schedules is None:
        schedules = {
            assessment.schedule: dues.schedule_of(get_schedule(session, assessment.schedule).document)
        }
    schedule = schedules[assessment.schedule]
    resolved_on = schedule.resolution.on if schedule.resolution else None
    if run.levy is not None:
        resolved_on = run.levy.resolved_on
    return invoicing.Bill(
        member=member,
        contact=invoice_queries.billing_contact(session, member.id),
        assessment=assessment,
        part=part_of(assessment, item.tax_part),
        dues_year=run.dues_year,
        order_number=order_number_for(session, member, run.dues_year),
        period_from=item.period_from,
        period_to=item.period_to,
        issued_on=run.issued_on,
        due_on=item.due_on or run.issued_on,
        schedule_name=schedule.name,
        resolved_on=resolved_on,
        text=run.text,
        run_id=run.id,
        fee=item.fee,
        subject=run.levy.title if run.levy else "",
    )


def part_of(assessment: Assessment, tax_part: str) -> BilledPart:
    """Return the part of an assessment that one document bills."""
    return next(part for part in billed_parts(assessment.lines) if str(part.tax_part) == tax_part)


def fail_item(session: Session, lane: Lane, item_id: int, *, reason: Phrase) -> None:
    """Mark an item that could not be issued as failed, with its reason; the run goes on with the next.

    A worker whose lane was taken over changes nothing (FI-30): the other one comes to the item itself.
    """
    if not _keep_lane(session, lane):
        return
    item = queries.get_item(session, item_id, lock=True)
    assert item.run_id == lane.run_id, (item.run_id, lane.run_id)
    if item.state is ItemState.TODO:
        item.state, item.reason, item.reason_text = ItemState.FAILED, "", stored_phrase(reason)
        chain.note(session, "billing.fail", "run", lane.run_id, member_id=item.member_id)


def _finish(session: Session, run_id: int) -> None:
    run = queries.get_run(session, run_id, lock=True)
    counts = queries.count_items(session, run_id)
    run.state = RunState.DONE_WITH_ERRORS if counts.get(ItemState.FAILED) else RunState.DONE
    run.open_key, run.finished_at = None, actor_of(session).at
    run.lane_fence = run.lane_until = None
    chain.note(session, "billing.finish", "run", run_id, facts={"state": str(run.state)})
