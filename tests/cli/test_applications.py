"""`membership applications`: what waits, one of them, and what the board decided."""

from __future__ import annotations

import json

import pytest

from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import close
from tests.conftest import person
from tests.factories import application_data, make_application, make_association

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture
def books(app, database, monkeypatch):
    """An association with two applications that wait, on both databases."""
    address, state = database
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    make_association(STAFF)
    make_application(STAFF)
    make_application(STAFF, reference="B2CD-4EFG", name_key="x", email_key="x")
    close()


def said(capsys, *argv, code=0):
    capsys.readouterr()
    assert main(["applications", *argv, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_an_application_is_shown_accepted_and_reported_when_it_is_accepted_again(books, capsys):
    assert [each["reference"] for each in said(capsys, "list")] == ["B2CD-4EFG", "K7QW-3MXA"]
    shown = said(capsys, "show", "k7qw-3mxa")
    assert (shown["state"], shown["basis"], shown["member"]) == ("waiting", {"headcount": "60"}, None)
    assert shown["company"]["tax_number"] == "60/145/12345"
    assert said(capsys, "accept", "K7QW-3MXA", "--dry-run")["invoices"] == ["RE2027-0001"]
    accept = ("accept", "K7QW-3MXA", "--organ", "Vorstand", "--minutes", "3/2027")
    done = {"member": "M0001", "mandate": None, "invoice_waits_for": []}
    assert said(capsys, *accept) == {**done, "invoices": ["RE2027-0001"], "is_new": True}
    assert said(capsys, *accept) == {**done, "invoices": [], "is_new": False}
    assert said(capsys, "accept", "B2CD-4EFG", code=3)["error"]["code"] == "application_known"
    assert said(capsys, "reject", "B2CD-4EFG")["is_new"]
    assert not said(capsys, "reject", "B2CD-4EFG")["is_new"]
    assert said(capsys, "withdraw", "B2CD-4EFG", code=3)["error"]["code"] == "application_state"
    assert said(capsys, "list") == []
    assert [each["state"] for each in said(capsys, "list", "--all")] == ["rejected", "accepted"]
    assert said(capsys, "show", "ZZZZ-ZZZZ", code=2)["error"]["code"] == "not_found"


def test_the_first_invoice_waits_for_what_the_company_wished_and_for_dues_that_are_decided(books, capsys):
    wishes = {"invoice_postcode": "26721", "invoice_city": "Emden", "order_wish": "before_invoice"}
    make_application(STAFF, reference="C2CD-4EFG", data=application_data(name="Andere AG", **wishes))
    close()
    tried = said(capsys, "accept", "C2CD-4EFG", "--dry-run")
    assert (tried["invoices"], tried["invoice_waits_for"]) == ([], ["order_number"])
    assert said(capsys, "accept", "C2CD-4EFG", "--invoice", "--dry-run")["invoices"] == ["RE2027-0001"]
    agreed = said(capsys, "accept", "K7QW-3MXA", "--category", "FOE")
    assert (agreed["invoices"], agreed["invoice_waits_for"]) == ([], ["nothing_owed"])
