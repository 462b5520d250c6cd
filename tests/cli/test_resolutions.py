"""`membership resolutions put|list` (`interfaces.md`, MEM-20)."""

from __future__ import annotations

import json

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import SCHEDULE, make_association

NEXT = {**SCHEDULE, "code": "NEU-2028", "valid_from": "2028-01-01"}
SAID = {"organ": "Mitgliederversammlung", "date": "2026-05-12", "item": "7", "text": "Neue Beiträge"}


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """Return what a command prints as JSON, with its exit code, in a folder with a document and its PDF."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    monkeypatch.chdir(tmp_path)
    assert main(["db", "upgrade"]) == 0
    with create_app(Settings.load()).app_context():
        make_association(person(Role.TREASURER, Role.ADMIN))
        db.session.remove()
        db.engine.dispose()
    (tmp_path / "next.json").write_text(json.dumps(NEXT))
    (tmp_path / "minutes.pdf").write_bytes(b"%PDF-1.7 %%EOF")
    (tmp_path / "said.json").write_text(json.dumps({**SAID, "file": "minutes.pdf"}))
    capsys.readouterr()

    def run(*argv):
        code = main([*argv, "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out or told.err)

    return run


def test_due_32_a_resolution_is_put_with_its_file_and_the_next_schedule_comes_into_force(say):
    assert say("schedule", "import", "next.json")[0] == 0
    code, refused = say("schedule", "activate", "NEU-2028")
    assert (code, refused["error"]["code"]) == (3, "schedule_incomplete")
    assert say("resolutions", "put", "said.json") == (
        0,
        {"id": 1, "organ": "MV", "date": "2026-05-12", "item": "7"},
    )
    assert say("resolutions", "put", "said.json")[1]["id"] == 1
    assert say("schedule", "activate", "NEU-2028")[0] == 0
    (listed,) = say("resolutions", "list")[1]
    assert listed["has_file"] is True
    assert [each["ref"] for each in listed["rests"]] == ["DEMO-2027", "NEU-2028"]


@pytest.mark.parametrize(
    "wrong", [{"date": "12.05.2026"}, {"text": ""}, {"file": "next.json"}, {"file": "none.pdf"}, {"extra": 1}]
)
def test_a_wrong_document_or_file_is_refused(say, tmp_path, wrong):
    (tmp_path / "said.json").write_text(json.dumps({**SAID, **wrong}))
    assert say("resolutions", "put", "said.json")[0] == 2
    assert all(not each["has_file"] for each in say("resolutions", "list")[1])
