"""The invoice list and one invoice: what is shown, who may, where it leads, what the file holds."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from hashlib import sha256

import openpyxl
import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import delete, event, select, text, update

from invoices.attached import attached_xml
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.persistence.models.billing import OutboxRow
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.invoicing import StoredDocument
from membership.services import outbox, payments
from membership.services.settings import change_settings
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

LIST = "/treasurer/invoices"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def numbers(response):
    return re.findall(r'row-link"\s+href="[^"]+">(RE\d{4}-\d{4})<', main_of(response))


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/RE2027-0001",
        "/RE2027-0001/pdf",
        "/RE2027-0001/pages/1.png",
        "/RE2027-0001/calculation/pdf",
        "/export.csv",
    ],
)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.TREASURER, 200),
        (Role.OFFICE, 200),
        (Role.BOARD, 200),
        (Role.AUDITOR, 200),
        (Role.ADMIN, 403),
        (Role.COMPANY_ADMIN, 404),
    ],
)
def test_sec_07_invoices_are_for_the_staff_that_works_with_money(web, billed, role, status, page):
    assert web.signed_in(role).get(LIST + page).status_code == status


def test_an_empty_year_says_so_and_leads_to_the_run(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    said = said_by(web.signed_in(Role.TREASURER).get(LIST))
    assert "Noch keine Rechnungen für 2027" in said
    assert "Zum Beitragslauf" in said
    assert "Exportieren" not in said


def test_the_list_shows_tabs_rows_and_the_sum_of_all_rows(billed, treasurer):
    billed.pay(billed.alpha, 60000)
    page = treasurer.get(LIST)
    said = said_by(page)
    assert numbers(page) == ["RE2027-0003", "RE2027-0002", "RE2027-0001"]
    assert "Alle 3 Offen 2 Überfällig 2 Bezahlt 1" in said
    assert "Summe aller 3 Rechnungen 2.250,00 € Offen 1.650,00 €" in said
    assert "Gamma &lt;b&gt;&amp; Söhne&lt;/b&gt; KG" in main_of(page)


def test_sums_are_over_the_filter_and_not_the_page(billed, treasurer, monkeypatch):
    monkeypatch.setattr("membership.web.treasurer.list_address.SIZES", (2, 3))
    page = treasurer.get(f"{LIST}?size=2")
    assert len(numbers(page)) == 2
    assert "1–2 von 3" in said_by(page)
    assert "Summe aller 3 Rechnungen 2.250,00 €" in said_by(page)
    assert numbers(treasurer.get(f"{LIST}?size=2&page=2")) == ["RE2027-0001"]


def test_a_page_behind_the_last_leads_to_the_first(billed, treasurer):
    response = treasurer.get(f"{LIST}?tab=overdue&page=9")
    assert response.status_code == 302
    assert response.location == f"{LIST}?tab=overdue"


def test_filters_stay_in_the_address_and_can_be_taken_away(billed, treasurer):
    page = treasurer.get(f"{LIST}?q=guss&min=1.000,00&tab=open")
    assert numbers(page) == ["RE2027-0002"]
    html = main_of(page)
    assert 'class="chip" href="/treasurer/invoices?min=1.000%2C00&amp;tab=open"' in html
    assert 'class="chip" href="/treasurer/invoices?q=guss&amp;tab=open"' in html
    assert 'href="/treasurer/invoices?tab=open">Filter zurücksetzen' in html
    assert 'href="/treasurer/invoices/export.xlsx?q=guss&amp;min=1.000%2C00&amp;tab=open"' in html


def test_a_filter_without_a_hit_offers_to_reset(billed, treasurer):
    said = said_by(treasurer.get(f"{LIST}?q=Nirgendwo"))
    assert "Keine Rechnung passt zu diesem Filter" in said
    assert "Filter zurücksetzen" in said


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("min=1.234,5x", "„1.234,5x“ ist kein Betrag."),
        ("from=30.02.2027", "„30.02.2027“ ist kein Tag. Der Filter zeigt Rechnungen aller Tage."),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_kept(billed, treasurer, query, sentence):
    page = treasurer.get(f"{LIST}?{query}")
    assert page.status_code == 422
    assert sentence in said_by(page)
    assert f'value="{query.split("=")[1]}"' in main_of(page)


@pytest.mark.parametrize(
    "query", ["tab=x", "sort=x", "size=7", "page=-1", "page=99999999999", "run=abc", "year=1"]
)
def test_odd_values_of_an_address_do_no_harm(billed, treasurer, query):
    assert treasurer.get(f"{LIST}?{query}").status_code in {200, 302}


def test_a_head_sorts_and_says_in_which_order(billed, treasurer):
    page = treasurer.get(f"{LIST}?sort=amount")
    assert numbers(page)[0] == "RE2027-0003"
    assert 'aria-sort="ascending"><a href="/treasurer/invoices?sort=-amount"' in main_of(page)


@pytest.mark.parametrize("query", ["", "?q=guss&tab=open&sort=member", "?year=2027&class=10–49"])
def test_a_request_for_the_list_needs_at_most_five_statements(billed, treasurer, query):
    treasurer.get(LIST)
    seen: list[str] = []

    def count(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    assert treasurer.get(LIST + query).status_code == 200
    event.remove(db.engine, "before_cursor_execute", count)
    counted = [statement for statement in seen if not statement.startswith("BEGIN")]
    assert len(counted) <= 5, counted


def test_inv_36_the_file_holds_the_filtered_rows_with_real_numbers(billed, treasurer):
    billed.pay(billed.alpha, 10000)
    response = treasurer.get(f"{LIST}/export.xlsx?tab=open&sort=number")
    assert "rechnungen-2027_stand-2027-02-16.xlsx" in response.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(place for place, row in enumerate(rows) if row[0] == "Nummer")
    assert [row[0] for row in rows[head + 1 : head + 4]] == ["RE2027-0001", "RE2027-0002", "RE2027-0003"]
    assert [row[8] for row in rows[head + 1 : head + 5]] == [500, 1200, 450, 2150]
    assert rows[head + 1][6].date() == date(2027, 1, 31)


def test_the_csv_file_is_safe_and_noted_in_the_log(web, billed, treasurer):
    response = treasurer.get(f"{LIST}/export.csv?q=alpha")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][0] == "RE2027-0001"
    assert rows[1][7] == "600,00"
    assert rows[0][10] == "E-Mail für Rechnungen"
    assert rows[1][10] == "a@b.example"
    assert len(rows) == 3
    noted = web.rows(
        select(AuditRecord.object_ref, AuditRecord.facts).where(AuditRecord.action == "invoice.export")
    )
    assert noted == [("2027", {"as_of": "2027-02-16", "form": "csv"})]


def test_an_unknown_file_is_not_there(billed, treasurer):
    assert treasurer.get(f"{LIST}/export.pdf").status_code == 404


def test_one_invoice_reads_like_its_paper(billed, treasurer):
    said = said_by(treasurer.get(f"{LIST}/RE2027-0002"))
    assert "Rechnung RE2027-0002 Überfällig" in said
    assert "Offener Betrag 1.200,00 €" in said
    assert "seit 15 Tagen überfällig" in said
    assert "Mitgliedsbeitrag 2027" in said
    assert "DE89 3704 0044 0532 0130 00" in said
    assert "Zahlung erfassen" in said


def test_the_history_names_person_and_time_and_leads_to_the_payment(billed, treasurer):
    payment_id = billed.pay(billed.beta, 20000)
    write(BOOKKEEPER, payments.unallocate, payment_id, "RE2027-0002", today=date(2027, 2, 16))
    page = treasurer.get(f"{LIST}/RE2027-0002")
    said = said_by(page)
    assert "Zahlung über 200,00 € gelöst" in said
    assert "Birgit Wessels" in said
    assert f'href="/treasurer/payments/{payment_id}">Zahlung über 200,00 €<' in main_of(page)
    assert "Das Mitglied hat ein Guthaben von 200,00 €." in said


def test_the_office_sees_an_invoice_without_ways_to_payments(web, billed):
    billed.pay(billed.beta, 20000)
    html = main_of(web.signed_in(Role.OFFICE).get(f"{LIST}/RE2027-0002"))
    assert "/treasurer/payments/" not in html
    assert '/payment"' not in html


def test_inv_06_the_pdf_is_handed_out_as_it_was_stored(web, billed, treasurer):
    response = treasurer.get(f"{LIST}/RE2027-0001/pdf")
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == "inline; filename=RE2027-0001.pdf"
    stored = web.rows(
        select(StoredDocument.sha256).where(StoredDocument.kind == "pdf").order_by(StoredDocument.invoice_id)
    )[0][0]
    assert sha256(response.data).hexdigest() == stored
    write(BOOKKEEPER, change_settings, {"association.name": "Anders e. V."})
    assert treasurer.get(f"{LIST}/RE2027-0001/pdf").data == response.data


def test_the_e_invoice_is_handed_out_as_xml(billed, treasurer):
    assert f'href="{LIST}/RE2027-0001/xml"' in treasurer.get(f"{LIST}/RE2027-0001").text
    response = treasurer.get(f"{LIST}/RE2027-0001/xml")
    assert response.mimetype == "application/xml"
    assert response.headers["Content-Disposition"] == "attachment; filename=RE2027-0001.xml"
    assert b"<ram:ID>RE2027-0001</ram:ID>" in response.data
    assert response.data == attached_xml(treasurer.get(f"{LIST}/RE2027-0001/pdf").data).content


def test_there_is_one_e_invoice_of_a_number_and_the_calculation_is_none(billed, treasurer):
    assert attached_xml(treasurer.get(f"{LIST}/RE2027-0001/calculation/pdf").data) is None


def test_due_19_the_calculation_is_a_page_of_its_own(billed, treasurer):
    plain = PdfDocument(treasurer.get(f"{LIST}/RE2027-0001/pdf").data)
    shown = PdfDocument(treasurer.get(f"{LIST}/RE2027-0001/calculation/pdf").data)
    assert len(shown) == len(plain) + 1
    assert "37 Beschäftigte, Stufe ab 10" in shown[len(plain)].get_textpage().get_text_range()


def give_up(session):
    session.execute(update(OutboxRow).where(OutboxRow.ref_id == 1).values(state=outbox.FAILED))


@pytest.fixture
def without_pdf(web, billed):
    """The invoice RE2027-0001 as it is between its issue and its PDF."""
    with db.engine.begin() as connection:
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stored_documents'")
        ).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(delete(StoredDocument).where(StoredDocument.invoice_id == 1))


def test_while_the_pdf_is_made_the_page_says_so_and_looks_again(without_pdf, treasurer):
    page = treasurer.get(f"{LIST}/RE2027-0001")
    assert "Das PDF wird gerade erstellt." in said_by(page)
    assert 'http-equiv="refresh"' in page.text
    assert "data-refresh" in page.text
    for file in ("pdf", "xml"):
        assert treasurer.get(f"{LIST}/RE2027-0001/{file}").location == f"{LIST}/RE2027-0001"


def test_a_pdf_that_was_given_up_can_be_asked_for_again(web, without_pdf, treasurer):
    write(BOOKKEEPER, give_up)
    assert "Das PDF konnte nicht erstellt werden." in said_by(treasurer.get(f"{LIST}/RE2027-0001"))
    assert treasurer.send(f"{LIST}/RE2027-0001/pdf/retry").status_code == 303
    assert "Das PDF wird gerade erstellt." in said_by(treasurer.get(f"{LIST}/RE2027-0001"))
    assert web.rows(select(OutboxRow.state).where(OutboxRow.ref_id == 1)) == [(outbox.NEW,)]


def test_an_invoice_that_is_not_there_is_not_found(billed, treasurer):
    assert treasurer.get(f"{LIST}/RE2027-9999").status_code == 404


def test_the_number_may_be_typed_in_small_letters(billed, treasurer):
    assert treasurer.get(f"{LIST}/re2027-0001").status_code == 200
