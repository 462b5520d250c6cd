"""All members without access are invited at once: each company once, by one mail to the person who fits best.

Source: `ux.md` 14 "Portal invitation"; MEM-4, MEM-14.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.companies import InvitationsChanged, Invitee, Uninvited, invitee_of
from membership.domain.policy import Role, require
from membership.domain.users import EmailWrong
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member
from membership.persistence.queries import companies as queries
from membership.persistence.queries.settings import get_settings
from membership.services import users
from membership.services.companies.people import put_invitation
from membership.services.mail_server import MailServerMissing
from membership.services.members.records import WRITE


@dataclass(frozen=True, slots=True)
class InvitationPlan:
    """Who would be invited, and the companies (number, name) of which no usable mail address is known."""

    invited: tuple[Invitee, ...]
    unreachable: tuple[tuple[str, str], ...]


def plan_invitations(session: Session, *, today: date) -> InvitationPlan:
    """Return whom an invitation of all would reach: members of today without access and without an open invitation."""
    invited, unreachable = [], []
    for company in queries.list_without_access(session, today=today, at=actor_of(session).at):
        invitee = invitee_of(_tidied(company))
        if invitee is None:
            unreachable.append((company.number, company.name))
        else:
            invited.append(invitee)
    return InvitationPlan(tuple(invited), tuple(unreachable))


def _tidied(company: Uninvited) -> Uninvited:
    """Return a company with its addresses as accounts keep them, without those that no account can have."""
    contacts = ((name, _address(email), functions) for name, email, functions in company.contacts)
    return replace(company, invoice_email=_address(company.invoice_email), contacts=tuple(contacts))


def _address(email: str) -> str:
    try:
        return users.tidy_email(email)
    except EmailWrong:
        return ""


def invite_all(session: Session, *, today: date, count: int) -> int:
    """Invite them all and return how many that are; `count` is what the person saw on the check page.

    Raises `MailServerMissing`, and `InvitationsChanged` when it is no longer so many.
    """
    require(actor_of(session), WRITE)
    if not get_settings(session).can_send_mail:
        raise MailServerMissing
    plan = plan_invitations(session, today=today)
    if len(plan.invited) != count:
        raise InvitationsChanged(count=len(plan.invited))
    numbers = [invitee.number for invitee in plan.invited]
    members = {member.number: member for member in _members(session, numbers)}
    for invitee in plan.invited:
        put_invitation(
            session, members[invitee.number], email=invitee.email, name=invitee.name, role=Role.COMPANY_ADMIN,
            language=invitee.language,
        )  # fmt: skip
    if plan.invited:
        chain.note(session, "company.invite_all", "members", today.isoformat(), facts={"mails": count})
    return count


def _members(session: Session, numbers: list[str]) -> list[Member]:
    found: list[Member] = []
    for start in range(0, len(numbers), 1000):
        part = select(Member).where(Member.number.in_(numbers[start : start + 1000]))
        found += session.execute(part.with_for_update()).scalars()
    return found
