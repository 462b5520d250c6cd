"""The words of a mail about an invoice: the text of its kind with the figures of the invoice, and the signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices import formats
from invoices.formats import Language
from membership.domain.errors import N_
from membership.domain.mail_texts import MailText, MailWords, filled
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Member
from membership.persistence.queries.invoicing import billing_contact
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.wording import Wording

_ORDER: Final = N_("Your order number: %(number)s.")


def words_of(session: Session, dispatch: Dispatch) -> MailWords:
    """Return the words of a sending as they are now."""
    invoice, member = (
        session.get_one(Invoice, dispatch.invoice_id),
        session.get_one(Member, dispatch.member_id),
    )
    text = get_text(session, dispatch.kind, dispatch.language)
    return invoice_words(
        text, invoice, member, get_settings(session),
        name=dispatch.recipient_name, form=dispatch.salutation, language=cast("Language", dispatch.language),
    )  # fmt: skip


def preview_words(session: Session, name: str, text: MailText, *, language: str) -> MailWords | None:
    """Return a text as it would go out with the newest invoice; None while there is none."""
    settings, chosen = get_settings(session), cast("Language", language)
    if name == "test":
        return signed(filled(text, {"verein": settings.full_name}, language=language), settings)
    found = session.execute(select(Invoice).order_by(Invoice.id.desc()).limit(1)).scalar_one_or_none()
    if found is None:
        return None
    member = session.get_one(Member, found.member_id)
    person = billing_contact(session, member.id)
    return invoice_words(
        text, found, member, settings,
        name=person.name if person else "", form=person.salutation if person else "", language=chosen,
    )  # fmt: skip


def invoice_words(
    text: MailText,
    invoice: Invoice,
    member: Member,
    settings: AssociationSettings,
    *,
    name: str,
    form: str,
    language: Language,
) -> MailWords:
    """Return a text filled with one invoice."""
    words = Wording(language)
    order = invoice.content["document"]["recipient"]["order_number"]
    values: Mapping[str, str] = {
        "anrede": salutation(name, form, words).rstrip(","),
        "name": name or member.name,
        "firma": member.name,
        "mitglied_nr": member.number,
        "verein": settings.full_name,
        "telefon": settings.text("association.phone"),
        "rechnung_nr": invoice.number,
        "datum": formats.short_date(invoice.issued_on, language),
        "jahr": str(invoice.dues_year),
        "betrag": formats.amount(invoice.gross_cents, language),
        "faellig": formats.short_date(invoice.due_on, language),
        "rf_referenz": formats.in_fours(invoice.reference),
        "bestell_satz": words.text(_ORDER, number=order) if order else "",
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
