"""The people who act for a company in the member area: invited, given another role, their access ended.

A company decides this itself. An invitation and the page behind its link look the same whether or not the address
has an account. Who opens the mail of an invitation accepts it. A link that was shown instead, because no mail goes
out, proves nothing about its reader: it makes a new account at most, and an account that is there already has to be
signed in. That it makes none shows only to who tries.
Source: `ux.md` 7 "Access"; MEM-15, MEM-16; INV-21, INV-28 to INV-30; SEC-05, SEC-06, SEC-19.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from membership.domain.companies import (
    INVITATION_LIVES,
    MOST_OPEN_INVITATIONS,
    AccountNeeded,
    HasAccess,
    LastCompanyAdmin,
    TooManyInvitations,
    Way,
    concerns_invoices,
    is_last_admin,
    require_few,
    role_after,
)
from membership.domain.notices import Kind
from membership.domain.policy import PORTAL, Role, may, require
from membership.domain.users import tidy_name
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.companies import CompanyInvitation
from membership.persistence.models.members import Contact, Member
from membership.persistence.models.users import User, UserCompany
from membership.persistence.queries import companies as queries
from membership.persistence.queries.members import get_member
from membership.services import security_notices, sessions, tokens, users
from membership.services.companies import mails
from membership.services.companies.contacts import tell_contacts
from membership.services.members.contacts import OWN, end_contact
from membership.services.members.erasing import erase_contact
from membership.services.members.records import WRITE, running_member

_MANAGES: Final = OWN


def invite_colleague(
    session: Session, number: str, *, email: str, name: str, role: Role, language: str, secret: str = ""
) -> int:
    """Invite a person to act for a company and return the invitation; one that waits for the address ends.

    With `secret` the link is shown to who invites; without it a mail brings a link that nobody else sees.
    Raises `HasAccess`, `TooManyInvitations`, `InvitedOften`, `TooManyToday`, `EmailWrong`, `NameWrong`.
    """
    member = running_member(session, number, own=_MANAGES)
    address = users.tidy_email(email)
    if any(person.email == address for person in queries.list_people(session, member.id)):
        raise HasAccess(email=address)
    a_day_ago = actor_of(session).at - timedelta(days=1)
    require_few(address, queries.list_invited_since(session, member.id, a_day_ago))
    waiting = queries.list_invitations(session, member.id)
    for each in waiting:
        if each.email == address:
            _end(session, each)
    if len(waiting) >= MOST_OPEN_INVITATIONS:
        raise TooManyInvitations(number=len(waiting))
    invitation = put_invitation(
        session, member, email=address, name=tidy_name(name) if name.strip() else "", role=role,
        language=language, secret=secret,
    )  # fmt: skip
    _note(session, member, "company.invite", email=(None, address), roles=(None, str(role)))
    return invitation.id


def put_invitation(
    session: Session, member: Member, *, email: str, name: str, role: Role, language: str, secret: str = ""
) -> CompanyInvitation:
    """Keep an invitation and put its mail, or with `secret` the link at once; who asks for it was asked before.

    Raises `EmailWrong`.
    """
    assert role in PORTAL, role
    actor = actor_of(session)
    invitation = CompanyInvitation(
        member_id=member.id, email=users.tidy_email(email), name=name, role=role, language=language,
        is_mailed=not secret, token_hash=crypto.session_hash(session, secret) if secret else None,
        invited_at=actor.at, invited_by=actor.name, expires_at=actor.at + INVITATION_LIVES if secret else None,
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    if not secret:
        mails.put_invitation(session, member, invitation)
    return invitation


def withdraw_invitation(session: Session, number: str, invitation_id: int) -> bool:
    """Take an invitation back, its link ends; return False where it was accepted or had ended before."""
    member = running_member(session, number, own=_MANAGES)
    invitation = queries.get_invitation(session, member.id, invitation_id)
    if invitation.ended_at is not None:
        return False
    _end(session, invitation)
    _note(session, member, "company.uninvite", email=(invitation.email, None))
    return True


def add_link(session: Session, secret: str, *, invitation_id: int) -> None:
    """Keep the link of an invitation whose mail goes out; one that has ended gets none."""
    at = actor_of(session).at
    session.execute(
        update(CompanyInvitation)
        .where(CompanyInvitation.id == invitation_id, CompanyInvitation.ended_at.is_(None))
        .values(token_hash=crypto.session_hash(session, secret), expires_at=at + INVITATION_LIVES)
        .execution_options(synchronize_session=False)
    )


def accept(
    session: Session, *, secret: str, person: Mapping[str, str] | None = None, signed_in: int | None = None
) -> int:
    """Use an invitation up and return the person who acts for the company now.

    Args:
        session: the session of the unit of work.
        secret: that of the link.
        person: name, language and password hash of somebody who has no account with a password yet.
        signed_in: who is signed in, for a link that was not mailed.

    Raises `TokenUsed` when the link does not work (any more), and `AccountNeeded` where it was not mailed and makes no
    new account.
    """
    asked = queries.find_open_invitation(session, secret, at=actor_of(session).at, lock=True)
    if asked is None:
        raise tokens.TokenUsed
    invitation, user_id = asked.invitation, asked.user_id
    is_owner = asked.way is Way.ONE_CLICK or (asked.way is Way.SIGNED_IN and signed_in == user_id)
    if not (asked.way is Way.NEW if person is not None else is_owner):
        raise tokens.TokenUsed if invitation.is_mailed else AccountNeeded
    if person is not None:
        values = {"name": tidy_name(person["name"]), "language": person["language"]}
        user_id = user_id or users.add_account(session, email=invitation.email, **values)
        given = {**values, "password_hash": person["password_hash"]}
        session.execute(update(User).where(User.id == user_id).values(**given))
        tokens.withdraw(session, user_id=user_id)
    assert user_id is not None, invitation.id
    about = (UserCompany.user_id == user_id, UserCompany.member_id == invitation.member_id)
    held = session.execute(select(UserCompany.role).where(*about)).scalar_one_or_none()
    role = role_after(held, invitation.role)
    session.execute(delete(UserCompany).where(*about))
    session.execute(
        insert(UserCompany), {"user_id": user_id, "member_id": invitation.member_id, "role": role}
    )
    invitation.ended_at, invitation.accepted_by = actor_of(session).at, user_id
    sessions.end_all(session, user_id)
    found = session.execute(select(User.name).where(User.id == user_id)).scalar_one()
    sessions.act_as(session, user_id, found)
    chain.note(
        session, "company.accept", "user", user_id, member_id=invitation.member_id,
        values={"roles": (str(held) if held else None, str(role))},
    )  # fmt: skip
    return user_id


def change_role(session: Session, number: str, user_id: int, role: Role) -> bool:
    """Give a person of the company another role; their sessions end (INV-30). Return whether it is another one.

    Raises `LastCompanyAdmin` where nobody would manage the company any more, `NotFound` for a person of others.
    """
    member = running_member(session, number, own=_MANAGES)
    assert role in PORTAL, role
    person = queries.get_person(session, member.id, user_id)
    if person.role is role:
        return False
    if role is not Role.COMPANY_ADMIN:
        _require_another(session, member, user_id)
    session.execute(
        update(UserCompany)
        .where(UserCompany.user_id == user_id, UserCompany.member_id == member.id)
        .values(role=role)
    )
    sessions.end_all(session, user_id)
    security_notices.tell(session, [user_id], Kind.RIGHTS_CHANGED)
    _note(session, member, "company.role", name=(None, person.name), roles=(str(person.role), str(role)))
    return True


def end_access(session: Session, number: str, user_id: int) -> None:
    """End the access of a person to the company's area; other companies and their account stay (SEC-06)."""
    member = running_member(session, number, own=_MANAGES)
    person = queries.get_person(session, member.id, user_id)
    _require_another(session, member, user_id)
    security_notices.tell(session, [user_id], Kind.RIGHTS_CHANGED)
    _take_access(session, member, user_id)
    _note(session, member, "company.access_end", name=(person.name, None))


def _take_access(session: Session, member: Member, user_id: int) -> None:
    session.execute(
        delete(UserCompany).where(UserCompany.user_id == user_id, UserCompany.member_id == member.id)
    )
    sessions.end_all(session, user_id)


def end_person(session: Session, number: str, contact_id: int, *, today: date) -> bool:
    """End a contact who left, and with it their access (MEM-16); return whether there was one to end.

    The company and the association do it alike; only the company needs somebody else who manages it.
    """
    member = running_member(session, number, own=_MANAGES)
    contact = queries.get_contact(session, member.id, contact_id)
    access = access_of(session, contact)
    was_there = contact.ended_on is None
    end_contact(session, number, contact_id, today=today)
    if was_there and not may(actor_of(session), WRITE) and concerns_invoices((), contact.functions or ()):
        tell_contacts(session, member, contact.email)
    if access is None:
        return False
    end_access(session, number, access)
    return True


def erase_person(session: Session, number: str, contact_id: int) -> None:
    """Erase a former contact, and end the access that is left; nothing is noted or mailed about whose it was."""
    require(actor_of(session), WRITE)
    member = get_member(session, number, lock=True)
    access = access_of(session, queries.get_contact(session, member.id, contact_id))
    if access is not None:
        _take_access(session, member, access)
        _note(session, member, "company.access_end")
    erase_contact(session, number, contact_id)


def access_of(session: Session, contact: Contact) -> int | None:
    """Return the person whose access ends with a contact: who signs in with that address."""
    known = {person.email: person.id for person in queries.list_people(session, contact.member_id)}
    return known.get(contact.email.casefold())


def _require_another(session: Session, member: Member, user_id: int) -> None:
    """Raise unless somebody else manages the company; the row of the member is locked, so two cannot both go.

    The association invites somebody else afterwards, so it is not refused.
    """
    if may(actor_of(session), WRITE):
        return
    people = [(person.id, person.role) for person in queries.list_people(session, member.id)]
    if is_last_admin(user_id, people):
        raise LastCompanyAdmin(company=member.name)


def _end(session: Session, invitation: CompanyInvitation) -> None:
    invitation.ended_at = actor_of(session).at
    mails.withdraw_invitation(session, invitation.id)


def _note(session: Session, member: Member, action: str, **values: chain.Change) -> None:
    session.flush()
    chain.note(session, action, "member", member.number, member_id=member.id, values=values)
