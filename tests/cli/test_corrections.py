"""The commands that correct an invoice: each answers with the invoice, and a repeated one changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
ALPHA = "RE2027-0001"


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """M0001 owes 600.00 (RE2027-0001), M0002 owes 1,200.00 (RE2027-0002)."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
        make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60)
        bill_year(STAFF)
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()


def run(capsys, *argv):
    code = main(["invoices", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_cancelled_invoice_and_its_cancellation_have_the_shape_of_the_contract(capsys):
    found = document(capsys, "cancel", ALPHA, "--reason", "doppelt berechnet")
    assert (found["number"], found["state"], found["open"], found["credited"]) == (
        ALPHA, "cancelled", "0.00", "600.00",
    )  # fmt: skip
    assert found["followed_by"] == ["KO2027-0001"]
    credit = document(capsys, "show", "KO2027-0001")
    assert (credit["kind"], credit["replaces"], credit["gross"]) == ("cancellation", ALPHA, "600.00")
    assert [line["amount"] for line in credit["lines"]] == ["600.00"]
    assert [each["number"] for each in document(capsys, "list", "--year", "2027")] == [
        "KO2027-0001", ALPHA, "RE2027-0002",
    ]  # fmt: skip


def test_cancelling_again_is_reported_and_makes_no_second_document(capsys):
    document(capsys, "cancel", ALPHA)
    code, out, _err = run(capsys, "cancel", ALPHA)
    assert code == 0
    assert out.startswith("Das ist bereits erledigt") or "erledigt" in out.splitlines()[0]
    assert len(document(capsys, "list")) == 3


def test_a_dry_run_says_what_would_be_and_changes_nothing(capsys):
    assert document(capsys, "cancel", ALPHA, "--dry-run")["state"] == "cancelled"
    assert document(capsys, "show", ALPHA)["state"] == "overdue"
    assert len(document(capsys, "list")) == 2


def test_the_pdf_of_a_cancellation_is_there_at_once(capsys, tmp_path):
    document(capsys, "cancel", ALPHA)
    target = tmp_path / "storno.pdf"
    found = document(capsys, "pdf", "KO2027-0001", "-o", str(target))
    assert found["sha256"]
    assert target.read_bytes().startswith(b"%PDF")


def test_cancel_and_reissue_names_both_documents(capsys):
    assert document(capsys, "cancel", ALPHA, "--reissue")["followed_by"] == ["KO2027-0001", "RE2027-0003"]
    new = document(capsys, "show", "RE2027-0003")
    assert (new["kind"], new["replaces"], new["open"]) == ("invoice", ALPHA, "600.00")
    assert document(capsys, "cancel", ALPHA, "--reissue")["followed_by"] == ["KO2027-0001", "RE2027-0003"]


def test_a_corrected_invoice_takes_the_place_of_the_old_one(capsys):
    assert document(capsys, "cancel", ALPHA, "--replace")["followed_by"] == ["RE2027-0003"]
    assert document(capsys, "show", "RE2027-0003")["kind"] == "invoice"


def test_correct_takes_an_amount_off_once(capsys):
    for _ in range(2):
        found = document(capsys, "correct", ALPHA, "100", "--reason", "zu viel")
        assert (found["open"], found["followed_by"]) == ("500.00", ["KO2027-0001"])
    assert document(capsys, "correct", ALPHA, "100", "--reason", "noch einmal")["open"] == "400.00"


def test_waive_write_off_and_reopen(capsys):
    assert document(capsys, "waive", ALPHA, "100")["waived"] == "100.00"
    found = document(capsys, "write-off", ALPHA, "--reason", "Insolvenz", "--resolution", "Vorstand")
    assert (found["state"], found["written_off"]) == ("waived", "500.00")
    assert document(capsys, "write-off", ALPHA)["written_off"] == "500.00"
    assert document(capsys, "reopen", ALPHA)["open"] == "600.00"


def test_defer_and_instalments_move_the_due_date(capsys):
    found = document(capsys, "defer", ALPHA, "--until", "2027-06-30")
    assert (found["state"], found["flags"], found["due_on"]) == ("deferred", ["deferred"], "2027-06-30")
    assert document(capsys, "defer", ALPHA, "--until", "2027-06-30")["due_on"] == "2027-06-30"
    found = document(capsys, "instalments", ALPHA, "--dates", "2027-03-01,2027-04-01")
    assert found["due_on"] == "2027-03-01"
    assert document(capsys, "instalments", ALPHA, "--dates", "2027-03-01,2027-04-01")["state"] == "deferred"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("cancel", "RE2027-9999"), 2),
        (("correct", ALPHA, "600"), 3),
        (("correct", ALPHA, "0"), 3),
        (("waive", ALPHA, "601"), 3),
        (("defer", ALPHA, "--until", "2027-02-16"), 3),
        (("instalments", ALPHA, "--dates", "2027-03-01"), 2),
        (("instalments", ALPHA, "--dates", "morgen"), 2),
        (("reopen", ALPHA), 3),
        (("adjust", ALPHA), 3),
        (("cancel", "KO2027-0001"), 2),
    ],
)
def test_what_cannot_be_is_refused_with_one_sentence(capsys, argv, code):
    found, _out, err = run(capsys, *argv)
    assert found == code
    assert len(err.strip().splitlines()) == 1
