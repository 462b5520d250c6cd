"""Another address for invoices: where it comes from, where it stands, and who it never replaces."""

from __future__ import annotations

import pytest
from lxml import etree
from sqlalchemy import select

from membership.domain.companies import Section
from membership.domain.member_fields import FieldWrong
from membership.jobs.billing import render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditValue
from membership.persistence.queries.billing import list_addresses
from membership.persistence.queries.dispatch import list_letters
from membership.persistence.queries.members import get_member
from membership.services import admissions, companies, dispatch, invoicing, members
from membership.services.admissions import Admission
from membership.services.members.documents import member_document, put_member
from membership.services.verify import verify
from tests.conftest import TODAY
from tests.factories import application_data, bill_year, make_application, make_association, make_member
from tests.invoices.conftest import read_placed
from tests.invoices.einvoices import one, values
from tests.services.members.test_importing import books as documents
from tests.services.members.test_importing import csv, take_in
from tests.services.test_einvoices import objections

ELSEWHERE = {
    "invoice_name": "Zentrale Buchhaltung", "invoice_extra": "Kreditoren", "invoice_street": "Postfach 4",
    "invoice_postcode": "26721", "invoice_city": "Emden",
}  # fmt: skip


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    return treasurer


def test_paper_and_e_invoice_go_to_the_other_address_and_name_the_company_first(books):
    """The buyer stays the company (BT-44); its address (BG-8) is the one that is printed (BT-50, 51, 163)."""
    make_member(books, number="M0001", name="Alpha Werke GmbH", street="Werftstraße 12", **ELSEWHERE)
    bill_year(books)
    session = read_as(books)
    placed = [each.text for each in read_placed(invoicing.stored_pdf(session, "RE2027-0001"))]
    start = placed.index("Alpha Werke GmbH")
    lines = ["Alpha Werke GmbH", "Zentrale Buchhaltung", "Kreditoren", "Postfach 4", "26721 Emden"]
    assert [line for line in placed[start : start + 7] if line in lines] == lines
    assert not any("Werftstraße" in line for line in placed)
    xml = invoicing.stored_xml(session, "RE2027-0001")
    root = etree.fromstring(xml)
    assert one(root, "BuyerTradeParty", "Name") == "Alpha Werke GmbH"
    place = ("BuyerTradeParty", "PostalTradeAddress")
    told = {
        part: one(root, *place, part) for part in ("LineOne", "LineTwo", "LineThree", "CityName", "CountryID")
    }
    assert told == {
        "LineOne": "Postfach 4", "LineTwo": "Zentrale Buchhaltung", "LineThree": "Kreditoren", "CityName": "Emden",
        "CountryID": "DE",
    }  # fmt: skip
    assert values(root, "ShipToTradeParty") == []
    assert objections(xml) == []
    assert verify(read_as(books), full=True).findings == []


def test_an_address_abroad_needs_no_postcode_and_counts_for_letters(books):
    number = make_member(books, number="M0001", postcode="", city="")
    write(books, members.change_member, "M0001", {"invoice_city": "Dublin", "invoice_country": "Irland"})
    reach = list_addresses(read_as(books))[number]
    assert (reach.has_address, reach.has_postcode, reach.printed.split()[-1]) == (True, True, "Dublin")
    with pytest.raises(FieldWrong) as refused:
        write(books, members.change_member, "M0001", {"invoice_country": ""})
    assert refused.value.field == "invoice_postcode"
    assert get_member(read_as(books), "M0001").invoice_country == "IE"


def test_admission_fills_the_fields_and_the_first_invoice_goes_there_at_once(books):
    said = application_data(
        **ELSEWHERE, register_entry="Amtsgericht Bremen, HRB 12345", message="Wir freuen uns."
    )
    make_application(books, data=said)
    made = write(
        books, admissions.accept, "K7QW-3MXA", Admission(TODAY, TODAY, bills=True), category="ORD", today=TODAY,
        base_url="http://localhost",
    )  # fmt: skip
    member = get_member(read_as(books), made["member"])
    assert {name: getattr(member, name) for name in ELSEWHERE} == ELSEWHERE
    assert (member.register_entry, member.tax_number) == ("Amtsgericht Bremen, HRB 12345", "60/145/12345")
    assert member.note == "Nachricht: Wir freuen uns."
    render_waiting(books)
    root = etree.fromstring(invoicing.stored_xml(read_as(books), made["invoices"][0]))
    assert one(root, "BuyerTradeParty", "PostalTradeAddress", "CityName") == "Emden"


def test_a_list_brings_the_fields_and_what_is_no_address_stays_out(books):
    head = "Nr;Firma;PLZ;Ort;E-Mail;Rechnung an;Rechnung Straße;Rechnung PLZ;Rechnung Ort;Handelsregister;Steuernummer"
    result = take_in(
        books,
        csv(
            "M0081;Hansa GmbH;28195;Bremen;a@b.example;Buchhaltung;Postfach 4;26721;Emden;AG Bremen HRB 1;60/145/12345",
            "M0082;Nord GmbH;28195;Bremen;b@b.example;Buchhaltung;;;;;",
            head=head,
        ),
    )
    (found,) = documents(books)
    assert found["invoice_address"] == {
        "name": "Buchhaltung", "extra": None, "street": "Postfach 4", "postcode": "26721", "city": "Emden",
        "country": None,
    }  # fmt: skip
    assert (found["register_entry"], found["tax_number"]) == ("AG Bremen HRB 1", "60/145/12345")
    (problem,) = members.rejected_problems(result["rejected"])
    assert problem.row == 3
    same = {
        name: found[name] for name in ("number", "name", "invoice_address", "register_entry", "tax_number")
    }
    assert write(books, put_member, same, today=TODAY) == "M0081"
    assert member_document(read_as(books), "M0081", today=TODAY) == found
    write(books, put_member, {"number": "M0081", "invoice_address": None}, today=TODAY)
    assert member_document(read_as(books), "M0081", today=TODAY)["invoice_address"] is None


def test_a_company_changes_it_itself_and_its_own_data_name_it(books):
    number = make_member(books, number="M0001", name="Alpha Werke GmbH")
    write(books, companies.change_own_data, "M0001", Section.ADDRESS, ELSEWHERE)
    wish = {"register_entry": "Amtsgericht Bremen HRB 12345", "tax_number": "60/145/12345"}
    write(
        books,
        companies.change_own_data,
        "M0001",
        Section.COMPANY,
        {**wish, **ELSEWHERE, "invoice_city": "Leer"},
    )
    member = get_member(read_as(books), "M0001")
    assert (member.id, member.invoice_city, member.register_entry) == (
        number,
        "Emden",
        wish["register_entry"],
    )


def test_inv_35_lines_of_an_address_that_name_an_erased_person_go_from_record_and_log(books):
    make_member(books, number="M0001")
    write(books, members.change_member, "M0001", {**ELSEWHERE, "invoice_extra": "z. Hd. Otto Fremd"})
    contact = write(
        books, members.add_contact, "M0001", {"name": "Otto Fremd", "email": "otto@alpha.example"}
    )
    write(books, members.end_contact, "M0001", contact, today=TODAY)
    write(books, members.erase_contact, "M0001", contact)
    member = get_member(read_as(books), "M0001")
    assert (member.invoice_extra, member.invoice_name) == ("", "Zentrale Buchhaltung")
    kept = (
        read_as(books).execute(select(AuditValue.new).where(AuditValue.new.contains("Otto"))).scalars().all()
    )
    assert kept == []
    assert verify(read_as(books), full=True).findings == []


def test_merging_takes_the_address_from_the_record_that_goes(books):
    make_member(books, number="M0001")
    make_member(books, number="M0002", **ELSEWHERE, tax_number="60/145/12345")
    write(books, members.merge_members, "M0001", "M0002", taken=(*ELSEWHERE, "tax_number"))
    member = get_member(read_as(books), "M0001")
    assert (member.invoice_city, member.tax_number) == ("Emden", "60/145/12345")


def test_numbers_of_an_older_application_that_are_none_go_into_the_note(books):
    """Before they were fields, an application kept whatever was written; it can still be admitted."""
    data = {**application_data(), "tax_number": "wird beantragt", "vat_id": "DE123456789"}
    reference = make_application(books, data=data)
    made = write(
        books, admissions.accept, reference, Admission(TODAY, TODAY), category="ORD", today=TODAY,
        base_url="http://localhost",
    )  # fmt: skip
    member = get_member(read_as(books), made["member"])
    assert (member.tax_number, member.vat_id) == ("", "")
    assert "Steuernummer: wird beantragt" in member.note
    assert "DE123456789" in member.note


def test_letters_are_sorted_by_where_they_go(books):
    at_home = {"city": "Bremen", "postcode": "28195", "invoice_email": ""}
    make_member(
        books,
        number="M0001",
        name="Wien GmbH",
        country="AT",
        **{**at_home, **ELSEWHERE, "invoice_country": "DE"},
    )
    make_member(books, number="M0002", name="Bremen GmbH", **at_home)
    bill_year(books)
    write(books, dispatch.send_run, 1)
    letters = list_letters(read_as(books), run_id=1)
    assert [(each.country, each.postcode) for each in letters] == [("DE", "26721"), ("DE", "28195")]
