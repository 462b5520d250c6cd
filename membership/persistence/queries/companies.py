"""Who acts for a company in the member area, who is invited, what an invitation's link opens, what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from membership.domain.companies import KnownAccount, RequestState, Uninvited, Way, way_to_accept
from membership.domain.errors import NotFound
from membership.domain.members import NEVER_MEMBERS
from membership.domain.policy import Role
from membership.persistence import crypto
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.members import Contact, Member, Membership
from membership.persistence.models.users import User, UserCompany, UserRole
from membership.persistence.queries.members import get_contact

Row = TypeVar("Row", CompanyInvitation, CompanyRequest)

__all__ = [
    "Asked", "Person", "RequestLine", "count_open_requests", "find_open_invitation", "get_contact", "get_invitation",
    "get_own_request", "get_person", "get_request", "list_invitations", "list_invited_since", "list_open_requests",
    "list_people", "list_requests", "list_without_access",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A person with access to a company's pages, and when they last signed in."""

    id: int
    name: str
    email: str
    role: Role
    last_login_at: datetime | None


def list_people(session: Session, member_id: int) -> list[Person]:
    """Return who can see the pages of a company, by name."""
    rows = session.execute(
        select(User.id, User.name, User.email, UserCompany.role, User.last_login_at)
        .join(UserCompany, UserCompany.user_id == User.id)
        .where(UserCompany.member_id == member_id, User.is_active.is_(True))
        .order_by(User.name, User.email)
    )
    return [Person(*row) for row in rows]


def get_person(session: Session, member_id: int, user_id: int) -> Person:
    """Return a person of a company; raise `NotFound` for one of others."""
    found = next((each for each in list_people(session, member_id) if each.id == user_id), None)
    if found is None:
        raise NotFound(what="person", key=user_id)
    return found


def list_invitations(session: Session, member_id: int) -> list[CompanyInvitation]:
    """Return the invitations of a company that were neither accepted nor taken back, the newest first."""
    statement = select(CompanyInvitation).where(
        CompanyInvitation.member_id == member_id, CompanyInvitation.ended_at.is_(None)
    )
    return list(session.execute(statement.order_by(CompanyInvitation.id.desc())).scalars())


def list_invited_since(session: Session, member_id: int, moment: datetime) -> list[str]:
    """Return the addresses of all invitations of a company since a moment, ended ones too."""
    statement = select(CompanyInvitation.email).where(
        CompanyInvitation.member_id == member_id, CompanyInvitation.invited_at > moment
    )
    return list(session.execute(statement).scalars())


def get_invitation(session: Session, member_id: int, invitation_id: int) -> CompanyInvitation:
    """Return an invitation of a company, locked; raise `NotFound` for one of others."""
    statement = select(CompanyInvitation).where(
        CompanyInvitation.id == invitation_id, CompanyInvitation.member_id == member_id
    )
    found = session.execute(_locked(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(what="invitation", key=invitation_id)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation behind a link: the company, the account that its address has already, and how it is accepted."""

    invitation: CompanyInvitation
    company: str
    user_id: int | None
    way: Way


def find_open_invitation(session: Session, secret: str, *, at: datetime, lock: bool = False) -> Asked | None:
    """Return what a link opens while it works; looking does not use it up (SEC-26)."""
    statement = select(CompanyInvitation).where(
        CompanyInvitation.token_hash == crypto.session_hash(session, secret),
        CompanyInvitation.ended_at.is_(None),
        CompanyInvitation.expires_at > at,
    )
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        return None
    company = session.execute(select(Member.name).where(Member.id == found.member_id)).scalar_one()
    user = session.execute(select(User).where(User.email == found.email)).scalar_one_or_none()
    if user is None:
        return Asked(found, company, None, way_to_accept(None, is_mailed=found.is_mailed))
    is_staff = session.execute(select(exists().where(UserRole.user_id == user.id))).scalar_one()
    account = KnownAccount(user.is_active, user.password_hash is not None, is_staff)
    return Asked(found, company, user.id, way_to_accept(account, is_mailed=found.is_mailed))


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request with the company that made it."""

    request: CompanyRequest
    number: str
    name: str


def _requests() -> Select[CompanyRequest, str, str]:
    return select(CompanyRequest, Member.number, Member.name).join(
        Member, Member.id == CompanyRequest.member_id
    )


def list_open_requests(session: Session, *, member_id: int | None = None) -> list[RequestLine]:
    """Return the requests that wait, of all companies or of one, the oldest first."""
    statement = _requests().where(CompanyRequest.state == RequestState.OPEN)
    if member_id is not None:
        statement = statement.where(CompanyRequest.member_id == member_id)
    return [RequestLine(*row) for row in session.execute(statement.order_by(CompanyRequest.id))]


def list_requests(session: Session, *, limit: int) -> list[RequestLine]:
    """Return the requests that were settled last, the newest first."""
    statement = _requests().where(CompanyRequest.state != RequestState.OPEN)
    newest = statement.order_by(CompanyRequest.settled_at.desc(), CompanyRequest.id.desc()).limit(limit)
    return [RequestLine(*row) for row in session.execute(newest)]


def count_open_requests(session: Session) -> int:
    """Return how many requests wait."""
    statement = (
        select(func.count()).select_from(CompanyRequest).where(CompanyRequest.state == RequestState.OPEN)
    )
    return session.execute(statement).scalar_one()


def get_request(session: Session, request_id: int) -> RequestLine:
    """Return a request with its company; raise `NotFound`."""
    row = session.execute(_requests().where(CompanyRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound(what="request", key=request_id)
    return RequestLine(*row)


def get_own_request(
    session: Session, member_id: int, request_id: int, *, lock: bool = False
) -> CompanyRequest:
    """Return a request of a company, with `lock` as it is now; raise `NotFound` for one of others."""
    statement = select(CompanyRequest).where(
        CompanyRequest.id == request_id, CompanyRequest.member_id == member_id
    )
    found = session.execute(_locked(statement) if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="request", key=request_id)
    return found


def _locked(statement: Select[Row]) -> Select[Row]:
    """Return the statement so that it locks its rows and forgets what the session has read of them before."""
    return statement.with_for_update().execution_options(populate_existing=True)


def list_without_access(session: Session, *, today: date, at: datetime) -> list[Uninvited]:
    """Return the members of today for whom nobody has access and no invitation waits, by number."""
    is_member = exists().where(
        Membership.member_id == Member.id,
        Membership.state.not_in(NEVER_MEMBERS),
        Membership.start.is_(None) | (Membership.start <= today),
        Membership.end.is_(None) | (Membership.end >= today),
    )
    has_access = exists().where(
        UserCompany.member_id == Member.id, UserCompany.user_id == User.id, User.is_active
    )
    is_invited = exists().where(
        CompanyInvitation.member_id == Member.id,
        CompanyInvitation.ended_at.is_(None),
        CompanyInvitation.expires_at.is_(None) | (CompanyInvitation.expires_at > at),
    )
    wanted = (is_member, ~has_access, ~is_invited)
    contacts: dict[int, list[tuple[str, str, tuple[str, ...]]]] = {}
    people = (
        select(Contact.member_id, Contact.name, Contact.email, Contact.functions)
        .join(Member, Member.id == Contact.member_id)
        .where(Contact.ended_on.is_(None), Contact.email != "", *wanted)
        .order_by(Contact.id)
    )
    for member_id, name, email, functions in session.execute(people):
        contacts.setdefault(member_id, []).append((name, email, tuple(functions or ())))
    rows = session.execute(
        select(Member.id, Member.number, Member.name, Member.language, Member.invoice_email)
        .where(*wanted)
        .order_by(Member.number)
    )
    return [
        Uninvited(number, name, language, address, tuple(contacts.get(member_id, ())))
        for member_id, number, name, language, address in rows
    ]
