"""The commands `invoices xml` and `invoices check`: files, exit codes and the shape of the contract."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from invoices.checking import official
from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services.settings import change_settings
from membership.settings import Settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.invoices.einvoices import LEITWEG

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture
def books(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        write(STAFF, change_settings, {"invoice.contact_name": "B", "association.phone": "04400 1234"})
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
        make_member(STAFF, number="M0002", name="Stadt Musterhafen", leitweg_id=LEITWEG)
        bill_year(STAFF)
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()
    return tmp_path


def run(capsys, *argv):
    code = main(["invoices", *map(str, argv)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_xml_and_the_pdf_of_an_invoice_are_written_and_nothing_is_wrong_with_them(books, capsys):
    for number, profile in (("RE2027-0001", "urn:cen.eu:en16931:2017"), ("RE2027-0002", None)):
        xml, pdf = books / "a.xml", books / "a.pdf"
        code, out, _ = run(capsys, "xml", number, "-o", xml, "--json")
        assert code == 0
        assert json.loads(out) == {
            "number": number, "file": str(xml), "sha256": sha256(xml.read_bytes()).hexdigest(),
        }  # fmt: skip
        assert run(capsys, "pdf", number, "-o", pdf)[0] == 0
        for file in (xml, pdf):
            code, out, _ = run(capsys, "check", file, "--json")
            report = json.loads(out)
            assert (code, report["ok"], report["findings"], report["rules"]) == (0, True, [], "full")
        assert report["profile"] == "urn:cen.eu:en16931:2017"
        code, out, _ = run(capsys, "check", xml, "--json")
        assert json.loads(out)["profile"] == (
            profile or f"{report['profile']}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
        )


def test_what_is_wrong_is_said_with_rule_place_and_words_and_ends_with_1(tmp_path, capsys):
    from tests.invoices.einvoices import cases, written

    file = tmp_path / "wrong.xml"
    file.write_bytes(
        written(cases()["full_year"]).replace(b"GrandTotalAmount>600.00", b"GrandTotalAmount>601.00")
    )
    code, out, _ = run(capsys, "check", file, "--json")
    report = json.loads(out)
    assert code == 1
    assert not report["ok"]
    assert {
        "rule": "BR-CO-15", "level": "error", "where": "BT-112",
        "text": "Der Bruttobetrag (BT-112) ist 601,00, richtig wäre 600,00.",
    } in report["findings"]  # fmt: skip
    code, out, _ = run(capsys, "check", file, "--lang", "en")
    assert code == 1
    assert "Error  BR-CO-15 (BT-112): The gross amount (BT-112) is 601.00, but should be 600.00." in out
    assert "This e-invoice breaks rules." in out


def test_without_the_packages_of_the_extra_the_rules_are_partial(tmp_path, capsys, monkeypatch):
    from tests.invoices.einvoices import cases, written

    monkeypatch.setattr(official, "find_spec", {}.get)
    file = tmp_path / "right.xml"
    file.write_bytes(written(cases()["full_year"]))
    code, out, _ = run(capsys, "check", file, "--json")
    assert code == 0
    assert json.loads(out) == {
        "ok": True, "profile": "urn:cen.eu:en16931:2017", "findings": [], "rules": "partial",
    }  # fmt: skip
    assert "amtlichen Regeln wurden nicht geprüft" in run(capsys, "check", file)[1]


def test_a_file_that_is_not_there_is_wrong_input_and_one_that_is_no_invoice_a_finding(tmp_path, capsys):
    code, _, err = run(capsys, "check", tmp_path / "none.pdf")
    assert code == 2
    assert "none.pdf" in err
    file = tmp_path / "letter.txt"
    file.write_text("Sehr geehrte Damen und Herren")
    code, out, _ = run(capsys, "check", file, "--json")
    assert code == 1
    assert [finding["rule"] for finding in json.loads(out)["findings"]] == ["XML"]


def test_an_unknown_number_is_said(books, capsys):
    code, _, err = run(capsys, "xml", "RE2027-9999", "-o", books / "x.xml")
    assert code != 0
    assert "RE2027-9999" in err
