"""A document as XML of EN 16931 (syntax CII): the invoice inside the PDF (profile EN 16931), or an XRechnung file.

The elements stand in the order of the schema. Each function writes one part; `BT-` and `BG-` are the business terms.

Source: EN 16931-1, Factur-X 1.08 / ZUGFeRD 2.4, XRechnung 3.0; EIN-1 to EIN-18.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from lxml import etree

from invoices import formats
from invoices.document import Document, Exchange, Line, Place, Tax
from invoices.schema import check_structure
from invoices.words import words

Profile = Literal["en16931", "xrechnung"]

_RSM: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM: Final = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT: Final = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT: Final = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_NAMES: Final = {"rsm": _RSM, "qdt": _QDT, "ram": _RAM, "udt": _UDT}
_GUIDELINES: Final[dict[Profile, str]] = {
    "en16931": "urn:cen.eu:en16931:2017",
    "xrechnung": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
TYPE_CODES: Final = {"invoice": "380", "cancellation": "381", "correction": "381", "corrected": "384"}
_TRANSFER, _COLLECTED, _SET_OFF = "58", "59", "97"
_NOT_TAXABLE_CODE: Final = "VATEX-EU-O"
_ONE: Final = "C62"
_LEITWEG_SCHEME: Final = "0204"

Element = Any  # an lxml element; its types are not known to the checker


class NoExchange(ValueError):
    """A document without the parts that an e-invoice carries beyond the paper."""


def xml_of(document: Document, profile: Profile = "en16931", *, debited_iban: str = "") -> bytes:
    """Return the XML of a document, checked against the structure of its profile.

    `debited_iban` is the member's account (BT-91), which an XRechnung with direct debit must name; it stands in no
    other file and is never kept with the document.

    Raises:
        NoExchange: the document carries no parts for an e-invoice.
    """
    exchange = document.exchange
    if exchange is None or document.number is None:
        raise NoExchange(document.number)
    root = etree.Element(f"{{{_RSM}}}CrossIndustryInvoice", nsmap=_NAMES)
    _context(root, profile)
    _head(root, document)
    trade = etree.SubElement(root, f"{{{_RSM}}}SupplyChainTradeTransaction")
    for number, line in enumerate(document.lines, start=1):
        _item(trade, line, number)
    _agreement(trade, document, exchange)
    _add(trade, "ApplicableHeaderTradeDelivery")
    _settlement(trade, document, exchange, debited_iban=debited_iban)
    check_structure(root)
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    child = etree.SubElement(parent, f"{{{_RAM}}}{name}", attributes)
    child.text = text
    return child


def _filled(parent: Element, name: str, text: str, **attributes: str) -> None:
    """Add an element only where there is something to say: empty ones are not allowed."""
    if text:
        _add(parent, name, text, **attributes)


def _day(parent: Element, name: str, day: date, *, kind: str = _UDT) -> None:
    child = etree.SubElement(_add(parent, name), f"{{{kind}}}DateTimeString", {"format": "102"})
    child.text = f"{day:%Y%m%d}"


def euros(cents: int) -> str:
    """Return `-1234.50`: euros with two places."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def _rate(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _context(root: Element, profile: Profile) -> None:
    context = etree.SubElement(root, f"{{{_RSM}}}ExchangedDocumentContext")
    if profile == "xrechnung":
        _add(_add(context, "BusinessProcessSpecifiedDocumentContextParameter"), "ID", _PROCESS)
    _add(_add(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", _GUIDELINES[profile])


def _head(root: Element, document: Document) -> None:
    head = etree.SubElement(root, f"{{{_RSM}}}ExchangedDocument")
    _add(head, "ID", document.number)
    _add(head, "TypeCode", TYPE_CODES[document.kind])
    _day(head, "IssueDateTime", document.issued_on)
    for note in (document.intro, document.tax_note):
        if note:
            _add(_add(head, "IncludedNote"), "Content", note)


def _item(trade: Element, line: Line, number: int) -> None:
    """Write a line; a credit has the quantity -1, because no price may be negative (BR-27)."""
    item = _add(trade, "IncludedSupplyChainTradeLineItem")
    _add(_add(item, "AssociatedDocumentLineDocument"), "LineID", str(number))
    product = _add(item, "SpecifiedTradeProduct")
    _add(product, "Name", line.text)
    _filled(product, "Description", "; ".join(line.details))
    price = _add(_add(item, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _add(price, "ChargeAmount", euros(abs(line.amount_cents)))
    quantity = "-1" if line.amount_cents < 0 else "1"
    _add(_add(item, "SpecifiedLineTradeDelivery"), "BilledQuantity", quantity, unitCode=_ONE)
    settlement = _add(item, "SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ApplicableTradeTax")
    _add(tax, "TypeCode", "VAT")
    _add(tax, "CategoryCode", line.treatment)
    if line.treatment != "O":  # BR-O-05: not even a rate of 0
        _add(tax, "RateApplicablePercent", _rate(line.rate_percent))
    sums = _add(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
    _add(sums, "LineTotalAmount", euros(line.amount_cents))


def _agreement(trade: Element, document: Document, exchange: Exchange) -> None:
    agreement = _add(trade, "ApplicableHeaderTradeAgreement")
    _filled(agreement, "BuyerReference", exchange.buyer_reference)
    _seller(agreement, document, exchange)
    _buyer(agreement, document, exchange)
    for name, number in (
        ("BuyerOrderReferencedDocument", document.recipient.order_number),
        ("ContractReferencedDocument", document.recipient.member_number),
    ):
        if number:
            _add(_add(agreement, name), "IssuerAssignedID", number)


def _seller(agreement: Element, document: Document, exchange: Exchange) -> None:
    issuer = document.issuer
    seller = _add(agreement, "SellerTradeParty")
    _add(seller, "Name", issuer.name)
    _filled(seller, "Description", issuer.register)
    if exchange.register_number:
        _add(_add(seller, "SpecifiedLegalOrganization"), "ID", exchange.register_number)
    if issuer.contact_person or issuer.phone or issuer.mail:
        contact = _add(seller, "DefinedTradeContact")
        _filled(contact, "PersonName", issuer.contact_person)
        if issuer.phone:
            _add(_add(contact, "TelephoneUniversalCommunication"), "CompleteNumber", issuer.phone)
        if issuer.mail:
            _add(_add(contact, "EmailURIUniversalCommunication"), "URIID", issuer.mail)
    _place(seller, exchange.seller)
    _mail(seller, issuer.mail)
    # BR-O-02 forbids the VAT id of the seller where dues are outside the scope of VAT, not the tax number.
    numbers = [("FC", issuer.tax_number)]
    if document.lines[0].treatment != "O":
        numbers.append(("VA", issuer.vat_id))
    for scheme, number in numbers:
        if number:
            _add(_add(seller, "SpecifiedTaxRegistration"), "ID", number, schemeID=scheme)


def _buyer(agreement: Element, document: Document, exchange: Exchange) -> None:
    buyer = _add(agreement, "BuyerTradeParty")
    _filled(buyer, "ID", document.recipient.member_number)
    _add(buyer, "Name", document.recipient.company)
    _place(buyer, exchange.buyer)
    _mail(buyer, exchange.buyer_mail)
    if exchange.leitweg_id and not exchange.buyer_mail:
        _add(_add(buyer, "URIUniversalCommunication"), "URIID", exchange.leitweg_id, schemeID=_LEITWEG_SCHEME)
    if exchange.buyer_vat_id and document.lines[0].treatment != "O":
        _add(_add(buyer, "SpecifiedTaxRegistration"), "ID", exchange.buyer_vat_id, schemeID="VA")


def _place(party: Element, place: Place) -> None:
    address = _add(party, "PostalTradeAddress")
    _filled(address, "PostcodeCode", place.postcode)
    _filled(address, "LineOne", place.street)
    _filled(address, "LineTwo", place.extra)
    _filled(address, "LineThree", place.more)
    _filled(address, "CityName", place.city)
    _add(address, "CountryID", place.country)


def _mail(party: Element, mail: str) -> None:
    if mail:
        _add(_add(party, "URIUniversalCommunication"), "URIID", mail, schemeID="EM")


def _settlement(trade: Element, document: Document, exchange: Exchange, *, debited_iban: str) -> None:
    settlement = _add(trade, "ApplicableHeaderTradeSettlement")
    if document.debit is not None:
        _add(settlement, "CreditorReferenceID", document.issuer.bank.creditor_id)
    if document.payment is not None:
        _add(settlement, "PaymentReference", document.payment.reference or document.payment.remittance)
    _add(settlement, "InvoiceCurrencyCode", "EUR")
    _means(settlement, document, debited_iban=debited_iban)
    for tax in document.totals.taxes:
        _tax(settlement, tax, reason=document.tax_note)
    period = _add(settlement, "BillingSpecifiedPeriod")
    _day(period, "StartDateTime", document.period_from)
    _day(period, "EndDateTime", document.period_to)
    _terms(settlement, document, exchange)
    _sums(settlement, document)
    if document.refers_to is not None:
        original = _add(settlement, "InvoiceReferencedDocument")
        _add(original, "IssuerAssignedID", document.refers_to.number)
        _day(original, "FormattedIssueDateTime", document.refers_to.issued_on, kind=_QDT)


def _means(settlement: Element, document: Document, *, debited_iban: str) -> None:
    """Write how the amount is paid: transferred, collected, or set off against what is open."""
    means = _add(settlement, "SpecifiedTradeSettlementPaymentMeans")
    if document.debit is not None:
        _add(means, "TypeCode", _COLLECTED)
        if debited_iban:
            _add(_add(means, "PayerPartyDebtorFinancialAccount"), "IBANID", debited_iban)
        return
    if document.payment is None:
        _add(means, "TypeCode", _SET_OFF)
        return
    bank = document.issuer.bank
    _add(means, "TypeCode", _TRANSFER)
    account = _add(means, "PayeePartyCreditorFinancialAccount")
    _add(account, "IBANID", bank.iban)
    _add(account, "AccountName", bank.holder)
    if bank.bic:
        _add(_add(means, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", bank.bic)


def _tax(settlement: Element, tax: Tax, *, reason: str) -> None:
    """Write the sum of one treatment and rate; the rate 0 of O is what BR-DE-14 asks for (EIN-8)."""
    total = _add(settlement, "ApplicableTradeTax")
    _add(total, "CalculatedAmount", euros(tax.tax_cents))
    _add(total, "TypeCode", "VAT")
    if tax.treatment != "S":
        _add(total, "ExemptionReason", reason)
    _add(total, "BasisAmount", euros(tax.net_cents))
    _add(total, "CategoryCode", tax.treatment)
    if tax.treatment == "O":
        _add(total, "ExemptionReasonCode", _NOT_TAXABLE_CODE)
    _add(total, "RateApplicablePercent", _rate(tax.rate_percent))


def _terms(settlement: Element, document: Document, exchange: Exchange) -> None:
    texts, language = words(document.language)["einvoice"], document.language
    terms = _add(settlement, "SpecifiedTradePaymentTerms")
    said = [exchange.terms] if exchange.terms else []
    if document.refers_to is not None and document.kind != "corrected":
        said = [texts["netted"].format(number=document.refers_to.number)]
    if document.debit is not None and document.due_on is not None:
        said.append(texts["collected"].format(date=formats.long_date(document.due_on, language)))
    _filled(terms, "Description", " ".join(said))
    if document.due_on is not None:
        _day(terms, "DueDateDateTime", document.due_on)
    if document.debit is not None:
        _add(terms, "DirectDebitMandateID", document.debit.mandate)
    if not len(terms):
        settlement.remove(terms)


def _sums(settlement: Element, document: Document) -> None:
    totals = document.totals
    sums = _add(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "LineTotalAmount", euros(totals.net_cents))
    _add(sums, "TaxBasisTotalAmount", euros(totals.net_cents))
    _add(sums, "TaxTotalAmount", euros(totals.gross_cents - totals.net_cents), currencyID="EUR")
    _add(sums, "GrandTotalAmount", euros(totals.gross_cents))
    _add(sums, "DuePayableAmount", euros(totals.gross_cents))
