"""Mails about money that came, and money that went back: the confirmation of a payment, a debit that was returned.

They go to who gets the invoices of the member. Source: `ux.md` 7 "Pay" (return states), 14 "Receipt", return debit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.dispatch import WAITING, Channel, DispatchState
from membership.domain.dues.stored import phrase_of, stored_phrase
from membership.domain.errors import N_
from membership.domain.mail import Attachment
from membership.domain.mail_texts import MailWords, filled
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member
from membership.persistence.queries import payments as queries
from membership.persistence.queries.dispatch_targets import mailboxes_for_invoices
from membership.persistence.queries.settings import get_settings
from membership.services.mail_texts import get_text
from membership.services.payment_confirmations import payment_confirmation
from membership.services.salutations import salutation
from membership.wording import Wording

RECEIVED: Final = "payment_received"
RETURNED: Final = "debit_returned"
KINDS: Final = frozenset({RECEIVED, RETURNED})
"""The kinds of mails about money."""

CONFIRMS: Final = "payment.confirm_by_mail"
"""The setting whether payments that the bank shows or a person records are confirmed; those online always are."""
TIME_TO_UNDO: Final = timedelta(hours=1)
"""So long a confirmation waits before it goes out: what is taken back meanwhile is not told to the member."""
_PAID: Final = N_("That settles %(numbers)s in full.")
_RESTS: Final = N_("%(amount)s remain open.")


def put_receipt(session: Session, member_id: int, payment_id: int, *, cents: int, on: date) -> None:
    """Put the mail about a payment that was received, with a confirmation for each document that it settles."""
    numbers = sorted(queries.documents_of(session, payment_id))
    facts = {"documents": numbers, "cents": cents, "on": on.isoformat()}
    _put(session, RECEIVED, member_id, facts, key=str(payment_id), document=numbers[0] if numbers else "")


def put_confirmation(session: Session, member_id: int, payment_id: int, *, cents: int, on: date) -> None:
    """Put the mail about a payment that was posted, where the settings want that and the payment settles something."""
    known = chain.unit_of(session).known
    if CONFIRMS not in known:
        settings = get_settings(session)
        known[CONFIRMS] = settings.flag(CONFIRMS) and settings.can_send_mail
    numbers = sorted(queries.documents_of(session, payment_id)) if known[CONFIRMS] else []
    if numbers:
        facts = {"documents": numbers, "payment": payment_id, "cents": cents, "on": on.isoformat()}
        not_before = actor_of(session).at + TIME_TO_UNDO
        _put(
            session, RECEIVED, member_id, facts, key=str(payment_id), document=numbers[0], not_before=not_before
        )  # fmt: skip


def withdraw_confirmation(session: Session, member_id: int, payment_id: int) -> None:
    """Take back the confirmation of a payment that was taken back, as far as it has not gone out."""
    statement = (
        update(Dispatch)
        .where(
            Dispatch.member_id == member_id,
            Dispatch.kind == RECEIVED,
            Dispatch.state.in_(WAITING),
            Dispatch.key.startswith(f"{RECEIVED}:{payment_id}:"),
        )
        .values(state=DispatchState.WITHDRAWN, not_before=None)
        .returning(Dispatch.id)
    )
    taken = session.execute(statement.execution_options(synchronize_session=False)).all()
    if taken:
        facts = {"sendings": len(taken)}
        chain.note(session, "dispatch.withdraw", "payment", payment_id, member_id=member_id, facts=facts)


def put_return(
    session: Session, member_id: int, *, document: str, cents: int, on: date, reason: Phrase, key: str
) -> None:
    """Put the mail about a debit that the payer's bank gave back: the document is open again."""
    text = phrase(
        "The debit of %(amount)s for %(document)s was returned by your bank on %(day)s: %(reason)s. The invoice is open"
        " again; please pay it in another way.",
        amount=Money(cents), document=document, day=on, reason=reason,
    )  # fmt: skip
    _put(session, RETURNED, member_id, {"text": stored_phrase(text)}, key=key, document=document)


def _put(
    session: Session,
    kind: str,
    member_id: int,
    facts: Mapping[str, object],
    *,
    key: str,
    document: str,
    not_before: datetime | None = None,
) -> None:
    """Put a mail to each who gets invoices; without a mail server none, for nobody wants to hear it much later."""
    if not get_settings(session).can_send_mail:
        return
    actor = actor_of(session)
    member = session.execute(select(Member).where(Member.id == member_id)).scalar_one()
    for mailbox in mailboxes_for_invoices(session, [member_id]).get(member_id, []):
        insert_missing(
            session,
            Dispatch,
            {
                "key": f"{kind}:{key}:{mailbox.address.casefold()}", "kind": kind, "channel": Channel.MAIL,
                "document": document or member.number, "member_id": member_id, "facts": dict(facts), "round": 1,
                "recipient": mailbox.address, "recipient_name": mailbox.name, "salutation": mailbox.salutation,
                "language": member.language, "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "",
                "message_id": "", "subject": "", "body": "", "created_at": actor.at, "created_by": actor.name,
                "settled_by": "", "not_before": not_before,
            },
        )  # fmt: skip


def words_of(session: Session, dispatch: Dispatch) -> MailWords:
    """Return the words of such a mail without the signature."""
    language, facts = cast("Language", dispatch.language), cast("Mapping[str, Any]", dispatch.facts)
    company = session.execute(select(Member.name).where(Member.id == dispatch.member_id)).scalar_one()
    values = _common(session, company, dispatch.recipient_name, dispatch.salutation, language)
    if dispatch.kind == RETURNED:
        values["ereignis"] = Wording(language).value(phrase_of(facts["text"]))
    else:
        numbers, day = _settled(session, facts), date.fromisoformat(facts["on"])
        open_cents = sum(queries.get_open_item(session, number).open_cents for number in numbers)
        values |= _paid(numbers, facts["cents"], open_cents, day, language)
    return filled(get_text(session, dispatch.kind, language), values, language=language)


def _settled(session: Session, facts: Mapping[str, Any]) -> list[str]:
    """Return the documents that a payment settles when its mail goes out: of one that could be undone, those of now."""
    if "payment" in facts:
        return sorted(queries.documents_of(session, facts["payment"]))
    return list(facts["documents"])


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    day = date(actor_of(session).at.year + 1, 2, 3)
    event = phrase(
        "The debit of %(amount)s for %(document)s was returned by your bank on %(day)s: %(reason)s. The invoice is open"
        " again; please pay it in another way.",
        amount=Money(180000), document=f"RE{day.year}-0001", day=day,
        reason=phrase("Account without sufficient funds"),
    )  # fmt: skip
    return {
        **_common(session, "Hansa Blechformteile GmbH", "Maren Brandt", "ms", language),
        **_paid([f"RE{day.year}-0001"], 180000, 0, day, language),
        "ereignis": Wording(language).value(event),
    }


def _common(session: Session, company: str, name: str, form: str, language: Language) -> dict[str, str]:
    settings = get_settings(session)
    reachable = (settings.text("association.phone"), settings.text("association.email"))
    return {
        "anrede": salutation(name, form, Wording(language)).rstrip(","),
        "firma": company,
        "verein": settings.full_name,
        "kontakt": ", ".join(filter(None, reachable)) or settings.full_name,
    }


def _paid(
    numbers: Sequence[str], cents: int, open_cents: int, day: date, language: Language
) -> dict[str, str]:
    words, listed = Wording(language), ", ".join(numbers)
    rest = words.text(_RESTS, amount=Money(open_cents)) if open_cents else words.text(_PAID, numbers=listed)
    return {
        "rechnung_nr": listed,
        "betrag": formats.amount(cents, language),
        "zahldatum": formats.short_date(day, language),
        "rest_satz": rest if numbers else "",
    }


def attachments_of(session: Session, dispatch: Dispatch, *, today: date) -> tuple[Attachment, ...]:
    """Return the confirmation of payment of each document; a mail about a return has none."""
    if dispatch.kind != RECEIVED:
        return ()
    word = Wording(cast("Language", dispatch.language)).text("receipt")
    return tuple(
        Attachment(
            f"{number}_{word}.pdf", "application/pdf", payment_confirmation(session, number, today=today)
        )
        for number in _settled(session, dispatch.facts)
        if queries.list_settlements(session, number)
    )
