"""The command `year`: what is missing, closing, what a closed year refuses, reopening with a reason."""

from __future__ import annotations

import json

import pytest

from membership.cli.main import main


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2028-01-05")
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()


def run(capsys, *argv):
    code = main(["year", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_before_a_closing_has_the_shape_of_the_contract(capsys):
    code, out, _err = run(capsys, "check", "2027", "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["state"]) == (0, True, "open")
    assert [item["item"] for item in found["items"]] == [
        "over", "years_before", "runs", "documents", "open_items", "credits",
    ]  # fmt: skip
    assert found["items"][0] == {
        "item": "over",
        "ok": True,
        "needed": True,
        "evidence": "Es endete am 31.12.2027.",
    }


def test_a_year_that_cannot_be_closed_ends_the_check_with_1_and_the_closing_with_3(capsys):
    code, out, _err = run(capsys, "check", "2028")
    assert (code, out.splitlines()[0]) == (1, "nein  Das Jahr ist zu Ende: Das Jahr endet am 31.12.2028.")
    code, _out, err = run(capsys, "close", "2028")
    assert (code, err) == (
        3,
        "Das Jahr 2028 lässt sich noch nicht abschließen. Das Jahr endet am 31.12.2028.\n",
    )


def test_a_year_is_closed_and_reopened_with_a_reason(capsys):
    assert run(capsys, "close", "2027", "--dry-run")[0] == 0
    assert run(capsys, "close", "2027") == (0, "2027  Abgeschlossen\n", "")
    assert run(capsys, "close", "2027") == (0, "2027  Abgeschlossen\n", "")
    code, _out, err = run(capsys, "reopen", "2027")
    assert (code, "Bitte nennen Sie den Grund" in err) == (2, True)
    code, out, _err = run(capsys, "reopen", "2027", "--reason", "Beleg fehlte", "--json")
    assert (code, json.loads(out)) == (0, {"year": 2027, "state": "open"})


@pytest.mark.parametrize("typed", ["27", "zweitausend", "20270", "1234"])
def test_what_is_no_year_is_refused_with_one_sentence(capsys, typed):
    code, out, err = run(capsys, "check", typed)
    assert (code, out) == (2, "")
    assert typed in err
