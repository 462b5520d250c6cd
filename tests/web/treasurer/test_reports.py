"""The reports' pages and files: who may open them, what they say of a day, and that files say the same."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import event, select

from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.members import PreviousDues
from membership.services import payments
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
PAGES = ("", "/board", "/dues", "/open-items", "/declarations")
FILES = [
    f"/{name}.{form}"
    for name in ("board", "dues", "dues-by-member", "open-items", "credits", "declarations")
    for form in ("xlsx", "csv", "pdf")
    if (name, form) != ("dues-by-member", "pdf")
]


@pytest.fixture(autouse=True)
def _on_a_day_in_february(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")


@pytest.fixture
def billed(web):
    """Alpha paid 600.00 and 50.00 too much, Beta paid 200.00 of 1,200.00, both on 10 February."""
    make_association(STAFF)
    ids = [
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH"),
        make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60),
    ]
    bill_year(STAFF, with_papers=False)
    on = date(2027, 2, 10)
    for member_id, cents in zip(ids, (65000, 20000), strict=True):
        write(
            STAFF, payments.record_payment, member_id, cents, received_on=on, method=Method.TRANSFER, today=on
        )
    return ids


@pytest.fixture
def board(web, billed):
    return web.signed_in(Role.BOARD)


def open_page(browser, page, **query):
    return browser.get(f"/treasurer/reports{page}", query_string=query)


def words_of(response):
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("\N{NO-BREAK SPACE}", " ")


def rows_of(response):
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("page", [*PAGES, *FILES])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.TREASURER, 200),
        (Role.BOARD, 200),
        (Role.AUDITOR, 200),
        (Role.OFFICE, 403),
        (Role.ADMIN, 403),
        (Role.COMPANY_ADMIN, 404),
    ],
)
def test_sec_07_reports_are_for_treasurer_board_and_auditor(web, role, status, page):
    assert open_page(web.signed_in(role), page).status_code == status


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_invoice_every_report_says_what_is_missing(web, page):
    response = open_page(web.signed_in(Role.BOARD), page)
    assert response.status_code == 200
    said = words_of(response)
    assert {
        "": "Wie stehen wir?",
        "/board": "Für 2027 gibt es noch keine Rechnungen.",
        "/dues": "Keine Beiträge für 2027",
        "/open-items": "Nichts ist offen",
        "/declarations": "Niemand war gefragt",
    }[page] in said


def test_the_board_sees_the_figures_of_the_year_on_one_page(board):
    said = words_of(open_page(board, "/board"))
    assert "Stand 16. Februar 2027. Zahlungen erfasst bis 10.02.2027." in said
    assert "In Rechnung gestellt 1.800,00 €" in said
    assert "Eingegangen 800,00 €" in said
    assert "Offen 1.000,00 €" in said
    assert "Davon überfällig 1.000,00 €" in said
    assert "Anfang 2027: 2. Zugänge 0, Abgänge 0, jetzt 2 Mitglieder." in said


def test_of_a_year_before_the_product_the_page_says_what_is_known(web, billed, board):
    assert words_of(open_page(board, "/board")).count("2026: nicht bekannt") == 4
    write(
        STAFF,
        lambda session: session.add(PreviousDues(member_id=billed[0], dues_year=2026, amount_cents=55000)),
    )
    said = words_of(open_page(board, "/board"))
    assert "2026, ganzes Jahr: 550,00 €" in said
    assert said.count("2026: nicht bekannt") == 3
    assert "2026: 0,00 €" not in said
    assert "Was 2026 eingegangen ist, ist nicht bekannt." in said


def test_a_report_of_a_past_day_leaves_out_what_came_later(board):
    said = words_of(open_page(board, "/board", as_of="2027-02-09"))
    assert "Noch keine Zahlung erfasst." in said
    assert "Offen 1.800,00 €" in said
    assert "Nichts ist offen" in words_of(open_page(board, "/open-items", as_of="31.12.2026"))


def test_open_items_name_member_age_and_rest_and_credits_apart(board):
    said = words_of(open_page(board, "/open-items"))
    assert re.search(r"Beta Guss AG M0002 RE2027-0002 .*? 31\.01\.2027 15 von 1\.200,00 € 1\.000,00 €", said)
    assert "RE2027-0001" not in said
    assert "Alpha Werke GmbH M0001 50,00 €" in said


def test_the_dues_overview_adds_up_by_category_and_by_member(board):
    said = words_of(open_page(board, "/dues"))
    assert said.count("In Rechnung gestellt 1.800,00 €") == 3
    assert "44,4 %" in said


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("2027-02-17", "Der 17.02.2027 liegt in der Zukunft."),
        ("31.2.2027", "„31.2.2027“ ist kein Tag."),
        ("<b>", "„&lt;b&gt;“ ist kein Tag."),
    ],
)
@pytest.mark.parametrize("page", PAGES)
def test_a_wrong_day_is_one_sentence_and_stays_in_the_field(board, page, typed, sentence):
    response = open_page(board, page, as_of=typed)
    assert response.status_code == 422
    assert sentence in response.text
    assert f'value="{typed.replace("<b>", "&lt;b&gt;")}"' in response.text


@pytest.mark.parametrize("typed", ["16.2.27", "160227", "heute", "16.02.2027", "2027-02-16", ""])
def test_a_day_may_be_typed_as_people_write_it(board, typed):
    assert 'value="16.02.2027"' in open_page(board, "/open-items", as_of=typed).text


def test_a_file_of_a_wrong_day_is_refused(board):
    assert open_page(board, "/open-items.csv", as_of="2027-02-17").status_code == 422
    assert open_page(board, "/nothing.csv").status_code == 404
    assert open_page(board, "/dues-by-member.pdf").status_code == 404
    assert open_page(board, "/dues.docx").status_code == 404


def test_inv_36_the_file_of_open_items_says_what_the_page_says(board):
    response = open_page(board, "/open-items.csv", as_of="2027-02-16")
    assert (
        response.headers["Content-Disposition"] == "attachment; filename=offene-posten_stand-2027-02-16.csv"
    )
    head, row, sums = rows_of(response)
    assert head[:3] == ["Mitgliedsnummer", "Firma", "Rechnung"]
    assert row[:8] == [
        "M0002",
        "Beta Guss AG",
        "RE2027-0002",
        "11.01.2027",
        "31.01.2027",
        "15",
        "1200,00",
        "1000,00",
    ]
    assert (sums[0], sums[7]) == ("Summe", "1000,00")


def test_inv_36_the_board_report_as_xlsx_has_the_figures_of_the_page(board):
    response = open_page(board, "/board.xlsx")
    assert "filename=vorstandsbericht_stand-2027-02-16.xlsx" in response.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    figures = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}
    assert (figures["In Rechnung gestellt"], figures["Eingegangen"], figures["Davon überfällig"]) == (
        1800,
        800,
        1000,
    )
    counts = {row[0]: row[3] for row in sheet.iter_rows(values_only=True)}
    assert counts["Mitglieder jetzt"] == 2
    assert any("Stand 16.02.2027" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_dues_by_member_are_a_file_of_their_own(board):
    rows = rows_of(open_page(board, "/dues-by-member.csv"))
    assert [row[2:4] for row in rows[1:-1]] == [["M0001", "Alpha Werke GmbH"], ["M0002", "Beta Guss AG"]]


@pytest.mark.parametrize(
    ("name", "sheets", "row"),
    [
        ("open-items", ["Offene Posten", "Guthaben"], ("M0001", "Alpha Werke GmbH", 50)),
        (
            "dues",
            ["Beitragsübersicht", "Beiträge je Mitglied"],
            (2027, "Ordentliches Mitglied", "M0001", "Alpha Werke GmbH"),
        ),
    ],
)
def test_the_xlsx_file_has_a_sheet_of_each_table_that_the_report_names(board, name, sheets, row):
    book = openpyxl.load_workbook(io.BytesIO(open_page(board, f"/{name}.xlsx").data))
    assert book.sheetnames == sheets
    assert row in {found[: len(row)] for found in book[sheets[1]].iter_rows(values_only=True)}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("open-items", ("Offene Posten", "Stand 16.02.2027", "RE2027-0002", "1.000,00 €", "Summe")),
        ("credits", ("Guthaben", "M0001", "Alpha Werke GmbH", "50,00 €")),
        ("dues", ("Beitragsjahr 2027", "Ordentliches Mitglied", "44,4", "1.000,00 €")),
    ],
)
def test_a_report_on_paper_says_what_its_page_says(board, name, said):
    response = open_page(board, f"/{name}.pdf")
    assert response.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(response.data) as file:
        text = (
            file[0].get_textpage().get_text_bounded().replace("\r\n", " ").replace("\N{NO-BREAK SPACE}", " ")
        )
    assert [each for each in said if each not in text] == []


def test_credit_balances_are_a_csv_file_of_their_own_with_one_kind_of_row(board):
    assert "/treasurer/reports/credits.csv" in open_page(board, "").text
    response = open_page(board, "/credits.csv", as_of="2027-02-16")
    assert "filename=guthaben_stand-2027-02-16.csv" in response.headers["Content-Disposition"]
    assert rows_of(response) == [
        ["Mitgliedsnummer", "Firma", "Guthaben"],
        ["M0001", "Alpha Werke GmbH", "50,00"],
        ["Summe", "", "50,00"],
    ]


@pytest.mark.parametrize("name", ["dues", "dues-by-member"])
def test_the_files_of_the_dues_call_categories_by_their_names(board, name):
    rows = rows_of(open_page(board, f"/{name}.csv"))
    assert {row[1] for row in rows[1:-1]} == {"Ordentliches Mitglied"}
    assert rows[-1][:2] == ["Summe", ""]


def test_the_file_of_open_items_has_no_column_that_nothing_fills(board):
    head, *_rows = rows_of(open_page(board, "/open-items.csv"))
    assert head[-1] == "Offen"


def test_who_took_a_report_out_stands_in_the_audit_log(web, board):
    open_page(board, "/open-items.csv", as_of="2027-02-10")
    rows = web.rows(
        select(AuditRecord.action, AuditRecord.object_ref, AuditRecord.facts)
        .order_by(AuditRecord.id.desc())
        .limit(1)
    )
    assert [tuple(row) for row in rows] == [
        ("report.export", "open-items", {"as_of": "2027-02-10", "form": "csv"})
    ]


def test_the_auditor_reads_without_a_button_that_changes_anything(web, billed):
    page = open_page(web.signed_in(Role.AUDITOR), "/board")
    main = re.search(r"<main.*?</main>", page.text, re.DOTALL)[0]
    assert "Nur Lesezugriff" in page.text
    assert 'method="post"' not in main


@pytest.mark.parametrize("page", PAGES)
def test_a_report_has_one_primary_button_at_most_and_no_inline_style(board, page):
    text = open_page(board, page).text
    assert text.count("button-primary") <= 1
    assert not re.search(r"<[^>]+\sstyle=", text)


def test_a_long_list_is_paged_and_its_sum_is_that_of_all_rows(web):
    make_association(STAFF)
    for number in range(60):
        make_member(STAFF, number=f"M{number:04d}", name=f"Firma {number:02d}")
    bill_year(STAFF, with_papers=False)
    first = words_of(open_page(web.signed_in(Role.BOARD), "/open-items"))
    assert "1–50 von 60" in first
    assert "36.000,00 €" in first
    assert "Firma 49" in first
    assert "Firma 50" not in first


def test_the_board_page_needs_as_many_statements_for_many_members_as_for_few(web, billed, board):
    few = _statements(board)
    for number in range(20):
        make_member(STAFF, number=f"X{number:04d}", name=f"Firma {number:02d}")
    bill_year(STAFF, with_papers=False)
    assert _statements(board) == few


def _statements(browser):
    found = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    open_page(browser, "/board")
    event.remove(db.engine, "before_cursor_execute", note)
    return len(found)
