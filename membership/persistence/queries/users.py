"""People who sign in: accounts with their roles and companies, their sessions, and who is behind a cookie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Date, String, bindparam, cast, exists, func, literal, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.policy import Actor, Role
from membership.persistence import crypto
from membership.persistence.models.approvals import Approval, ApprovalDecision
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.members import Member
from membership.persistence.models.users import (
    OneTimeToken,
    RecoveryCode,
    SecurityNotice,
    User,
    UserCompany,
    UserRole,
    UserSession,
)

HANDLE: Final = 16


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its person, as one statement reads it."""

    id_hash: str
    user_id: int
    name: str
    email: str
    language: str
    has_keys_on: bool
    created_at: datetime
    last_seen_at: datetime
    proved_at: datetime | None
    has_second_factor: bool
    is_second_factor_set_up: bool
    has_billed: bool
    has_news: bool
    to_decide: int
    notices: Sequence[Mapping[str, Any]]
    roles: frozenset[Role]
    companies: tuple[tuple[int, Role], ...]


@dataclass(frozen=True, slots=True)
class UserLine:
    """A person as the list and the page of one person show them."""

    id: int
    name: str
    email: str
    language: str
    roles: Mapping[Role, date | None]
    companies: tuple[CompanyLine, ...]
    has_second_factor: bool
    has_password: bool
    is_active: bool
    last_login_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """A company that a person acts for."""

    member_id: int
    number: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A browser in which a person is signed in."""

    id_hash: str
    created_at: datetime
    last_seen_at: datetime
    has_second_factor: bool
    device: str

    @property
    def handle(self) -> str:
        """Return a short name of the session for forms; nothing can be opened with it."""
        return self.id_hash[:HANDLE]


def find_user(session: Session, email: str) -> User | None:
    """Return the account of a mail address, whatever its capitals."""
    return session.execute(select(User).where(User.email == email.strip().casefold())).scalar_one_or_none()


def actor_of_user(session: Session, user: User, *, at: datetime, today: date, request_id: str) -> Actor:
    """Return the person as an actor, with the roles that hold today and the companies acted for."""
    roles = session.execute(
        select(UserRole.role).where(
            UserRole.user_id == user.id, UserRole.ends_on.is_(None) | (UserRole.ends_on >= today)
        )
    ).scalars()
    companies = session.execute(
        select(UserCompany.member_id, UserCompany.role).where(UserCompany.user_id == user.id)
    ).all()
    return Actor(
        name=user.name,
        at=at,
        request_id=request_id,
        user_id=user.id,
        roles=frozenset(roles),
        companies=tuple((member_id, role) for member_id, role in companies),
    )


def find_roles(session: Session, user_id: int, *, today: date) -> frozenset[Role]:
    """Return the roles that a person holds today; none once the account is switched off."""
    statement = (
        select(UserRole.role)
        .join(User, User.id == UserRole.user_id)
        .where(
            User.id == user_id,
            User.is_active.is_(True),
            UserRole.ends_on.is_(None) | (UserRole.ends_on >= today),
        )
    )
    return frozenset(session.execute(statement).scalars())


def find_actor(session: Session, email: str, *, at: datetime, request_id: str) -> Actor:
    """Return the active person with this mail address as an actor; raise `NotFound` when there is none."""
    user = find_user(session, email)
    if user is None or not user.is_active:
        raise NotFound(what="person", key=email)
    return actor_of_user(session, user, at=at, today=at.date(), request_id=request_id)


def _unseen(since: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a moment or the column of one
    """Return what notices a session has to show: the person's own doing only when it opened later."""
    return SecurityNotice.seen_at.is_(None), ~SecurityNotice.is_own | (SecurityNotice.at < since)


_SIGNED_IN: Final = (
    select(
        UserSession.created_at,
        UserSession.last_seen_at,
        UserSession.proved_at,
        UserSession.has_second_factor,
        UserSession.notices,
        User.id,
        User.name,
        User.email,
        User.language,
        User.has_keys_on,
        User.totp_sealed.is_not(None).label("is_set_up"),
        exists().where(BillingRun.released_at.is_not(None)).label("has_billed"),
        exists()
        .where(SecurityNotice.user_id == User.id, *_unseen(UserSession.created_at))
        .correlate(User, UserSession)
        .label("has_news"),
        select(func.count(Approval.id))
        .outerjoin(ApprovalDecision, ApprovalDecision.approval_id == Approval.id)
        .where(
            ApprovalDecision.id.is_(None),
            Approval.actor_key != literal("user:").concat(cast(User.id, String)),
        )
        .correlate(User)
        .scalar_subquery()
        .label("to_decide"),
        UserRole.role.label("role"),
        UserCompany.member_id,
        UserCompany.role.label("company_role"),
    )
    .join(User, User.id == UserSession.user_id)
    .outerjoin(
        UserRole,
        (UserRole.user_id == User.id)
        & (UserRole.ends_on.is_(None) | (UserRole.ends_on >= bindparam("today", type_=Date))),
    )
    .outerjoin(UserCompany, UserCompany.user_id == User.id)
    .where(
        UserSession.id_hash == bindparam("id_hash"),
        UserSession.revoked_at.is_(None),
        User.is_active.is_(True),
    )
)


def find_signed_in(session: Session, id_hash: str, *, today: date) -> SignedIn | None:
    """Return who is behind a session that was not ended; age and pause are judged by the caller. One statement."""
    rows = session.execute(_SIGNED_IN, {"id_hash": id_hash, "today": today}).all()
    if not rows:
        return None
    first = rows[0]
    companies = {row.member_id: row.company_role for row in rows if row.member_id is not None}
    return SignedIn(
        id_hash=id_hash,
        user_id=first.id,
        name=first.name,
        email=first.email,
        language=first.language,
        has_keys_on=first.has_keys_on,
        created_at=first.created_at,
        last_seen_at=first.last_seen_at,
        proved_at=first.proved_at,
        has_second_factor=first.has_second_factor,
        is_second_factor_set_up=bool(first.is_set_up),
        has_billed=bool(first.has_billed),
        has_news=bool(first.has_news),
        to_decide=first.to_decide,
        notices=first.notices or (),
        roles=frozenset(row.role for row in rows if row.role is not None),
        companies=tuple(sorted(companies.items())),
    )


def list_users(session: Session) -> list[UserLine]:
    """Return everybody with an account, by name."""
    users = session.execute(select(User).order_by(User.name, User.id)).scalars().all()
    roles: dict[int, dict[Role, date | None]] = {}
    for row in session.execute(select(UserRole.user_id, UserRole.role, UserRole.ends_on)):
        roles.setdefault(row.user_id, {})[row.role] = row.ends_on
    companies: dict[int, list[CompanyLine]] = {}
    for company in session.execute(_companies()):
        line = CompanyLine(company.member_id, company.number, company.name, company.role)
        companies.setdefault(company.user_id, []).append(line)
    return [_line(user, roles.get(user.id, {}), tuple(companies.get(user.id, ()))) for user in users]


def get_user(session: Session, user_id: int) -> UserLine:
    """Return one person; raise `NotFound`."""
    user = session.execute(select(User).where(User.id == user_id)).scalar_one_or_none()
    if user is None:
        raise NotFound(what="person", key=user_id)
    roles = dict(
        session.execute(select(UserRole.role, UserRole.ends_on).where(UserRole.user_id == user_id)).all()
    )
    companies = session.execute(_companies().where(UserCompany.user_id == user_id)).all()
    lines = tuple(CompanyLine(row.member_id, row.number, row.name, row.role) for row in companies)
    return _line(user, roles, lines)


def _companies() -> Any:  # noqa: ANN401 - the type of a SELECT with four columns says less than the line below
    return (
        select(UserCompany.user_id, UserCompany.member_id, Member.number, Member.name, UserCompany.role)
        .join(Member, Member.id == UserCompany.member_id)
        .order_by(Member.number)
    )


def _line(user: User, roles: Mapping[Role, date | None], companies: tuple[CompanyLine, ...]) -> UserLine:
    return UserLine(
        id=user.id,
        name=user.name,
        email=user.email,
        language=user.language,
        roles=roles,
        companies=companies,
        has_second_factor=user.totp_sealed is not None,
        has_password=user.password_hash is not None,
        is_active=user.is_active,
        last_login_at=user.last_login_at,
        created_at=user.created_at,
    )


def list_sessions(session: Session, user_id: int, *, since: datetime) -> list[SessionLine]:
    """Return the sessions of a person that were seen since a moment and not ended, the newest first."""
    rows = session.execute(
        select(
            UserSession.id_hash,
            UserSession.created_at,
            UserSession.last_seen_at,
            UserSession.has_second_factor,
            UserSession.device,
        )
        .where(
            UserSession.user_id == user_id,
            UserSession.revoked_at.is_(None),
            UserSession.last_seen_at >= since,
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    return [SessionLine(*row) for row in rows]


def find_password_hash(session: Session, user_id: int) -> str | None:
    """Return the hash of a person's password, for the proof before a change."""
    return session.execute(select(User.password_hash).where(User.id == user_id)).scalar_one_or_none()


def count_recovery_codes(session: Session, user_id: int) -> int:
    """Return how many recovery codes are left."""
    return session.execute(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    ).scalar_one()


class News(NamedTuple):
    """Something a person is to hear about their account."""

    id: int
    kind: str
    facts: Mapping[str, Any]
    at: datetime


def list_news(session: Session, user_id: int, *, opened_at: datetime) -> list[News]:
    """Return what a session that was opened at a moment has still to show, the oldest first."""
    return _news(session, SecurityNotice.user_id == user_id, *_unseen(opened_at))


def list_recent_news(session: Session, user_id: int, *, limit: int = 10) -> list[News]:
    """Return the last things that happened to an account, the newest first."""
    return _news(session, SecurityNotice.user_id == user_id)[::-1][:limit]


def _news(session: Session, *conditions: ColumnElement[bool]) -> list[News]:
    rows = session.execute(
        select(SecurityNotice.id, SecurityNotice.kind, SecurityNotice.facts, SecurityNotice.at)
        .where(*conditions)
        .order_by(SecurityNotice.id)
    )
    return [News(*row) for row in rows]


def has_users(session: Session) -> bool:
    """Return whether anybody has an account; until then the set-up page is open to the one-time code."""
    return session.execute(select(User.id).limit(1)).first() is not None


def has_open_token(session: Session, purpose: str, *, at: datetime) -> bool:
    """Return whether a token for a purpose is open for anybody."""
    return (
        session.execute(
            select(OneTimeToken.id).where(
                OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > at
            )
        ).first()
        is not None
    )


class TokenOwner(NamedTuple):
    """Whose link it is; without a name while nobody has said one."""

    email: str
    name: str
    has_second_factor: bool
    is_staff: bool


def find_token_owner(session: Session, secret: str, *, purpose: str, at: datetime) -> TokenOwner | None:
    """Return whom a token belongs to while it works; looking does not use it up (SEC-26)."""
    found = session.execute(
        select(
            User.email,
            User.name,
            User.totp_sealed.is_not(None).label("has_second_factor"),
            exists().where(UserRole.user_id == User.id).label("is_staff"),
        )
        .join(OneTimeToken, OneTimeToken.user_id == User.id)
        .where(
            OneTimeToken.token_hash == crypto.session_hash(session, secret),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > at,
            User.is_active.is_(True),
        )
    ).one_or_none()
    if found is None:
        return None
    return TokenOwner(
        found.email,
        "" if found.name == found.email else found.name,
        bool(found.has_second_factor),
        bool(found.is_staff),
    )
