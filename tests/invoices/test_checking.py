"""`check` on our own e-invoices, on broken ones, on other syntaxes and profiles, and on what is no e-invoice at all."""

from __future__ import annotations

import random
import re
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from reportlab.pdfgen.canvas import Canvas

from invoices.checking import Report, check, official
from invoices.pdf import render
from tests.invoices.einvoices import BOTH, cases, make, written

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "einvoice"


def no_package(name: str) -> None:
    assert name


def rules(report: Report, level: str = "error") -> set[str]:
    return {finding.rule for finding in report.findings if finding.level == level}


def text(report: Report, rule: str) -> str:
    return next(finding.text for finding in report.findings if finding.rule == rule)


@pytest.mark.parametrize("name", cases())
def test_our_own_pdf_has_no_finding_at_all(name):
    assert check(render(cases()[name]), "de") == Report("urn:cen.eu:en16931:2017", "full", ())


@pytest.mark.parametrize("name", [name for name, profile in BOTH if profile == "xrechnung"])
def test_our_own_xrechnung_has_no_finding_at_all(name):
    report = check(written(cases()[name], "xrechnung"), "de")
    assert report.findings == ()
    assert report.profile.endswith("xrechnung_3.0")


def changed(find: str, put: str, *, name: str = "full_year", profile: str = "en16931") -> bytes:
    xml = written(cases()[name], profile).decode()
    assert re.search(find, xml, re.DOTALL), find
    return re.sub(find, put, xml, count=1, flags=re.DOTALL).encode()


BROKEN = [
    ("BR-02", r"(<rsm:ExchangedDocument>)<ram:ID>[^<]*</ram:ID>", r"\1", {}),
    ("BR-03", r"<ram:IssueDateTime>.*?</ram:IssueDateTime>", "", {}),
    ("BR-05", r"<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>", "", {}),
    ("BR-06", r"(<ram:SellerTradeParty>)<ram:Name>[^<]*</ram:Name>", r"\1", {}),
    ("BR-CO-10", r"(HeaderMonetarySummation><ram:LineTotalAmount>)600.00", r"\g<1>601.00", {}),
    ("BR-CO-13", r"(<ram:TaxBasisTotalAmount>)600.00", r"\g<1>599.00", {}),
    ("BR-CO-15", r"(<ram:GrandTotalAmount>)600.00", r"\g<1>601.00", {}),
    ("BR-CO-16", r"(<ram:DuePayableAmount>)600.00", r"\g<1>0.00", {}),
    ("BR-CO-17", r"(<ram:CalculatedAmount>)114.00", r"\g<1>100.00", {"name": "taxed"}),
    ("BR-CO-26", r"<ram:SpecifiedLegalOrganization>.*?</ram:SpecifiedLegalOrganization>", "", {}),
    ("BR-DEC", r"(<ram:GrandTotalAmount>)600.00", r"\g<1>600.000", {}),
    ("BR-O-02", r'(<ram:ID schemeID=")FC(">)[^<]*', r"\g<1>VA\g<2>DE811569869", {}),
    ("BR-O-05", r"(<ram:CategoryCode>O</ram:CategoryCode>)(</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLine)",
     r"\1<ram:RateApplicablePercent>0</ram:RateApplicablePercent>\2", {}),
    ("BR-O-09", r"(<ram:CalculatedAmount>)0.00", r"\g<1>1.00", {}),
    ("BR-O-10", r"<ram:ExemptionReason>[^<]*</ram:ExemptionReason>(.*?)<ram:ExemptionReasonCode>[^<]*</ram:ExemptionReasonCode>", r"\1", {}),
    ("BR-E-10", r"<ram:ExemptionReason>[^<]*</ram:ExemptionReason>", "", {"name": "exempt"}),
    ("BR-O-11", r"<ram:CategoryCode>O</ram:CategoryCode>", "<ram:CategoryCode>S</ram:CategoryCode>", {}),
    ("BR-S-02", r"<ram:SpecifiedTaxRegistration>.*?(</ram:SellerTradeParty>)", r"\1", {"name": "taxed"}),
    ("BR-S-05", r"<ram:RateApplicablePercent>19</ram:RateApplicablePercent>(</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLine)", r"\1", {"name": "taxed"}),
    ("BR-S-08", r"(<ram:BasisAmount>)600.01", r"\g<1>500.01", {"name": "taxed"}),
    ("BR-16", r"<ram:IncludedSupplyChainTradeLineItem>.*</ram:IncludedSupplyChainTradeLineItem>", "", {}),
    ("BR-25", r"(<ram:SpecifiedTradeProduct>)<ram:Name>[^<]*</ram:Name>", r"\1", {}),
    ("BR-DE-2", None, None, {}),
    ("BR-DE-6", r"<ram:TelephoneUniversalCommunication>.*?</ram:TelephoneUniversalCommunication>", "", {"profile": "xrechnung"}),
    ("BR-DE-9", r"(<ram:BuyerTradeParty>.*?)<ram:PostcodeCode>[^<]*</ram:PostcodeCode>", r"\1", {"profile": "xrechnung"}),
    ("BR-DE-14", r"<ram:RateApplicablePercent>0</ram:RateApplicablePercent>", "", {"profile": "xrechnung"}),
    ("BR-DE-15", r"<ram:BuyerReference>[^<]*</ram:BuyerReference>", "", {"profile": "xrechnung"}),
    ("BR-DE-17", r"<ram:TypeCode>380", "<ram:TypeCode>383", {"profile": "xrechnung"}),
    ("BR-DE-23-a", r"<ram:PayeePartyCreditorFinancialAccount>.*?</ram:PayeePartyCreditorFinancialAccount>", "", {"profile": "xrechnung"}),
    ("BR-DE-31", r"<ram:PayerPartyDebtorFinancialAccount>.*?</ram:PayerPartyDebtorFinancialAccount>", "",
     {"profile": "xrechnung", "name": "xrechnung_direct_debit"}),
    ("PEPPOL-EN16931-R001", r"<ram:BusinessProcess.*?</ram:BusinessProcessSpecifiedDocumentContextParameter>", "", {"profile": "xrechnung"}),
    ("PEPPOL-EN16931-R020", r"<ram:URIUniversalCommunication>.*?</ram:URIUniversalCommunication>", "", {"profile": "xrechnung"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "find", "put", "of"),
    [case for case in BROKEN if case[1]],
    ids=[case[0] for case in BROKEN if case[1]],
)
def test_our_own_rules_find_what_is_broken(rule, find, put, of, monkeypatch):
    of = {"name": "leitweg", **of} if of.get("profile") else of
    xml = changed(find, put, **of)
    monkeypatch.setattr(official, "find_spec", no_package)
    report = check(xml, "de")
    assert rule in rules(report)
    assert report.rules == "partial"
    assert not report.is_ok
    assert all(finding.text and "{" not in finding.text for finding in report.findings)
    assert check(xml, "en").findings != report.findings


@pytest.mark.parametrize(
    ("find", "put", "of"), [case[1:] for case in BROKEN if case[1] and not case[3].get("profile")]
)
def test_the_official_rules_agree_that_it_is_broken(find, put, of):
    report = check(changed(find, put, **of), "de")
    assert report.rules == "full"
    assert {finding.rule for finding in report.findings if re.match("XSD|BR-|FX-|CII-|PEPPOL", finding.rule)}


def test_what_is_wrong_is_said_in_words(monkeypatch):
    monkeypatch.setattr(official, "find_spec", no_package)
    xml = changed(r"(<ram:GrandTotalAmount>)600.00", r"\g<1>1601.50")
    assert (
        text(check(xml, "de"), "BR-CO-15") == "Der Bruttobetrag (BT-112) ist 1.601,50, richtig wäre 600,00."
    )
    assert (
        text(check(xml, "en"), "BR-CO-15") == "The gross amount (BT-112) is 1,601.50, but should be 600.00."
    )
    xml = changed(r"<ram:BuyerReference>[^<]*</ram:BuyerReference>", "", name="leitweg", profile="xrechnung")
    assert text(check(xml, "de"), "BR-DE-15") == "Die Käuferreferenz (Leitweg-ID) (BT-10) fehlt."


def edited(change) -> bytes:
    file = pikepdf.open(BytesIO(render(make())))
    change(file)
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def metadata(find: bytes, put: bytes):
    def change(file):
        data = file.Root.Metadata.read_bytes()
        assert find in data
        file.Root.Metadata.write(data.replace(find, put))

    return change


def without(*names: str):
    def change(file):
        at = file.Root
        for name in names[:-1]:
            at = at[name]
        del at[names[-1]]

    return change


def relation(value):
    def change(file):
        file.Root.AF[0].AFRelationship = pikepdf.Name(value)

    return change


def no_subtype(file):
    del file.Root.AF[0].EF.F["/Subtype"]


def no_font(file):
    font = next(iter(file.pages[0].Resources.Font.values()))
    del font.FontDescriptor["/FontFile2"]


@pytest.mark.parametrize(
    ("rule", "level", "change"),
    [
        ("PDF-AF", "error", without("/AF")),
        ("PDF-METADATA", "error", without("/Metadata")),
        ("PDF-INTENT", "warning", without("/OutputIntents")),
        ("PDF-RELATION", "error", relation("/Nothing")),
        ("PDF-RELATION", "warning", relation("/Data")),
        ("PDF-TYPE", "error", no_subtype),
        ("PDF-FONT", "error", no_font),
        ("PDF-PART", "error", metadata(b"<pdfaid:part>3", b"<pdfaid:part>1")),
        ("PDF-CONFORMANCE", "error", metadata(b"conformance>B<", b"conformance>X<")),
        (
            "PDF-EXTENSION",
            "error",
            metadata(b"<pdfaSchema:namespaceURI>urn:factur-x", b"<pdfaSchema:namespaceURI>urn:other"),
        ),
        ("PDF-FX-NAME", "error", metadata(b"FileName>factur-x.xml<", b"FileName>invoice.xml<")),
        ("PDF-FX-LEVEL", "error", metadata(b"ConformanceLevel>EN 16931<", b"ConformanceLevel>EXTENDED<")),
    ],
)
def test_what_is_wrong_with_the_file_is_found(rule, level, change):
    report = check(edited(change), "de")
    assert rules(report, level) == {rule}
    assert report.is_ok == (level == "warning")


def test_a_plain_pdf_is_no_e_invoice():
    out = BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 100, "Rechnung")
    canvas.save()
    assert rules(check(out.getvalue(), "de")) == {"PDF-XML"}


def test_a_pdf_that_is_cut_off_or_protected_is_told_in_words():
    with pikepdf.new() as file:
        file.add_blank_page()
        whole, locked = BytesIO(), BytesIO()
        file.save(whole)
        file.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    for content, rule, said in (
        (whole.getvalue()[:100], "PDF-DAMAGED", "nicht vollständig"),
        (locked.getvalue(), "PDF-LOCKED", "Passwort"),
    ):
        (found,) = check(content, "de").findings
        assert found.rule == rule
        assert said in found.text


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "XML"),
        (b"Sehr geehrte Damen und Herren", "XML"),
        (b"%PDF-1.7 nothing", "PDF-DAMAGED"),
        (b"<a/>", "NO-INVOICE"),
        (b"<a><b></a>", "XML"),
        (b"\xff\xfe\x00", "XML"),
        (b"<a>" * 100, "XML-SIZE"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "XML-DOCTYPE"),
    ],
)
def test_what_is_no_e_invoice_gets_one_sentence(data, rule):
    for language in ("de", "en"):
        report = check(data, language)
        assert rules(report) == {rule}
        assert report.profile == ""
        assert not report.is_ok


def test_odd_files_are_answered_and_never_break_the_check(monkeypatch):
    monkeypatch.setattr(official, "find_spec", no_package)
    dice = random.Random(7)  # noqa: S311 - files that can be made again, no secret
    pdf, xml = render(make()), written(make())
    for original in (pdf, xml):
        for _ in range(150):
            data = bytearray(original)
            for _ in range(dice.randint(1, 8)):
                at = dice.randrange(len(data))
                data[at : at + dice.randint(0, 40)] = dice.randbytes(dice.randint(0, 4))
            assert isinstance(check(bytes(data), "de"), Report)
    for amount in ("1E400", "NaN", "-Infinity", "9" * 400, "0." + "0" * 400 + "1", "１２"):
        broken = re.sub(rb"(<ram:(?:Basis|Grand|DuePay)\w*Amount>)[^<]*", rb"\g<1>" + amount.encode(), xml)
        assert not check(broken, "de").is_ok


def test_the_official_rules_come_from_the_packages_of_the_extra():
    assert find_spec("facturx") is not None
    assert find_spec("saxonche") is not None


UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>R1</cbc:ID>
 <cbc:IssueDate>2027-01-11</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode>
 </cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>DE1</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID>
 </cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>A</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode>
 </cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>B</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount>100.00</cbc:TaxableAmount>
 <cbc:TaxAmount>19.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:TaxCategory>
 </cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount>100.00</cbc:LineExtensionAmount>
 <cbc:TaxExclusiveAmount>100.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount>119.00</cbc:TaxInclusiveAmount>
 <cbc:PayableAmount>119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount>100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>X</cbc:Name>
 <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
 <cac:Price><cbc:PriceAmount>100.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine></Invoice>"""


def test_an_invoice_in_ubl_is_read_by_the_same_rules():
    assert check(UBL.encode(), "de") == Report("urn:cen.eu:en16931:2017", "partial", ())
    wrong = UBL.replace("<cbc:TaxInclusiveAmount>119.00", "<cbc:TaxInclusiveAmount>118.00").replace(
        "DE1</cbc:CompanyID>", "</cbc:CompanyID>"
    )
    assert rules(check(wrong.encode(), "de")) == {"BR-CO-15", "BR-CO-16", "BR-CO-26", "BR-S-02"}
    assert etree.fromstring(UBL) is not None


WRONG_SAMPLES = {
    "cen-XRechnung-O.xml", "corpus-python-factur-x.pdf", "corpus-zugferd_2p0_EN16931_Rechnungskorrektur.pdf",
    "pretix-zugferd-default.xml", "pretix-zugferd-tax_code_exempt.xml",
}  # fmt: skip


@pytest.mark.samples
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_foreign_samples_are_judged_as_their_list_says():
    wrong = {
        path.name
        for path in SAMPLES.iterdir()
        if path.suffix in {".xml", ".pdf"} and not check(path.read_bytes(), "de").is_ok
    }
    assert wrong == WRONG_SAMPLES
