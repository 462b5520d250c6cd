"""The command `members undo-import`: a repeated call reports, it does not fail."""

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
from tests.factories import make_association

STAFF = person(Role.TREASURER, Role.ADMIN)
LIST = "Nr;Firma;Kategorie;PLZ;Ort\r\nM0081;Hansa GmbH;ORD;26382;Musterhafen\r\nM0082;Nordlack GmbH;ORD;28195;Bremen\r\n"


@pytest.fixture
def imported(tmp_path, monkeypatch, capsys):
    """Take two members in from a list and return the number of the import."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    assert main(["db", "upgrade"]) == 0
    app = create_app(replace(Settings.load(), base_url="http://localhost"))
    with app.app_context():
        make_association(STAFF)
        db.session.remove()
        db.engine.dispose()
    file = tmp_path / "liste.csv"
    file.write_text(LIST, "utf-8")
    capsys.readouterr()
    assert main(["members", "import", str(file), "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["import"])


def test_undoing_an_import_again_reports_that_it_is_undone(imported, capsys):
    undo = ["members", "undo-import", imported]
    assert main([*undo, "--json"]) == 0
    first = capsys.readouterr().out
    assert json.loads(first) == {"import": int(imported), "members": 2}
    assert main([*undo, "--json"]) == 0
    assert capsys.readouterr() == (first, "")
    assert main(undo) == 0
    assert "schon erledigt" in capsys.readouterr().out
    assert main(["members", "list", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_import_that_there_is_not_is_named_without_thousands(imported, capsys):
    assert main(["members", "undo-import", "999999"]) == 2
    assert capsys.readouterr().err == "Import 999999 gibt es nicht.\n"
