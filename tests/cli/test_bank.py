"""`membership bank read`: one JSON document, lines for people, exit codes; no database is opened."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest

from membership.cli.main import main
from tests.gateways.bank_files.camt_files import camt, entry
from tests.gateways.bank_files.test_csv import PLAIN, ROW

KEYS = {
    "amount", "currency", "status", "booked_on", "value_on", "reversal", "bank_reference", "code", "name", "iban", "remittance", "creditor_reference",
    "end_to_end_id", "mandate_id", "return_reason", "batch",
}  # fmt: skip


def run(capsys, *argv):
    code = main(["bank", "read", *map(str, argv)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "auszug.xml"
    path.write_bytes(camt(entry(), entry("5.00", status="<Sts>PDNG</Sts>")))
    return path


def test_it_prints_one_json_document_in_the_shape_of_the_contract(capsys, file):
    code, out, err = run(capsys, file, "--json")
    document = json.loads(out)
    assert (code, err, document["format"]) == (0, "", "camt.053.001.08")
    (statement,) = document["statements"]
    assert statement["opening"] == {"amount": "100.00", "currency": "EUR", "date": "2027-02-01"}
    assert (statement["account"], statement["currency"], statement["difference"]) == (
        "DE89370400440532013000",
        "EUR",
        "0.00",
    )
    assert statement["entries"][0].keys() >= KEYS
    assert [(each["amount"], each["status"]) for each in statement["entries"]] == [
        ("600.00", "booked"),
        ("5.00", "pending"),
    ]


def test_the_text_says_whether_the_file_adds_up(capsys, file):
    code, out, _ = run(capsys, file)
    assert (code, "Die Datei geht auf." in out, "600,00" in out, "vorgemerkt" in out) == (0, True, True, True)
    file.write_bytes(camt(entry("590.00")))
    code, out, _ = run(capsys, file, "--lang", "en")
    assert (code, "a difference of −10.00\u00a0EUR" in out) == (0, True)


def test_amounts_have_two_places_and_more_only_where_they_are(capsys, file):
    file.write_bytes(camt(entry("2700", currency="JPY"), entry("1.234", currency="KWD"), balances=""))
    _, out, _ = run(capsys, file, "--json")
    assert [each["amount"] for each in json.loads(out)["statements"][0]["entries"]] == ["2700.00", "1.234"]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"hello", camt(entry(sign=""))])
def test_what_cannot_be_read_ends_with_2_and_one_sentence(capsys, file, content):
    file.write_bytes(content)
    code, out, err = run(capsys, file)
    assert (code, out, len(err.strip().splitlines())) == (2, "", 1)
    code, out, _ = run(capsys, file, "--json")
    error = json.loads(out)["error"]
    assert (code, set(error)) == (2, {"code", "message", "where"})
    assert error["where"].startswith("auszug.xml")


def test_a_missing_file_ends_with_2(capsys, tmp_path):
    assert run(capsys, tmp_path / "nie.xml")[0] == 2


def test_standard_input_is_read(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO((PLAIN + ROW).encode())))
    code, out, _ = run(capsys, "-", "--json")
    assert (code, json.loads(out)["format"]) == (0, "csv")


def test_a_mapping_file_names_the_columns(capsys, tmp_path):
    path, mapping = tmp_path / "a.csv", tmp_path / "m.toml"
    path.write_text("Wann;Wieviel;Wozu\n03.02.2027;5,00;Spende\n")
    mapping.write_text(
        '[columns]\n"Wann" = "booked"\n"Wieviel" = "amount"\n"Wozu" = "text"\n[format]\nheadings = 1\n'
    )
    assert run(capsys, path)[0] == 2
    code, out, _ = run(capsys, path, "--mapping", mapping, "--json")
    assert (code, json.loads(out)["statements"][0]["entries"][0]["remittance"]) == (0, "Spende")
    mapping.write_bytes(b"\xff")
    assert run(capsys, path, "--mapping", mapping)[0] == 2
