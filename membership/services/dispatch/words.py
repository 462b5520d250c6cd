"""The words of a mail about an invoice: the text of its kind with the figures of the invoice, and the signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.errors import N_
from membership.domain.mail_texts import MailText, MailWords, filled
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Member
from membership.persistence.queries.bank_questions import QUESTION
from membership.persistence.queries.invoicing import billing_contact
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import account_mails, payment_mails, staff_mail
from membership.services.applications import mails as application_mails
from membership.services.banking import asking
from membership.services.companies import mails as company_mails
from membership.services.declarations import mails as declaration_mails
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

DEBIT: Final = "invoice_debit"
_ASKING: Final = frozenset({"invoice", "invoice_again"})
"""The text for an invoice that announces a direct debit, and those in whose place it goes out."""
_ORDER: Final = N_("Your order number: %(number)s.")
_EXAMPLES: Final[Mapping[str, Callable[..., dict[str, str]]]] = {
    **dict.fromkeys(declaration_mails.KINDS, declaration_mails.example_values),
    **dict.fromkeys(application_mails.KINDS, application_mails.example_values),
    **dict.fromkeys(company_mails.KINDS, company_mails.example_values),
    **dict.fromkeys(payment_mails.KINDS, payment_mails.example_values),
    **dict.fromkeys(account_mails.KINDS, account_mails.example_values),
    QUESTION: asking.example_values,
}
"""Kind of mail -> what makes its invented values, for the page of its text."""


def _without_moments(
    words: Callable[[Session, Dispatch], MailWords],
) -> Callable[[Session, Dispatch, str], MailWords]:
    return lambda session, dispatch, _zone: words(session, dispatch)


_WORDS: Final[Mapping[str, Callable[[Session, Dispatch, str], MailWords]]] = {
    **dict.fromkeys(declaration_mails.KINDS, _without_moments(declaration_mails.words_of)),
    **dict.fromkeys(payment_mails.KINDS, _without_moments(payment_mails.words_of)),
    **dict.fromkeys(account_mails.KINDS, _without_moments(account_mails.words_of)),
    **dict.fromkeys(
        application_mails.KINDS,
        lambda session, dispatch, zone: application_mails.words_of(session, dispatch, zone=zone),
    ),
    **dict.fromkeys(
        company_mails.KINDS,
        lambda session, dispatch, zone: company_mails.words_of(session, dispatch, zone=zone),
    ),
    QUESTION: _without_moments(asking.words_of),
}
"""Kind of mail -> what makes its words without the signature; the others are about an invoice, or to staff."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the text of a mail takes from an invoice, issued or not."""

    number: str
    issued_on: date
    due_on: date
    dues_year: int
    gross_cents: int
    reference: str
    order_number: str = ""
    mandate: str = ""
    account_shown: str = ""
    creditor_id: str = ""


def claim_of(invoice: Invoice) -> Claim:
    """Return what the text of a mail takes from an issued invoice."""
    paper = invoice.content["document"]
    debit = paper["debit"] or {}
    return Claim(
        number=invoice.number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        dues_year=invoice.dues_year,
        gross_cents=invoice.gross_cents,
        reference=invoice.reference,
        order_number=paper["recipient"]["order_number"],
        mandate=debit.get("mandate", ""),
        account_shown=debit.get("account_shown", ""),
        creditor_id=paper["issuer"]["bank"]["creditor_id"],
    )


def words_of(session: Session, dispatch: Dispatch, *, zone: str) -> MailWords:
    """Return the words of a sending as they are now; moments in the association's zone."""
    if dispatch.kind in staff_mail.TO_STAFF:
        settings = get_settings(session)
        text = get_text(session, dispatch.kind, dispatch.language)
        values = staff_mail.values_of(dispatch, settings, zone=zone)
        return signed(filled(text, values, language=dispatch.language), settings)
    if dispatch.kind in _WORDS:
        return signed(_WORDS[dispatch.kind](session, dispatch, zone), get_settings(session))
    invoice, member = (
        session.get_one(Invoice, dispatch.invoice_id),
        session.get_one(Member, dispatch.member_id),
    )
    claim = claim_of(invoice)
    is_collected = bool(claim.mandate) and dispatch.kind in _ASKING
    text = get_text(session, DEBIT if is_collected else dispatch.kind, dispatch.language)
    return invoice_words(
        text, claim, member, get_settings(session),
        name=dispatch.recipient_name, form=dispatch.salutation, language=cast("Language", dispatch.language),
    )  # fmt: skip


def preview_words(session: Session, name: str, text: MailText, *, language: str) -> MailWords | None:
    """Return a text as it would go out, one about an invoice with the newest; None while there is none."""
    settings, chosen = get_settings(session), cast("Language", language)
    if name in staff_mail.TO_STAFF:
        example = staff_mail.example_of(name, language, at=actor_of(session).at)
        values = staff_mail.values_of(example, settings, zone="UTC")
        return signed(filled(text, values, language=language), settings)
    if name in _EXAMPLES:
        values = _EXAMPLES[name](session, language=chosen)
        return signed(filled(text, values, language=language), settings)
    if name == "test":
        return signed(filled(text, {"verein": settings.full_name}, language=language), settings)
    found = session.execute(select(Invoice).order_by(Invoice.id.desc()).limit(1)).scalar_one_or_none()
    if found is None:
        return None
    member = session.get_one(Member, found.member_id)
    person = billing_contact(session, member.id)
    return invoice_words(
        text, claim_of(found), member, settings,
        name=person.name if person else "", form=person.salutation if person else "", language=chosen,
    )  # fmt: skip


def invoice_words(
    text: MailText,
    claim: Claim,
    member: Member,
    settings: AssociationSettings,
    *,
    name: str,
    form: str,
    language: Language,
) -> MailWords:
    """Return a text filled with one claim."""
    words = Wording(language)
    values: Mapping[str, str] = {
        "anrede": salutation(name, form, words).rstrip(","),
        "name": name or member.name,
        "firma": member.name,
        "mitglied_nr": member.number,
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "rechnung_nr": claim.number,
        "datum": formats.short_date(claim.issued_on, language),
        "jahr": str(claim.dues_year),
        "betrag": formats.amount(claim.gross_cents, language),
        "faellig": formats.short_date(claim.due_on, language),
        "einzug": formats.short_date(claim.due_on, language),
        "iban_kurz": claim.account_shown,
        "mandat": claim.mandate,
        "glaeubiger_id": claim.creditor_id,
        "rf_referenz": formats.in_fours(claim.reference),
        "bestell_satz": words.text(_ORDER, number=claim.order_number) if claim.order_number else "",
    }
    return signed(filled(text, values, language=language), settings)


def test_words(session: Session) -> MailWords:
    """Return the words of a test mail, in the language of the association."""
    settings = get_settings(session)
    language = cast("Language", settings.text("association.language"))
    text = get_text(session, "test", language)
    return signed(filled(text, {"verein": settings.full_name}, language=language), settings)


def signed(words: MailWords, settings: AssociationSettings) -> MailWords:
    """Return the words with the signature: name, function, telephone, association and where it is registered."""
    text = settings.text
    person = ", ".join(filter(None, (text("invoice.signatory_name"), text("invoice.signatory_function"))))
    place = " ".join(filter(None, (text("association.postcode"), text("association.city"))))
    register = " ".join(
        filter(None, (text("association.register_court"), text("association.register_number")))
    )
    lines = (
        person,
        text("association.phone"),
        settings.full_name,
        ", ".join(filter(None, (text("association.street"), place))),
        register,
        text("association.web"),
    )
    return MailWords(words.language, words.subject, words.parts, tuple(line for line in lines if line))
