"""The command `report`: the JSON of the contract, the same as CSV and XLSX, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import openpyxl
import pypdfium2
import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services import ledger, payments
from membership.settings import Settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """Books with two members: M0001 paid 650.00 for 600.00, M0002 owes 1,200.00 and 300.00 from 2026."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        first = make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
        second = make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60)
        bill_year(STAFF, with_papers=False)
        on = date(2027, 2, 10)
        write(STAFF, payments.record_payment, first, 65000, received_on=on, method=Method.TRANSFER, today=on)
        write(
            STAFF, ledger.book_opening_item, second, 30000,
            reference="R-2026-17", dues_year=2026, due_on=date(2026, 2, 28), today=date(2027, 1, 11),
        )  # fmt: skip
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()


def run(capsys, *argv):
    code = main(["report", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_open_items_have_the_shape_of_the_contract(capsys):
    code, out, _err = run(capsys, "open-items", "--as-of", "2027-02-16", "--json")
    document = json.loads(out)
    created = document.pop("created_at")
    assert code == 0
    assert created.endswith("Z")
    assert document == {
        "report": "open-items",
        "as_of": "2027-02-16",
        "from": None,
        "to": None,
        "statements_until": None,
        "rows": [
            {
                "member": "M0002", "name": "Beta Guss AG", "document": "R-2026-17", "date": "2027-01-11",
                "due": "2026-02-28", "days_overdue": 351, "original": "300.00", "open": "300.00", "level": None, "flags": [],
            },
            {
                "member": "M0002", "name": "Beta Guss AG", "document": "RE2027-0002", "date": "2027-01-11",
                "due": "2027-01-31", "days_overdue": 15, "original": "1200.00", "open": "1200.00", "level": None, "flags": [],
            },
        ],
        "credits": [{"member": "M0001", "name": "Alpha Werke GmbH", "amount": "50.00"}],
        "totals": {"original": "1500.00", "open": "1500.00", "credits": "50.00"},
    }  # fmt: skip


def test_dues_have_the_shape_of_the_contract(capsys):
    document = json.loads(run(capsys, "dues", "--as-of", "2027-02-16")[1])
    assert (document["from"], document["to"]) == ("2027-01-01", "2027-12-31")
    assert document["rows"] == [
        {
            "year": 2027, "category": "ORD", "members": 2, "planned": "1800.00", "invoiced": "1800.00",
            "paid": "600.00", "open": "1200.00", "written_off": "0.00", "rate_paid": "33.3",
        }
    ]  # fmt: skip
    assert [row["member"] for row in document["members"]] == ["M0001", "M0002"]
    assert document["members"][0]["rate_paid"] == "100.0"
    assert document["totals"]["open"] == "1200.00"


def test_declarations_have_the_shape_of_the_contract(capsys):
    document = json.loads(run(capsys, "declarations")[1])
    assert (document["from"], document["rows"], document["totals"]) == (None, [], {})
    assert main(["declarations", "open", "2028"]) == 0
    assert main(["declarations", "record", "2028", "M0001", "headcount=126"]) == 0
    capsys.readouterr()
    document = json.loads(run(capsys, "declarations", "--from", "2028-01-01", "--lang", "en")[1])
    assert (document["report"], document["from"], document["to"]) == (
        "declarations",
        "2028-01-01",
        "2028-12-31",
    )
    assert [list(row.values()) for row in document["rows"]] == [
        ["M0001", "Alpha Werke GmbH", "headcount", "37", "126", "10–49", "50–249", "to_review"],
        ["M0002", "Beta Guss AG", "headcount", "60", None, None, None, "asked"],
    ]
    keys = ["member", "name", "basis", "previous", "declared", "band_from", "band_to", "state"]
    assert list(document["rows"][0]) == keys


def test_a_past_day_is_as_it_was(capsys):
    document = json.loads(run(capsys, "open-items", "--as-of", "2027-02-09")[1])
    assert [row["open"] for row in document["rows"]] == ["600.00", "300.00", "1200.00"]
    assert document["credits"] == []


def test_a_period_names_the_dues_years(capsys):
    document = json.loads(run(capsys, "dues", "--from", "2026-01-01", "--to", "2027-12-31")[1])
    assert [(row["year"], row["open"]) for row in document["rows"]] == [(2026, "300.00"), (2027, "1200.00")]


def test_a_file_is_written_and_says_the_same(capsys, tmp_path):
    file = tmp_path / "offen.csv"
    assert run(capsys, "open-items", "--format", "csv", "-o", str(file))[0] == 0
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";"))
    assert [row[7] for row in rows[1:]] == ["300,00", "1200,00", "1500,00"]
    sheet = tmp_path / "beitraege.xlsx"
    assert run(capsys, "dues", "--by-member", "--format", "xlsx", "-o", str(sheet), "--lang", "en")[0] == 0
    values = list(openpyxl.load_workbook(sheet).active.iter_rows(values_only=True))
    assert any(row[0] == "Dues year" for row in values)
    assert [row[2] for row in values if row[0] == 2027] == ["M0001", "M0002"]


def test_the_dues_by_member_are_refused_on_paper(capsys):
    code, out, err = run(capsys, "dues", "--by-member", "--format", "pdf")
    assert (code, out) == (2, "")
    assert "passen nicht auf Papier" in err


def test_declarations_are_printed_with_words_where_the_json_has_codes(capsys, tmp_path):
    assert main(["declarations", "open", "2028"]) == 0
    assert main(["declarations", "record", "2028", "M0001", "headcount=126"]) == 0
    file = tmp_path / "meldungen.pdf"
    argv = ("declarations", "--format", "pdf", "-o", str(file))
    assert run(capsys, *argv)[0] == 0
    german = file.read_bytes()
    assert [each for each in PRINTED if each not in printed(german)] == []
    assert run(capsys, *argv)[0] == 0
    assert file.read_bytes() == german
    assert run(capsys, *argv, "--lang", "en")[0] == 0
    english = printed(file.read_bytes())
    assert [
        each for each in ("Dues year 2028", "To review", "Asked", "employees") if each not in english
    ] == []


PRINTED = (
    "Stand 16.02.2027",
    "Beitragsjahr 2028",
    "Alpha Werke GmbH",
    "126",
    "50–249",
    "Zu prüfen",
    "Seite 1 von 1",
)


def printed(content):
    with pypdfium2.PdfDocument(content) as file:
        return file[0].get_textpage().get_text_bounded().replace("\r\n", " ")


def test_an_xlsx_file_has_what_stands_beside_on_a_second_sheet(capsys, tmp_path):
    file = tmp_path / "offen.xlsx"
    assert run(capsys, "open-items", "--format", "xlsx", "-o", str(file))[0] == 0
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Offene Posten", "Guthaben"]
    assert ("M0001", "Alpha Werke GmbH", 50) in set(book["Guthaben"].iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("open-items", "--as-of", "2027-02-17"), "liegt in der Zukunft"),
        (("dues", "--from", "2027-01-01", "--to", "2026-01-01"), "vor seinem Beginn"),
        (("dues", "--from", "1900-01-01", "--to", "2027-01-01"), "höchstens 30 Beitragsjahre"),
        (
            ("open-items", "--format", "csv", "-o", "/nowhere/x.csv"),
            "/nowhere/x.csv lässt sich nicht schreiben",
        ),
        (("open-items", "--as-of", "gestern"), "„gestern“ ist kein Tag"),
        (("ageing",), "es gibt declarations, dues, open-items"),
    ],
)
def test_wrong_input_ends_with_2_and_one_sentence(capsys, argv, said):
    code, out, err = run(capsys, *argv)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_with_json_a_report_that_cannot_be_written_prints_the_error_alone(capsys):
    code, out, _err = run(capsys, "open-items", "-o", "/nowhere/x.json", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "file_unwritable")


def test_with_json_a_report_goes_to_the_file_and_to_standard_output(capsys, tmp_path):
    file = tmp_path / "offen.json"
    code, out, _err = run(capsys, "open-items", "-o", str(file), "--json")
    assert (code, json.loads(out)["rows"]) == (0, json.loads(file.read_text("utf-8"))["rows"])
