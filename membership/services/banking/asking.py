"""Who cannot be told from a bank entry is asked: a mail to the member, or to the payer, through the outbox.

What was asked stands with the entry: each sending is a row of the outbox about it. Source: `ux.md` 6.9 “Rückfrage per
E-Mail”, 14; INV-17.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.banking.statements import QuestionMissing, RecipientMissing, WrongDirection
from membership.domain.dispatch import Channel, DispatchState, Mailbox, checked_address, dispatch_key
from membership.domain.errors import N_
from membership.domain.mail_texts import MailWords, filled
from membership.domain.money import Money
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard, insert_missing
from membership.persistence.models.bank import BankLine
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member
from membership.persistence.queries.bank_lines import get_line
from membership.persistence.queries.bank_questions import QUESTION, count_rounds, document_of
from membership.persistence.queries.dispatch_targets import mailboxes_for_invoices
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.settings import get_settings
from membership.services.banking.importing import GUARD
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

LONGEST: Final = 1000
_USUAL: Final = N_(
    "Please tell us what the payment is for: the number of the invoice or your member number is enough."
)
_TOO_MUCH: Final = N_(
    "That is %(amount)s more than is open. Shall we keep it for your next invoice, or send it back to you?"
)


def usual_question(over_cents: int, language: str) -> str:
    """Return the question that a draft begins with, in the language of who is asked."""
    words = Wording(cast("Language", language))
    return words.text(_TOO_MUCH, amount=Money(over_cents)) if over_cents > 0 else words.text(_USUAL)


def ask(session: Session, line_id: int, *, member: str, address: str, question: str) -> int:
    """Put a mail that asks about money that came; return how many mails that makes.

    Args:
        session: the session of the unit of work.
        line_id: the entry.
        member: the number of the member that is asked, or for whom the payer is.
        address: of the payer; empty: who gets the invoices of the member, or would if they did not go by post.
        question: what is asked, between the usual words.

    Raises `WrongDirection` for money that left, `QuestionMissing`, `RecipientMissing` (no address is known),
    `NotFound`, `AddressUnusable`.
    """
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    line = get_line(session, line_id).line
    if line.amount_cents <= 0:
        raise WrongDirection(amount=Money(line.amount_cents))
    asked = question.strip()
    if not asked or len(asked) > LONGEST:
        raise QuestionMissing
    whom = get_member(session, member)
    mailboxes = _mailboxes(session, whom, address)
    running = count_rounds(session, line_id) + 1
    for mailbox in mailboxes:
        _put(session, line, whom, mailbox, running=running, question=asked)
    chain.note(
        session, "bank.ask", "bank_line", line_id, member_id=whom.id,
        facts={"mails": len(mailboxes)}, values={"question": (None, asked)},
    )  # fmt: skip
    return len(mailboxes)


def _mailboxes(session: Session, member: Member, address: str) -> list[Mailbox]:
    if address.strip():
        return [Mailbox(checked_address(address))]
    found = mailboxes_for_invoices(session, [member.id])[member.id]
    if not found:
        raise RecipientMissing(member=member.number)
    return found


def _put(
    session: Session, line: BankLine, member: Member, mailbox: Mailbox, *, running: int, question: str
) -> None:
    actor, document = actor_of(session), document_of(line.id)
    key = dispatch_key(kind=QUESTION, document=document, recipient=mailbox.address, number=running)
    insert_missing(
        session,
        Dispatch,
        {
            "key": key, "kind": QUESTION, "channel": Channel.MAIL, "document": document, "member_id": member.id,
            "facts": {"line": line.id, "text": question}, "round": running, "recipient": mailbox.address,
            "recipient_name": mailbox.name, "salutation": mailbox.salutation, "language": member.language,
            "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "", "message_id": "", "subject": "",
            "body": "", "created_at": actor.at, "created_by": actor.name, "settled_by": "",
        },
    )  # fmt: skip


def words_of(session: Session, dispatch: Dispatch) -> MailWords:
    """Return the words of such a mail without the signature."""
    line = get_line(session, int(dispatch.facts["line"])).line
    member = session.get_one(Member, dispatch.member_id)
    text = get_text(session, QUESTION, dispatch.language)
    values = _values(
        session, line, member, name=dispatch.recipient_name, form=dispatch.salutation, language=dispatch.language,
        question=str(dispatch.facts["text"]),
    )  # fmt: skip
    return filled(text, values, language=dispatch.language)


def draft_words(session: Session, line_id: int, *, language: str) -> MailWords:
    """Return the words around the question as they stand in a draft, for a person who is not known yet."""
    text = get_text(session, QUESTION, language)
    line = get_line(session, line_id).line
    values = _values(session, line, None, name="", form="", language=language, question="…")
    return filled(text, values, language=language)


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    words, today = Wording(language), actor_of(session).at.date()
    return {
        "anrede": salutation("Maren Brandt", "ms", words).rstrip(","),
        "name": "Maren Brandt",
        "firma": "Hansa Blechformteile GmbH",
        "mitglied_nr": "M0001",
        "verein": get_settings(session).full_name,
        "telefon": get_settings(session).text("association.phone"),
        "betrag": formats.amount(60000, language),
        "datum": formats.short_date(today, language),
        "auftraggeber": "Hansa Blechformteile GmbH",
        "zweck": "Beitrag",
        "rueckfrage": words.text(_USUAL),
    }


def _values(
    session: Session, line: BankLine, member: Member | None, *, name: str, form: str, language: str, question: str
) -> Mapping[str, str]:  # fmt: skip
    words, settings = Wording(cast("Language", language)), get_settings(session)
    return {
        "anrede": salutation(name, form, words).rstrip(","),
        "name": name or (member.name if member else ""),
        "firma": member.name if member else "",
        "mitglied_nr": member.number if member else "",
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "betrag": formats.amount(line.amount_cents, words.language),
        "datum": formats.short_date(line.booked_on, words.language),
        "auftraggeber": line.name or line.ultimate_name or "–",
        "zweck": line.remittance or line.creditor_reference or "–",
        "rueckfrage": question,
    }
