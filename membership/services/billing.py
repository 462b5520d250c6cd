"""The yearly run: planned, looked at, released, and worked off one invoice at a time.

A run is a row with one row per member; its figures are frozen when it is planned. Issuing takes one transaction an
item, so a run that was interrupted goes on where it stood (INV-12, INV-13).
Source: `reliability.md` 5.7 (29, 30), `ux.md` 6.6.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from membership.domain.billing import RUN_WORDS, ItemState, PlannedItem, RunState, RunWarning, planned_items
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.deadlines import due_date
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.stored import from_stored, phrase_of, stored_phrase, to_stored
from membership.domain.errors import N_, AlreadyDone, Conflict, DomainError
from membership.domain.invoicing import BilledPart, TaxPart, billed_parts
from membership.persistence import chain
from membership.persistence.db import actor_of, changed_one, guard
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.members import Member
from membership.persistence.queries import billing as queries
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.dues import get_schedule
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import dues, invoicing

YEARLY: Final = "yearly"
LANE: Final = timedelta(minutes=2)


class NoSchedule(DomainError):
    """No fee schedule in force covers the dues year."""

    message = N_("No fee schedule is in force for %(year)s. Put one into force first.")
    code = "no_schedule"


class NothingToBill(DomainError):
    """The run has no item that would become an invoice."""

    message = N_("There is nothing to bill for %(year)s: no member owes dues that are not billed yet.")
    code = "nothing_to_bill"


class RunNotOpen(Conflict):
    """The run is not in the state that the step needs."""

    message = N_("The billing run has the state “%(state)s”; this step is not possible any more.")
    code = "run_state"


class LaneTaken(Conflict):
    """Another worker is issuing the invoices of this run."""

    message = N_("Another process is issuing the invoices of this run.")
    code = "lane_taken"


def plan_run(session: Session, year: int, *, issued_on: date, today: date) -> int:
    """Return the open run of a dues year, made and filled when there is none (`open_key` allows one only).

    Raises `NoSchedule` when nothing is in force, `AssociationIncomplete` while name, address or account is missing.
    """
    guard(session, "runs")
    found = queries.find_open_run(session, year)
    if found is not None:
        return found.id
    settings = get_settings(session)
    invoicing.require_complete(settings)
    values = {
        "dues_year": year, "kind": YEARLY, "state": RunState.DRAFT, "issued_on": min(issued_on, today),
        "open_key": f"{YEARLY}:{year}", "text": "", "created_at": actor_of(session).at,
        "created_by": actor_of(session).name,
    }  # fmt: skip
    run = BillingRun(**values)
    session.add(run)
    session.flush()
    _fill(session, run, settings)
    chain.note(session, "billing.plan", "run", run.id, facts={"year": year})
    return run.id


def refresh_run(session: Session, run_id: int) -> None:
    """Work out the items of a draft anew; members held back and changes confirmed stay so."""
    run = _draft(session, run_id)
    held = {
        view.item.member_id: view.item.reason
        for view in queries.list_items(session, run_id)
        if _is_held(view)
    }
    confirmed = {view.item.member_id for view in queries.list_items(session, run_id) if view.item.confirmed}
    session.execute(delete(RunItem).where(RunItem.run_id == run_id))
    _fill(session, run, get_settings(session))
    for member_id, reason in held.items():
        _hold(session, run_id, member_id, reason)
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == run_id, RunItem.member_id.in_(confirmed))
        .values(confirmed=True)
    )


def _is_held(view: queries.ItemView) -> bool:
    return view.item.state is ItemState.HELD


def change_run(session: Session, run_id: int, *, issued_on: date, text: str, today: date) -> None:
    """Change the invoice date or the text of a draft and work out the due dates anew."""
    run = _draft(session, run_id)
    last_day = invoice_queries.find_series(session, invoicing.SERIES, issued_on.year)
    first = (last_day.last_issued_on if last_day else None) or date(issued_on.year, 1, 1)
    if not first <= issued_on <= today:
        raise invoicing.IssueDateWrong(day=issued_on, first=first)
    run.issued_on, run.text = issued_on, text.strip()
    session.flush()
    refresh_run(session, run_id)


def _draft(session: Session, run_id: int) -> BillingRun:
    run = queries.get_run(session, run_id, lock=True)
    if run.state is not RunState.DRAFT:
        raise RunNotOpen(state=RUN_WORDS[run.state])
    return run


def _fill(session: Session, run: BillingRun, settings: AssociationSettings) -> None:
    """Add one item a member (two where its tax is split) that is not billed for the year yet."""
    schedules = dues.billing_schedules(session)
    if not schedules:
        raise NoSchedule(year=str(run.dues_year))
    by_code = {schedule.code: schedule for schedule in schedules}
    billed = invoice_queries.billed_keys(session, run.dues_year)
    done = {member_id for member_id, fee, _part, _start in billed if fee == invoicing.FEE}
    previous = invoice_queries.billed_members(session, run.dues_year - 1)
    addresses = queries.list_addresses(session)
    limit = settings.number("billing.confirm_change_percent")
    rows: list[dict[str, Any]] = []
    for each in dues.assess(session, run.dues_year, schedules=schedules):
        member_id = each.facts.id
        if member_id in done:
            continue
        last_year = previous.get(member_id, each.facts.previous_cents)
        mail, has_address = addresses[member_id]
        items = planned_items(
            each.result,
            previous_cents=last_year,
            limit_percent=limit,
            is_new=each.is_new,
            has_email=bool(mail),
            has_address=has_address,
        )
        rows += [_row(run, each, item, previous_cents=last_year, schedules=by_code) for item in items]
    if rows:
        session.execute(insert(RunItem), rows)


def _row(
    run: BillingRun,
    each: dues.MemberDues,
    item: PlannedItem,
    *,
    previous_cents: int | None,
    schedules: dict[str, FeeSchedule],
) -> dict[str, Any]:
    result = each.result if isinstance(each.result, Assessment) else None
    return {
        "run_id": run.id,
        "member_id": each.facts.id,
        "fee": invoicing.FEE,
        "tax_part": str(item.part.tax_part if item.part else TaxPart.ALL),
        "state": item.state,
        "reason": "",
        "amount_cents": item.amount_cents,
        "previous_cents": previous_cents,
        "due_on": _due_on(run, each, schedules, result),
        "period_from": each.period_from,
        "period_to": each.period_to,
        "category": each.facts.category or "",
        "dues_class": stored_phrase(result.band.label) if result and result.band else None,
        "is_estimated": bool(result and result.is_estimated),
        "assessment": to_stored(result) if result else None,
        "warnings": [_warning(warning) for warning in item.warnings],
        "reason_text": stored_phrase(item.reason) if item.reason else None,
        "confirmed": False,
    }


def _warning(warning: RunWarning) -> dict[str, Any]:
    return {"rule": str(warning.rule), "text": stored_phrase(warning.text)}


def _due_on(
    run: BillingRun, each: dues.MemberDues, schedules: dict[str, FeeSchedule], result: Assessment | None
) -> date | None:
    if result is None or schedules[result.schedule].due is None:
        return None
    schedule = schedules[result.schedule]
    return due_date(schedule, year=run.dues_year, issued_on=run.issued_on, is_new_member=each.is_new)


def hold_item(session: Session, run_id: int, member_id: int, *, reason: str) -> None:
    """Hold a member back; the run goes on without it and lists it in its result."""
    _draft(session, run_id)
    _hold(session, run_id, member_id, reason.strip())


def _hold(session: Session, run_id: int, member_id: int, reason: str) -> None:
    session.execute(
        update(RunItem)
        .where(
            RunItem.run_id == run_id,
            RunItem.member_id == member_id,
            RunItem.state.in_((ItemState.PLANNED, ItemState.FAILED)),
        )
        .values(state=ItemState.HELD, reason=reason)
    )


def bill_item(session: Session, run_id: int, member_id: int) -> None:
    """Take a member that was held back into the run again."""
    _draft(session, run_id)
    for view in queries.list_items(session, run_id):
        if view.item.member_id == member_id and _is_held(view):
            view.item.state = ItemState.PLANNED if view.item.assessment else ItemState.FAILED
            view.item.reason = ""


def confirm_items(session: Session, run_id: int, member_ids: Sequence[int]) -> None:
    """Note that somebody looked at these large changes and wants them (D-INV-15a)."""
    _draft(session, run_id)
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == run_id, RunItem.member_id.in_(member_ids))
        .values(confirmed=True)
    )


def discard_run(session: Session, run_id: int) -> None:
    """Throw a draft away; nothing of it was ever issued."""
    run = _draft(session, run_id)
    run.state, run.open_key = RunState.DISCARDED, None
    chain.note(session, "billing.discard", "run", run_id, facts={"year": run.dues_year})


def release_run(session: Session, run_id: int, *, today: date) -> int:
    """Release a draft: its items wait to be issued. A run that is released already stays as it is.

    Returns how many invoices will be made. Raises `NothingToBill` when there is none.
    """
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.DISCARDED:
        raise RunNotOpen(state=RUN_WORDS[run.state])
    if run.state is not RunState.DRAFT:
        return queries.run_totals(session, run_id).documents
    if run.issued_on > today:
        raise invoicing.IssueDateWrong(day=run.issued_on, first=run.issued_on)
    count = len(
        session.execute(
            update(RunItem)
            .where(RunItem.run_id == run_id, RunItem.state == ItemState.PLANNED)
            .values(state=ItemState.TODO)
            .returning(RunItem.id)
        ).all()
    )
    if not count:
        raise NothingToBill(year=str(run.dues_year))
    run.state, run.released_at = RunState.RUNNING, actor_of(session).at
    chain.note(session, "billing.release", "run", run_id, facts={"year": run.dues_year, "invoices": count})
    return count


def pause_run(session: Session, run_id: int) -> None:
    """Stop after the current item; a run that is not running stays as it is."""
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.RUNNING:
        run.state = RunState.PAUSED
        chain.note(session, "billing.pause", "run", run_id)


def resume_run(session: Session, run_id: int) -> None:
    """Go on with a paused run, or try the failed items of a finished one again."""
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.DONE_WITH_ERRORS:
        session.execute(
            update(RunItem)
            .where(
                RunItem.run_id == run_id, RunItem.state == ItemState.FAILED, RunItem.assessment.is_not(None)
            )
            .values(state=ItemState.TODO, reason="")
        )
        run.open_key = f"{YEARLY}:{run.dues_year}"
    if run.state in {RunState.PAUSED, RunState.DONE_WITH_ERRORS}:
        run.state, run.finished_at = RunState.RUNNING, None
        chain.note(session, "billing.resume", "run", run_id)


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


def facts_of_run(run: BillingRun) -> RunFacts:
    """Return what the invoices of a run take from it."""
    return RunFacts(run.id, run.dues_year, run.issued_on, run.text)


def take_lane(session: Session, run_id: int, *, base_url: str) -> Lane:
    """Take the lane of a run; raise `LaneTaken` while another worker's lease holds (one lane a series)."""
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
    return Lane(run_id, fence, facts_of_run(run), stationery, schedules)


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
    """
    values = {"run_id": lane.run_id, "fence": lane.fence, "until": actor_of(session).at + LANE}
    if session.connection().execute(_KEEP_LANE, values).rowcount != 1:
        _require_not_running(session, lane)
        return None
    item = queries.find_next_item(session, lane.run_id)
    if item is None:
        _finish(session, lane.run_id)
        return None
    return issue_item(session, item, lane, today=today)


def _require_not_running(session: Session, lane: Lane) -> None:
    run = queries.get_run(session, lane.run_id)
    if run.state is RunState.RUNNING:
        raise LaneTaken


def issue_item(session: Session, item: RunItem, lane: Lane, *, today: date) -> int:
    """Turn one item of a released run into a numbered and booked invoice; return its id."""
    if item.state is not ItemState.TODO:
        raise AlreadyDone
    member = queries.lock_member(session, item.member_id)
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
    return invoicing.Bill(
        member=member,
        contact=invoice_queries.billing_contact(session, member.id),
        assessment=assessment,
        part=part_of(assessment, item.tax_part),
        dues_year=run.dues_year,
        period_from=item.period_from,
        period_to=item.period_to,
        issued_on=run.issued_on,
        due_on=item.due_on or run.issued_on,
        schedule_name=schedule.name,
        resolved_on=schedule.resolution.on if schedule.resolution else None,
        text=run.text,
        run_id=run.id,
    )


def part_of(assessment: Assessment, tax_part: str) -> BilledPart:
    """Return the part of an assessment that one document bills."""
    return next(part for part in billed_parts(assessment.lines) if str(part.tax_part) == tax_part)


def fail_next(session: Session, lane: Lane, *, reason: str) -> None:
    """Mark the item that could not be issued as failed, with its reason; the run goes on with the next."""
    item = queries.find_next_item(session, lane.run_id)
    if item is not None:
        item.state, item.reason = ItemState.FAILED, reason
        chain.note(session, "billing.fail", "run", lane.run_id, member_id=item.member_id)


def _finish(session: Session, run_id: int) -> None:
    run = queries.get_run(session, run_id, lock=True)
    counts = queries.count_items(session, run_id)
    run.state = RunState.DONE_WITH_ERRORS if counts.get(ItemState.FAILED) else RunState.DONE
    run.open_key, run.finished_at = None, actor_of(session).at
    run.lane_fence = run.lane_until = None
    chain.note(session, "billing.finish", "run", run_id, facts={"state": str(run.state)})


def reasons_of(item: RunItem) -> Iterable[Any]:
    """Return the reasons of an item as sentences: why it is not billed, then its warnings."""
    if item.reason_text:
        yield phrase_of(item.reason_text)
    for warning in item.warnings or ():
        yield phrase_of(warning["text"])
