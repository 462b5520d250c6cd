"""Mails to the people of a company about the member area: invitations, and what happened to the company's data.

Source: `ux.md` 14 "Portal invitation", "data change confirmed".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.companies import INVITATION_LIVES
from membership.domain.dispatch import WAITING, Channel, DispatchState
from membership.domain.dues.stored import phrase_of, stored_phrase
from membership.domain.mail_texts import MailWords, filled
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import Role
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.companies import CompanyInvitation
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member
from membership.persistence.models.users import User, UserCompany
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

INVITATION: Final = "company_invitation"
NEWS: Final = "company_news"
KINDS: Final = frozenset({INVITATION, NEWS})
"""The kinds of mails that belong to the member area."""


class Reader(NamedTuple):
    """Who gets a mail: the address, the name and the language."""

    email: str
    name: str
    language: str


def put_invitation(session: Session, member: Member, invitation: CompanyInvitation) -> None:
    """Put the mail of an invitation; its link is made when it goes out."""
    reader = Reader(invitation.email, invitation.name, invitation.language)
    _put(session, INVITATION, f"{INVITATION}:{invitation.id}", member, reader, {"invitation": invitation.id})


def withdraw_invitation(session: Session, invitation_id: int) -> None:
    """Take the mail of an invitation back while it has not gone out."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.key == f"{INVITATION}:{invitation_id}", Dispatch.state.in_(WAITING))
        .values(state=DispatchState.WITHDRAWN, not_before=None)
        .execution_options(synchronize_session=False)
    )


def put_news(
    session: Session,
    member: Member,
    text: Phrase,
    *,
    key: str,
    also: Iterable[str] = (),
    facts: Mapping[str, object] | None = None,
) -> None:
    """Put a mail about what happened to everybody who manages the company's area, and to further addresses.

    Without a mail server none is put: nobody wants to hear later what happened long ago.
    """
    if not get_settings(session).can_send_mail:
        return
    told = {**(facts or {}), "text": stored_phrase(text)}
    readers = {reader.email.casefold(): reader for reader in _admins(session, member.id)}
    for address in also:
        readers.setdefault(address.casefold(), Reader(address, "", member.language))
    for address, reader in readers.items():
        _put(session, NEWS, f"{NEWS}:{key}:{address}", member, reader, told)


def _admins(session: Session, member_id: int) -> list[Reader]:
    rows = session.execute(
        select(User.email, User.name, User.language)
        .join(UserCompany, UserCompany.user_id == User.id)
        .where(
            UserCompany.member_id == member_id,
            UserCompany.role == Role.COMPANY_ADMIN,
            User.is_active.is_(True),
        )
        .order_by(User.id)
    )
    return [Reader(email, "" if name == email else name, language) for email, name, language in rows]


def _put(
    session: Session, kind: str, key: str, member: Member, reader: Reader, facts: Mapping[str, object]
) -> None:
    actor = actor_of(session)
    insert_missing(
        session,
        Dispatch,
        {
            "key": key, "kind": kind, "channel": Channel.MAIL, "document": member.number, "member_id": member.id,
            "facts": dict(facts), "round": 1, "recipient": reader.email, "recipient_name": reader.name,
            "salutation": "", "language": reader.language, "state": DispatchState.NEW, "attempts": 0, "reason": "",
            "answer": "", "message_id": "", "subject": "", "body": "", "created_at": actor.at,
            "created_by": actor.name, "settled_by": "",
        },
    )  # fmt: skip


def words_of(session: Session, dispatch: Dispatch, *, zone: str) -> MailWords:
    """Return the words of such a mail without the signature."""
    language = cast("Language", dispatch.language)
    member = session.execute(select(Member).where(Member.id == dispatch.member_id)).scalar_one()
    facts: Mapping[str, Any] = dispatch.facts
    values = _common(get_settings(session), member.name, dispatch.recipient_name, language)
    if dispatch.kind == INVITATION:
        ends = (actor_of(session).at + INVITATION_LIVES).astimezone(ZoneInfo(zone)).date()
        values["gueltig_bis"] = formats.long_date(ends, language)
    else:
        values["ereignis"] = Wording(language).value(phrase_of(facts["text"]))
    return filled(get_text(session, dispatch.kind, language), values, language=language)


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    ends = datetime.combine(date(actor_of(session).at.year + 1, 2, 1), time(), UTC).date()
    news = phrase(
        "%(name)s changed %(what)s of %(company)s in the member area.", name="Maren Brandt",
        what=phrase("the invoice address"), company="Hansa Blechformteile GmbH",
    )  # fmt: skip
    return {
        **_common(get_settings(session), "Hansa Blechformteile GmbH", "Maren Brandt", language),
        "gueltig_bis": formats.long_date(ends, language),
        "ereignis": Wording(language).value(news),
    }


def _common(settings: AssociationSettings, company: str, name: str, language: Language) -> dict[str, str]:
    reachable = (settings.text("association.phone"), settings.text("association.email"))
    return {
        "anrede": salutation(name, "", Wording(language)).rstrip(","),
        "firma": company,
        "verein": settings.full_name,
        "kontakt": ", ".join(filter(None, reachable)) or settings.full_name,
    }
