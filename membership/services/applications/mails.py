"""Mails to applicants: please confirm, your application is here, what was decided.

They wait in the outbox like every mail; the link in them is made when they go out.
Source: `ux.md` 14; INV-17, SEC-64.
"""

from __future__ import annotations

from typing import Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.applications import CONFIRM_WITHIN, STATE_WORDS
from membership.domain.dispatch import Channel, DispatchState, dispatch_key
from membership.domain.errors import N_
from membership.domain.mail_texts import MailWords, filled
from membership.domain.phrases import Phrase
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.applications import Application
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

CONFIRM: Final = "application_confirm"
RECEIVED: Final = "application_received"
ACCEPTED: Final = "application_accepted"
REJECTED: Final = "application_rejected"
_INVOICE_COMES: Final = N_("The first invoice comes separately.")
_INVITATION_COMES: Final = N_("An invitation to the member area comes in an e-mail of its own.")
_MANDATE_HOLDS: Final = N_(
    "Your SEPA direct debit mandate has the reference %(reference)s: we collect from the account %(account)s, and each"
    " invoice tells you the day and the amount before."
)
KINDS: Final = frozenset({CONFIRM, RECEIVED, ACCEPTED, REJECTED})
"""The kinds of mails that belong to an application."""


def put(session: Session, kind: str, application: Application, **facts: bool | str) -> None:
    """Put a mail to the applicant into the outbox, once of each kind; without a mail server none is put.

    The welcome says what comes with it: `is_billed`, `is_invited`, and the reference of the `mandate`.
    """
    if not get_settings(session).can_send_mail:
        return
    actor, data = actor_of(session), application.data
    insert_missing(
        session,
        Dispatch,
        {
            "key": dispatch_key(kind=kind, document=application.reference, recipient=data["email"], number=1),
            "kind": kind, "channel": Channel.MAIL, "document": application.reference,
            "member_id": application.member_id, "facts": {"application": application.id, **facts}, "round": 1,
            "recipient": data["email"], "recipient_name": data["signatory_name"], "salutation": "",
            "language": application.language, "state": DispatchState.NEW, "attempts": 0, "reason": "", "answer": "",
            "message_id": "", "subject": "", "body": "", "created_at": actor.at, "created_by": actor.name,
            "settled_by": "",
        },
    )  # fmt: skip


def application_of(session: Session, dispatch: Dispatch) -> Application:
    """Return the application a mail is about."""
    wanted = dispatch.facts["application"]
    return session.execute(select(Application).where(Application.id == wanted)).scalar_one()


def words_of(session: Session, dispatch: Dispatch, *, zone: str) -> MailWords:
    """Return the words of such a mail without the signature."""
    application = application_of(session, dispatch)
    language = cast("Language", dispatch.language)
    values = _values(
        get_settings(session),
        language,
        name=dispatch.recipient_name,
        company=(application.data or {}).get("name", ""),
        reference=application.reference,
    )
    ends = (application.submitted_at + CONFIRM_WITHIN).astimezone(ZoneInfo(zone))
    values["frist"] = formats.long_date(ends.date(), language)
    facts, words = dispatch.facts, Wording(language)
    onward = _onward(
        words, is_billed=facts.get("is_billed", False), is_invited=facts.get("is_invited", False)
    )
    if facts.get("mandate"):
        account = (application.data or {}).get("iban_shown", "")
        onward = f"{words.text(_MANDATE_HOLDS, reference=facts['mandate'], account=account)} {onward}".strip()
    values["weiter_satz"] = onward
    text = get_text(session, dispatch.kind, dispatch.language)
    return filled(text, values, language=dispatch.language)


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    values = _values(
        get_settings(session),
        language,
        name="Maren Brandt",
        company="Hansa Blechformteile GmbH",
        reference="K7QW-3MXA",
    )
    values["weiter_satz"] = _onward(Wording(language), is_billed=True, is_invited=True)
    return {**values, "frist": formats.long_date(actor_of(session).at.date() + CONFIRM_WITHIN, language)}


def _onward(words: Wording, *, is_billed: bool, is_invited: bool) -> str:
    """Return what a new member can wait for; nothing where nothing comes."""
    said = [words.text(_INVOICE_COMES)] * is_billed + [words.text(_INVITATION_COMES)] * is_invited
    return " ".join(said)


def _values(
    settings: AssociationSettings, language: Language, *, name: str, company: str, reference: str
) -> dict[str, str]:
    return {
        "anrede": salutation(name, "", Wording(language)).rstrip(","),
        "name": name,
        "firma": company,
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "antrag_nr": reference,
    }


def state_words(application: Application) -> Phrase:
    """Return how an application stands, in words."""
    return Phrase(STATE_WORDS[application.state])
