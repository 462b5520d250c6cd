"""The start refuses what would end badly: lost, open or other keys, rules that were dropped inside the database."""

from __future__ import annotations

import json
import secrets
import sqlite3

import pytest

from membership.cli import serve
from membership.cli.main import main
from membership.persistence import triggers


@pytest.fixture
def state(tmp_path, monkeypatch, capsys):
    """A state folder with data, as the first start leaves it."""
    folder = tmp_path / "state"
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(folder))
    monkeypatch.setattr(serve, "listen", lambda *_given, **_named: lambda: None)
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    return folder


def ended(capsys, *argv):
    code = main([*argv, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out).get("error", {}), err


def rows(state, statement):
    with sqlite3.connect(state / "membership.sqlite3") as connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


STARTS = [["serve"], ["worker", "--once"], ["settings", "set", "association.city", "Emden"]]


@pytest.mark.parametrize("argv", STARTS, ids=lambda argv: argv[0])
def test_fi_51_a_lost_field_key_stops_the_start_and_no_new_one_is_made(state, capsys, argv):
    key = state / "keys" / "field_key"
    kept = key.read_text()
    key.unlink()
    code, error, _ = ended(capsys, *argv)
    assert (code, error["code"], "field_key" in error["message"]) == (3, "key_missing", True)
    assert not key.exists()
    key.touch(mode=0o600)
    key.write_text(kept)
    assert ended(capsys, *argv)[0] == 0


@pytest.mark.parametrize("argv", STARTS, ids=lambda argv: argv[0])
def test_fi_51_another_field_key_stops_the_start(state, capsys, argv):
    (state / "keys" / "field_key").write_text(secrets.token_hex(32))
    code, error, _ = ended(capsys, *argv)
    assert (code, error["code"]) == (3, "key_missing")
    assert main(["db", "check"]) == 1
    assert "field_key" in capsys.readouterr().out


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_fi_51_a_key_that_others_can_read_stops_the_start(state, capsys, mode):
    (state / "keys" / "field_key").chmod(mode)
    code, error, _ = ended(capsys, "serve")
    assert (code, error["code"], "chmod 600" in error["message"]) == (3, "key_open", True)


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32], ids=["empty", "short", "no digits"])
def test_fi_11_a_key_that_is_none_is_never_used(state, capsys, text):
    (state / "keys" / "field_key").write_text(text)
    assert ended(capsys, "serve")[:1] == (3,)


def test_a_lost_session_key_ends_sessions_and_nothing_else(state, capsys):
    (state / "keys" / "session_key").unlink()
    assert ended(capsys, "serve")[0] == 0


def test_fi_51_without_data_a_new_key_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    main(["db", "check"])
    (tmp_path / "state" / "keys" / "field_key").unlink()
    assert main(["db", "upgrade"]) == 0


@pytest.mark.parametrize("change", ["dropped", "weakened", "added"])
@pytest.mark.parametrize("argv", STARTS, ids=lambda argv: argv[0])
def test_fi_59_a_trigger_that_is_not_as_shipped_stops_every_writer(state, capsys, argv, change):
    before = rows(state, "SELECT count(*) FROM chain_links")
    with sqlite3.connect(state / "membership.sqlite3") as connection:
        if change != "added":
            connection.execute("DROP TRIGGER entries_update")
        if change == "weakened":
            text = triggers.statements("sqlite")["entries_update"][0]
            connection.execute(text.replace("1 = 1", "NEW.id < 0"))
        if change == "added":
            connection.execute("CREATE TRIGGER quiet AFTER INSERT ON payments BEGIN SELECT 1; END")
    connection.close()
    code, error, err = ended(capsys, *argv)
    assert (code, error["code"], err.count("\n")) == (4, "triggers", 1)
    assert rows(state, "SELECT count(*) FROM chain_links") == before
    assert main(["verify"]) == 1
    assert main(["db", "upgrade"]) == 0
    assert main(["verify"]) == 0


def test_fi_57_what_cannot_be_noted_is_not_done(state, capsys):
    with sqlite3.connect(state / "membership.sqlite3") as connection:
        connection.execute(
            "CREATE TRIGGER deaf BEFORE INSERT ON audit_values BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    connection.close()
    from membership.services import schema

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "require_present", lambda _session: None)
        with pytest.raises(Exception, match="no room"):
            main(["settings", "set", "association.city", "Emden"])
    assert rows(state, "SELECT value FROM settings WHERE key = 'association.city'") == [('""',)]
