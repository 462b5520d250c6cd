"""What the e-invoice of a member says beyond the paper, and the sentence when something for it is missing.

Source: EIN-1, EIN-2, EIN-7; XRechnung 3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from babel import Locale

from invoices import einvoice
from invoices.document import Document, Exchange, ExchangeIncomplete, Place
from invoices.schema import StructureWrong
from membership.domain.errors import N_, DomainError
from membership.domain.phrases import Phrase, phrase
from membership.persistence.models.members import Member
from membership.persistence.queries.settings import AssociationSettings
from membership.services.invoicing.addresses import buyer_place

XRECHNUNG: Final = "xrechnung"


class EInvoiceIncomplete(DomainError):
    """Something is missing that the e-invoice must carry."""

    message = N_("The e-invoice of %(member)s needs %(missing)s.")
    code = "einvoice_incomplete"


class EInvoiceWrong(DomainError):
    """The e-invoice does not have the structure of the standard; nothing is issued."""

    message = N_("The e-invoice of %(member)s does not have the structure of the standard: %(why)s")
    code = "einvoice_wrong"


def wants_xrechnung(member: Member) -> bool:
    """Return whether the member gets an XRechnung beside the PDF: it has a Leitweg-ID or asked for it (EIN-1)."""
    return bool(member.leitweg_id) or member.invoice_format == XRECHNUNG


def exchange_of(member: Member, settings: AssociationSettings) -> Exchange:
    """Return what the e-invoice says beyond the paper; BT-10 is the Leitweg-ID, else the cost centre (EIN-7)."""
    as_xrechnung = wants_xrechnung(member)
    reference = member.leitweg_id or member.cost_centre or (member.number if as_xrechnung else "")
    return Exchange(
        seller=Place(
            street=settings.text("association.street"),
            postcode=settings.text("association.postcode"),
            city=settings.text("association.city"),
            country=settings.text("association.country"),
        ),
        buyer=buyer_place(member),
        register_number=settings.text("association.register_number"),
        buyer_reference=reference,
        buyer_mail=member.invoice_email,
        buyer_vat_id=member.vat_id if member.vat_id[:2] in _vat_prefixes() else "",
        leitweg_id=member.leitweg_id,
        as_xrechnung=as_xrechnung,
    )


@cache
def _vat_prefixes() -> frozenset[str]:
    """Return the letters a VAT id may begin with: countries, and EL for Greece (BR-CO-09)."""
    codes = (str(code) for code in Locale("de").territories)
    return frozenset(code for code in codes if len(code) == len("DE")) | {"EL"}


def require_structure(document: Document, member_number: str) -> None:
    """Raise `EInvoiceWrong` unless the XML of the document has the structure of the standard. Source: D-INV-22."""
    try:
        einvoice.xml_of(document)
    except StructureWrong as error:
        raise EInvoiceWrong(member=member_number, why=str(error)) from error


def incomplete(error: ExchangeIncomplete, member_number: str) -> EInvoiceIncomplete:
    """Return the refusal that names each missing part by its setting or the member's field."""
    *others, missing = [Phrase(_PARTS.get(part, part)) for part in error.parts]
    for part in reversed(others):
        missing = phrase("%(first)s, %(rest)s", first=part, rest=missing)
    return EInvoiceIncomplete(member=member_number, missing=missing)


REGISTER_NUMBER: Final = N_("the register number (setting association.register_number)")
_PARTS: Final[Mapping[str, str]] = {
    "issuer.name": N_("the association's name (setting association.name)"),
    "recipient.company": N_("the name of the company"),
    "exchange.register_number": REGISTER_NUMBER,
    "issuer.tax_number": N_("the tax number (setting association.tax_number)"),
    "tax_note": N_("the reason why no VAT is due (setting invoice.vat_note)"),
    "issuer.contact_person": N_("the contact on invoices (setting invoice.contact_name)"),
    "issuer.phone": N_("the association's phone (setting association.phone)"),
    "issuer.mail": N_("the association's mail address (setting association.email)"),
    "exchange.seller.city": N_("the association's city (setting association.city)"),
    "exchange.seller.postcode": N_("the association's postcode (setting association.postcode)"),
    "exchange.buyer.city": N_("the city of the member"),
    "exchange.buyer.postcode": N_("the postcode of the member"),
    "exchange.buyer_reference": N_("the Leitweg-ID of the member"),
    "exchange.buyer_mail": N_("the member's e-mail address for invoices"),
}
"""Part of a document that an e-invoice needs -> its words, with the name of the setting where it is one."""
