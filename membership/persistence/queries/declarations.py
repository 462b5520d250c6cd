"""Rounds of declarations, their requests with what was declared and decided last, and the history of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.declarations.states import Decision, DeclarationState, Happened, state_of
from membership.domain.dues.facts import FIRST_YEAR, LAST_YEAR
from membership.domain.errors import NotFound
from membership.persistence.models.declarations import (
    DeclarationDecision,
    DeclarationEvidence,
    DeclarationRequest,
    DeclarationRound,
    DeclarationVersion,
)
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member

_CHUNK = 5000
"""So many ids go into one statement."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its member, its newest declaration and the newest decision."""

    request: DeclarationRequest
    member: Member
    version: DeclarationVersion | None
    decision: DeclarationDecision | None

    @property
    def is_queried(self) -> bool:
        """Return whether the association asked back about the newest declaration, and that is not answered."""
        decision, version = self.decision, self.version
        if decision is None or version is None:
            return False
        return decision.kind is Decision.QUERIED and decision.version_id == version.id

    @property
    def state(self) -> DeclarationState:
        """Return where the request stands."""
        request = self.request
        return self.state_after(
            is_asked=request.asked_at is not None, is_reminded=request.reminded_at is not None
        )

    def state_after(self, *, is_asked: bool, is_reminded: bool) -> DeclarationState:
        """Return where the request stands by what was declared and decided, and these mails."""
        version, decision = self.version, self.decision
        is_about_it = decision is not None and version is not None and decision.version_id == version.id
        return state_of(
            Happened(
                is_asked=is_asked,
                is_reminded=is_reminded,
                version=version.number if version else 0,
                is_odd=bool(version and version.oddities),
                decision=decision.kind if decision else None,
                decided_version=version.number if version and is_about_it else 0,
            )
        )


def list_rounds(session: Session) -> list[DeclarationRound]:
    """Return all rounds, the newest dues year first."""
    statement = select(DeclarationRound).order_by(DeclarationRound.dues_year.desc())
    return list(session.execute(statement).scalars())


def find_round(session: Session, year: int, *, lock: bool = False) -> DeclarationRound | None:
    """Return the round of a dues year, if there is one."""
    statement = select(DeclarationRound).where(DeclarationRound.dues_year == year)
    found = session.execute(statement.with_for_update() if lock else statement)
    return found.scalar_one_or_none()


def get_round(session: Session, year: int, *, lock: bool = False) -> DeclarationRound:
    """Return the round of a dues year; raise `NotFound`."""
    found = find_round(session, year, lock=lock) if FIRST_YEAR <= year <= LAST_YEAR else None
    if found is None:
        raise NotFound(what="declaration", key=year)
    return found


def round_of(session: Session, request: DeclarationRequest) -> DeclarationRound:
    """Return the round of a request."""
    statement = select(DeclarationRound).where(DeclarationRound.id == request.round_id)
    return session.execute(statement).scalar_one()


def _views(
    *, until: datetime | None = None
) -> Select[DeclarationRequest, Member, DeclarationVersion, DeclarationDecision]:
    """Return requests with what was declared and decided last, before a moment if one is given."""
    other_version, other_decision = aliased(DeclarationVersion), aliased(DeclarationDecision)
    newest_version = (
        select(func.max(other_version.id))
        .where(other_version.request_id == DeclarationRequest.id, *_before(other_version.at, until))
        .correlate(DeclarationRequest)
        .scalar_subquery()
    )
    newest_decision = (
        select(func.max(other_decision.id))
        .where(other_decision.request_id == DeclarationRequest.id, *_before(other_decision.at, until))
        .correlate(DeclarationRequest)
        .scalar_subquery()
    )
    return (
        select(DeclarationRequest, Member, DeclarationVersion, DeclarationDecision)
        .join(Member, Member.id == DeclarationRequest.member_id)
        .outerjoin(DeclarationVersion, DeclarationVersion.id == newest_version)
        .outerjoin(DeclarationDecision, DeclarationDecision.id == newest_decision)
    )


def _before(at: Any, until: datetime | None) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a column
    return () if until is None else (at < until,)


def list_requests(session: Session, round_id: int, *, until: datetime | None = None) -> list[RequestView]:
    """Return the requests of a round by the name of the member, as they stood before a moment if one is given."""
    statement = _views(until=until).where(DeclarationRequest.round_id == round_id)
    rows = session.execute(statement.order_by(Member.name_key, Member.number))
    return [RequestView(*row) for row in rows]


def get_request(session: Session, year: int, number: str) -> RequestView:
    """Return the request to a member for a dues year; raise `NotFound`."""
    statement = (
        _views()
        .join(DeclarationRound, DeclarationRound.id == DeclarationRequest.round_id)
        .where(DeclarationRound.dues_year == year, Member.number == number.strip().upper())
    )
    row = session.execute(statement).first() if FIRST_YEAR <= year <= LAST_YEAR else None
    if row is None:
        raise NotFound(what="declaration", key=f"{number} {year}")
    return RequestView(*row)


def view_of(session: Session, request_id: int) -> RequestView:
    """Return a request by its row; raise `NotFound`."""
    row = session.execute(_views().where(DeclarationRequest.id == request_id)).first()
    if row is None:
        raise NotFound(what="declaration", key=request_id)
    return RequestView(*row)


def lock_request(session: Session, request_id: int) -> DeclarationRequest:
    """Return a request, locked: what is declared and decided about it comes one after the other."""
    statement = select(DeclarationRequest).where(DeclarationRequest.id == request_id)
    return session.execute(
        statement.with_for_update(), execution_options={"populate_existing": True}
    ).scalar_one()


_OF_MEMBER: Final = (
    _views()
    .add_columns(DeclarationRound)
    .join(DeclarationRound, DeclarationRound.id == DeclarationRequest.round_id)
    .where(DeclarationRequest.member_id == bindparam("of_member"))
    .order_by(DeclarationRound.dues_year.desc())
)


def list_of_member(session: Session, member_id: int) -> list[tuple[DeclarationRound, RequestView]]:
    """Return the requests to a member with their rounds, the newest dues year first."""
    rows = session.execute(_OF_MEMBER, {"of_member": member_id})
    return [(row[4], RequestView(*row[:4])) for row in rows]


def find_open(
    session: Session, member_id: int, *, today: date
) -> tuple[DeclarationRound, RequestView] | None:
    """Return the newest request that a member may still answer."""
    return next(
        (
            (each, view)
            for each, view in list_of_member(session, member_id)
            if today <= max(each.deadline, each.late_until or each.deadline)
        ),
        None,
    )


def members_by_id(session: Session, member_ids: Sequence[int]) -> dict[int, Member]:
    """Return member id -> member."""
    found: dict[int, Member] = {}
    for part in (member_ids[start : start + _CHUNK] for start in range(0, len(member_ids), _CHUNK)):
        statement = select(Member).where(Member.id.in_(part))
        found |= {each.id: each for each in session.execute(statement).scalars()}
    return found


def list_versions(session: Session, request_id: int) -> list[DeclarationVersion]:
    """Return all declarations of a request, the newest first."""
    statement = select(DeclarationVersion).where(DeclarationVersion.request_id == request_id)
    return list(session.execute(statement.order_by(DeclarationVersion.number.desc())).scalars())


def list_decisions(session: Session, request_id: int) -> list[DeclarationDecision]:
    """Return all decisions about a request, the newest first."""
    statement = select(DeclarationDecision).where(DeclarationDecision.request_id == request_id)
    return list(session.execute(statement.order_by(DeclarationDecision.id.desc())).scalars())


def list_evidence(session: Session, request_id: int) -> list[DeclarationEvidence]:
    """Return the files of a request, the oldest first."""
    statement = select(DeclarationEvidence).where(DeclarationEvidence.request_id == request_id)
    return list(session.execute(statement.order_by(DeclarationEvidence.id)).scalars())


def get_evidence(session: Session, request_id: int, evidence_id: int) -> DeclarationEvidence:
    """Return a file of a request; raise `NotFound`, for one of another request too."""
    statement = select(DeclarationEvidence).where(
        DeclarationEvidence.request_id == request_id, DeclarationEvidence.id == evidence_id
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="document", key=evidence_id)
    return found


def mails_until(session: Session, documents: str, *, until: datetime) -> set[tuple[str, str]]:
    """Return (document, kind) of the mails put before a moment whose document begins so."""
    statement = select(Dispatch.document, Dispatch.kind).where(
        Dispatch.document.startswith(documents, autoescape=True), Dispatch.created_at < until
    )
    return {(row.document, row.kind) for row in session.execute(statement)}


def count_waiting(session: Session, round_ids: Sequence[int]) -> dict[int, dict[DeclarationState, int]]:
    """Return round id -> how many of its requests stand where."""
    found: dict[int, dict[DeclarationState, int]] = {}
    for round_id in round_ids:
        counts = dict.fromkeys(DeclarationState, 0)
        for view in list_requests(session, round_id):
            counts[view.state] += 1
        found[round_id] = counts
    return found
