"""Attempts to pay online with their documents, events, what was booked of them, and payouts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.ledger import Account
from membership.domain.online_payments.attempts import UNDECIDED, AttemptState, Order, Owed
from membership.domain.online_payments.events import ALARM_AFTER, COMPARISON, EventState
from membership.domain.online_payments.pictures import ChangeKind
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.online_payments import (
    PROVIDER,
    OnlineAttempt,
    OnlineEvent,
    OnlineItem,
    OnlinePayout,
    OnlinePosting,
    RefusedMessages,
)
from membership.persistence.models.payments import Payment

WAITING = (EventState.NEW, EventState.RETRY)
EventRow = OnlineEvent
"""A row of the events, for those who may not know the tables."""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt with its member and documents."""

    attempt: OnlineAttempt
    member_number: str
    member_name: str
    items: tuple[OnlineItem, ...]

    @property
    def documents(self) -> tuple[str, ...]:
        """Return the numbers of its documents."""
        return tuple(item.document for item in self.items)

    @property
    def order(self) -> Order:
        """Return what the provider is asked for, the same at each call."""
        row = self.attempt
        return Order(
            uid=row.uid, key=row.key, cents=row.cents, way=row.way, title=row.title, documents=self.documents,
            member=self.member_number, email=row.email, language=row.language, back=row.back,
            expires_at=row.expires_at,
        )  # fmt: skip


def get_attempt(session: Session, uid: str) -> AttemptView:
    """Return an attempt by our reference; raise `NotFound` when there is none."""
    found = find_attempt(session, uid)
    if found is None:
        raise NotFound(what="payment", key=uid)
    return found


def find_attempt(session: Session, uid: str) -> AttemptView | None:
    """Return an attempt by our reference, if there is one."""
    return _first(session, OnlineAttempt.uid == uid)


def find_attempt_of(session: Session, *, page_id: str = "", intent_id: str = "") -> AttemptView | None:
    """Return the attempt that a page or a payment of the provider belongs to, if we know it."""
    known = []
    if page_id:
        known.append(OnlineAttempt.page_id == page_id)
    if intent_id:
        known.append(OnlineAttempt.intent_id == intent_id)
    return _first(session, or_(*known)) if known else None


def _first(session: Session, condition: object) -> AttemptView | None:
    found = _views(session, condition)
    return found[0] if found else None


def _views(
    session: Session, *conditions: object, offset: int = 0, limit: int | None = None
) -> list[AttemptView]:
    statement = (
        select(OnlineAttempt, Member.number, Member.name)
        .join(Member, Member.id == OnlineAttempt.member_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(OnlineAttempt.id.desc())
        .offset(offset)
        .limit(limit)
    )
    rows = session.execute(statement).all()
    items: dict[int, list[OnlineItem]] = {row[0].id: [] for row in rows}
    if rows:
        of_rows = select(OnlineItem).where(OnlineItem.attempt_id.in_(items)).order_by(OnlineItem.id)
        for item in session.execute(of_rows).scalars():
            items[item.attempt_id].append(item)
    return [AttemptView(row[0], row[1], row[2], tuple(items[row[0].id])) for row in rows]


def list_attempts(session: Session, *, offset: int = 0, limit: int | None = None) -> list[AttemptView]:
    """Return attempts, the newest first."""
    return _views(session, offset=offset, limit=limit)


def uids_in(session: Session, states: Collection[AttemptState]) -> list[str]:
    """Return the references of the attempts in these states, the oldest first."""
    statement = select(OnlineAttempt.uid).where(OnlineAttempt.state.in_(states)).order_by(OnlineAttempt.id)
    return list(session.execute(statement).scalars())


def states_of(session: Session, uids: Collection[str]) -> dict[str, AttemptState]:
    """Return reference -> state of these attempts."""
    statement = select(OnlineAttempt.uid, OnlineAttempt.state).where(OnlineAttempt.uid.in_(uids))
    return {row.uid: row.state for row in session.execute(statement)}


def intents_of(session: Session, attempt_ids: Collection[int]) -> dict[int, str]:
    """Return attempt -> its payment at the provider."""
    statement = select(OnlineAttempt.id, OnlineAttempt.intent_id).where(OnlineAttempt.id.in_(attempt_ids))
    return {row.id: row.intent_id for row in session.execute(statement)}


def count_attempts(session: Session) -> int:
    """Return how many attempts there are."""
    return session.execute(select(func.count()).select_from(OnlineAttempt)).scalar_one()


def attempts_in_the_way(session: Session, open_item_ids: Collection[int]) -> list[AttemptView]:
    """Return the undecided attempts that pay one of these items."""
    held = select(OnlineItem.attempt_id).where(OnlineItem.open_item_id.in_(open_item_ids), OnlineItem.is_held)
    return _views(session, OnlineAttempt.id.in_(held), OnlineAttempt.state.in_(UNDECIDED))


_HELD: Final = (
    select(OnlineItem.document, OnlineAttempt.state, OnlineAttempt.uid)
    .join(OnlineAttempt, OnlineAttempt.id == OnlineItem.attempt_id)
    .where(OnlineItem.document.in_(bindparam("documents", expanding=True)), OnlineItem.is_held)
)


def held_states(session: Session, references: Collection[str]) -> dict[str, tuple[AttemptState, str]]:
    """Return document -> (state, uid) of the undecided attempt that pays it."""
    rows = session.execute(_HELD, {"documents": list(references)})
    return {row.document: (row.state, row.uid) for row in rows}


def list_payable(session: Session, member_id: int) -> list[Owed]:
    """Return what a member may pay: its open items, the oldest due first."""
    statement = (
        select(OpenItem.id, OpenItem.reference, OpenItem.open_cents)
        .where(OpenItem.member_id == member_id, OpenItem.open_cents > 0)
        .order_by(OpenItem.due_on, OpenItem.id)
    )
    return [Owed(*row) for row in session.execute(statement)]


def owed_of(session: Session, member_id: int, references: Sequence[str]) -> list[Owed]:
    """Return named documents of a member in their order, as they are open; raise `NotFound` for one of others."""
    wanted = [reference.strip().upper() for reference in references]
    statement = select(OpenItem.id, OpenItem.reference, OpenItem.open_cents).where(
        OpenItem.member_id == member_id, OpenItem.reference.in_(wanted)
    )
    found = {row.reference: Owed(*row) for row in session.execute(statement)}
    missing = next((reference for reference in wanted if reference not in found), None)
    if missing is not None:
        raise NotFound(what="invoice", key=missing)
    return [found[reference] for reference in wanted]


def lock_attempt(session: Session, attempt_id: int) -> OnlineAttempt:
    """Return an attempt under its lock; raise `NotFound` when there is none."""
    statement = select(OnlineAttempt).where(OnlineAttempt.id == attempt_id).with_for_update()
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFound(what="payment", key=attempt_id)
    return found


def list_items(session: Session, attempt_id: int) -> list[OnlineItem]:
    """Return the documents of an attempt in their order."""
    statement = select(OnlineItem).where(OnlineItem.attempt_id == attempt_id).order_by(OnlineItem.id)
    return list(session.execute(statement).scalars())


def open_cents_of(session: Session, attempt_id: int) -> list[tuple[int, int]]:
    """Return (open item, cents open now) of the documents of an attempt, in their order."""
    statement = (
        select(OpenItem.id, OpenItem.open_cents)
        .join(OnlineItem, OnlineItem.open_item_id == OpenItem.id)
        .where(OnlineItem.attempt_id == attempt_id)
        .order_by(OnlineItem.id)
    )
    return [(row.id, row.open_cents) for row in session.execute(statement)]


def list_postings(session: Session, attempt_id: int) -> list[OnlinePosting]:
    """Return what was booked of an attempt, in the order in which it was."""
    statement = select(OnlinePosting).where(OnlinePosting.attempt_id == attempt_id).order_by(OnlinePosting.id)
    return list(session.execute(statement).scalars())


def superfluous(session: Session) -> list[str]:
    """Return the open attempts of which less is open than they would pay: their pages are to be ended (STR-2)."""
    less = (
        select(OnlineItem.attempt_id)
        .join(OpenItem, OpenItem.id == OnlineItem.open_item_id)
        .where(OnlineItem.is_held, OpenItem.open_cents < OnlineItem.cents)
    )
    statement = select(OnlineAttempt.uid).where(
        OnlineAttempt.state == AttemptState.OPEN, OnlineAttempt.id.in_(less)
    )
    return list(session.execute(statement).scalars())


def to_ask_again(session: Session, *, before: datetime) -> list[str]:
    """Return the attempts whose answer is not known and that were asked for before a moment."""
    statement = select(OnlineAttempt.uid).where(
        OnlineAttempt.state == AttemptState.ASKED, OnlineAttempt.asked_at < before
    )
    return list(session.execute(statement).scalars())


def past_their_page(session: Session, *, now: datetime) -> list[str]:
    """Return the open attempts whose page has ended, so that nobody need tell what became of them."""
    statement = select(OnlineAttempt.uid).where(
        OnlineAttempt.state == AttemptState.OPEN, OnlineAttempt.expires_at < now
    )
    return list(session.execute(statement).scalars())


def due_events(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the events that are to be worked, the first to come first."""
    statement = (
        select(OnlineEvent.id)
        .where(OnlineEvent.state.in_(WAITING), OnlineEvent.next_at <= now)
        .order_by(OnlineEvent.next_at, OnlineEvent.id)
        .limit(limit)
    )
    return list(session.execute(statement).scalars())


def get_event(session: Session, event_id: int) -> OnlineEvent:
    """Return an event; raise `NotFound` when there is none."""
    found = session.execute(select(OnlineEvent).where(OnlineEvent.id == event_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(what="event", key=event_id)
    return found


def is_kept(session: Session, event_id: str) -> bool:
    """Return whether an event of the provider is kept; the unique key decides when two ask at once."""
    statement = select(OnlineEvent.id).where(
        OnlineEvent.provider == PROVIDER, OnlineEvent.event_id == event_id
    )
    return session.execute(statement).first() is not None


_NEEDS_A_LOOK = or_(
    OnlineEvent.state == EventState.LOOK,
    and_(OnlineEvent.state == EventState.RETRY, OnlineEvent.tries >= ALARM_AFTER),
)


def list_looks(session: Session, *, limit: int | None = None) -> list[OnlineEvent]:
    """Return what a person has to look at, the oldest first (FI-40, FI-41)."""
    statement = select(OnlineEvent).where(_NEEDS_A_LOOK).order_by(OnlineEvent.id).limit(limit)
    return list(session.execute(statement).scalars())


def list_noted(session: Session) -> list[OnlineEvent]:
    """Return what the daily comparison noted and nobody has looked at yet."""
    statement = select(OnlineEvent).where(
        OnlineEvent.state == EventState.LOOK, OnlineEvent.kind == COMPARISON
    )
    return list(session.execute(statement.order_by(OnlineEvent.id)).scalars())


def count_looks(session: Session) -> int:
    """Return how many events wait for a person."""
    return session.execute(select(func.count()).select_from(OnlineEvent).where(_NEEDS_A_LOOK)).scalar_one()


def list_events(session: Session, *, limit: int) -> list[OnlineEvent]:
    """Return the last events, the newest first."""
    return list(session.execute(select(OnlineEvent).order_by(OnlineEvent.id.desc()).limit(limit)).scalars())


class Refused(NamedTuple):
    """How many unsigned messages were refused since a day, and when the last one was."""

    number: int
    last_at: datetime | None


def refused_since(session: Session, day: date) -> Refused:
    """Return how many messages were refused because nobody signed them."""
    row = session.execute(
        select(func.coalesce(func.sum(RefusedMessages.count), 0), func.max(RefusedMessages.last_at)).where(
            RefusedMessages.day >= day
        )
    ).one()
    return Refused(int(row[0]), row[1])


def posted_objects(session: Session, object_ids: Iterable[str]) -> set[tuple[str, ChangeKind]]:
    """Return what of these objects was booked."""
    statement = select(OnlinePosting.object_id, OnlinePosting.kind).where(
        OnlinePosting.provider == PROVIDER, OnlinePosting.object_id.in_(list(object_ids))
    )
    return {(row.object_id, row.kind) for row in session.execute(statement)}


def postings_between(session: Session, since: date, until: date) -> list[OnlinePosting]:
    """Return what was booked of days from `since` to `until`."""
    statement = select(OnlinePosting).where(
        OnlinePosting.provider == PROVIDER, OnlinePosting.posted_on.between(since, until)
    )
    return list(session.execute(statement.order_by(OnlinePosting.id)).scalars())


def list_payouts(session: Session, *, limit: int | None = None) -> list[OnlinePayout]:
    """Return payouts, the newest first."""
    statement = select(OnlinePayout).order_by(OnlinePayout.arrives_on.desc(), OnlinePayout.id.desc())
    return list(session.execute(statement.limit(limit)).scalars())


def list_free_payouts(session: Session) -> list[OnlinePayout]:
    """Return the payouts that no bank line has brought yet, the oldest first."""
    statement = select(OnlinePayout).where(
        OnlinePayout.entry_id.is_(None), OnlinePayout.status.in_(("paid", "in_transit", "pending"))
    )
    return list(session.execute(statement.order_by(OnlinePayout.arrives_on, OnlinePayout.id)).scalars())


def find_payout(session: Session, payout_id: str) -> OnlinePayout | None:
    """Return a payout by the provider's id, if it was reported."""
    statement = select(OnlinePayout).where(
        OnlinePayout.provider == PROVIDER, OnlinePayout.payout_id == payout_id
    )
    return session.execute(statement).scalar_one_or_none()


def find_payout_of(session: Session, entry_ids: Collection[int]) -> OnlinePayout | None:
    """Return the payout that one of these entries booked."""
    statement = select(OnlinePayout).where(OnlinePayout.entry_id.in_(entry_ids))
    return session.execute(statement).scalars().first()


def transit_cents(session: Session) -> int:
    """Return what the books say that lies at the provider."""
    statement = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(
        EntryLine.account == Account.ONLINE
    )
    return int(session.execute(statement).scalar_one())


def postings_against_payments(session: Session) -> list[tuple[str, int, int]]:
    """Return (attempt, what its changes but fees come to, what stands of its payments): both must be the same."""
    reversed_entries = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    standing = (
        select(OnlinePosting.attempt_id, func.sum(Payment.amount_cents).label("cents"))
        .join(Payment, Payment.id == OnlinePosting.payment_id)
        .where(Payment.entry_id.not_in(reversed_entries))
        .group_by(OnlinePosting.attempt_id)
        .subquery()
    )
    statement = (
        select(
            OnlineAttempt.uid,
            func.sum(OnlinePosting.cents),
            func.coalesce(func.max(standing.c.cents), 0),
        )
        .join(OnlinePosting, OnlinePosting.attempt_id == OnlineAttempt.id)
        .outerjoin(standing, standing.c.attempt_id == OnlineAttempt.id)
        .where(OnlinePosting.kind != ChangeKind.FEE)
        .group_by(OnlineAttempt.uid)
        .order_by(OnlineAttempt.uid)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in session.execute(statement)]


def transit_against_postings(session: Session) -> tuple[int, int]:
    """Return (what was booked of the provider less payouts, what the books say that lies there)."""
    posted = session.execute(select(func.coalesce(func.sum(OnlinePosting.cents), 0))).scalar_one()
    paid_out = session.execute(
        select(func.coalesce(func.sum(OnlinePayout.cents), 0)).where(OnlinePayout.entry_id.is_not(None))
    ).scalar_one()
    return int(posted) - int(paid_out), transit_cents(session)
