"""`membership bank collect|return|refund|payout|recorded|ask`: what the page decides about own money, by command."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import update

from membership.cli.main import main
from membership.domain.online_payments.pictures import Payout
from membership.domain.policy import Role
from membership.persistence.db import close, write
from membership.persistence.models.members import Member
from membership.services import direct_debits, refunds
from membership.services.online_payments.payouts import keep_payout
from membership.services.refunds import Payee
from membership.services.settings import change_settings
from tests.cli.bank_files import Move, camt
from tests.conftest import person
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.banking.books import PAYER, entry, statement, taken_in

STAFF = person(Role.TREASURER, Role.ADMIN)
DUE, BACK, TODAY = date(2027, 2, 1), date(2027, 2, 5), date(2027, 2, 16)
DEBITS = ("RE2027-0001-1", "RE2027-0002-1")


@pytest.fixture
def bank(app, database, tmp_path, monkeypatch, capsys):
    """Run a command on books with a collection of 600.00 and 600.00 at the bank; M0003 owes 600.00."""
    address, state = database
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
    monkeypatch.setenv("MEMBERSHIP_TODAY", str(TODAY))
    monkeypatch.chdir(tmp_path)
    make_association(STAFF)
    write(STAFF, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002", "M0003"):
        make_member(STAFF, number=number, name=f"Hansa {number[-1]} GmbH")
    for number in ("M0001", "M0002"):
        make_mandate(STAFF, number)
    bill_year(STAFF, with_papers=False)
    made = write(STAFF, direct_debits.create_collection, DUE, today=date(2027, 1, 11))
    write(STAFF, direct_debits.export_collection, made.id, today=date(2027, 1, 12))
    write(STAFF, direct_debits.mark_submitted, made.id, on=date(2027, 1, 28))
    close()

    def run(*argv, subject="bank", code=0):
        ended = main([subject, *map(str, argv), "--json"])
        told, said = capsys.readouterr()
        assert ended == code, (said, told)
        return json.loads(told)

    yield run
    assert run("--full", subject="verify")["findings"] == []


def bare(cents, *, day=DUE, **changes):
    return entry(cents, "SAMMLER", day=day, name=None, iban=None, **changes)


def kept(*entries, opening=0):
    taken_in(STAFF, statement(*entries, opening=opening))
    close()


def opened(bank):
    return [bank("show", f"RE2027-000{n}", subject="invoices")["open"] for n in (1, 2, 3)]


def test_a_collection_that_the_bank_shows_as_a_sum_is_settled_by_its_number(bank):
    kept(bare(120_000))
    assert bank("collect", 1, code=2)["error"]["code"] == "not_found"
    assert bank("collect", 1, "LS2027-0009", code=2)["error"]["code"] == "not_found"
    assert bank("collect", 1, "LS2027-0001", "--dry-run")["state"] == "collected"
    assert opened(bank) == ["600.00"] * 3
    for named in (["LS2027-0001"], ["LS2027-0001"], ["LS2027-0001-1"], []):
        done = bank("collect", 1, *named)
        assert (done["state"], done["allocations"]) == (
            "collected",
            [{"document": f"RE2027-000{n}", "amount": "600.00"} for n in (1, 2)],
        )
    assert opened(bank) == ["0.00", "0.00", "600.00"]
    assert bank("collect", 1, "LS2027-0002", code=3)["error"]["code"] == "line_decided"


def test_a_sum_that_is_not_that_of_the_collection_is_refused_and_nothing_is_booked(bank):
    kept(bare(119_999))
    assert bank("collect", 1, "LS2027-0001", code=3)["error"]["code"] == "parts_differ"
    assert opened(bank) == ["600.00"] * 3


def test_a_debit_that_came_back_and_a_sum_of_two_that_a_person_names(bank):
    kept(bare(120_000))
    bank("collect", 1, "LS2027-0001")
    kept(bare(-120_700, day=BACK), opening=120_000)
    named = ("return", 2, f"{DEBITS[1]}=ac04", DEBITS[0])
    assert bank("return", 2, code=2)["error"]["code"] == "not_found"
    assert bank(*named, code=3)["error"]["code"] == "parts_differ"
    assert bank("return", 2, DEBITS[0], "--fee", "7.00", code=3)["error"]["code"] == "parts_differ"
    for _ in range(2):
        done = bank(*named, "--fee", "7.00", "--fee-of-member")
        assert (done["state"], done["allocations"]) == (
            "returned",
            [{"document": f"RE2027-000{n}", "amount": "-600.00"} for n in (1, 2)],
        )
    assert bank("return", 2, DEBITS[0], "--fee", "607.00", code=3)["error"]["code"] == "line_decided"
    assert opened(bank) == ["600.00"] * 3
    states = {each["reference"]: each["state"] for each in bank("mandates", subject="sepa")}
    assert states == {"M0001-01": "active", "M0002-01": "revoked"}
    assert bank("undo", 2, "--reason", "falsch")["state"] == "open"
    assert opened(bank) == ["0.00", "0.00", "600.00"]


def test_a_single_return_needs_no_name(bank):
    kept(bare(120_000), bare(-60_300, day=BACK, end_to_end_id=DEBITS[0], return_reason="AM04"))
    bank("collect", 1, "LS2027-0001")
    assert [bank("return", 2)["allocations"] for _ in range(2)] == [
        [{"document": "RE2027-0001", "amount": "-600.00"}]
    ] * 2


def test_own_refunds_that_left_the_account(bank):
    kept(entry(65_000, "RE2027-0003 doppelt"), entry(-5_000, "Erstattung", day=BACK))
    bank("post", 1, "RE2027-0003=600", "--rest", "credit")
    payee = Payee(iban=PAYER)
    write(STAFF, refunds.prepare_refund, "M0003", 5_000, payee=payee, today=TODAY)
    write(STAFF, refunds.create_file, today=TODAY)
    close()
    assert bank("refund", 2, "ER2027-0009", code=2)["error"]["code"] == "not_found"
    for _ in range(2):
        done = bank("refund", 2, "er2027-0001")
        assert (done["state"], done["member"]) == ("refunded", "M0003")
    assert bank("payout", 2, "po_1", code=3)["error"]["code"] == "line_decided"


def test_a_payout_of_the_payment_provider(bank):
    kept(bare(9_900))
    write(STAFF, keep_payout, Payout("po_1", 9_900, "eur", "paid", DUE, is_live=False, movements=()))
    close()
    assert bank("payout", 1, "po_2", code=2)["error"]["code"] == "not_found"
    assert [bank("payout", 1, "po_1")["state"] for _ in range(2)] == ["paid_out"] * 2
    assert bank("payout", 1, "po_2", code=3)["error"]["code"] == "line_decided"


def test_a_payment_recorded_by_hand_before_is_not_booked_again(bank):
    bank("record", "RE2027-0003", "600", "--on", DUE, "--method", "transfer", subject="payments")
    kept(entry(60_000, "RE2027-0003"), entry(50_000, "anderes"))
    assert bank("recorded", 2, 1, code=3)["error"]["code"] == "payment_differs"
    assert [bank("recorded", 1, 1)["state"] for _ in range(2)] == ["recorded"] * 2
    assert len(bank("list", subject="payments")) == 1


def test_an_account_is_not_remembered_where_that_is_not_wished(bank, app):
    kept(entry(30_000, "RE2027-0003"), entry(10_000, "ohne Zweck", iban="DE27100777770209299700"))
    bank("post", 1, "RE2027-0003=300", "--forget")
    kept(entry(7_700, "was anderes", day=BACK), opening=40_000)
    found = bank("lines", "--open")[-1]
    assert "E" not in {each["rule"] for each in found["reasons"]}
    bank("undo", 1)
    bank("post", 1, "RE2027-0003=300")
    assert "E" in {each["rule"] for each in bank("lines", "--open")[-1]["reasons"]}


def test_who_paid_is_asked_by_mail_once(bank):
    kept(entry(9_900, "?"), entry(-9_900, "weg"))
    write(STAFF, lambda session: session.execute(update(Member).values(invoice_email="r@hansa.example")))
    close()
    given = ("ask", 1, "M0003", "--to", "kasse@hansa.example")
    assert bank(*given, "--dry-run")["questions"][0]["to"] == "kasse@hansa.example"
    for _ in range(2):
        (question,) = bank(*given, "--question", "Wofür?")["questions"]
        assert question == {"to": "kasse@hansa.example", "question": "Wofür?", "state": "new"}
    assert len(bank(*given, "--question", "Für wen?")["questions"]) == 2
    assert bank("ask", 2, "M0003", code=3)["error"]["code"] == "wrong_direction"
    assert bank("ask", 1, "M0099", code=2)["error"]["code"] == "not_found"


def test_a_sum_read_from_a_file_is_collected_as_well(bank, tmp_path):
    (tmp_path / "summe.xml").write_bytes(camt([Move("1200.00", DUE, "Fahrzeugcluster", "SAMMLER", "")], 0))
    bank("import", "summe.xml")
    assert bank("collect", 1, "LS2027-0001")["state"] == "collected"
