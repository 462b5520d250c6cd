"""`membership bank import|match|lines|post|not-dues|undo`: the whole way of a statement by the command line."""

from __future__ import annotations

import json
from datetime import date

import pytest

from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import close
from tests.cli.bank_files import Move, camt, listed, mt940
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.gateways.bank_files import camt_files
from tests.services.test_approvals import add_people

STAFF = person(Role.TREASURER, Role.ADMIN)
KEYS = {"entry", "amount", "booked_on", "name", "remittance", "member", "allocations", "points", "reasons"}
MONTH = (
    Move("600.00", date(2027, 2, 3), "Hansa Blechformteile GmbH", "Mitgliedsbeitrag re 2027 0001"),
    Move("300.00", date(2027, 2, 4), "Weser Guss AG", "RE2027-0002 erste Rate", "DE75512108001245126199"),
    Move("-12.50", date(2027, 2, 5), "Musterbank", "Kontofuehrung Februar"),
    Move("50.00", date(2027, 2, 8), "Erika Muster", "Spende Sommerfest", "DE27100777770209299700"),
)
OTHER = ("Wann", "Wer", "Konto dort", "Wozu", "Wieviel", "Geld")
MAPPING = (
    '[columns]\n"Wann"="booked"\n"Wer"="name"\n"Konto dort"="iban"\n"Wozu"="text"\n"Wieviel"="amount"\n"Geld"="currency"\n'
    "[format]\nheadings = 1\n"
)


@pytest.fixture
def bank(app, database, tmp_path, monkeypatch, capsys):
    """Run `membership bank …` on books in which M0001 owes 600.00 and M0002 owes 2,400.00; the folder is the work place."""
    address, state = database
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    monkeypatch.chdir(tmp_path)
    make_association(STAFF)
    make_member(STAFF, number="M0001")
    make_member(STAFF, number="M0002", name="Weser Guss AG", headcount=300)
    bill_year(STAFF, with_papers=False)
    close()

    def run(*argv, subject="bank", code=0):
        ended = main([subject, *map(str, argv), "--json"])
        told, said = capsys.readouterr()
        assert ended == code, said
        return json.loads(told)

    return run


def texts(entries):
    return [each["remittance"] for each in entries]


def test_a_month_is_taken_in_matched_posted_and_taken_back_and_the_books_are_well(bank, tmp_path):
    (tmp_path / "auszug.xml").write_bytes(camt(MONTH))
    foretold = bank("import", "auszug.xml", "--dry-run")
    assert (foretold["statement"], {each["entry"] for each in foretold["suggested"]}) == (None, {None})
    done = bank("import", "auszug.xml")
    assert (done["posted"], done["known"], done["statements"][0]["new"]) == ([], [], 4)
    assert texts(done["suggested"]) == texts(foretold["suggested"]) == [MONTH[0].text, MONTH[1].text]
    assert texts(done["open"]) == [MONTH[2].text, MONTH[3].text]
    assert all(each.keys() >= KEYS for each in [*done["suggested"], *done["open"]])
    first = done["suggested"][0]
    assert (first["member"], first["allocations"]) == (
        "M0001",
        [{"document": "RE2027-0001", "amount": "600.00"}],
    )
    assert (first["amount"], first["booked_on"]) == ("600.00", "2027-02-03")
    assert {"rule": "B", "text": "Rechnungsnummer gefunden"} in first["reasons"]

    would = bank("match", "--dry-run")
    posted = bank("match")
    assert texts(would["posted"]) == texts(posted["posted"]) == [MONTH[0].text]
    assert posted["statement"] is None
    assert bank("match")["posted"] == []
    _first, part, fee, gift = bank("lines")
    assert [each["entry"] for each in bank("lines", "--open")] == [part["entry"], fee["entry"], gift["entry"]]

    post = ("post", part["entry"], "RE2027-0002=300")
    assert bank(*post, "--dry-run")["state"] == "posted"
    assert [bank(*post)["allocations"] for _ in range(2)] == [
        [{"document": "RE2027-0002", "amount": "300.00"}]
    ] * 2
    assert bank("post", part["entry"], "RE2027-0001=300", code=3)["error"]["code"] == "line_decided"
    aside = ("not-dues", fee["entry"], "bank_fees")
    assert [bank(*aside)["category"] for _ in range(2)] == ["bank_fees"] * 2
    given = bank("post", gift["entry"], "--rest", "credit", "--member", "M0002")
    assert (given["member"], given["allocations"]) == ("M0002", [])
    assert bank("lines", "--open") == []
    for each in (part, fee, gift):
        assert [bank("undo", each["entry"], "--reason", "Irrtum")["state"] for _ in range(2)] == ["open"] * 2
    assert bank(*post)["state"] == "posted"
    by_hand = ("record", "RE2027-0002", "2049.50", "--on", "2027-02-10", "--method", "cash")
    bank(*by_hand, subject="payments")
    bank("post", gift["entry"], "RE2027-0002=50", "--rest", "waive", "--reason", "Vergleich")
    assert bank("show", "RE2027-0002", subject="invoices")["open"] == "0.00"
    assert bank("--full", subject="verify")["findings"] == []


def test_fi_43_the_same_month_in_three_formats_posts_nothing_twice(bank, tmp_path):
    files = {"a.xml": camt(MONTH), "b.sta": mt940(MONTH), "c.csv": listed(MONTH)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert bank("import", "a.xml")["statements"][0]["new"] == 4
    kept = bank("lines")
    bank("match")
    for name in files:
        again = bank("import", name)
        assert [again[key] for key in ("posted", "suggested", "open")] == [[], [], []], name
        assert [each["entry"] for each in again["known"]] == [each["entry"] for each in kept], name
    assert len(bank("lines")) == 4
    later = Move("2400.00", date(2027, 2, 15), "Weser Guss AG", "RE2027-0002", MONTH[1].iban)
    (tmp_path / "d.xml").write_bytes(camt((*MONTH, later)))
    new = bank("import", "d.xml")
    assert (texts(new["posted"]), new["posted"][0]["automatic"]) == ([later.text], True)
    assert (len(new["known"]), new["statements"][0]["known"]) == (4, 4)
    assert bank(subject="verify")["findings"] == []


def test_inv_34_a_difference_ends_with_3_unless_it_is_accepted_with_a_reason(bank, tmp_path):
    (tmp_path / "falsch.xml").write_bytes(camt(MONTH, end="1.00"))
    for argv in ((), ("--accept-difference",), ("--reason", "x")):
        assert bank("import", "falsch.xml", *argv, code=3)["error"]["code"] == "statement_differs"
    assert bank("lines") == []
    given = ("--accept-difference", "--reason", "Die Bank berichtigt den Saldo im März")
    (kept,) = bank("import", "falsch.xml", *given)["statements"]
    assert (kept["difference"], kept["accepted"]) == ("1036.50", given[2])


def test_a_mapping_is_remembered_for_the_account(bank, tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING)
    for name, moves in {"eins.csv": MONTH[:2], "zwei.csv": MONTH}.items():
        (tmp_path / name).write_bytes(listed(moves, OTHER))
    assert "error" in bank("import", "eins.csv", code=2)
    assert bank("import", "eins.csv", "--mapping", "m.toml", "--dry-run")["statements"][0]["new"] == 2
    assert "error" in bank("import", "eins.csv", code=2)
    assert bank("import", "eins.csv", "--mapping", "m.toml")["statements"][0]["new"] == 2
    assert bank("import", "zwei.csv", "--account", "DE89 3704 0044 0532 0130 00")["statements"][0]["new"] == 2
    assert (
        bank("import", "zwei.csv", "--account", "DE02120300000000202051", code=2)["error"]["code"]
        == "not_found"
    )


def test_what_cannot_be_decided_is_said_with_its_exit_code(bank, tmp_path):
    (tmp_path / "auszug.xml").write_bytes(camt(MONTH))
    entry = bank("import", "auszug.xml")["open"][0]["entry"]
    refused = [
        (("post", 999, "RE2027-0001=5"), 2), (("post", entry, "RE2027-0001=5"), 3), (("post", entry, "unsinn"), 2),
        (("post", entry - 1, "RE2027-9999=300"), 2), (("post", entry - 1, "RE2027-0001=299"), 3), (("undo", entry), 3),
        (("post", entry - 1, "--rest", "credit"), 2), (("not-dues", entry, "beitrag"), 2),
    ]  # fmt: skip
    assert [bank(*argv, code=code)["error"].keys() for argv, code in refused] == [
        {"code", "message", "where"}
    ] * len(refused)
    assert {each["state"] for each in bank("lines")} == {"open"}


def broken(good):
    """Return what a person may choose instead of the file of the bank."""
    cut = {f"cut at {at}": good[:at] for at in range(0, len(good) - 1, 1_000)}
    return {
        **cut, "half a sign": good[:-2], "PDF": b"%PDF-1.7\n", "a picture": b"\x89PNG\r\n\x1a\n" + bytes(300),
        "UTF-16 in part": good[:200].decode().encode("utf-16") + good[200:],
        "another account": good.replace(b"DE89370400440532013000", b"DE02120300000000202051"),
        "not a day": good.replace(b"2027-02-03", b"2027-02-31"), "100 MB": good + bytes(100_000_000),
    }  # fmt: skip


def test_fi_55_a_cut_foreign_or_empty_file_writes_nothing_whatever_its_name(bank, tmp_path):
    good = camt(MONTH)
    for name, content in broken(good).items():
        file = tmp_path / "auszug.csv"
        file.write_bytes(content)
        error = bank("import", "auszug.csv", "--accept-difference", "--reason", "x", code=2)["error"]
        assert error["message"].strip(), name
    assert (bank("lines"), bank("--full", subject="verify")["findings"]) == ([], [])
    (tmp_path / "auszug.csv").write_bytes(good)
    assert bank("import", "auszug.csv")["statements"][0]["format"] == "camt.053.001.08"


def test_a_waiver_that_waits_is_named_in_the_answer(bank, tmp_path, app):
    with app.app_context():
        add_people(STAFF, u1=Role.TREASURER, u2=Role.ADMIN, u7=Role.BOARD)
        close()
    (tmp_path / "auszug.xml").write_bytes(camt(MONTH[:1]))
    bank("import", "auszug.xml")
    said = ("--rest", "waive", "--reason", "Vergleich", "--resolution", "Vorstand")
    done = bank("post", 1, "RE2027-0002=600.00", *said)
    assert (done["state"], done["waiting"]) == ("posted", [1])
    assert len(bank("list", subject="approvals")) == 1
    assert "waiting" not in bank("undo", 1, "--reason", "falsch")
    assert bank("list", subject="approvals") == []


def test_bnk_4_a_sum_divided_by_mistake_is_put_together_again(bank, tmp_path):
    part = "<TxDtls><Refs><EndToEndId>A-{0}</EndToEndId></Refs><Amt Ccy='EUR'>{0}.00</Amt></TxDtls>"
    told = camt_files.entry("700.00", details=part.format(300) + part.format(400))
    (tmp_path / "summe.xml").write_bytes(camt_files.camt(camt_files.entry("700.00", details=""), balances=""))
    (tmp_path / "teile.xml").write_bytes(camt_files.camt(told, kind="054", balances=""))
    bank("import", "summe.xml")
    bank("not-dues", 1, "other")
    bank("import", "teile.xml")
    bank("undo", 1, "--reason", "einzeln")
    assert [each["entry"] for each in bank("lines", "--open")] == [2, 3]
    for _ in range(2):
        assert bank("undo", 1, "--reason", "andere Summe")["state"] == "open"
    assert [each["entry"] for each in bank("lines", "--open")] == [1]
    assert bank("--full", subject="verify")["findings"] == []
