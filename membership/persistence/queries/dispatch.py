"""Sendings: who gets which document, what waits, what needs a person, how the way to the mail server stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from membership.domain.billing import RunState
from membership.domain.dispatch import (
    NEEDS_PERSON,
    WAITING,
    Channel,
    DispatchState,
)
from membership.domain.errors import NotFound
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.dispatch import Dispatch, DispatchAttempt, MailLane
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.members import Member
from membership.persistence.queries.dispatch_targets import sendings_of
from membership.persistence.queries.invoicing import PDF


def list_runs_to_send(session: Session, at: datetime) -> list[int]:
    """Return the finished runs whose invoices are to be handed over by themselves at this moment."""
    is_finished = BillingRun.state.in_((RunState.DONE, RunState.DONE_WITH_ERRORS))
    is_time = BillingRun.send_at.is_(None) | (BillingRun.send_at <= at)
    statement = select(BillingRun.id).where(BillingRun.sends, is_finished, is_time).order_by(BillingRun.id)
    return list(session.execute(statement).scalars())


def list_sendings(session: Session, invoice_id: int) -> list[Dispatch]:
    """Return the sendings of an invoice, the oldest first."""
    return sendings_of(session, [invoice_id]).get(invoice_id, [])


def get_dispatch(session: Session, dispatch_id: int, *, lock: bool = False) -> Dispatch:
    """Return a sending; raise `NotFound` when there is none."""
    statement = select(Dispatch).where(Dispatch.id == dispatch_id)
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="sending", key=dispatch_id)
    return found


def get_row(session: Session, dispatch_id: int) -> DispatchRow:
    """Return a sending with its company; raise `NotFound` when there is none."""
    found = get_dispatch(session, dispatch_id)
    member = session.get(Member, found.member_id) if found.member_id else None
    return DispatchRow(found, member.number, member.name) if member else DispatchRow(found, None, "")


def count_sent(session: Session, numbers: Sequence[str]) -> int:
    """Return how many of these documents went out, by mail or by post."""
    found = 0
    for part in (numbers[start : start + 5000] for start in range(0, len(numbers), 5000)):
        statement = select(func.count(Dispatch.document.distinct())).where(
            Dispatch.document.in_(part), Dispatch.state == DispatchState.SENT
        )
        found += session.execute(statement).scalar_one()
    return found


def list_attempts(session: Session, dispatch_id: int) -> list[DispatchAttempt]:
    """Return the attempts of a sending, the oldest first."""
    statement = (
        select(DispatchAttempt).where(DispatchAttempt.dispatch_id == dispatch_id).order_by(DispatchAttempt.id)
    )
    return list(session.execute(statement).scalars())


def get_lane(session: Session, *, lock: bool = False) -> MailLane:
    """Return the way to the mail server."""
    statement = select(MailLane).where(MailLane.id == 1)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one()


def due_mails() -> Select[int]:
    """Return the statement for the ids of mails that wait and whose document is there, the oldest first."""
    stored = exists().where(StoredDocument.invoice_id == Dispatch.invoice_id, StoredDocument.kind == PDF)
    return (
        select(Dispatch.id)
        .where(
            Dispatch.channel == Channel.MAIL,
            Dispatch.state.in_(WAITING),
            or_(Dispatch.invoice_id.is_(None), stored),
        )
        .order_by(Dispatch.id)
    )


def is_due(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a mail may be tried at a moment."""
    return or_(Dispatch.not_before.is_(None), Dispatch.not_before <= at)


def has_work(session: Session, at: datetime) -> bool:
    """Return whether a mail waits, or one was left behind by a worker that is gone."""
    waits = due_mails().where(is_due(at)).limit(1)
    stranded = select(Dispatch.id).where(_is_stranded(at)).limit(1)
    return any(session.execute(each).first() is not None for each in (waits, stranded))


def list_stranded(session: Session, at: datetime) -> list[Dispatch]:
    """Return the sendings that a worker began and never ended, locked."""
    statement = select(Dispatch).where(_is_stranded(at)).order_by(Dispatch.id).with_for_update()
    return list(session.execute(statement).scalars())


def _is_stranded(at: datetime) -> ColumnElement[bool]:
    return and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until < at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFilter:
    """What to show; None means everything."""

    run_id: int | None = None
    states: tuple[DispatchState, ...] | None = None
    channel: Channel | None = None
    is_bounced: bool | None = None
    with_staff: bool = False
    """Whether mails to staff about the program itself belong to it too."""


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """A sending with the company it goes to; mails to staff go to none."""

    dispatch: Dispatch
    member_number: str | None
    member_name: str


def list_page(session: Session, chosen: DispatchFilter, *, page: int, size: int) -> list[DispatchRow]:
    """Return one page of sendings, the newest first."""
    statement = (
        select(Dispatch, Member.number, func.coalesce(Member.name, ""))
        .outerjoin(Member, Member.id == Dispatch.member_id)
        .where(*_conditions(chosen))
        .order_by(Dispatch.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return [DispatchRow(*row) for row in session.execute(statement)]


@dataclass(slots=True)
class Counts:
    """How many sendings there are of each channel and state; `bounced` ones also count as sent."""

    mails: dict[DispatchState, int] = field(default_factory=dict)
    letters: dict[DispatchState, int] = field(default_factory=dict)
    bounced: int = 0

    @property
    def waiting(self) -> int:
        """Return the mails that go out by themselves."""
        return sum(self.mails.get(state, 0) for state in (*WAITING, DispatchState.SENDING))

    @property
    def sent(self) -> int:
        """Return the mails that the mail server took."""
        return self.mails.get(DispatchState.SENT, 0)

    @property
    def failed(self) -> int:
        """Return the mails that were refused for good."""
        return self.mails.get(DispatchState.FAILED, 0)

    @property
    def unknown(self) -> int:
        """Return the mails of which nobody knows whether they arrived."""
        return self.mails.get(DispatchState.UNKNOWN, 0)

    @property
    def all_mails(self) -> int:
        """Return all mails but the withdrawn ones."""
        return sum(count for state, count in self.mails.items() if state is not DispatchState.WITHDRAWN)

    @property
    def to_post(self) -> int:
        """Return the letters that are still to be posted."""
        return self.letters.get(DispatchState.NEW, 0)

    @property
    def posted(self) -> int:
        """Return the letters that were posted."""
        return self.letters.get(DispatchState.SENT, 0)


def get_counts(session: Session, *, run_id: int | None = None) -> Counts:
    """Return the counts of all sendings, or of those of a run."""
    counts = Counts()
    bounced = func.count(Dispatch.bounced_at)
    statement = (
        select(Dispatch.channel, Dispatch.state, func.count(), bounced)
        .where(*_conditions(DispatchFilter(run_id=run_id)))
        .group_by(Dispatch.channel, Dispatch.state)
    )
    for channel, state, count, returned in session.execute(statement):
        (counts.mails if channel is Channel.MAIL else counts.letters)[state] = count
        counts.bounced += returned
    return counts


def _conditions(chosen: DispatchFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not chosen.with_staff:
        found.append(Dispatch.member_id.is_not(None))
    if chosen.run_id is not None:
        found.append(Dispatch.invoice_id.in_(select(Invoice.id).where(Invoice.run_id == chosen.run_id)))
    if chosen.states is not None:
        found.append(Dispatch.state.in_(chosen.states))
    if chosen.channel is not None:
        found.append(Dispatch.channel == chosen.channel)
    if chosen.is_bounced is not None:
        found.append(Dispatch.bounced_at.is_not(None) if chosen.is_bounced else Dispatch.bounced_at.is_(None))
    return found


@dataclass(frozen=True, slots=True)
class Letter:
    """A document that goes by post: the stored bytes' id, and where it goes."""

    dispatch_id: int
    document_id: int
    number: str
    member_name: str
    country: str
    postcode: str


_GOES_TO_POSTCODE: Final = case((Member.invoice_city != "", Member.invoice_postcode), else_=Member.postcode)
_GOES_TO_COUNTRY: Final = case((Member.invoice_country != "", Member.invoice_country), else_=Member.country)
"""Where a letter goes: to the address for invoices where the company has one."""


def list_letters(session: Session, *, run_id: int | None = None) -> list[Letter]:
    """Return the letters that are to be posted and whose PDF is there: home first, then by country and postcode."""
    statement = (
        select(
            Dispatch.id,
            StoredDocument.id,
            Dispatch.document,
            Member.name,
            _GOES_TO_COUNTRY,
            _GOES_TO_POSTCODE,
        )
        .join(Member, Member.id == Dispatch.member_id)
        .join(
            StoredDocument,
            (StoredDocument.invoice_id == Dispatch.invoice_id) & (StoredDocument.kind == PDF),
        )
        .where(*_conditions(DispatchFilter(run_id=run_id, channel=Channel.POST, states=(DispatchState.NEW,))))
    )
    letters = [Letter(*row) for row in session.execute(statement)]
    return sorted(letters, key=lambda one: (one.country != "DE", one.country, one.postcode, one.number))


def get_content(session: Session, document_id: int) -> tuple[bytes, str]:
    """Return the stored bytes of a document with their SHA-256."""
    row: Any = session.execute(
        select(StoredDocument.content, StoredDocument.sha256).where(StoredDocument.id == document_id)
    ).one()
    return row.content, row.sha256


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of the sendings waits for a person."""

    failed: int
    unknown: int
    bounced: int
    letters: int


def count_for_person(session: Session) -> Waiting:
    """Return how many sendings wait for a person; a bounce that was answered by a new sending counts no more."""
    counts = dict(
        session.execute(
            select(Dispatch.state, func.count())
            .where(
                Dispatch.channel == Channel.MAIL,
                Dispatch.state.in_(NEEDS_PERSON),
                Dispatch.member_id.is_not(None),
            )
            .group_by(Dispatch.state)
        ).all()
    )
    letters = select(func.count()).where(
        Dispatch.channel == Channel.POST, Dispatch.state == DispatchState.NEW
    )
    bounced = select(func.count()).where(
        Dispatch.bounced_at.is_not(None), Dispatch.member_id.is_not(None), ~_is_answered()
    )
    return Waiting(
        failed=counts.get(DispatchState.FAILED, 0),
        unknown=counts.get(DispatchState.UNKNOWN, 0),
        bounced=session.execute(bounced).scalar_one(),
        letters=session.execute(letters).scalar_one(),
    )


def _is_answered() -> ColumnElement[bool]:
    later = Dispatch.__table__.alias("later")
    return (
        select(later.c.id)
        .where(
            later.c.document == Dispatch.document,
            later.c.id > Dispatch.id,
            later.c.state != DispatchState.WITHDRAWN,
        )
        .exists()
    )


def find_lost_anchor(session: Session) -> Dispatch | None:
    """Return the last mail with the proof of the books, if it did not arrive."""
    statement = select(Dispatch).where(Dispatch.kind == "anchor").order_by(Dispatch.id.desc()).limit(1)
    found = session.execute(statement).scalar_one_or_none()
    is_lost = found is not None and (found.state in NEEDS_PERSON or found.bounced_at is not None)
    return found if is_lost else None
