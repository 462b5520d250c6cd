"""What a person decides about sendings: try again, arrived, came back, posted, not at all; halt and go on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from membership.domain.dispatch import NEEDS_PERSON, WAITING, Channel, DispatchState
from membership.domain.errors import N_, AlreadyDone, Conflict
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import Dispatch, MailLane
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import dispatch as queries


class NotToDecide(Conflict):
    """A sending is in a state in which there is nothing to decide."""

    message = N_("This sending is no longer waiting for a decision. Please look at its present state.")
    code = "not_to_decide"


def retry_dispatch(session: Session, dispatch_id: int) -> None:
    """Hand a failed or unclear mail out again; of an unclear one the person says that it may go twice."""
    require(actor_of(session), "invoice.send")
    found = _waiting_for_person(session, dispatch_id)
    _note(session, "dispatch.retry", found)
    found.state, found.not_before, found.first_tried_at = DispatchState.NEW, None, None


def retry_failed(session: Session, *, run_id: int | None = None) -> int:
    """Hand out every failed mail again, of a run or of all; unclear ones stay, each is a decision. Returns how many."""
    require(actor_of(session), "invoice.send")
    statement = select(Dispatch).where(
        Dispatch.channel == Channel.MAIL,
        Dispatch.state == DispatchState.FAILED,
        Dispatch.member_id.is_not(None),
        *_of_run(run_id),
    )
    found = list(session.execute(statement.with_for_update()).scalars())
    for each in found:
        each.state, each.not_before, each.first_tried_at = DispatchState.NEW, None, None
    if found:
        chain.note(session, "dispatch.retry_failed", "dispatch", run_id or "all", facts={"mails": len(found)})
    return len(found)


def settle_dispatch(session: Session, dispatch_id: int, *, arrived: bool) -> None:
    """Say of a failed or unclear mail that it arrived, or that it did not and is not to go out."""
    require(actor_of(session), "invoice.send")
    found = _waiting_for_person(session, dispatch_id)
    found.state = DispatchState.SENT if arrived else DispatchState.FAILED
    found.sent_at = actor_of(session).at if arrived else None
    found.settled_by = actor_of(session).name
    _note(session, "dispatch.arrived" if arrived else "dispatch.not_arrived", found)


def note_bounce(session: Session, dispatch_id: int) -> None:
    """Keep that a mail came back: the mail server had taken it, nobody got it."""
    require(actor_of(session), "invoice.send")
    found = queries.get_dispatch(session, dispatch_id, lock=True)
    if found.channel is not Channel.MAIL or found.state is not DispatchState.SENT:
        raise NotToDecide
    if found.bounced_at is not None:
        raise AlreadyDone
    found.bounced_at = actor_of(session).at
    _note(session, "dispatch.bounced", found)


def withdraw_waiting(session: Session, *, run_id: int | None = None) -> int:
    """Take back every sending of a document that has not begun, of a run or of all; return how many."""
    require(actor_of(session), "invoice.send")
    statement = (
        update(Dispatch)
        .where(Dispatch.state.in_(WAITING), Dispatch.member_id.is_not(None), *_of_run(run_id))
        .values(state=DispatchState.WITHDRAWN, not_before=None)
        .returning(Dispatch.id)
    )
    taken = session.execute(statement.execution_options(synchronize_session=False)).all()
    if taken:
        chain.note(session, "dispatch.withdraw", "dispatch", run_id or "all", facts={"sendings": len(taken)})
    return len(taken)


def withdraw_cancelled(session: Session, invoice_id: int) -> int:
    """Take back what waits to be sent of an invoice that was cancelled; what is on its way goes. Returns how many."""
    require(actor_of(session), "invoice.correct")
    statement = (
        update(Dispatch)
        .where(Dispatch.invoice_id == invoice_id, Dispatch.state.in_(WAITING))
        .values(state=DispatchState.WITHDRAWN, not_before=None)
        .returning(Dispatch.id)
    )
    taken = session.execute(statement.execution_options(synchronize_session=False)).all()
    if taken:
        chain.note(session, "dispatch.withdraw", "dispatch", invoice_id, facts={"sendings": len(taken)})
    return len(taken)


def mark_posted(session: Session, dispatch_ids: Sequence[int]) -> int:
    """Say that letters were posted; those that were already are left as they are. Returns how many."""
    require(actor_of(session), "invoice.send")
    at = actor_of(session).at
    marked = session.execute(
        update(Dispatch)
        .where(
            Dispatch.id.in_(list(dispatch_ids)),
            Dispatch.channel == Channel.POST,
            Dispatch.state == DispatchState.NEW,
        )
        .values(state=DispatchState.SENT, sent_at=at, settled_by=actor_of(session).name)
        .returning(Dispatch.document, Dispatch.member_id)
        .execution_options(synchronize_session=False)
    ).all()
    for document, member_id in marked:
        chain.note(session, "dispatch.posted", "invoice", document, member_id=member_id)
    return len(marked)


def halt_lane(session: Session) -> None:
    """Stop sending after the mail that is on its way."""
    require(actor_of(session), "invoice.send")
    lane = queries.get_lane(session, lock=True)
    if lane.halted_at is None:
        lane.halted_at = actor_of(session).at
        chain.note(session, "dispatch.halt", "dispatch", "lane")


def open_lane(session: Session) -> None:
    """Go on sending, or try at once where the lane rests."""
    require(actor_of(session), "invoice.send")
    was_halted = queries.get_lane(session, lock=True).halted_at is not None
    session.execute(
        update(MailLane).where(MailLane.id == 1).values(halted_at=None, not_before=None, failures=0)
    )
    if was_halted:
        chain.note(session, "dispatch.go_on", "dispatch", "lane")


def _waiting_for_person(session: Session, dispatch_id: int) -> Dispatch:
    found = queries.get_dispatch(session, dispatch_id, lock=True)
    if found.channel is not Channel.MAIL or found.state not in NEEDS_PERSON:
        raise NotToDecide
    return found


def _of_run(run_id: int | None) -> tuple[ColumnElement[bool], ...]:
    if run_id is None:
        return ()
    return (Dispatch.invoice_id.in_(select(Invoice.id).where(Invoice.run_id == run_id)),)


def _note(session: Session, action: str, dispatch: Dispatch) -> None:
    about = "invoice" if dispatch.invoice_id else "dispatch"
    chain.note(
        session, action, about, dispatch.document, member_id=dispatch.member_id,
        facts={"dispatch": dispatch.id}, values={"recipient": (None, dispatch.recipient)},
    )  # fmt: skip
