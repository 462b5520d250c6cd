"""The commands `refunds` and `payments refund`: the shapes, what a repeated call does, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.banking.statements import Rest
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services.banking.deciding import post_line
from membership.settings import Settings
from tests.conftest import person
from tests.factories import make_association, make_member
from tests.services.banking.books import PAYER, entry, statement, taken_in

STAFF = person(Role.TREASURER, Role.ADMIN)
DAY = date(2027, 1, 15)


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """M0001 has a credit balance of 100.00 from its bank account."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-20")
    monkeypatch.chdir(tmp_path)
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        make_member(STAFF, number="M0001", name="Müller & Söhne GmbH")
        taken_in(STAFF, statement(entry(10_000, "doppelt", day=DAY, name="Mueller und Soehne")))
        write(STAFF, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()


def run(capsys, *argv, code=0):
    assert main([*argv, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_credit_balance_goes_back_by_commands(capsys, tmp_path):
    (payment,) = run(capsys, "payments", "list")
    assert (payment["entry"], payment["free"]) == (1, "100.00")
    rehearsed = run(capsys, "payments", "refund", "M0001", "40.00", "--dry-run")
    assert (rehearsed["number"], run(capsys, "refunds", "list")) == (None, [])
    made = run(capsys, "payments", "refund", "M0001", "40.00", "--text", "Überzahlung")
    assert made == {
        "number": "ER2027-0001", "member": "M0001", "amount": "40.00", "name": "Mueller und Soehne",
        "iban": "DE•• •••• 2051", "state": "prepared", "file": None, "prepared_on": "2027-01-20",
    }  # fmt: skip
    filed = run(capsys, "refunds", "file", "-o", "refunds.xml")
    assert (filed["file"], filed["sum"], filed["refunds"]) == ("UE2027-0001", "40.00", ["ER2027-0001"])
    content = (tmp_path / "refunds.xml").read_bytes()
    assert PAYER.encode() in content
    run(capsys, "refunds", "fetch", "UE2027-0001", "-o", "again.xml")
    assert (tmp_path / "again.xml").read_bytes() == content
    for _time in range(2):
        assert run(capsys, "refunds", "submitted", "UE2027-0001")["state"] == "submitted"
    assert run(capsys, "refunds", "list")[0]["state"] == "submitted"


def test_what_was_not_carried_out_is_withdrawn_with_a_reason(capsys):
    run(capsys, "payments", "refund", "M0001", "40.00")
    run(capsys, "refunds", "file", "-o", "refunds.xml")
    run(capsys, "refunds", "submitted", "UE2027-0001")
    run(capsys, "refunds", "withdraw", "UE2027-0001", code=2)
    said = run(capsys, "refunds", "withdraw", "UE2027-0001", "--reason", "Bank hat abgelehnt")
    assert (said["state"], said["refunds"]) == ("withdrawn", [])
    for _time in range(2):
        assert run(capsys, "refunds", "withdraw", "ER2027-0001")["state"] == "withdrawn"
    assert run(capsys, "payments", "list")[0]["free"] == "100.00"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("payments", "refund", "M0001", "100.01"), 3),
        (("payments", "refund", "M0001", "1", "--iban", "DE00"), 2),
        (("payments", "refund", "M9999", "1"), 2),
        (("refunds", "file", "-o", "x.xml"), 3),
        (("refunds", "submitted", "UE2027-0009"), 2),
    ],
)
def test_sec_74_what_cannot_be_done_is_refused_in_one_sentence(capsys, argv, code):
    assert main(list(argv)) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
