"""A run while it is a draft: its items worked out, held back, confirmed, or all thrown away.

The figures of an item are frozen when it is planned. Source: `ux.md` 6.6, D-INV-15a.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final, cast

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from membership.domain.billing import (
    RUN_WORDS,
    YEARLY,
    ItemState,
    Mark,
    PlannedItem,
    RunState,
    RunWarning,
    YearBefore,
    planned_items,
)
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.deadlines import due_date, last_due
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.stored import stored_phrase, to_stored
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.invoicing import TaxPart
from membership.domain.levies import code_of, levied
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import canonical
from membership.persistence.db import actor_of, guard
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.queries import billing as queries
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.order_numbers import list_waiting
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import dues, invoicing, levies
from membership.wording import Wording

_ROWS: Final = 500


class NoSchedule(DomainError):
    """No fee schedule in force covers the dues year."""

    message = N_("No fee schedule is in force for %(year)s. Put one into force first.")
    code = "no_schedule"


class RunNotOpen(Conflict):
    """The run is not in the state that the step needs."""

    message = N_("The billing run has the state “%(state)s”; this step is not possible any more.")
    code = "run_state"


class RunChanged(Conflict):
    """The draft is no longer what the person saw, or what the members owe by now."""

    message = N_("Something of this run changed in the meantime. Please look at the figures again.")
    code = "run_changed"


class LevyOfOtherYear(DomainError):
    """A levy is billed for the dues year that it was resolved for."""

    message = N_("The levy %(code)s is one of the dues year %(year)s.")
    code = "levy_of_other_year"


def plan_run(session: Session, year: int, *, issued_on: date, today: date, levy: str | None = None) -> int:
    """Return the open run of a dues year, made and filled when there is none (`open_key` allows one only).

    `levy` is the code of a special levy that the run bills instead of the dues (DUE-15).
    Raises `IssueDateWrong` for a date that no invoice may carry, `NoSchedule` when nothing is in force,
    `AssociationIncomplete` while name, address or account is missing, or a number where an item needs it, `NotFound`
    for a levy that nobody knows, `LevyOfOtherYear` for one of another dues year.
    """
    require(actor_of(session), "billing.release")
    guard(session, "runs")
    kind = YEARLY if levy is None else _kind_of(session, levy, year)
    found = queries.find_open_run(session, year, kind=kind)
    if found is not None:
        return found.id
    settings = get_settings(session)
    invoicing.require_complete(settings)
    invoicing.require_issue_date(session, issued_on, today=today)
    values = {
        "dues_year": year, "kind": kind, "state": RunState.DRAFT, "issued_on": issued_on,
        "open_key": open_key(kind, year), "text": "", "created_at": actor_of(session).at,
        "created_by": actor_of(session).name,
    }  # fmt: skip
    run = BillingRun(**values)
    session.add(run)
    session.flush()
    _fill(session, run, settings)
    chain.note(session, "billing.plan", "run", run.id, facts={"year": year})
    return run.id


def open_key(kind: str, year: int) -> str:
    """Return what makes a second open run of a kind and dues year impossible."""
    return f"{kind}:{year}"


def _kind_of(session: Session, levy: str, year: int) -> str:
    terms = levies.terms_of(session, levy)
    if terms.year != year:
        raise LevyOfOtherYear(code=levy, year=str(terms.year))
    return terms.fee


def refresh_run(session: Session, run_id: int) -> None:
    """Work out the items of a draft anew; what was decided stays, and changes confirmed whose amount is the same.

    Decided is who is held back and who is billed without an order number; who has one by now is billed.
    """
    require(actor_of(session), "billing.release")
    run = _draft(session, run_id)
    before = queries.list_items(session, run_id)
    held = {view.item.member_id: view.item.reason for view in before if _is_held(view) and not _waits(view)}
    unasked = {view.item.member_id for view in before if _has_no_order(view) and not _waits(view)}
    confirmed = {_claim(view): view.item.amount_cents for view in before if view.item.confirmed}
    session.execute(delete(RunItem).where(RunItem.run_id == run_id))
    _fill(session, run, get_settings(session))
    for member_id in unasked:
        _bill_without_order(session, run_id, member_id)
    for member_id, reason in held.items():
        _hold(session, run_id, member_id, reason)
    if confirmed:
        for view in queries.list_items(session, run_id):
            view.item.confirmed = confirmed.get(_claim(view)) == view.item.amount_cents


def require_current(session: Session, run: BillingRun) -> None:
    """Raise `RunChanged` unless working a draft out now would give the items it has; who is held back stays so.

    Compares digests, so that a run of many thousand members fits into memory.
    """
    planned = {
        (row.member_id, row.tax_part): _digest(row._asdict()) for row in queries.stream_items(session, run.id)
    }
    for row in _rows(session, run, get_settings(session)):
        if planned.pop((row["member_id"], row["tax_part"]), None) != _digest(row):
            raise RunChanged
    if planned:
        raise RunChanged


def items_digest(session: Session, run: BillingRun) -> str:
    """Return one hash over what all items of a run say now, and over who is held back."""
    said = [_digest(row._asdict()) + str(row.state).encode() for row in queries.stream_items(session, run.id)]
    return sha256(b"|".join(sorted(said))).hexdigest()


def _digest(values: Mapping[str, Any]) -> bytes:
    """Return the hash of what an item says; a member held back counts as it would without."""
    said = {name: values[name] for name in queries.SAID}
    state = values["state"]
    if state is ItemState.HELD:
        state = ItemState.PLANNED if values["assessment"] else ItemState.FAILED
    if state is ItemState.PLANNED:
        said["reason_text"] = None
    return sha256(canonical({**said, "state": str(state)}).encode()).digest()


def _claim(view: queries.ItemView) -> tuple[int, str]:
    return view.item.member_id, view.item.tax_part


def _is_held(view: queries.ItemView) -> bool:
    return view.item.state is ItemState.HELD


def _waits(view: queries.ItemView) -> bool:
    """Return whether the plan itself holds the member back, until it has an order number; nobody decided so."""
    return _is_held(view) and bool(view.item.assessment) and bool(view.item.reason_text)


def _has_no_order(view: queries.ItemView) -> bool:
    return any(warning["rule"] == Mark.NO_ORDER for warning in view.item.warnings)


def change_run(session: Session, run_id: int, *, issued_on: date, text: str, today: date) -> None:
    """Change the invoice date or the text of a draft and work out the due dates anew."""
    require(actor_of(session), "billing.release")
    run = _draft(session, run_id)
    invoicing.require_issue_date(session, issued_on, today=today)
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
    rows: list[dict[str, Any]] = []
    for row in _rows(session, run, settings):
        rows.append(row)
        if len(rows) == _ROWS:
            session.execute(insert(RunItem), rows)
            rows = []
    if rows:
        session.execute(insert(RunItem), rows)


def _rows(session: Session, run: BillingRun, settings: AssociationSettings) -> Iterator[dict[str, Any]]:
    schedules = dues.billing_schedules(session)
    if not any(_covers(schedule, run.dues_year) for schedule in schedules):
        raise NoSchedule(year=str(run.dues_year))
    by_code = {schedule.code: schedule for schedule in schedules}
    code = code_of(run.kind)
    levy = None if code is None else levies.terms_of(session, code)
    if levy is not None and levy.year != run.dues_year:
        raise LevyOfOtherYear(code=levy.code, year=str(levy.year))
    own_fee = invoicing.FEE if levy is None else levy.fee
    billed = invoice_queries.billed_keys(session, run.dues_year)
    done = {member_id for member_id, fee, _part, _start in billed if fee == own_fee}
    previous = {} if levy else invoice_queries.billed_members(session, run.dues_year - 1)
    classes = {} if levy else invoice_queries.billed_classes(session, run.dues_year - 1)
    words = Wording(cast("Language", settings.text("association.language")))
    addresses = queries.list_addresses(session)
    waiting = list_waiting(session, run.dues_year)
    limit = settings.number("billing.confirm_change_percent")
    for each in dues.assess_each(session, run.dues_year, schedules=schedules, levy=levy):
        member_id = each.facts.id
        if member_id in done:
            continue
        last_year = previous.get(member_id, None if levy else each.facts.previous_cents)
        reach = addresses[member_id]
        if levy is not None and isinstance(each.result, Assessment):
            asked = levy.of(each.facts.category or "")
            each = replace(each, result=levied(each.result, asked))  # noqa: PLW2901 - the dues stay out of all that follows
        items = planned_items(
            each.result,
            YearBefore(last_year, classes.get(member_id)),
            dues_class=_dues_class(each, words),
            limit_percent=limit,
            is_new=each.is_new,
            has_email=reach.has_email or reach.wants_paper,
            has_address=reach.has_address,
            has_postcode=reach.has_postcode,
            unprintable=missing_glyphs(reach.printed),
            waits=member_id in waiting,
        )
        for item in items:
            if item.part:
                invoicing.require_numbers(settings, item.part)
        for item in items:
            row = _row(run, each, item, previous_cents=last_year, schedules=by_code)
            yield row if levy is None else {**row, "fee": levy.fee, "due_on": max(run.issued_on, levy.due_on)}


def _covers(schedule: FeeSchedule, year: int) -> bool:
    """Return whether a version counts on any day of a dues year."""
    is_over = schedule.valid_to is not None and schedule.valid_to.year < year
    return schedule.valid_from.year <= year and not is_over


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


def _dues_class(each: dues.MemberDues, words: Wording) -> str:
    """Return the dues class as it would stand on the invoice."""
    result = each.result
    return words.value(result.band.label) if isinstance(result, Assessment) and result.band else ""


def _warning(warning: RunWarning) -> dict[str, Any]:
    return {"rule": str(warning.rule), "text": stored_phrase(warning.text)}


def _due_on(
    run: BillingRun, each: dues.MemberDues, schedules: dict[str, FeeSchedule], result: Assessment | None
) -> date | None:
    if result is None:
        return None
    schedule = schedules[result.schedule]
    if schedule.due is None and schedule.categories[result.category].due is None:
        return None
    usual = due_date(
        schedule, result.category, year=run.dues_year, issued_on=run.issued_on, is_new_member=each.is_new
    )
    return max(run.issued_on, last_due(result, usual))


def hold_item(session: Session, run_id: int, member_id: int, *, reason: str) -> None:
    """Hold a member back; the run goes on without it and lists it in its result."""
    require(actor_of(session), "billing.release")
    _draft(session, run_id)
    _bill_without_order(session, run_id, member_id)
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


def _bill_without_order(session: Session, run_id: int, member_id: int) -> None:
    """Take a member into the run that the plan holds back; one held back by a person stays so."""
    session.execute(
        update(RunItem)
        .where(
            RunItem.run_id == run_id,
            RunItem.member_id == member_id,
            RunItem.state == ItemState.HELD,
            RunItem.assessment.is_not(None),
            RunItem.reason_text.is_not(None),
        )
        .values(state=ItemState.PLANNED, reason_text=None)
    )


def bill_item(session: Session, run_id: int, member_id: int) -> None:
    """Take a member that was held back into the run again, also one that has no order number yet."""
    require(actor_of(session), "billing.release")
    _draft(session, run_id)
    _bill_without_order(session, run_id, member_id)
    for view in queries.list_items(session, run_id):
        if view.item.member_id == member_id and _is_held(view):
            view.item.state = ItemState.PLANNED if view.item.assessment else ItemState.FAILED
            view.item.reason = ""


def confirm_items(session: Session, run_id: int, member_ids: Sequence[int]) -> None:
    """Note that somebody looked at these large changes and wants them (D-INV-15a)."""
    require(actor_of(session), "billing.release")
    _draft(session, run_id)
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == run_id, RunItem.member_id.in_(member_ids))
        .values(confirmed=True)
    )


def discard_run(session: Session, run_id: int) -> None:
    """Throw a draft away; nothing of it was ever issued."""
    require(actor_of(session), "billing.release")
    run = _draft(session, run_id)
    run.state, run.open_key = RunState.DISCARDED, None
    chain.note(session, "billing.discard", "run", run_id, facts={"year": run.dues_year})
