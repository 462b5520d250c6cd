"""`membership levy put|list` and `billing run --levy CODE` (`interfaces.md`)."""

from __future__ import annotations

import json

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import LEVY, make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
ROOF = {**LEVY, "percent": "7.5"}
del ROOF["amount"]


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """Return what a command prints as JSON, with its exit code."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    assert main(["db", "upgrade"]) == 0
    with create_app(Settings.load()).app_context():
        make_association(STAFF)
        make_member(STAFF, number="M0001")
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()

    def run(*argv):
        code = main([*argv, "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out or told.err)

    return run


def test_a_levy_is_put_listed_and_billed_once(say, tmp_path):
    file = tmp_path / "umlage.json"
    file.write_text(json.dumps(ROOF))
    assert say("levy", "put", str(file)) == (0, {"code": "DACH"})
    assert say("levy", "list") == (0, [{**ROOF, "billed": False}])
    code, result = say("billing", "run", "2027", "--levy", "DACH")
    assert (code, result["invoices"], result["total"], result["previous_total"]) == (0, 1, "45.00", "0.00")
    assert say("billing", "run", "2027", "--levy", "DACH")[1]["items"] == result["items"]
    assert say("billing", "run", "2027")[1]["total"] == "600.00"
    assert say("levy", "list")[1][0]["billed"] is True


def test_what_is_wrong_is_said_with_its_place(say, tmp_path):
    file = tmp_path / "umlage.json"
    file.write_text(json.dumps({**ROOF, "amount": "5.00"}))
    assert say("levy", "put", str(file))[0] == 2
    file.write_text("{")
    assert say("levy", "put", str(file))[0] == 2
    code, told = say("billing", "run", "2027", "--levy", "FEHLT")
    assert (code, told["error"]["code"]) == (2, "not_found")
