"""Mails that came back: each report finds its sending and marks it; nothing in the mailbox is changed.

A report finds its mail by the number that the mail carried. One that names none finds the newest mail of the last two
weeks to its address. Marking twice changes nothing, so a mailbox may be read again from its beginning.

Source: `domain.md` INV-18; `reliability.md` 32; `decisions.md` 28.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.bounces import MATCHED_FOR, READ_BACK, Failure, Report, reason_of
from membership.domain.dispatch import Channel, DispatchState
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import Dispatch, MailboxMark


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: after which mail, and since which day when the mailbox is new."""

    after: int
    since: date | None


def find_place(session: Session, *, place: str, numbering: int) -> Place:
    """Return where reading goes on in a mailbox; a new one, or one that was numbered anew, is read 30 days back."""
    mark = get_mark(session)
    if (mark.place, mark.numbering) == (place, numbering) and numbering:
        return Place(mark.last_uid, None)
    return Place(0, (actor_of(session).at - READ_BACK).date())


def get_mark(session: Session, *, lock: bool = False) -> MailboxMark:
    """Return up to where the mailbox was read."""
    statement = select(MailboxMark).where(MailboxMark.id == 1)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one()


def keep_read(
    session: Session, reports: Sequence[Report], *, place: str, numbering: int, last_uid: int
) -> int:
    """Mark the sendings that the reports are about, and keep up to where the mailbox was read.

    Returns how many sendings were marked that were not before.
    """
    require(actor_of(session), "invoice.send")
    mark = get_mark(session, lock=True)
    is_same = (mark.place, mark.numbering) == (place, numbering)
    mark.last_uid = max(mark.last_uid, last_uid) if is_same else last_uid
    mark.place, mark.numbering, mark.read_at = place, numbering, actor_of(session).at
    mark.failed_at, mark.reason = None, ""
    return sum(_mark(session, report) for report in reports)


def keep_away(session: Session, *, reason: str) -> None:
    """Keep that the mailbox could not be read, since when, and why."""
    require(actor_of(session), "invoice.send")
    mark = get_mark(session, lock=True)
    mark.failed_at = mark.failed_at or actor_of(session).at
    mark.reason = reason


def _mark(session: Session, report: Report) -> int:
    found = _by_number(session, report.message_ids)
    if found:
        return sum(_came_back(session, each, _about(report, each)) for each in found)
    marked = 0
    for failure in report.failures:
        sending = _by_address(session, failure.recipient)
        marked += _came_back(session, sending, failure) if sending else 0
    return marked


def _by_number(session: Session, message_ids: Sequence[str]) -> list[Dispatch]:
    if not message_ids:
        return []
    statement = select(Dispatch).where(Dispatch.message_id.in_(list(message_ids)), Dispatch.message_id != "")
    return list(session.execute(statement.order_by(Dispatch.id).with_for_update()).scalars())


def _about(report: Report, sending: Dispatch) -> Failure:
    """Return what a report says of a mail's recipient; a mail that was passed on came back from another address."""
    address = sending.recipient.casefold()
    return next((each for each in report.failures if each.recipient == address), report.failures[0])


def _by_address(session: Session, address: str) -> Dispatch | None:
    at = actor_of(session).at
    statement = (
        select(Dispatch)
        .where(
            func.lower(Dispatch.recipient) == address,
            Dispatch.channel == Channel.MAIL,
            Dispatch.state == DispatchState.SENT,
            Dispatch.sent_at > at - MATCHED_FOR,
        )
        .order_by(Dispatch.id.desc())
        .limit(1)
        .with_for_update()
    )
    return session.execute(statement).scalar_one_or_none()


def _came_back(session: Session, sending: Dispatch, failure: Failure) -> int:
    """Mark a sending whose mail came back, once; one of which nobody knew whether it went did go, then."""
    is_out = sending.state in {DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN}
    if sending.channel is not Channel.MAIL or not is_out or sending.bounced_at is not None:
        return 0
    at = actor_of(session).at
    if sending.state is DispatchState.UNKNOWN:
        sending.state, sending.sent_at, sending.settled_by = DispatchState.SENT, at, actor_of(session).name
    sending.bounced_at = at
    sending.reason, sending.answer = reason_of(failure.status), failure.said
    chain.note(
        session, "dispatch.bounced", "invoice" if sending.invoice_id else "dispatch", sending.document,
        member_id=sending.member_id, facts={"dispatch": sending.id, "status": failure.status},
        values={"recipient": (None, sending.recipient)},
    )  # fmt: skip
    return 1
