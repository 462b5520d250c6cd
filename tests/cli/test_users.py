"""The commands `users` and `settings`: what they print, what they end with."""

from __future__ import annotations

import json

import pytest

from membership.cli.main import main
from membership.cli.serve import settings_for
from membership.settings import Settings


@pytest.fixture
def state(tmp_path, monkeypatch, capsys):
    """A state folder of its own with a fresh database."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    return tmp_path


def run(capsys, *argv):
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def test_first_admin_prints_a_code_once_and_a_new_one_each_time(state, capsys):
    code, out, _err = run(capsys, "users", "first-admin", "--json")
    first = json.loads(out)
    assert code == 0
    assert len(first["code"]) == 19
    assert json.loads(run(capsys, "users", "first-admin", "--json")[1])["code"] != first["code"]


def test_an_invitation_prints_its_link_only_when_asked(state, capsys):
    code, out, _err = run(capsys, "users", "invite", "a@verein.example", "treasurer", "--json")
    assert (code, json.loads(out)) == (0, {"email": "a@verein.example", "state": "invited", "link": None})
    code, out, _err = run(
        capsys, "users", "invite", "a@verein.example", "treasurer", "--print-link", "--json"
    )
    assert json.loads(out)["link"].startswith("http://127.0.0.1:8000/invitation/")
    people = json.loads(run(capsys, "users", "list", "--json")[1])
    assert people == [
        {
            "email": "a@verein.example", "name": "a@verein.example", "roles": ["treasurer"], "members": [],
            "second_factor": False, "active": True, "last_sign_in": None,
        }
    ]  # fmt: skip


def test_with_dry_run_nobody_is_invited(state, capsys):
    assert run(capsys, "users", "invite", "a@verein.example", "office", "--dry-run")[0] == 0
    assert json.loads(run(capsys, "users", "list", "--json")[1]) == []


@pytest.mark.parametrize(
    ("argv", "wanted", "said"),
    [
        (["invite", "kein", "office"], 2, "keine Mailadresse"),
        (["invite", "a@v.example", "company_user"], 2, "--member"),
        (["invite", "a@v.example", "company_user", "--member", "M9"], 2, "M9"),
        (["invite", "a@v.example", "king"], 2, "king"),
        (["deactivate", "nobody@v.example"], 2, "nobody@v.example"),
        (["list", "--as", "nobody@v.example"], 2, ""),
    ],
)
def test_wrong_input_ends_with_2_and_one_sentence(state, capsys, argv, wanted, said):
    code, _out, err = run(capsys, "users", *argv)
    assert code == wanted
    assert said in err
    assert "Traceback" not in err


def test_the_last_administrator_cannot_be_deactivated(state, capsys):
    run(capsys, "users", "invite", "a@verein.example", "admin")
    code, _out, err = run(capsys, "users", "deactivate", "a@verein.example")
    assert code == 3
    assert "mindestens eine Person" in err


def test_settings_are_listed_read_and_changed(state, capsys):
    assert "invoice.term_days" in json.loads(run(capsys, "settings", "list", "--json")[1])
    code, out, _err = run(capsys, "settings", "set", "invoice.term_days", "14", "--json")
    assert (code, json.loads(out)) == (0, {"key": "invoice.term_days", "value": 14, "changed": True})
    assert (
        json.loads(run(capsys, "settings", "set", "invoice.term_days", "14", "--json")[1])["changed"] is False
    )
    assert run(capsys, "settings", "get", "invoice.term_days") == (0, "14\n", "")
    assert (
        json.loads(run(capsys, "settings", "set", "invoice.show_calculation", "nein", "--json")[1])["value"]
        is False
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["get", "invoice.colour"], "invoice.colour"),
        (["set", "invoice.term_days", "bald"], "bald"),
        (["set", "bank.iban", "DE00"], "IBAN"),
    ],
)
def test_a_wrong_setting_is_named(state, capsys, argv, said):
    code, out, err = run(capsys, "settings", *argv, "--json")
    assert code == 2
    assert said in err
    assert json.loads(out)["error"]["code"].startswith("setting_")


def test_who_may_not_change_settings_is_refused(state, capsys):
    run(capsys, "users", "invite", "o@verein.example", "office")
    code, _out, _err = run(capsys, "settings", "set", "invoice.term_days", "14", "--as", "o@verein.example")
    assert code == 3


@pytest.mark.parametrize(
    ("base", "port", "wanted"),
    [
        ("http://127.0.0.1:8000", None, ("http://127.0.0.1:8000", 8000)),
        ("http://127.0.0.1:8000", 9001, ("http://127.0.0.1:9001", 9001)),
        ("https://beitrag.example", None, ("https://beitrag.example", 8000)),
        ("https://beitrag.example", 9001, ("https://beitrag.example", 9001)),
    ],
)
def test_on_this_machine_the_base_address_follows_the_port(tmp_path, base, port, wanted):
    from dataclasses import replace

    given = replace(Settings.load(state_dir=tmp_path), base_url=base)
    settings, chosen = settings_for(given, port)
    assert (settings.base_url, chosen) == wanted
