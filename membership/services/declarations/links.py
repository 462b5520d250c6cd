"""Links that open one request without signing in: until their last day, kept as a hash, revocable.

Whoever holds a link may declare for that company in that round, and do nothing else; so it can be used again until
its end (`ux.md` 7 "Declaration": can be corrected until the deadline). Source: `decisions.md` 10; `reliability.md` 47.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.declarations.campaigns import Dates, check_asking, last_day, link_ends
from membership.domain.errors import N_, NotFound
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.declarations import (
    DeclarationLink,
    DeclarationRequest,
    DeclarationRound,
)
from membership.persistence.queries import declarations as queries

LONGEST_SECRET: Final = 100


class DeclarationLinkEnded(NotFound):
    """A link does not work (any more); the text is the same whatever the reason."""

    message = N_("This link does not work any more.")
    code = "link_ended"


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """What a link opens: one request of one company."""

    request_id: int
    member_id: int
    expires_at: datetime
    was_opened: bool


def add_link(session: Session, secret: str, *, request_id: int, dispatch_id: int | None, zone: str) -> None:
    """Keep a new link of a request, until the end of its last day; who asks for it was asked before."""
    at = actor_of(session).at
    request = session.execute(
        select(DeclarationRequest).where(DeclarationRequest.id == request_id)
    ).scalar_one()
    found = queries.round_of(session, request)
    today = at.astimezone(ZoneInfo(zone)).date()
    ends = link_ends(Dates(found.deadline, found.late_until), today=today)
    session.execute(
        insert(DeclarationLink),
        {
            "token_hash": crypto.session_hash(session, secret), "request_id": request_id, "dispatch_id": dispatch_id,
            "created_at": at, "expires_at": end_of_day(ends, zone), "revoked_at": None, "opened_at": None,
        },
    )  # fmt: skip


def end_of_day(day: date, zone: str) -> datetime:
    """Return the moment at which a day of the association is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def make_link(session: Session, year: int, number: str, *, secret: str, zone: str) -> None:
    """Make a link of a request for a person to pass on; raise `LastDayOver` when it would never work."""
    require(actor_of(session), "declaration.write")
    view = queries.get_request(session, year, number)
    found = queries.round_of(session, view.request)
    today = actor_of(session).at.astimezone(ZoneInfo(zone)).date()
    check_asking(Dates(found.deadline, found.late_until), year, today=today)
    add_link(session, secret, request_id=view.request.id, dispatch_id=None, zone=zone)
    chain.note(
        session, "declaration.link", "declaration", f"{year} {view.member.number}", member_id=view.member.id
    )


def move_ends(session: Session, found: DeclarationRound, *, before: Dates, zone: str) -> None:
    """Let the links of a round end with its present days, as if it had had them always; revoked ones stay revoked.

    Unless the last day moves to an earlier one, no link ends before the day that its mail has named.
    """
    require(actor_of(session), "declaration.write")
    dates = Dates(found.deadline, found.late_until)
    deadline, last = end_of_day(dates.deadline, zone), end_of_day(last_day(dates), zone)
    requests = select(DeclarationRequest.id).where(DeclarationRequest.round_id == found.id)
    of_round = update(DeclarationLink).where(DeclarationLink.request_id.in_(requests))
    if last_day(dates) >= last_day(before):
        session.execute(of_round.where(DeclarationLink.expires_at < deadline).values(expires_at=deadline))
        late = of_round.where(DeclarationLink.created_at >= deadline, DeclarationLink.expires_at < last)
        session.execute(late.values(expires_at=last))
        return
    session.execute(of_round.where(DeclarationLink.created_at < deadline).values(expires_at=deadline))
    session.execute(of_round.where(DeclarationLink.created_at >= deadline).values(expires_at=last))


def revoke_links(session: Session, year: int, number: str) -> int:
    """End every link of a request that still works; return how many there were."""
    require(actor_of(session), "declaration.write")
    view = queries.get_request(session, year, number)
    at = actor_of(session).at
    ended = session.execute(
        update(DeclarationLink)
        .where(
            DeclarationLink.request_id == view.request.id,
            DeclarationLink.revoked_at.is_(None),
            DeclarationLink.expires_at > at,
        )
        .values(revoked_at=at)
        .returning(DeclarationLink.id)
    ).all()
    if ended:
        reference = f"{year} {view.member.number}"
        chain.note(session, "declaration.revoke_links", "declaration", reference, member_id=view.member.id)
    return len(ended)


def find_link(session: Session, secret: str, *, at: datetime) -> OpenedRequest:
    """Return what a link opens; raise `DeclarationLinkEnded` for an unknown, revoked or old one."""
    if len(secret) > LONGEST_SECRET:
        raise DeclarationLinkEnded
    row = session.execute(
        select(
            DeclarationLink.request_id,
            DeclarationRequest.member_id,
            DeclarationLink.expires_at,
            DeclarationLink.opened_at,
        )
        .join(DeclarationRequest, DeclarationRequest.id == DeclarationLink.request_id)
        .where(
            DeclarationLink.token_hash == crypto.session_hash(session, secret),
            DeclarationLink.revoked_at.is_(None),
            DeclarationLink.expires_at > at,
        )
    ).first()
    if row is None:
        raise DeclarationLinkEnded
    return OpenedRequest(row.request_id, row.member_id, row.expires_at, row.opened_at is not None)


def note_opened(session: Session, secret: str) -> None:
    """Keep when a link was opened for the first time; whoever holds it may open it."""
    session.execute(
        update(DeclarationLink)
        .where(
            DeclarationLink.token_hash == crypto.session_hash(session, secret),
            DeclarationLink.opened_at.is_(None),
        )
        .values(opened_at=actor_of(session).at)
    )
