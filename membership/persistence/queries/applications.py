"""Applications for membership: the list, one of them, and who looks like a company that is known already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from membership.domain.applications import ApplicationState
from membership.domain.errors import NotFound
from membership.persistence.models.applications import Application, ApplicationLink
from membership.persistence.models.members import Contact, Member, MemberMerge


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application with the number of the member it became."""

    application: Application
    member_number: str | None


def list_applications(
    session: Session, states: Collection[ApplicationState], *, limit: int = 500
) -> list[ApplicationLine]:
    """Return the applications in these states, the newest first."""
    statement = (
        select(Application, Member.number)
        .outerjoin(Member, Member.id == Application.member_id)
        .where(Application.state.in_(states))
        .order_by(Application.id.desc())
        .limit(limit)
    )
    return [ApplicationLine(*row) for row in session.execute(statement)]


def count_applications(session: Session) -> dict[ApplicationState, int]:
    """Return how many applications there are in each state."""
    statement = select(Application.state, func.count()).group_by(Application.state)
    return dict(session.execute(statement).all())


def get_application(session: Session, reference: str, *, lock: bool = False) -> Application:
    """Return an application; raise `NotFound` when there is none.

    With `lock` it is as it stands once nobody else holds it, whatever this session read of it before.
    """
    statement = select(Application).where(Application.reference == reference.strip().upper())
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="application", key=reference)
    return found


def get_line(session: Session, reference: str) -> ApplicationLine:
    """Return an application with the number of the member it became; raise `NotFound` when there is none."""
    application = get_application(session, reference)
    number = select(Member.number).where(Member.id == application.member_id)
    return ApplicationLine(application, session.execute(number).scalar_one_or_none())


def list_of_member(session: Session, member_id: int) -> list[Application]:
    """Return the applications by which a company became a member, the newest first: one for each time it came.

    Those of records that went into this one are among them.
    """
    records = select(Member.id).where(Member.id == member_id).cte("records", recursive=True)
    records = records.union(select(MemberMerge.member_id).join(records, MemberMerge.into_id == records.c.id))
    statement = select(Application).where(Application.member_id.in_(select(records.c.id)))
    return list(session.execute(statement.order_by(Application.id.desc())).scalars())


def find_behind_link(session: Session, token_hash: str, *, at: datetime) -> Application | None:
    """Return the application that a link opens at a moment."""
    statement = (
        select(Application)
        .join(ApplicationLink, ApplicationLink.application_id == Application.id)
        .where(ApplicationLink.token_hash == token_hash, ApplicationLink.expires_at > at)
    )
    return session.execute(statement).scalar_one_or_none()


def count_unconfirmed(session: Session, *, since: datetime, email_key: str | None = None) -> int:
    """Return how many applications came in since a moment that nobody confirmed, all or those of one address."""
    statement = select(func.count()).where(
        Application.state.in_((ApplicationState.UNCONFIRMED, ApplicationState.WAITING)),
        Application.confirmed_at.is_(None),
        Application.submitted_at > since,
    )
    if email_key is not None:
        statement = statement.where(Application.email_key == email_key)
    return session.execute(statement).scalar_one()


def list_known_companies(session: Session, application: Application) -> list[Member]:
    """Return the members that may be the same company: of this name, VAT ID, or with this mail address."""
    data = application.data or {}
    if not data:
        return []
    email = application.email_key
    people = select(Contact.member_id).where(func.lower(Contact.email) == email, Contact.ended_on.is_(None))
    same = [
        Member.name_key == application.name_key,
        func.lower(Member.invoice_email) == email,
        Member.id.in_(people),
    ]
    if data["vat_id"]:
        same.append(Member.vat_id == data["vat_id"])
    statement = select(Member).where(or_(*same)).order_by(Member.number)
    return [row for row in session.execute(statement).scalars() if row.id != application.member_id]


def list_others_of(session: Session, application: Application) -> list[Application]:
    """Return the other applications of the same company that wait."""
    statement = select(Application).where(
        Application.name_key == application.name_key,
        Application.name_key != "",
        Application.id != application.id,
        Application.state == ApplicationState.WAITING,
    )
    return list(session.execute(statement.order_by(Application.id)).scalars())
