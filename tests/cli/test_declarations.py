"""The commands `declarations`: the shapes of the contract, what is refused, what a repeated call does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    """M0001 with 37 heads, M0002 with 60 and without an address, M0003 of whom nothing is known."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-10-01")
    monkeypatch.chdir(tmp_path)
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        make_member(STAFF, number="M0001", name="Müller & Söhne GmbH")
        make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60, invoice_email="")
        make_member(STAFF, number="M0003", name="Neu GmbH", headcount=None, start=date(2027, 9, 1))
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()


def run(capsys, *argv, code=0):
    assert main(["declarations", *argv, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_round_from_the_first_mail_to_what_counts(capsys):
    wanted = {"year": 2028, "deadline": "2027-11-30", "late_until": None, "requests": 3, "asked": 2}
    assert run(capsys, "open", "2028", "--dry-run") == wanted
    assert run(capsys, "open", "2028") == wanted
    assert run(capsys, "open", "2028") == wanted
    assert run(capsys, "list", "2028")[0] == {
        "member": "M0001", "basis": "headcount", "previous": "37", "declared": None, "band_from": None,
        "band_to": None, "state": "asked",
    }  # fmt: skip
    said = run(capsys, "record", "2028", "M0001", "headcount=126", "--name", "Frau Müller")
    assert said == {"member": "M0001", "version": 1, "state": "to_review"}
    assert run(capsys, "accept", "2028", "--same-class") == {"accepted": 0, "already": [], "invoices": []}
    assert run(capsys, "accept", "2028", "M0001") == {"accepted": 1, "already": [], "invoices": []}
    assert run(capsys, "accept", "2028", "m0001") == {"accepted": 0, "already": ["M0001"], "invoices": []}
    assert run(capsys, "remind", "2028") == {"year": 2028, "reminded": 1}
    assert run(capsys, "estimate", "2028", "M0002", "M0003") == {"done": ["M0002"], "unknown": ["M0003"]}
    guess = ("estimate", "2028", "M0003", "headcount=20", "--reason", "Webseite")
    assert run(capsys, *guess) == {"done": ["M0003"], "unknown": []}
    found = {
        each["member"]: (each["declared"], each["band_to"], each["state"])
        for each in run(capsys, "list", "2028")
    }
    assert found == {
        "M0001": ("126", "50–249", "taken_over"),
        "M0002": ("60", None, "estimated"),
        "M0003": ("20", None, "estimated"),
    }


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        (("record", "2028", "M0001", "viele"), 2, "declaration_value"),
        (("record", "2028", "M0001", "headcount=12,5"), 2, "declaration_not_whole"),
        (("record", "2028", "M0001", "headcount=10000000"), 2, "declaration_too_large"),
        (("record", "2028", "M0001", "sites=3"), 2, "declaration_basis"),
        (("record", "2028", "M9999", "headcount=3"), 2, "not_found"),
        (("accept", "2028"), 2, "declaration_choice"),
        (("accept", "2028", "M0001"), 3, "nothing_declared"),
        (("estimate", "2028", "M0001", "headcount=3"), 2, "estimate_reason"),
        (("list", "2031"), 2, "not_found"),
        (("open", "2029", "--deadline", "2027-10-02"), 2, "declaration_deadline"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(capsys, words, code, name):
    run(capsys, "open", "2028")
    assert run(capsys, *words, code=code)["error"]["code"] == name
