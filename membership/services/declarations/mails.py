"""Mails of a round: put into the outbox once each; the words and the files they go with.

Source: `ux.md` 14 "Declaration request"; INV-17.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.declarations.campaigns import Dates, link_ends
from membership.domain.declarations.questions import Question, weighted
from membership.domain.dispatch import Channel, DispatchState, Mailbox, dispatch_key
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.schedule.choices import Missing
from membership.domain.dues.schedule.form import Declaration
from membership.domain.dues.words import basis_title, basis_words
from membership.domain.errors import N_
from membership.domain.mail_texts import MailWords, filled
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.declarations import DeclarationRequest, DeclarationRound
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.settings import get_settings
from membership.services.declarations.expected import Asked, asked_of
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

REQUEST: Final = "declaration"
REMINDER: Final = "declaration_reminder"
QUERY: Final = "declaration_query"
QUERY_LATE: Final = "declaration_query_late"
RECEIVED: Final = "declaration_received"
KINDS: Final = frozenset({REQUEST, REMINDER, QUERY, QUERY_LATE, RECEIVED})
"""The kinds of mails that belong to a declaration."""

_LAST: Final = N_("Last time you declared %(sizes)s.")
_OTHERWISE: Final[Mapping[Missing, str]] = {
    Missing.CARRY_OVER: N_("Without your answer we use the number we know from before."),
    Missing.NEXT_BAND: N_("Without your answer the next higher dues class counts."),
    Missing.HIGHEST_ROW: N_("Without your answer the highest dues class counts."),
    Missing.ESTIMATE: N_("Without your answer we have to estimate."),
    Missing.BLOCK: N_("Without your answer we cannot work out your dues."),
}
_PLUS: Final = N_("Without your answer we use the number from before plus %(percent)s %%.")


def document_of(year: int, number: str) -> str:
    """Return how the mails of a request are called in lists."""
    return f"SA{year}-{number}"


def put(
    session: Session,
    kind: str,
    request: DeclarationRequest,
    member: Member,
    *,
    year: int,
    mailboxes: Sequence[Mailbox],
    facts: Mapping[str, object] | None = None,
    round_number: int | None = None,
) -> int:
    """Put a mail to each of these people; return how many. The same kind and round to the same person goes once."""
    actor = actor_of(session)
    document = document_of(year, member.number)
    running = round_number or _next_round(session, kind, document)
    for mailbox in mailboxes:
        key = dispatch_key(kind=kind, document=document, recipient=mailbox.address, number=running)
        insert_missing(
            session,
            Dispatch,
            {
                "key": key, "kind": kind, "channel": Channel.MAIL, "document": document, "member_id": member.id,
                "facts": {"request": request.id, **(facts or {})}, "round": running,
                "recipient": mailbox.address, "recipient_name": mailbox.name, "salutation": mailbox.salutation,
                "language": member.language, "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "",
                "message_id": "", "subject": "", "body": "", "created_at": actor.at, "created_by": actor.name,
                "settled_by": "",
            },
        )  # fmt: skip
    return len(mailboxes)


def _next_round(session: Session, kind: str, document: str) -> int:
    statement = select(func.max(Dispatch.round)).where(Dispatch.document == document, Dispatch.kind == kind)
    return 1 + (session.execute(statement).scalar_one() or 0)


def request_of(session: Session, dispatch: Dispatch) -> DeclarationRequest:
    """Return the request a mail is about."""
    statement = select(DeclarationRequest).where(DeclarationRequest.id == dispatch.facts["request"])
    return session.execute(statement).scalar_one()


def values_of(session: Session, dispatch: Dispatch) -> dict[str, str]:
    """Return what stands in place of the placeholders of such a mail, as things are now."""
    request = request_of(session, dispatch)
    found = queries.round_of(session, request)
    asked = asked_of(
        session, found.dues_year, request.member_id, turnover_class=bool(found.asks.get("turnover_class"))
    )
    member = queries.view_of(session, request.id).member
    return values_for(
        session, member, found, asked, language=cast("Language", dispatch.language), name=dispatch.recipient_name,
        form=dispatch.salutation, query=str((dispatch.facts or {}).get("text", "")),
    )  # fmt: skip


def values_for(
    session: Session,
    member: Member,
    found: DeclarationRound,
    asked: Asked | None,
    *,
    language: Language,
    name: str,
    form: str,
    query: str,
) -> dict[str, str]:
    """Return the values for one member, for a mail or its preview."""
    words, settings = Wording(language), get_settings(session)
    questions = asked.questions if asked else ()
    dates = Dates(found.deadline, found.late_until)
    ends = link_ends(dates, today=actor_of(session).at.date())
    day = max((each.as_of for each in questions), default=found.deadline)
    return {
        "anrede": salutation(name, form, words).rstrip(","),
        "name": name or member.name,
        "firma": member.name,
        "mitglied_nr": member.number,
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "jahr": str(found.dues_year),
        "groesse": sizes_title(questions, words),
        "stichtag": formats.long_date(day, language),
        "bisher_satz": _last(asked, words),
        "ohne_satz": otherwise(asked.schedule.declaration, words) if asked else "",
        "frist": formats.long_date(ends, language),
        "rueckfrage": query,
    }


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    words, settings, year = Wording(language), get_settings(session), actor_of(session).at.year + 1
    basis = default_basis("headcount")
    return {
        "anrede": salutation("Maren Brandt", "ms", words).rstrip(","),
        "name": "Maren Brandt",
        "firma": "Hansa Blechformteile GmbH",
        "mitglied_nr": "M0001",
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "jahr": str(year),
        "groesse": words.value(basis_title(basis)),
        "stichtag": formats.long_date(date(year - 1, 6, 30), language),
        "bisher_satz": words.text(_LAST, sizes=basis_words(basis, Fraction(126))),
        "ohne_satz": words.text(_OTHERWISE[Missing.CARRY_OVER]),
        "frist": formats.long_date(date(year - 1, 11, 30), language),
        "rueckfrage": words.text(N_("Does the number include the apprentices?")),
    }


def sizes_title(questions: Sequence[Question], words: Wording) -> str:
    """Return what is asked for in words: "number of employees and turnover"."""
    names = [words.value(basis_title(each.basis)) for each in questions]
    if not names:
        return words.text(N_("size of your company"))
    if len(names) == 1:
        return names[0]
    return words.text(N_("%(first)s and %(last)s"), first=", ".join(names[:-1]), last=names[-1])


def sizes_words(questions: Sequence[Question], answers: Mapping[str, Any], words: Wording) -> str:
    """Return answers in words: "126 employees"."""
    known = [(each, answers[each.name]) for each in questions if each.name in answers]
    return ", ".join(words.value(basis_words(each.basis, weighted(each.basis, one))) for each, one in known)


def _last(asked: Asked | None, words: Wording) -> str:
    if asked is None or not asked.known:
        return ""
    return words.text(_LAST, sizes=sizes_words(asked.questions, asked.known, words))


def otherwise(declaration: Declaration, words: Wording) -> str:
    """Return in one sentence what counts when a member says nothing (DUE-28)."""
    if declaration.missing is Missing.CARRY_OVER and declaration.plus_share:
        return words.text(_PLUS, percent=declaration.plus_share * 100)
    return words.text(_OTHERWISE[declaration.missing])


def words_of(session: Session, dispatch: Dispatch) -> MailWords:
    """Return the words of such a mail without the signature."""
    text = get_text(session, dispatch.kind, dispatch.language)
    return filled(text, values_of(session, dispatch), language=dispatch.language)
