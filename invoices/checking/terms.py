"""The business terms of an e-invoice in either syntax of EN 16931, CII or UBL, read by one table.

Source: EN 16931-1 (terms), EN 16931-3-2 (UBL), EN 16931-3-3 (CII).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from lxml import etree

_NAMES: Final = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS: Final[dict[str, Literal["cii", "ubl"]]] = {
    f"{{{_NAMES['rsm']}}}CrossIndustryInvoice": "cii",
    f"{{{_UBL}Invoice-2}}Invoice": "ubl",
    f"{{{_UBL}CreditNote-2}}CreditNote": "ubl",
}
_A: Final = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/"
_S: Final = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/"
_SELLER, _BUYER = f"{_A}ram:SellerTradeParty/", f"{_A}ram:BuyerTradeParty/"
_SUMS: Final = f"{_S}ram:SpecifiedTradeSettlementHeaderMonetarySummation/"
_MEANS: Final = f"{_S}ram:SpecifiedTradeSettlementPaymentMeans/"
_SUPPLIER, _CUSTOMER = "cac:AccountingSupplierParty/cac:Party/", "cac:AccountingCustomerParty/cac:Party/"
_TOTAL: Final = "cac:LegalMonetaryTotal/cbc:"
_VAT: Final = "cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID) = 'VAT']/cbc:CompanyID"
_CREDITOR: Final = "cac:PartyIdentification/cbc:ID[@schemeID = 'SEPA']"
_LOCAL: Final = "cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID) != 'VAT']/cbc:CompanyID"
_REGISTERED: Final = "ram:SpecifiedTaxRegistration/ram:ID"

_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "BT-1": ("rsm:ExchangedDocument/ram:ID", "cbc:ID"),
    "BT-2": ("rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString", "cbc:IssueDate"),
    "BT-3": ("rsm:ExchangedDocument/ram:TypeCode", "cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode"),
    "BT-5": (f"{_S}ram:InvoiceCurrencyCode", "cbc:DocumentCurrencyCode"),
    "BT-9": (f"{_S}ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString", "cbc:DueDate"),
    "BT-10": (f"{_A}ram:BuyerReference", "cbc:BuyerReference"),
    "BT-20": (f"{_S}ram:SpecifiedTradePaymentTerms/ram:Description", "cac:PaymentTerms/cbc:Note"),
    "BT-23": (
        "rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
        "cbc:ProfileID",
    ),
    "BT-24": (
        "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
        "cbc:CustomizationID",
    ),
    "BT-25": (
        f"{_S}ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ),
    "BT-27": (f"{_SELLER}ram:Name", f"{_SUPPLIER}cac:PartyLegalEntity/cbc:RegistrationName"),
    "BT-29": (f"{_SELLER}ram:ID | {_SELLER}ram:GlobalID", f"{_SUPPLIER}cac:PartyIdentification/cbc:ID"),
    "BT-30": (
        f"{_SELLER}ram:SpecifiedLegalOrganization/ram:ID",
        f"{_SUPPLIER}cac:PartyLegalEntity/cbc:CompanyID",
    ),
    "BT-31": (f"{_SELLER}{_REGISTERED}[@schemeID = 'VA']", f"{_SUPPLIER}{_VAT}"),
    "BT-32": (f"{_SELLER}{_REGISTERED}[@schemeID = 'FC']", f"{_SUPPLIER}{_LOCAL}"),
    "BT-34": (f"{_SELLER}ram:URIUniversalCommunication/ram:URIID", f"{_SUPPLIER}cbc:EndpointID"),
    "BT-37": (f"{_SELLER}ram:PostalTradeAddress/ram:CityName", f"{_SUPPLIER}cac:PostalAddress/cbc:CityName"),
    "BT-38": (
        f"{_SELLER}ram:PostalTradeAddress/ram:PostcodeCode",
        f"{_SUPPLIER}cac:PostalAddress/cbc:PostalZone",
    ),
    "BT-40": (
        f"{_SELLER}ram:PostalTradeAddress/ram:CountryID",
        f"{_SUPPLIER}cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    ),
    "BT-41": (
        f"{_SELLER}ram:DefinedTradeContact/ram:PersonName | {_SELLER}ram:DefinedTradeContact/ram:DepartmentName",
        f"{_SUPPLIER}cac:Contact/cbc:Name",
    ),
    "BT-42": (
        f"{_SELLER}ram:DefinedTradeContact/ram:TelephoneUniversalCommunication/ram:CompleteNumber",
        f"{_SUPPLIER}cac:Contact/cbc:Telephone",
    ),
    "BT-43": (
        f"{_SELLER}ram:DefinedTradeContact/ram:EmailURIUniversalCommunication/ram:URIID",
        f"{_SUPPLIER}cac:Contact/cbc:ElectronicMail",
    ),
    "BT-44": (f"{_BUYER}ram:Name", f"{_CUSTOMER}cac:PartyLegalEntity/cbc:RegistrationName"),
    "BT-48": (f"{_BUYER}{_REGISTERED}[@schemeID = 'VA']", f"{_CUSTOMER}{_VAT}"),
    "BT-49": (f"{_BUYER}ram:URIUniversalCommunication/ram:URIID", f"{_CUSTOMER}cbc:EndpointID"),
    "BT-52": (f"{_BUYER}ram:PostalTradeAddress/ram:CityName", f"{_CUSTOMER}cac:PostalAddress/cbc:CityName"),
    "BT-53": (
        f"{_BUYER}ram:PostalTradeAddress/ram:PostcodeCode",
        f"{_CUSTOMER}cac:PostalAddress/cbc:PostalZone",
    ),
    "BT-55": (
        f"{_BUYER}ram:PostalTradeAddress/ram:CountryID",
        f"{_CUSTOMER}cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    ),
    "BT-63": (
        f"{_A}ram:SellerTaxRepresentativeTradeParty/{_REGISTERED}[@schemeID = 'VA']",
        f"cac:TaxRepresentativeParty/{_VAT}",
    ),
    "BT-81": (f"{_MEANS}ram:TypeCode", "cac:PaymentMeans/cbc:PaymentMeansCode"),
    "BT-84": (
        f"{_MEANS}ram:PayeePartyCreditorFinancialAccount/*[self::ram:IBANID or self::ram:ProprietaryID]",
        "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    ),
    "BT-89": (
        f"{_S}ram:SpecifiedTradePaymentTerms/ram:DirectDebitMandateID",
        "cac:PaymentMeans/cac:PaymentMandate/cbc:ID",
    ),
    "BT-90": (
        f"{_S}ram:CreditorReferenceID",
        f"{_SUPPLIER}{_CREDITOR} | cac:PayeeParty/{_CREDITOR}",
    ),
    "BT-91": (
        f"{_MEANS}ram:PayerPartyDebtorFinancialAccount/ram:IBANID",
        "cac:PaymentMeans/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID",
    ),
    "BT-106": (f"{_SUMS}ram:LineTotalAmount", f"{_TOTAL}LineExtensionAmount"),
    "BT-107": (f"{_SUMS}ram:AllowanceTotalAmount", f"{_TOTAL}AllowanceTotalAmount"),
    "BT-108": (f"{_SUMS}ram:ChargeTotalAmount", f"{_TOTAL}ChargeTotalAmount"),
    "BT-109": (f"{_SUMS}ram:TaxBasisTotalAmount", f"{_TOTAL}TaxExclusiveAmount"),
    "BT-110": (
        f"{_SUMS}ram:TaxTotalAmount[not(@currencyID) or @currencyID = string(/*/{_S}ram:InvoiceCurrencyCode)]",
        "cac:TaxTotal/cbc:TaxAmount[@currencyID = string(/*/cbc:DocumentCurrencyCode)]",
    ),
    "BT-112": (f"{_SUMS}ram:GrandTotalAmount", f"{_TOTAL}TaxInclusiveAmount"),
    "BT-113": (f"{_SUMS}ram:TotalPrepaidAmount", f"{_TOTAL}PrepaidAmount"),
    "BT-114": (f"{_SUMS}ram:RoundingAmount", f"{_TOTAL}PayableRoundingAmount"),
    "BT-115": (f"{_SUMS}ram:DuePayableAmount", f"{_TOTAL}PayableAmount"),
}
_MOST: Final = Decimal(10) ** 15
_MOST_PLACES: Final = 30
_LINES: Final = (
    "rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem",
    "cac:InvoiceLine | cac:CreditNoteLine",
)
_OF_LINE: Final[Mapping[str, tuple[str, str]]] = {
    "BT-126": ("ram:AssociatedDocumentLineDocument/ram:LineID", "cbc:ID"),
    "BT-131": (
        "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        "cbc:LineExtensionAmount",
    ),
    "BT-146": (
        "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
        "cac:Price/cbc:PriceAmount",
    ),
    "BT-151": (
        "ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
    ),
    "BT-152": (
        "ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/ram:RateApplicablePercent",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent",
    ),
    "BT-153": ("ram:SpecifiedTradeProduct/ram:Name", "cac:Item/cbc:Name"),
}
_TAXES: Final = (f"{_S}ram:ApplicableTradeTax", "cac:TaxTotal/cac:TaxSubtotal")
_OF_TAX: Final[Mapping[str, tuple[str, str]]] = {
    "BT-116": ("ram:BasisAmount", "cbc:TaxableAmount"),
    "BT-117": ("ram:CalculatedAmount", "cbc:TaxAmount"),
    "BT-118": ("ram:CategoryCode", "cac:TaxCategory/cbc:ID"),
    "BT-119": ("ram:RateApplicablePercent", "cac:TaxCategory/cbc:Percent"),
    "BT-120": ("ram:ExemptionReason", "cac:TaxCategory/cbc:TaxExemptionReason"),
    "BT-121": ("ram:ExemptionReasonCode", "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
}
_ALLOWANCES: Final = (f"{_S}ram:SpecifiedTradeAllowanceCharge", "cac:AllowanceCharge")


class NoInvoice(ValueError):
    """XML that is no e-invoice of EN 16931."""

    rule = "NO-INVOICE"


def places_of(number: Decimal) -> int:
    """Return how many decimals a number is written with."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


@dataclass(frozen=True, slots=True)
class Group:
    """The terms of one line or one sum of VAT: term -> texts."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, term: str) -> str:
        """Return the first text of a term, or an empty one."""
        found = self.values.get(term, ())
        return found[0] if found else ""

    def number(self, term: str) -> Decimal | None:
        """Return the number of a term; None where it is not there, no number, or one that no invoice has."""
        try:
            found = Decimal(self.one(term))
        except InvalidOperation:
            return None
        if not found.is_finite() or abs(found) >= _MOST:
            return None
        return found if places_of(found) <= _MOST_PLACES else None


@dataclass(frozen=True, slots=True)
class Terms(Group):
    """All that the rules look at."""

    syntax: Literal["cii", "ubl"]
    root: Any
    lines: tuple[Group, ...]
    taxes: tuple[Group, ...]
    has_allowances: bool

    @property
    def is_xrechnung(self) -> bool:
        """Return whether the invoice claims to be an XRechnung."""
        return "xrechnung" in self.one("BT-24")


def terms_of(root: Any) -> Terms:  # noqa: ANN401 - the root element of the library
    """Return the terms of an invoice; raise `NoInvoice` for XML of another kind."""
    syntax = _ROOTS.get(root.tag)
    if syntax is None:
        raise NoInvoice(etree.QName(root).localname)
    at = 0 if syntax == "cii" else 1
    return Terms(
        values=_values(root, _PLACES, at),
        syntax=syntax,
        root=root,
        lines=tuple(Group(_values(node, _OF_LINE, at)) for node in _nodes(root, _LINES[at])),
        taxes=tuple(Group(_values(node, _OF_TAX, at)) for node in _nodes(root, _TAXES[at])),
        has_allowances=bool(_nodes(root, _ALLOWANCES[at])),
    )


def _nodes(node: Any, path: str) -> list[Any]:  # noqa: ANN401 - as above
    found: list[Any] = node.xpath(path, namespaces=_NAMES)
    return found


def _values(node: Any, places: Mapping[str, tuple[str, str]], at: int) -> dict[str, tuple[str, ...]]:  # noqa: ANN401
    found = {}
    for term, paths in places.items():
        texts = tuple(text for each in _nodes(node, paths[at]) if (text := (each.text or "").strip()))
        if texts:
            found[term] = texts
    return found
