"""A run is released, paused and resumed. Source: `ux.md` 6.6; INV-12."""

from __future__ import annotations

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.billing import RUN_WORDS, ItemState, RunState
from membership.domain.errors import N_, DomainError
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.billing import RunItem
from membership.persistence.queries import billing as queries
from membership.services import invoicing
from membership.services.billing.planning import YEARLY, RunNotOpen


class NothingToBill(DomainError):
    """The run has no item that would become an invoice."""

    message = N_("There is nothing to bill for %(year)s: no member owes dues that are not billed yet.")
    code = "nothing_to_bill"


def release_run(session: Session, run_id: int, *, today: date) -> int:
    """Release a draft: its items wait to be issued. A run that is released already stays as it is.

    Returns how many invoices will be made. Raises `NothingToBill` when there is none.
    """
    require(actor_of(session), "billing.release")
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
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.RUNNING:
        run.state = RunState.PAUSED
        chain.note(session, "billing.pause", "run", run_id)


def resume_run(session: Session, run_id: int) -> None:
    """Go on with a paused run, or try the failed items of a finished one again."""
    require(actor_of(session), "billing.release")
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
