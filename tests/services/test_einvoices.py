"""Every issued invoice is an e-invoice: what is stored, what it says, and what is refused before it is issued."""

from __future__ import annotations

import io
import json
import re
import zipfile
from copy import deepcopy
from datetime import date
from hashlib import sha256

import pytest
from lxml import etree
from sqlalchemy import func, select

from invoices.attached import attached_xml
from membership.domain.dues.stored import phrase_of
from membership.domain.ledger import Account
from membership.domain.member_fields import FieldWrong
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import OutboxRow, RunItem
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import EntryLine
from membership.persistence.models.members import Member
from membership.persistence.queries.invoicing import REPORT, find_stored
from membership.services import billing, invoicing, run_documents
from membership.services.members import change_member
from membership.services.settings import change_settings
from membership.services.verify import verify
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import SCHEDULE, bill_year, make_association, make_mandate, make_member
from tests.invoices.conftest import read_placed
from tests.invoices.einvoices import EMPTY_DELIVERY, LEITWEG, broken_rules, one, values

CONTACT = {"invoice.contact_name": "Fenja Ubben", "association.phone": "04900 654321"}


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    return treasurer


def objections(xml: bytes) -> list[str]:
    return [text for text in broken_rules(xml) if not text.startswith((EMPTY_DELIVERY, "FX-SCH-A-000556"))]


def failed(actor) -> list[str]:
    rows = read_as(actor).execute(select(RunItem.reason_text).where(RunItem.reason_text.is_not(None)))
    return [Wording("de").value(phrase_of(row.reason_text)) for row in rows]


def issued(actor, *, before_issue=lambda: None):
    run_id = write(actor, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    write(actor, billing.release_run, run_id, today=TODAY)
    before_issue()
    issue_run(actor, run_id, base_url="https://verein.example", today=TODAY)
    render_waiting(actor)
    return run_id


def test_inv_25_totals_of_page_xml_and_ledger_are_equal(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["categories"]["ORD"]["tax"] = {"treatment": "SPLIT", "taxable_percent": "25", "rate": "19"}
    make_association(treasurer, schedule)
    write(treasurer, change_settings, {"association.tax_number": "60/145/12345"})
    books = treasurer
    make_member(books, number="M0001", headcount=37)
    make_member(books, number="M0002", headcount=3, start=date(2027, 6, 15))
    bill_year(books)
    session = read_as(books)
    invoices = session.execute(select(Invoice).order_by(Invoice.id)).scalars().all()
    assert len(invoices) == 4
    for invoice in invoices:
        data = invoicing.stored_pdf(session, invoice.number)
        xml = attached_xml(data).content
        assert objections(xml) == []
        root = etree.fromstring(xml)
        gross = f"{invoice.gross_cents // 100}.{invoice.gross_cents % 100:02d}"
        assert one(root, "GrandTotalAmount") == gross
        assert one(root, "TaxTotalAmount") == f"{invoice.tax_cents // 100}.{invoice.tax_cents % 100:02d}"
        printed = f"{invoice.gross_cents // 100:,}.{invoice.gross_cents % 100:02d}".translate(
            str.maketrans(",.", ".,")
        )
        assert any(printed in place.text for place in read_placed(data))
    booked = select(func.sum(EntryLine.amount_cents)).where(EntryLine.account == Account.RECEIVABLES)
    assert session.execute(booked).scalar_one() == sum(invoice.gross_cents for invoice in invoices)


def test_an_invoice_carries_member_schedule_and_association(books):
    write(books, change_settings, CONTACT)
    make_member(books, number="M0001", order_number="4500 & 1", address_extra="Halle 3", vat_id="DE129273398")
    issued(books)
    root = etree.fromstring(invoicing.stored_xml(read_as(books), "RE2027-0001"))
    assert one(root, "SpecifiedLegalOrganization", "ID") == "VR 123456"
    assert one(root, "SellerTradeParty", "Description") == "Amtsgericht Musterstadt VR 123456"
    assert one(root, "BuyerTradeParty", "PostalTradeAddress", "LineTwo") == "Halle 3"
    assert one(root, "BuyerTradeParty", "URIUniversalCommunication", "URIID") == "a@b.example"
    assert one(root, "BuyerOrderReferencedDocument", "IssuerAssignedID") == "4500 & 1"
    assert values(root, "BuyerReference") == []
    assert values(root, "SpecifiedTaxRegistration") == []
    assert one(root, "DefinedTradeContact", "PersonName") == "Fenja Ubben"


@pytest.mark.parametrize(
    ("changes", "reference"),
    [
        ({"leitweg_id": LEITWEG}, LEITWEG),
        ({"invoice_format": "xrechnung"}, "M0001"),
        ({"invoice_format": "xrechnung", "order_number": "4500 17", "cost_centre": "Kst. 815"}, "Kst. 815"),
        ({"invoice_format": "xrechnung", "order_number": "4500 17"}, "M0001"),
    ],
)
def test_ein_1_who_has_a_leitweg_id_or_asks_gets_an_xrechnung_beside_the_pdf(books, changes, reference):
    write(books, change_settings, CONTACT)
    make_member(books, number="M0001", **changes)
    make_member(books, number="M0002", name="Zweite GmbH")
    run_id = issued(books)
    assert failed(books) == []
    session = read_as(books)
    rows = session.execute(select(StoredDocument.invoice_id, StoredDocument.kind).order_by(StoredDocument.id))
    assert sorted(tuple(row) for row in rows) == [
        (1, "pdf"),
        (1, "report"),
        (1, "xrechnung"),
        (2, "pdf"),
        (2, "report"),
    ]
    xml = invoicing.stored_xml(session, "RE2027-0001")
    root = etree.fromstring(xml)
    assert one(root, "GuidelineSpecifiedDocumentContextParameter", "ID").endswith("xrechnung_3.0")
    assert one(root, "BuyerReference") == reference
    assert objections(xml) == []
    report = json.loads(find_stored(session, 1, REPORT).content)
    assert report["xrechnung"]["sha256"] == sha256(xml).hexdigest()
    assert {kind: (each["ok"], each["findings"]) for kind, each in report.items()} == {
        "pdf": (True, []),
        "xrechnung": (True, []),
    }
    carried = etree.fromstring(attached_xml(invoicing.stored_pdf(session, "RE2027-0001")).content)
    assert one(carried, "GuidelineSpecifiedDocumentContextParameter", "ID") == "urn:cen.eu:en16931:2017"
    file = io.BytesIO()
    assert run_documents.write_pdfs(session, run_id, file) == 2
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert names == [
            "RE2027-0001_Hansa-Blechformteile-GmbH.pdf",
            "RE2027-0001_Hansa-Blechformteile-GmbH.xml",
            "RE2027-0002_Zweite-GmbH.pdf",
        ]
        assert archive.read(names[1]) == xml


def test_an_e_invoice_that_breaks_a_rule_is_neither_kept_nor_sent(books, monkeypatch):
    """The total is planted wrong in what the finished PDF carries (D-INV-22, BR-CO-15)."""

    def planted(data):
        right = attached_xml(data)
        wrong = re.sub(rb"(<ram:GrandTotalAmount[^>]*>)[^<]*", rb"\g<1>1.00", right.content)
        assert wrong != right.content
        return right._replace(content=wrong)

    make_member(books, number="M0001")
    monkeypatch.setattr("membership.services.invoicing.archive.attached_xml", planted)
    issued(books)
    session = read_as(books)
    assert find_stored(session, 1) is None
    assert find_stored(session, 1, REPORT) is None
    [error] = session.execute(select(OutboxRow.error).where(OutboxRow.kind == invoicing.RENDER)).scalars()
    assert "BR-CO-15" in error


def test_inv_06_the_xml_of_an_invoice_is_the_same_at_every_download(books):
    write(books, change_settings, CONTACT)
    make_member(books, number="M0001", leitweg_id=LEITWEG)
    issued(books)
    first = invoicing.stored_xml(read_as(books), "RE2027-0001")
    write(books, change_member, "M0001", {"name": "Anders GmbH", "leitweg_id": ""})
    write(books, change_settings, {"association.register_number": "VR 9"})
    assert invoicing.stored_xml(read_as(books), "RE2027-0001") == first
    again = [invoicing.Made(1, b"%PDF", b"<other/>")]
    assert write(books, invoicing.store_pdfs, again) == 0
    assert invoicing.stored_xml(read_as(books), "RE2027-0001") == first


def test_ein_18_instalments_stand_in_the_payment_terms(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["due"]["instalments"] = [{"day": "02-28", "share": "1/2"}, {"day": "08-31", "share": "1/2"}]
    make_association(treasurer, schedule)
    make_member(treasurer, number="M0001")
    issued(treasurer)
    root = etree.fromstring(invoicing.stored_xml(read_as(treasurer), "RE2027-0001"))
    assert one(root, "SpecifiedTradePaymentTerms", "Description").replace("\u00a0", " ") == (
        "Zahlbar in Raten: 300,00 € am 28. Februar 2027; 300,00 € am 31. August 2027."
    )
    assert one(root, "DueDateDateTime", "udt:DateTimeString") == "20270831"


def test_without_a_register_number_nothing_is_billed_and_the_setting_is_named(books):
    make_member(books)
    write(books, change_settings, {"association.register_number": ""})
    with pytest.raises(invoicing.RegisterNumberMissing, match=re.escape("association.register_number")):
        write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)


def test_a_register_number_that_is_gone_at_issue_takes_no_number(books):
    make_member(books)
    issued(books, before_issue=lambda: write(books, change_settings, {"association.register_number": ""}))
    assert read_as(books).execute(select(func.count()).select_from(Invoice)).scalar_one() == 0
    assert any("association.register_number" in reason for reason in failed(books))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leitweg_id": LEITWEG, "postcode": ""}, "die Postleitzahl des Mitglieds"),
        (
            {"leitweg_id": LEITWEG, "city": "", "postcode": ""},
            "den Ort des Mitglieds, die Postleitzahl des Mitglieds",
        ),
        ({"invoice_format": "xrechnung", "invoice_email": ""}, "E-Mail-Adresse des Mitglieds"),
        (
            {"name": "Müller 🚗 GmbH"},
            "„Müller 🚗 GmbH“ enthält Zeichen, die unsere Schriften nicht haben: 🚗",
        ),
        ({"name": "Erste\nZeile GmbH"}, "U+000A"),
        ({"street": "王府井 1"}, "王 府 井"),
        ({"order_number": "Nr. \u202e1"}, "U+202E"),
    ],
)
def test_what_cannot_be_issued_is_said_and_the_others_go_on_without_a_gap(books, changes, said):
    write(books, change_settings, CONTACT)
    make_member(books, number="M0001", **{"name": "Aal GmbH", **changes})
    make_member(books, number="M0002", name="Zweite GmbH")
    issued(books)
    (reason,) = failed(books)
    assert said in reason
    assert list(read_as(books).execute(select(Invoice.number)).scalars()) == ["RE2027-0001"]


def test_an_xrechnung_needs_the_contact_and_the_phone_of_the_association(books):
    make_member(books, number="M0001", leitweg_id=LEITWEG)
    issued(books)
    (reason,) = failed(books)
    assert "invoice.contact_name" in reason
    assert "association.phone" in reason


def test_a_member_without_postcode_abroad_gets_its_e_invoice(books):
    make_member(books, number="M0001", postcode="", city="Dublin", country="IE")
    issued(books)
    xml = invoicing.stored_xml(read_as(books), "RE2027-0001")
    assert objections(xml) == []
    assert values(etree.fromstring(xml), "BuyerTradeParty", "PostalTradeAddress", "PostcodeCode") == []


def test_ein_14_a_wrong_leitweg_id_is_refused_at_the_field(books):
    make_member(books, number="M0001")
    with pytest.raises(FieldWrong) as refused:
        write(books, change_member, "M0001", {"leitweg_id": "04011000-1234512345-07"})
    assert refused.value.field == "leitweg_id"
    write(
        books, change_member, "M0001", {"leitweg_id": "04011000-1234512345-06", "invoice_format": "xrechnung"}
    )
    assert read_as(books).execute(select(Member.leitweg_id)).scalar_one() == LEITWEG
    with pytest.raises(FieldWrong):
        write(books, change_member, "M0001", {"invoice_format": "ubl"})


def test_inv_27_an_xrechnung_that_names_the_account_of_a_member_is_kept_encrypted(books):
    iban = "DE02120300000000202051"
    write(books, change_settings, {**CONTACT, "bank.creditor_id": "DE98ZZZ09999999999"})
    make_member(books, number="M0001", leitweg_id=LEITWEG, payment_method="direct_debit")
    make_mandate(books, "M0001", iban=iban)
    run_id = issued(books)
    session = read_as(books)
    for (content,) in session.execute(select(StoredDocument.content)):
        assert iban.encode() not in content
    plain = invoicing.stored_xml(session, "RE2027-0001")
    assert iban.encode() in plain
    report = json.loads(find_stored(session, 1, REPORT).content)
    assert report["xrechnung"]["sha256"] == sha256(plain).hexdigest()
    file = io.BytesIO()
    run_documents.write_pdfs(session, run_id, file)
    with zipfile.ZipFile(file) as files:
        assert files.read(files.namelist()[1]) == plain
    assert verify(session, full=True).findings == []
