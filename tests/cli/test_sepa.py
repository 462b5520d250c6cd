"""The commands `sepa`: the file for the bank, the shapes of the contract, what is refused, what a repeated call does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services.settings import change_settings
from membership.settings import Settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_mandate, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """M0001 pays 600.00 by direct debit, M0002 has given no mandate although it wants to."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-20")
    monkeypatch.chdir(tmp_path)
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        write(STAFF, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
        make_member(STAFF, number="M0001", name="Müller & Söhne GmbH")
        make_member(STAFF, number="M0002", name="Beta Guss AG", payment_method="direct_debit")
        make_mandate(STAFF, "M0001")
        bill_year(STAFF, with_papers=False)
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()


def sepa(capsys, *argv, code=0):
    assert main(["sepa", *argv, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_collection_is_written_listed_and_handed_in(capsys, tmp_path):
    made = sepa(capsys, "create", "2027-02-01", "-o", "debits.xml")
    assert made == {
        "collection": 1, "number": "LS2027-0001", "count": 1, "sum": "600.00", "date": "2027-02-01",
        "left_out": [{"document": "RE2027-0002", "reason": "Das Mitglied hat kein Mandat erteilt."}],
    }  # fmt: skip
    first = (tmp_path / "debits.xml").read_bytes()
    assert etree.fromstring(first).findtext(".//p:CtrlSum", namespaces=SPACE) == "600.00"
    again = sepa(capsys, "create", "2027-02-01", "-o", "again.xml")
    assert (again["collection"], (tmp_path / "again.xml").read_bytes()) == (1, first)
    assert [(each["state"], each["count"]) for each in sepa(capsys, "list")] == [("exported", 1)]
    assert sepa(capsys, "submitted", "1")["state"] == "submitted"
    assert sepa(capsys, "submitted", "LS2027-0001")["state"] == "submitted"
    assert sepa(capsys, "withdraw", "1", code=3)["error"]["code"] == "collection_state"


def test_fi_49_a_day_on_which_banks_do_not_settle_and_one_too_early_are_refused(capsys):
    assert sepa(capsys, "create", "2027-01-31", "-o", "x.xml", code=2)["error"]["code"] == "not_bank_day"
    assert (
        sepa(capsys, "create", "2027-01-20", "-o", "x.xml", code=3)["error"]["code"] == "collection_too_early"
    )
    assert sepa(capsys, "withdraw", "7", code=2)["error"]["code"] == "not_found"


def test_a_mandate_is_taken_down_once_announced_and_revoked(capsys, tmp_path):
    given = {
        "member": "M0002",
        "iban": "DE89 3704 0044 0532 0130 00",
        "scheme": "B2B",
        "signed_on": "2027-01-15",
    }
    (tmp_path / "mandate.json").write_text(json.dumps(given))
    kept = sepa(capsys, "mandate-add", "mandate.json")
    assert kept == {
        "reference": "M0002-01", "member": "M0002", "scheme": "B2B", "recurrence": "recurrent", "state": "active",
        "signed_on": "2027-01-15", "last_used_on": None, "expires_on": "2030-01-15", "iban": "DE•• •••• 3000",
    }  # fmt: skip
    assert sepa(capsys, "mandate-add", "mandate.json") == kept
    assert [each["reference"] for each in sepa(capsys, "mandates")] == ["M0001-01", "M0002-01"]
    told = sepa(capsys, "notify", "RE2027-0002", "--on", "2027-01-20", "--due", "2027-02-06")
    assert told["date"] == "2027-02-08"
    made = sepa(capsys, "create", "2027-02-08", "-o", "debits.xml")
    assert (made["count"], made["left_out"]) == (2, [])
    ended = sepa(capsys, "mandate-revoke", "M0002-01")
    assert (ended["state"], ended["under_way"]) == ("revoked", ["LS2027-0001"])


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, ""),
        ({"member": "M0001", "scheme": "SEPA"}, "/scheme"),
        ({"member": "M0001", "day": 1}, "/day"),
    ],
)
def test_a_wrong_mandate_file_names_the_place(capsys, tmp_path, given, where):
    (tmp_path / "mandate.json").write_text(json.dumps(given))
    assert sepa(capsys, "mandate-add", "mandate.json", code=2)["error"]["where"] == where
