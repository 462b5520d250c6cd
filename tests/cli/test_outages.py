"""What the operator got wrong ends with 2, what does not answer with 4; each in one sentence, never in a traceback."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest

from membership.app import create_app
from membership.cli import serve
from membership.cli.main import main
from membership.settings import Settings
from membership.web.limits import CountedApart

NOWHERE = "postgresql+psycopg://x:geheim@127.0.0.1:1/x"
DATABASE_COMMANDS = [
    ["members", "list"],
    ["db", "check"],
    ["db", "upgrade"],
    ["serve"],
    ["verify"],
    ["worker", "--once"],
]


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))


def ended(capsys, *argv):
    """Run a command; return its code and the error object, whose sentence stands on standard error too."""
    code = main([*argv, "--json"])
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert err.startswith(error["message"])
    assert err.count("\n") == 1
    return code, error


def configured(tmp_path, **values):
    """Return the name of a configuration file with these values of [operator]."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    file = tmp_path / "own.toml"
    file.write_text("\n".join(["[operator]", *lines]), "utf-8")
    return str(file)


@pytest.mark.parametrize("argv", DATABASE_COMMANDS, ids=" ".join)
def test_a_database_that_is_away_ends_with_4(capsys, monkeypatch, argv):
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", NOWHERE)
    code, error = ended(capsys, *argv)
    assert (code, error["code"]) == (4, "database")
    assert "geheim" not in error["message"]


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "mysql://x:geheim@h/d",
        "postgresql://x:geheim@h/d",
        "postgresql+psycopg://x:geheim@h:port/d",
        "://",
    ],
)
@pytest.mark.parametrize("argv", [["members", "list"], ["serve"]], ids=" ".join)
def test_an_address_that_is_none_of_a_database_ends_with_2_and_is_not_repeated(
    capsys, monkeypatch, argv, address
):
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    code, error = ended(capsys, *argv)
    assert (code, error["code"]) == (2, "configuration")
    assert "database_url" in error["message"]
    assert "geheim" not in error["message"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"time_zone": "Mars/X"}, "Mars/X"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"queue": "bogus"}, "es gibt sqlite, postgresql und redis"),
        ({"queue": "redis"}, "queue_url"),
        ({"threads": 0}, "threads"),
        ({"threads": "4"}, "ganze Zahl"),
        ({"staff_hours": -1}, "staff_hours"),
        ({"rate_limit_storage": "bogus"}, "redis://"),
        ({"trusted_hosts": [1]}, "trusted_hosts"),
        ({"base_url": "beitrag.verein.example"}, "base_url"),
        ({"base_url": "http://127.0.0.1:port"}, "base_url"),
        ({"colour": "blue"}, "colour"),
    ],
)
@pytest.mark.parametrize("argv", [["members", "list"], ["serve"], ["worker"]], ids=" ".join)
def test_a_setting_that_cannot_work_stops_every_command(capsys, tmp_path, argv, values, said):
    code, error = ended(capsys, *argv, "--config", configured(tmp_path, **values))
    assert (code, error["code"]) == (2, "configuration")
    assert said in error["message"]


def test_the_same_is_said_in_english(capsys, tmp_path):
    file = configured(tmp_path, threads=0)
    assert main(["db", "check", "--lang", "en", "--config", file]) == 2
    said = capsys.readouterr().err
    assert said == "The setting threads cannot be “0”: it must be a whole number from 1.\n"


@pytest.mark.parametrize(
    ("name", "said"), [("", "Ordner"), ("none.toml", "es gibt sie nicht"), ("odd.toml", "odd.toml")]
)
def test_a_configuration_file_that_cannot_be_read_is_named(capsys, tmp_path, name, said):
    (tmp_path / "odd.toml").write_bytes(b"\xff")
    code, error = ended(capsys, "db", "check", "--config", str(tmp_path / name))
    assert code == 2
    assert said in error["message"]


def test_a_day_that_is_none_stops_every_command(capsys, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "gestern")
    code, error = ended(capsys, "db", "check")
    assert (code, "MEMBERSHIP_TODAY" in error["message"]) == (2, True)


def test_a_state_folder_that_cannot_be_made_is_named(capsys, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", "/proc/nowhere")
    code, error = ended(capsys, "db", "check")
    assert (code, "/proc/nowhere" in error["message"]) == (2, True)


def test_pages_are_not_served_without_tls_but_here(capsys, tmp_path):
    code, error = ended(
        capsys, "serve", "--config", configured(tmp_path, base_url="http://beitrag.verein.example")
    )
    assert (code, "https://" in error["message"]) == (2, True)


def test_a_server_whose_limits_cannot_be_counted_does_not_start(capsys, tmp_path):
    file = configured(tmp_path, rate_limit_storage="redis://127.0.0.1:1/0")
    code, error = ended(capsys, "serve", "--config", file)
    assert (code, error["code"]) == (4, "rate_store")


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "postgresql://x@127.0.0.1:1/x"])
def test_a_worker_without_its_queue_ends_with_4(capsys, tmp_path, address):
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    file = configured(tmp_path, queue=address.partition(":")[0], queue_url=address)
    code, error = ended(capsys, "worker", "--config", file)
    assert (code, error["code"]) == (4, "queue")


def test_several_web_processes_count_together_or_do_not_start(monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
    with pytest.raises(CountedApart):
        create_app()
    create_app(replace(Settings.load(), rate_limit_storage="redis://127.0.0.1:1/0"))


@pytest.mark.parametrize("host", ["256.0.0.1", "gibt-es-nicht.invalid"])
def test_an_address_that_cannot_be_listened_at_is_named(capsys, tmp_path, host):
    code = main(["serve", "--host", host, "--port", "8765"])
    err = capsys.readouterr().err
    assert (code, host in err, err.count("\n")) == (4, True, 1)


def test_a_taken_port_is_said_before_anything_else(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code = main(["serve", "--port", str(other.getsockname()[1])])
    printed = capsys.readouterr()
    assert (code, printed.out) == (4, "")
    assert "--port" in printed.err


def test_serve_prints_one_json_document_with_the_code_of_the_first_administrator(capsys, monkeypatch):
    monkeypatch.setattr(serve, "listen", lambda *_given, **_named: lambda: None)
    assert main(["serve", "--port", "8765", "--json"]) == 0
    started = json.loads(capsys.readouterr().out)
    assert started["address"] == "http://127.0.0.1:8765"
    assert started["setup"] == "http://127.0.0.1:8765/setup"
    assert len(started["code"]) == 19


def test_an_upgrade_can_be_rehearsed(capsys):
    for present in (None, "same"):
        assert main(["db", "upgrade", "--dry-run", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["present"] == (said["revision"] if present else None)
        assert main(["db", "check", "--json"]) == (0 if present else 1)
        capsys.readouterr()
        assert main(["db", "upgrade", "--json"]) == 0
        capsys.readouterr()


def test_an_empty_folder_is_named_instead_of_calling_it_outdated(capsys, tmp_path):
    code, error = ended(capsys, "members", "list")
    assert (code, error["code"]) == (4, "no_data")
    assert str(tmp_path / "state") in error["message"]
