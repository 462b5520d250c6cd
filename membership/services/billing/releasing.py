"""A run is released, paused and resumed. Source: `ux.md` 6.6; INV-12."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.approvals import Action, Proposal, Waiting
from membership.domain.billing import RUN_WORDS, ItemState, RunState
from membership.domain.dues.stored import stored_phrase
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.queries import billing as queries
from membership.persistence.queries.billing import RunTotals
from membership.services import invoicing
from membership.services.approvals import require_second
from membership.services.billing.planning import RunNotOpen, items_digest, open_key, require_current


class NothingToBill(DomainError):
    """The run has no item that would become an invoice."""

    message = N_("There is nothing to bill for %(year)s: no member owes dues that are not billed yet.")
    code = "nothing_to_bill"


class OtherRunOpen(Conflict):
    """A dues year has one open run at a time."""

    message = N_("Another billing run of %(year)s is open. Finish or discard it first, then try again here.")
    code = "other_run_open"


class RunTooOld(Conflict):
    """The date of a finished run lies before that of later invoices, so that none can follow with it (INV-05)."""

    message = N_(
        "The invoices of this run are dated %(day)s, but later ones of %(first)s have gone out. "
        "Bill the members that are left in a new run."
    )
    code = "run_too_old"


def release_run(
    session: Session, run_id: int, *, today: date, sends: bool = False, send_at: datetime | None = None
) -> int | Waiting:
    """Release a draft: its items wait to be issued. A run that is released already stays as it is.

    With `sends` its invoices are handed over for sending as soon as all are made, with `send_at` not before then.
    Returns how many invoices will be made, or what waits for a second person. Raises `NothingToBill` when there is
    none, `IssueDateWrong` when its date is no longer possible, `RunChanged` when the members owe something else by now:
    `refresh_run` comes first then.
    """
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.DISCARDED:
        raise RunNotOpen(state=RUN_WORDS[run.state])
    if run.state is not RunState.DRAFT:
        return queries.run_totals(session, run_id).documents
    invoicing.require_issue_date(session, run.issued_on, today=today)
    require_current(session, run)
    totals = queries.run_totals(session, run_id)
    if not totals.documents:
        raise NothingToBill(year=str(run.dues_year))
    if sends:
        require(actor_of(session), "invoice.send")
    go = require_second(session, _proposal(session, run, totals, sends=sends, send_at=send_at))
    if isinstance(go, Waiting):
        return go
    planned = update(RunItem).where(RunItem.run_id == run_id, RunItem.state == ItemState.PLANNED)
    count = len(session.execute(planned.values(state=ItemState.TODO).returning(RunItem.id)).all())
    run.sends, run.send_at = sends, send_at if sends else None
    run.state, run.released_at = RunState.RUNNING, actor_of(session).at
    facts = {"year": run.dues_year, "invoices": count, **go.facts}
    chain.note(session, "billing.release", "run", run_id, facts=facts)
    return count


def _proposal(
    session: Session, run: BillingRun, totals: RunTotals, *, sends: bool, send_at: datetime | None
) -> Proposal:
    sending = phrase("yes") if sends else phrase("no")
    return Proposal(
        Action.RUN,
        "release_run",
        "run",
        str(run.id),
        phrase("Release the billing run %(year)s", year=str(run.dues_year)),
        {"run_id": run.id, "sends": sends, "send_at": send_at.isoformat() if sends and send_at else None},
        shown=(
            (N_("Invoices"), totals.documents),
            (N_("Sum"), Money(totals.total_cents)),
            (N_("Year before"), Money(totals.previous_cents)),
            (N_("Held back"), totals.counts.held),
            (N_("Free of dues"), totals.counts.free),
            (N_("Invoice date"), run.issued_on),
            (N_("Send as soon as they are made"), sending),
        ),
        rests_on={"items": items_digest(session, run), "text": run.text},
    )


def pause_run(session: Session, run_id: int) -> None:
    """Stop after the current item; a finished run stays as it is, a draft raises `RunNotOpen` (SEC-14)."""
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id, lock=True)
    _require_released(run)
    if run.state is RunState.RUNNING:
        run.state = RunState.PAUSED
        chain.note(session, "billing.pause", "run", run_id)


def resume_run(session: Session, run_id: int) -> None:
    """Go on with a paused run, or try the failed items of a finished one again; any other stays as it is.

    Raises `RunNotOpen` for a draft that nobody released (SEC-14), `OtherRunOpen` while another run of the year is
    worked on, `RunTooOld` when later invoices went out.
    """
    require(actor_of(session), "billing.release")
    guard(session, "runs")
    run = queries.get_run(session, run_id, lock=True)
    _require_released(run)
    if run.state is RunState.DONE_WITH_ERRORS:
        _open_again(session, run)
    elif run.state is not RunState.PAUSED:
        return
    run.state, run.finished_at = RunState.RUNNING, None
    chain.note(session, "billing.resume", "run", run_id)


def _require_released(run: BillingRun) -> None:
    if run.state is RunState.DRAFT:
        raise RunNotOpen(state=RUN_WORDS[run.state])


def _open_again(session: Session, run: BillingRun) -> None:
    """Put the failed items of a finished run back to work, and whoever was billed in the meantime aside (INV-12)."""
    if queries.find_open_run(session, run.dues_year, kind=run.kind) is not None:
        raise OtherRunOpen(year=str(run.dues_year))
    first = invoicing.first_issue_date(session, run.issued_on.year)
    if run.issued_on < first:
        raise RunTooOld(day=run.issued_on, first=first)
    for item, invoice in queries.list_failed(session, run):
        item.reason, item.reason_text = "", None
        item.state = ItemState.TODO if invoice is None else ItemState.HELD
        if invoice is not None:
            item.reason_text = stored_phrase(phrase("Already billed by invoice %(number)s.", number=invoice))
    run.open_key = open_key(run.kind, run.dues_year)
