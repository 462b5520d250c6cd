"""The commands `payments` and `invoices`: the shapes of the contract, what is refused, what a repeated call does."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from membership.app import create_app
from membership.cli import invoices, payments
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
RECORD = ("record", "RE2027-0001", "600.00", "--on", "2027-02-10", "--method", "transfer")


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """Books with two members and an invoice each: M0001 owes 600.00, M0002 owes 1,200.00."""
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


def run(capsys, subject, *argv):
    code = main([subject.__name__.rpartition(".")[2], *argv])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys, subject, *argv):
    code, out, err = run(capsys, subject, *argv, "--json")
    assert code == 0, err
    return json.loads(out)


def recorded_loose(capsys):
    """Record 650.00 of M0001 and settle nothing with it."""
    argv = ("record", "RE2027-0001", "650", "--on", "2027-02-10", "--method", "cash")
    paid = document(capsys, payments, *argv)
    return document(capsys, payments, "unallocate", str(paid["id"]), "RE2027-0001")


def invoice(capsys, number="RE2027-0001"):
    return document(capsys, invoices, "show", number)


def test_an_invoice_has_the_shape_of_the_contract(capsys):
    shown = invoice(capsys)
    assert len(shown.pop("sha256")) == 64
    assert shown.pop("reference").startswith("RF")
    assert shown == {
        "number": "RE2027-0001", "kind": "invoice", "member": "M0001", "dues_year": 2027,
        "issued_on": "2027-01-11", "due_on": "2027-01-31", "period_from": "2027-01-01", "period_to": "2027-12-31",
        "lines": [{"kind": "dues", "text": "Mitgliedsbeitrag 2027", "amount": "600.00", "tax": "O"}],
        "net": "600.00", "tax": "0.00", "gross": "600.00", "open": "600.00", "state": "overdue", "flags": [],
        "level": None, "replaces": None, "credited": "0.00", "waived": "0.00", "written_off": "0.00",
    }  # fmt: skip
    assert document(capsys, invoices, "list", "--year", "2027")[0]["number"] == "RE2027-0001"
    assert document(capsys, invoices, "list", "--year", "2026") == []


def test_inv_06_the_pdf_is_the_one_that_was_stored(capsys, tmp_path):
    target = tmp_path / "invoice.pdf"
    assert run(capsys, invoices, "pdf", "RE2027-0001", "-o", str(target))[0] == 0
    assert sha256(target.read_bytes()).hexdigest() == invoice(capsys)["sha256"]


def test_a_payment_settles_the_invoice_it_names_and_has_the_shape_of_the_contract(capsys):
    paid = document(capsys, payments, *RECORD)
    assert paid == {
        "id": paid["id"], "received_on": "2027-02-10", "amount": "600.00", "channel": "bank", "member": "M0001",
        "entry": None, "allocations": [{"document": "RE2027-0001", "amount": "600.00"}], "free": "0.00",
    }  # fmt: skip
    assert (invoice(capsys)["open"], invoice(capsys)["state"]) == ("0.00", "paid")
    assert document(capsys, payments, "list") == [paid]


def test_inv_09_the_same_call_again_reports_the_first_payment(capsys):
    first = document(capsys, payments, *RECORD)
    assert document(capsys, payments, *RECORD) == first
    assert len(document(capsys, payments, "list")) == 1


def test_with_another_reason_the_same_call_is_a_second_payment(capsys):
    document(capsys, payments, *RECORD)
    second = document(capsys, payments, *RECORD, "--reason", "paid twice")
    assert (second["allocations"], second["free"]) == ([], "600.00")


def test_what_is_paid_too_much_is_free_and_can_be_moved(capsys):
    argv = ("record", "RE2027-0001", "650,00", "--on", "2027-02-10", "--method", "cash")
    paid = document(capsys, payments, *argv)
    assert (paid["free"], paid["channel"]) == ("50.00", "cash")
    loose = document(capsys, payments, "unallocate", str(paid["id"]), "RE2027-0001")
    assert (loose["allocations"], loose["free"]) == ([], "650.00")
    part = document(capsys, payments, "allocate", str(paid["id"]), "RE2027-0001=200.00")
    assert (part["allocations"][0]["amount"], part["free"]) == ("200.00", "450.00")
    assert invoice(capsys)["open"] == "400.00"


def test_allocating_names_the_amount_in_all_so_the_same_call_again_does_nothing(capsys):
    paid = recorded_loose(capsys)
    argv = ("allocate", str(paid["id"]), "RE2027-0001=50")
    first = document(capsys, payments, *argv)
    assert (first["allocations"][0]["amount"], first["free"]) == ("50.00", "600.00")
    for _time in range(2):
        assert document(capsys, payments, *argv) == first
    assert invoice(capsys)["open"] == "550.00"
    assert "schon erledigt" in run(capsys, payments, *argv)[1]
    more = document(capsys, payments, "allocate", str(paid["id"]), "RE2027-0001=80")
    assert (more["allocations"][0]["amount"], more["free"]) == ("80.00", "570.00")


def test_allocating_less_than_is_settled_already_is_refused(capsys):
    paid = recorded_loose(capsys)
    argv = ("allocate", str(paid["id"]))
    document(capsys, payments, *argv, "RE2027-0001=80")
    code, _out, err = run(capsys, payments, *argv, "RE2027-0001=50")
    assert (code, err.count("\n")) == (3, 1)
    assert "80,00\N{NO-BREAK SPACE}€" in err
    assert invoice(capsys)["open"] == "520.00"


def test_a_document_cannot_be_named_twice(capsys):
    paid = recorded_loose(capsys)
    code, _out, err = run(capsys, payments, "allocate", str(paid["id"]), "RE2027-0001=50", "re2027-0001=60")
    assert (code, "zweimal" in err) == (2, True)
    assert invoice(capsys)["open"] == "600.00"


def test_unallocating_again_reports_the_present_state(capsys):
    paid = document(capsys, payments, *RECORD)
    argv = ("unallocate", str(paid["id"]), "RE2027-0001")
    loose = document(capsys, payments, *argv)
    assert document(capsys, payments, *argv) == loose
    code, out, err = run(capsys, payments, *argv)
    assert (code, err) == (0, "")
    assert "schon erledigt" in out


def test_what_is_missing_is_named_in_german_and_its_id_as_it_was_typed(capsys):
    assert run(capsys, invoices, "show", "NOPE")[2] == "Rechnung NOPE gibt es nicht.\n"
    assert (
        run(capsys, payments, "allocate", "999999", "RE2027-0001=5")[2] == "Zahlung 999999 gibt es nicht.\n"
    )
    assert run(capsys, invoices, "show", "NOPE", "--lang", "en")[2] == "There is no invoice NOPE.\n"


def test_the_lines_of_an_invoice_are_written_like_its_sum(capsys):
    out = run(capsys, invoices, "show", "RE2027-0001")[1]
    assert "600.00" not in out
    assert out.count("600,00\N{NO-BREAK SPACE}€") == 3


def test_a_rehearsal_changes_nothing_and_names_no_payment(capsys):
    assert document(capsys, payments, *RECORD, "--dry-run")["id"] is None
    assert document(capsys, payments, "list") == []
    assert invoice(capsys)["open"] == "600.00"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("record", "RE2027-0001", "1.234,5x", "--on", "2027-02-10", "--method", "cash"), 2),
        (("record", "RE2027-0001", "-5", "--on", "2027-02-10", "--method", "cash"), 3),
        (("record", "RE2027-0001", "0", "--on", "2027-02-10", "--method", "cash"), 3),
        (("record", "RE2027-0001", "5", "--on", "2027-02-17", "--method", "cash"), 3),
        (("record", "RE2027-0099", "5", "--on", "2027-02-10", "--method", "cash"), 2),
        (("allocate", "99", "RE2027-0001=5"), 2),
        (("allocate", "1", "RE2027-0001"), 2),
        (("allocate", "99999999999999999999", "RE2027-0001=5"), 2),
        (("allocate", "-1", "RE2027-0001=5"), 2),
        (("unallocate", "99999999999999999999", "RE2027-0001"), 2),
    ],
)
def test_a_wrong_input_is_refused_and_nothing_is_booked(capsys, argv, code):
    ended, _out, err = run(capsys, payments, *argv)
    assert ended == code
    assert err.strip()
    assert document(capsys, payments, "list") == []


def test_a_payment_never_settles_the_invoice_of_another_member(capsys):
    paid = document(
        capsys, payments, "record", "RE2027-0001", "700", "--on", "2027-02-10", "--method", "cash"
    )
    code, _out, err = run(capsys, payments, "allocate", str(paid["id"]), "RE2027-0002=100.00")
    assert (code, err.count("\n")) == (3, 1)
    assert invoice(capsys, "RE2027-0002")["open"] == "1200.00"
