"""The command `billing`: what it keeps of a draft of the pages, what it asks before it bills, what it repeats."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from membership.app import create_app
from membership.cli import billing as command
from membership.cli.command import run_action
from membership.cli.main import main
from membership.domain.billing import RunState
from membership.domain.policy import Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Member, PreviousDues
from membership.services import billing, members
from membership.settings import Settings
from tests.conftest import person
from tests.factories import make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
TODAY = date(2027, 2, 16)
EARLIER = date(2027, 2, 1)


@pytest.fixture
def app(tmp_path, monkeypatch, capsys):
    """Books with two members: M0001 owes 2,400.00 after 300.00 the year before, M0002 owes 600.00 for the first time."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        grown = make_member(STAFF, number="M0001", headcount=300)
        make_member(STAFF, number="M0002")
        write(STAFF, paid_before, grown)
        db.session.remove()
        capsys.readouterr()
        yield app
        db.session.remove()
        db.engine.dispose()


def paid_before(session, member):
    session.add(PreviousDues(member_id=member, dues_year=2026, amount_cents=30000))


def run(capsys, *argv):
    parser = argparse.ArgumentParser()
    command.add_verbs(parser)
    try:
        code = run_action(parser.parse_args(argv))
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys, *argv):
    code, out, err = run(capsys, *argv, "--json")
    assert code == 0, err
    return json.loads(out)


def rows(app, *columns):
    with app.app_context():
        return [tuple(row) for row in read_as(STAFF).execute(select(*columns))]


def billed(app):
    """Return the members that have an invoice."""
    with app.app_context():
        joined = select(Member.number).join(Invoice, Invoice.member_id == Member.id).order_by(Invoice.id)
        return read_as(STAFF).execute(joined).scalars().all()


def draft(app, *steps):
    """Make a draft dated two weeks ago with a text, as the pages do, and take more steps with it."""
    with app.app_context():
        run_id = write(STAFF, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
        write(STAFF, billing.change_run, run_id, issued_on=EARLIER, text="Guten Tag", today=TODAY)
        for step in steps:
            write(STAFF, step, run_id)
        db.session.remove()


def test_d_inv_15a_a_large_change_that_nobody_looked_at_ends_with_3_and_its_member(app, capsys):
    code, out, err = run(capsys, "run", "2027")
    assert (code, out) == (3, "")
    assert "M0001" in err
    assert "M0002" not in err
    assert "--confirm" in err
    assert rows(app, BillingRun.id) == []
    code, out, _err = run(capsys, "run", "2027", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "changes_unconfirmed")


def test_d_inv_15a_a_large_change_that_is_confirmed_by_its_option_is_billed(app, capsys):
    assert document(capsys, "run", "2027", "--confirm", "M0001")["total"] == "3000.00"
    assert billed(app) == ["M0001", "M0002"]
    assert document(capsys, "run", "2027")["total"] == "3000.00"
    assert billed(app) == ["M0001", "M0002"]


def test_d_inv_15a_a_large_change_that_is_held_back_is_not_asked_for(app, capsys):
    result = document(capsys, "run", "2027", "--hold", "M0001")
    assert result["held"] == [{"member": "M0001", "reason": "--hold"}]
    assert billed(app) == ["M0002"]


def test_d_inv_15a_a_large_change_that_was_confirmed_on_the_page_is_not_asked_for_again(app, capsys):
    draft(app, lambda session, run_id: billing.confirm_items(session, run_id, [1]))
    assert document(capsys, "run", "2027")["documents"] == 2


def test_a_number_that_is_no_member_is_refused(app, capsys):
    code, _out, err = run(capsys, "run", "2027", "--confirm", "M9999")
    assert code == 2
    assert "M9999" in err


def test_the_preview_names_large_changes_with_both_amounts_and_asks_nothing(app, capsys):
    code, out, _err = run(capsys, "preview", "2027")
    assert code == 0
    assert "Große Änderungen:\n  M0001  300,00\N{NO-BREAK SPACE}€ → 2.400,00\N{NO-BREAK SPACE}€\n" in out
    assert rows(app, BillingRun.id) == []


def test_a_draft_of_the_pages_keeps_its_text_and_its_date(app, capsys):
    draft(app)
    document(capsys, "run", "2027", "--confirm", "M0001")
    assert rows(app, BillingRun.text, BillingRun.issued_on, BillingRun.state) == [
        ("Guten Tag", EARLIER, RunState.DONE)
    ]
    assert rows(app, Invoice.issued_on) == [(EARLIER,), (EARLIER,)]


def test_a_draft_of_the_pages_gets_another_date_only_when_one_is_asked_for(app, capsys):
    draft(app)
    document(capsys, "run", "2027", "--confirm", "M0001", "--issue-date", "2027-02-10")
    assert rows(app, BillingRun.text, BillingRun.issued_on) == [("Guten Tag", date(2027, 2, 10))]


def test_a_preview_changes_nothing_of_a_draft(app, capsys):
    draft(app)
    assert document(capsys, "preview", "2027", "--issue-date", "2027-02-10")["documents"] == 2
    assert rows(app, BillingRun.text, BillingRun.issued_on) == [("Guten Tag", EARLIER)]


def test_a_draft_is_worked_out_anew_before_it_is_billed(app, capsys):
    draft(app)
    with app.app_context():
        make_member(STAFF, number="M0003")
        db.session.remove()
    document(capsys, "run", "2027", "--confirm", "M0001")
    assert billed(app) == ["M0001", "M0002", "M0003"]


@pytest.mark.parametrize("day", ["2027-02-17", "2028-01-01"])
def test_inv_05_a_date_in_the_future_ends_with_3_and_one_sentence(app, capsys, day):
    for step in ("preview", "run"):
        code, out, err = run(capsys, step, "2027", "--issue-date", day)
        assert (code, out) == (3, "")
        assert "zwischen dem 01.01.2027 und heute" in err


def test_the_command_says_who_waits_for_an_order_number_and_bills_the_others(app, capsys):
    wish = {"order_wish": "before_invoice"}
    write(STAFF, lambda session: session.execute(update(Member).where(Member.number == "M0001").values(wish)))
    seen = document(capsys, "preview", "2027")
    assert seen["waiting_for_order"] == ["M0001"]
    assert [each["member"] for each in seen["held"]] == ["M0001"]
    code, out, _err = run(capsys, "run", "2027")
    assert code == 0
    assert "(1): M0001" in out
    write(STAFF, members.set_order_number, "M0001", "4500 17", year=2027)
    made = document(capsys, "run", "2027", "--confirm", "M0001")
    assert (made["invoices"], made["waiting_for_order"], made["held"]) == (2, [], [])
