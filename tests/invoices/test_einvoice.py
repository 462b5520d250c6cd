"""The XML: each business term, the German rules one by one, and that page, code and XML say the same."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import etree

from invoices.document import (
    Document,
    DocumentInvalid,
    Line,
)
from invoices.einvoice import euros
from invoices.pdf import render
from tests.invoices.einvoices import (
    BOTH,
    DEBITED,
    LEITWEG,
    NAMES,
    TAXED,
    amounts,
    cases,
    make,
    one,
    scanned,
    tree,
    values,
    written,
)
from tests.invoices.printed import plain, whole


def test_ein_2_specification_and_process():
    context = "GuidelineSpecifiedDocumentContextParameter"
    assert values(tree(make()), context, "ID") == ["urn:cen.eu:en16931:2017"]
    assert values(tree(make()), "BusinessProcessSpecifiedDocumentContextParameter", "ID") == []
    public = tree(cases()["leitweg"], "xrechnung")
    assert values(public, context, "ID") == [
        "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    ]
    assert values(public, "BusinessProcessSpecifiedDocumentContextParameter", "ID") == [
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    ]


def test_the_business_terms_of_a_dues_invoice():
    root = tree(
        make(
            lines=(Line(text="Mitgliedsbeitrag 2027", amount_cents=60_000, details=("Klasse A", "37 Köpfe")),)
        )
    )
    expected = {
        ("rsm:ExchangedDocument", "ID"): "RE2027-0042",
        ("TypeCode",): "380",
        ("IssueDateTime", "udt:DateTimeString"): "20270111",
        ("LineID",): "1",
        ("SpecifiedTradeProduct", "Name"): "Mitgliedsbeitrag 2027",
        ("SpecifiedTradeProduct", "Description"): "Klasse A; 37 Köpfe",
        ("BilledQuantity",): "1",
        ("NetPriceProductTradePrice", "ChargeAmount"): "600.00",
        ("SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount"): "600.00",
        ("BillingSpecifiedPeriod", "StartDateTime", "udt:DateTimeString"): "20270101",
        ("BillingSpecifiedPeriod", "EndDateTime", "udt:DateTimeString"): "20271231",
        ("BuyerOrderReferencedDocument", "IssuerAssignedID"): "Kst. 815",
        ("ContractReferencedDocument", "IssuerAssignedID"): "M0042",
        ("SellerTradeParty", "Name"): "Netzwerk Küstentechnik e. V.",
        ("SellerTradeParty", "Description"): "Amtsgericht Beispielhafen, VR 4711",
        ("SpecifiedLegalOrganization", "ID"): "VR 4711",
        ("SellerTradeParty", "PostalTradeAddress", "LineOne"): "Am Alten Kran 7",
        ("SellerTradeParty", "PostalTradeAddress", "PostcodeCode"): "26723",
        ("SellerTradeParty", "PostalTradeAddress", "CityName"): "Beispielhafen",
        ("SellerTradeParty", "PostalTradeAddress", "CountryID"): "DE",
        ("DefinedTradeContact", "PersonName"): "Fenja Ubben",
        ("TelephoneUniversalCommunication", "CompleteNumber"): "04900 654321",
        ("EmailURIUniversalCommunication", "URIID"): "beitrag@kuestentechnik.example",
        ("SellerTradeParty", "URIUniversalCommunication", "URIID"): "beitrag@kuestentechnik.example",
        ("BuyerTradeParty", "URIUniversalCommunication", "URIID"): "rechnung@deichwerke.example",
        ("BuyerTradeParty", "ID"): "M0042",
        ("BuyerTradeParty", "Name"): "Deichwerke Metallbau GmbH",
        ("BuyerTradeParty", "PostalTradeAddress", "LineOne"): "Hafenring 3",
        ("BuyerTradeParty", "PostalTradeAddress", "LineTwo"): "Buchhaltung",
        ("InvoiceCurrencyCode",): "EUR",
        ("PaymentReference",): "RF48RE20270042",
        ("SpecifiedTradeSettlementPaymentMeans", "TypeCode"): "58",
        ("PayeePartyCreditorFinancialAccount", "IBANID"): "DE89370400440532013000",
        ("PayeePartyCreditorFinancialAccount", "AccountName"): "Netzwerk Küstentechnik e. V.",
        ("PayeeSpecifiedCreditorFinancialInstitution", "BICID"): "COBADEFFXXX",
        ("SpecifiedTradePaymentTerms", "DueDateDateTime", "udt:DateTimeString"): "20270210",
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "LineTotalAmount"): "600.00",
        ("TaxBasisTotalAmount",): "600.00",
        ("TaxTotalAmount",): "0.00",
        ("GrandTotalAmount",): "600.00",
        ("DuePayableAmount",): "600.00",
    }
    for path, text in expected.items():
        assert values(root, *path)[:1] == [text], path
    assert "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar." in values(root, "IncludedNote", "Content")


def test_ein_10a_the_breakdown_of_dues_outside_the_scope_of_vat():
    root = tree(make())
    (breakdown,) = root.iterfind(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax", NAMES)
    assert [(etree.QName(node).localname, node.text) for node in breakdown] == [
        ("CalculatedAmount", "0.00"),
        ("TypeCode", "VAT"),
        ("ExemptionReason", "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar."),
        ("BasisAmount", "600.00"),
        ("CategoryCode", "O"),
        ("ExemptionReasonCode", "VATEX-EU-O"),
        ("RateApplicablePercent", "0"),
    ]
    (line,) = root.iterfind(".//ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax", NAMES)
    assert [(etree.QName(node).localname, node.text) for node in line] == [
        ("TypeCode", "VAT"),
        ("CategoryCode", "O"),
    ]


def test_br_o_02_dues_outside_vat_name_no_vat_id_but_the_tax_number():
    registrations = [
        (node.text, node.get("schemeID"))
        for node in tree(make()).iterfind(".//ram:SpecifiedTaxRegistration/ram:ID", NAMES)
    ]
    assert registrations == [("58/270/12345", "FC")]


def test_ein_10_taxed_dues_name_rate_vat_ids_and_no_reason():
    root = tree(cases()["taxed"])
    settlement = "ApplicableHeaderTradeSettlement"
    assert values(root, settlement, "ApplicableTradeTax", "CategoryCode") == ["S"]
    assert values(root, settlement, "ApplicableTradeTax", "RateApplicablePercent") == ["19"]
    assert values(root, settlement, "ApplicableTradeTax", "CalculatedAmount") == ["114.00"]
    assert values(root, "ExemptionReason") == values(root, "ExemptionReasonCode") == []
    assert values(root, "SpecifiedTaxRegistration", "ID") == ["58/270/12345", "DE811569869", "DE129273398"]


def test_ein_6_the_two_documents_of_a_split_carry_one_category_each():
    assert values(tree(cases()["split_not_taxable"]), "CategoryCode") == ["O", "O"]
    assert values(tree(cases()["split_taxed"]), "CategoryCode") == ["S", "S"]
    with pytest.raises(DocumentInvalid, match="outside the scope of VAT"):
        make(lines=(TAXED, Line(text="Beitrag", amount_cents=1)))


def test_ein_12_a_cancellation_is_of_type_381_with_positive_amounts_and_names_the_invoice():
    root = tree(cases()["cancellation"])
    assert values(root, "TypeCode")[0] == "381"
    assert values(root, "InvoiceReferencedDocument", "IssuerAssignedID") == ["RE2027-0031"]
    assert values(root, "InvoiceReferencedDocument", "FormattedIssueDateTime", "qdt:DateTimeString") == [
        "20270104"
    ]
    assert values(root, "DuePayableAmount") == ["500.00"]
    assert values(root, "SpecifiedTradePaymentTerms", "Description") == [
        "Der Betrag wird mit der Rechnung RE2027-0031 verrechnet."
    ]


def test_d_inv_14_a_corrected_invoice_is_of_type_384_and_asks_for_payment(placed):
    document = cases()["corrected"]
    root = tree(document)
    assert values(root, "TypeCode")[0] == "384"
    assert values(root, "InvoiceReferencedDocument", "IssuerAssignedID") == ["RE2027-0031"]
    assert values(root, "SpecifiedTradeSettlementPaymentMeans", "TypeCode") == ["58"]
    words = plain(whole(placed(render(document))))
    assert "Korrigierte Beitragsrechnung RE2027-0043 zu Beitragsrechnung RE2027-0031" in words
    assert "RE2027-0031 vom 04.01.2027" in words


def test_a_direct_debit_names_mandate_and_creditor_and_no_account_of_the_member():
    root = tree(cases()["direct_debit"])
    assert values(root, "SpecifiedTradeSettlementPaymentMeans", "TypeCode") == ["59"]
    assert values(root, "DirectDebitMandateID") == ["M0042-01"]
    assert values(root, "CreditorReferenceID") == ["DE98ZZZ09999999999"]
    assert values(root, "IBANID") == []
    public = tree(cases()["xrechnung_direct_debit"], "xrechnung")
    assert values(public, "PayerPartyDebtorFinancialAccount", "IBANID") == [DEBITED]


def test_a_direct_debit_is_announced_on_the_page_without_a_code(placed):
    data = render(cases()["direct_debit"])
    words = plain(whole(placed(data))).replace("\n", " ")
    assert "Wir ziehen 600,00 € am 10.02.2027 von Ihrem Konto DE•• •••• 3000 ein" in words
    assert "Mandat M0042-01, Gläubiger-ID DE98ZZZ09999999999" in words
    assert "Bitte überweisen Sie nicht." in words
    assert scanned(data) == []


def test_a_credit_line_has_a_positive_price_and_a_negative_quantity():
    root = tree(cases()["with_a_credit"])
    assert values(root, "ChargeAmount") == ["350.00", "150.00", "50.00"]
    assert values(root, "BilledQuantity") == ["1", "1", "-1"]
    assert values(root, "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount") == [
        "350.00",
        "150.00",
        "-50.00",
    ]


@pytest.mark.parametrize("name", [name for name, profile in BOTH if profile == "xrechnung"])
def test_the_german_rules_of_xrechnung_hold_one_by_one(name):
    root = tree(cases()[name], "xrechnung")
    seller, buyer = "SellerTradeParty", "BuyerTradeParty"
    means = one(root, "SpecifiedTradeSettlementPaymentMeans", "TypeCode")
    assert means in {"58", "59", "97"}  # BR-DE-1
    assert len(root.findall(".//ram:DefinedTradeContact", NAMES)) == 1  # BR-DE-2
    assert one(root, seller, "PostalTradeAddress", "CityName")  # BR-DE-3
    assert one(root, seller, "PostalTradeAddress", "PostcodeCode")  # BR-DE-4
    assert one(root, "DefinedTradeContact", "PersonName")  # BR-DE-5
    assert (
        len(re.findall(r"\d", one(root, "TelephoneUniversalCommunication", "CompleteNumber"))) >= 3
    )  # BR-DE-6, 27
    assert re.fullmatch(
        r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+", one(root, "EmailURIUniversalCommunication", "URIID")
    )  # BR-DE-7, 28
    assert one(root, buyer, "PostalTradeAddress", "CityName")  # BR-DE-8
    assert one(root, buyer, "PostalTradeAddress", "PostcodeCode")  # BR-DE-9
    assert values(
        root, "ApplicableHeaderTradeSettlement", "ApplicableTradeTax", "RateApplicablePercent"
    )  # BR-DE-14
    assert one(root, "BuyerReference")  # BR-DE-15
    if "S" in values(root, "CategoryCode"):
        assert values(root, seller, "SpecifiedTaxRegistration", "ID")  # BR-DE-16
    code = values(root, "TypeCode")[0]
    assert code in {"326", "380", "381", "384", "389", "875", "876", "877"}  # BR-DE-17
    assert not any(
        "#" in text for text in values(root, "SpecifiedTradePaymentTerms", "Description")
    )  # BR-DE-18
    assert one(root, "GuidelineSpecifiedDocumentContextParameter", "ID").endswith("xrechnung_3.0")  # BR-DE-21
    payee = root.findall(".//ram:PayeePartyCreditorFinancialAccount", NAMES)
    payer = values(root, "PayerPartyDebtorFinancialAccount", "IBANID")
    assert (means == "58") == (len(payee) == 1)  # BR-DE-23
    assert (means == "59") == bool(payer)  # BR-DE-25, BR-DE-31
    if means == "59":
        assert one(root, "CreditorReferenceID")  # BR-DE-30
        assert one(root, "DirectDebitMandateID")  # BR-DE-29, PEPPOL-EN16931-R061
    if code in {"381", "384"}:
        assert one(root, "InvoiceReferencedDocument", "IssuerAssignedID")  # BR-DE-26
    for party in (seller, buyer):  # PEPPOL-EN16931-R010, R020
        (address,) = root.iterfind(f".//ram:{party}/ram:URIUniversalCommunication/ram:URIID", NAMES)
        assert address.get("schemeID") in {"EM", "0204"}
    assert one(root, "BusinessProcessSpecifiedDocumentContextParameter", "ID")  # PEPPOL-EN16931-R001


def test_a_public_body_without_mail_is_reached_by_its_leitweg_id():
    (address,) = tree(cases()["leitweg_without_mail"]).iterfind(
        ".//ram:BuyerTradeParty/ram:URIUniversalCommunication/ram:URIID", NAMES
    )
    assert (address.text, address.get("schemeID")) == (LEITWEG, "0204")
    assert values(tree(cases()["leitweg"]), "BuyerReference") == [LEITWEG]


def test_the_same_document_gives_the_same_xml():
    assert written(make()) == written(replace(make()))


def test_frozen_content_brings_back_all_parts_of_the_e_invoice():
    for document in cases().values():
        assert Document.from_content(document.to_content()) == document


@pytest.mark.parametrize("name", ["full_year", "taxed", "split_taxed", "corrected", "abroad_and_english"])
def test_inv_25_page_code_and_xml_name_the_same_amount_account_and_reference(name, placed):
    document = cases()[name]
    data, root = render(document), tree(cases()[name])
    (code,) = scanned(data)
    parts = code.split("\n")
    assert parts[5] == one(root, "AccountName")
    assert parts[6] == one(root, "IBANID")
    assert parts[7] == f"EUR{one(root, 'DuePayableAmount')}"
    assert parts[9] == one(root, "PaymentReference")
    words = plain(whole(placed(data)))
    _, tax, gross = amounts(document)
    printed = f"{gross // 100:,}.{gross % 100:02d}"
    printed = printed if document.language == "en" else printed.translate(str.maketrans(",.", ".,"))
    assert printed in words
    assert one(root, "TaxTotalAmount") == euros(tax)
    assert one(root, "GrandTotalAmount") == euros(gross)
