"""The commands `schedule`: what they print, what they end with (`interfaces.md`)."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Actor, Job
from membership.settings import Settings
from tests.factories import SCHEDULE, make_member

NOW = datetime(2027, 1, 11, tzinfo=UTC)


@pytest.fixture
def state(tmp_path, monkeypatch, capsys):
    """A state folder of its own with a fresh database."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    return tmp_path


def run(capsys, *argv):
    code = main(["schedule", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def written(folder, document, name="schedule.json"):
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(path)


def changed(**changes):
    return {**copy.deepcopy(SCHEDULE), **changes}


def taken_in(capsys, folder, document=SCHEDULE):
    code, _out, err = run(capsys, "import", written(folder, document))
    assert code == 0, err


def add_members(*members):
    app = create_app(Settings.load(None))
    with app.app_context():
        for member in members:
            make_member(Actor(name="test", at=NOW, request_id="test", job=Job.CLI), **member)


def test_a_schedule_is_taken_in_as_a_draft_listed_and_put_into_force(state, capsys):
    code, out, _err = run(capsys, "import", written(state, SCHEDULE), "--json")
    assert (code, json.loads(out)) == (0, {"code": "DEMO-2027", "state": "draft"})
    code, out, _err = run(capsys, "activate", "DEMO-2027", "--json")
    assert (code, json.loads(out)) == (0, {"code": "DEMO-2027", "state": "in_force"})
    assert json.loads(run(capsys, "list", "--json")[1]) == [
        {
            "code": "DEMO-2027", "name": "Beitragsordnung 2027", "state": "in_force",
            "valid_from": "2027-01-01", "valid_to": None,
        }
    ]  # fmt: skip


def test_due_18_amounts_are_raised_in_a_draft_of_their_own(state, capsys):
    taken_in(capsys, state)
    argv = ("index", "DEMO-2027", "DEMO-2028", "2028", "2.2", "--step", "0.10")
    assert run(capsys, *argv, "--dry-run")[0] == 0
    code, out, _err = run(capsys, *argv, "--json")
    assert (code, json.loads(out)) == (0, {"code": "DEMO-2028", "state": "draft"})
    document = json.loads(run(capsys, "show", "DEMO-2028", "--json")[1])
    assert [row["amount"] for row in document["categories"]["ORD"]["rows"]] == [
        "306.60", "613.20", "1226.40", "2452.80",
    ]  # fmt: skip
    assert document["indexation"] == {
        "from": "DEMO-2027",
        "percent": "2.2",
        "step": "0.10",
        "direction": "nearest",
    }
    assert run(capsys, *argv)[0] == 2
    assert run(capsys, "index", "DEMO-2027", "DEMO-2029", "2029", "viel")[0] == 2


def test_putting_into_force_and_taking_in_can_be_repeated(state, capsys):
    taken_in(capsys, state)
    assert run(capsys, "activate", "DEMO-2027")[0] == 0
    assert run(capsys, "activate", "DEMO-2027")[0] == 0
    code, out, _err = run(capsys, "import", written(state, SCHEDULE), "--json")
    assert (code, json.loads(out)["state"]) == (0, "in_force")


def test_due_1_a_schedule_in_force_is_not_changed_by_a_file(state, capsys):
    taken_in(capsys, state)
    run(capsys, "activate", "DEMO-2027")
    code, out, err = run(capsys, "import", written(state, changed(name="Anders")), "--json")
    assert code == 3
    assert json.loads(out)["error"]["code"] == "schedule_in_use"
    assert err.count("\n") == 1
    assert json.loads(run(capsys, "show", "DEMO-2027", "--json")[1])["name"] == "Beitragsordnung 2027"


def test_with_dry_run_nothing_is_taken_in_or_put_into_force(state, capsys):
    assert run(capsys, "import", written(state, SCHEDULE), "--dry-run")[0] == 0
    assert json.loads(run(capsys, "list", "--json")[1]) == []
    taken_in(capsys, state)
    assert run(capsys, "activate", "DEMO-2027", "--dry-run")[0] == 0
    assert json.loads(run(capsys, "list", "--json")[1])[0]["state"] == "draft"


def test_show_prints_the_stored_form_and_words_in_either_language(state, capsys):
    taken_in(capsys, state)
    assert json.loads(run(capsys, "show", "DEMO-2027", "--json")[1]) == SCHEDULE
    german, english = (run(capsys, "show", "DEMO-2027", "--lang", each)[1] for each in ("de", "en"))
    assert "2.400,00\u00a0€" in german
    assert "€2,400.00" in english
    assert "Ordentliches Mitglied (ORD)" in german
    assert "Ordinary member (ORD)" in english


def test_due_31_check_names_what_is_missing_without_a_database(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "none"))
    file = written(tmp_path, {key: value for key, value in SCHEDULE.items() if key != "due"})
    code, out, _err = run(capsys, "check", file, "--json")
    found = json.loads(out)
    assert (code, found["ok"]) == (1, False)
    assert [(one["rule"], one["where"], one["fatal"]) for one in found["findings"]] == [
        ("DUE-31", "/due", True)
    ]
    assert json.loads(run(capsys, "check", written(tmp_path, SCHEDULE), "--json")[1]) == {
        "ok": True,
        "findings": [],
    }
    assert not (tmp_path / "none").exists()


def test_due_32_without_a_resolution_nothing_comes_into_force(state, capsys):
    taken_in(capsys, state, {key: value for key, value in SCHEDULE.items() if key != "resolution"})
    code, out, err = run(capsys, "activate", "DEMO-2027", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "schedule_incomplete")
    assert "Beschluss" in err
    assert json.loads(run(capsys, "list", "--json")[1])[0]["state"] == "draft"


@pytest.mark.parametrize("command", ["check", "import"])
@pytest.mark.parametrize(
    ("text", "where"),
    [
        (json.dumps(changed(categories={"ORD": {"method": "GIFT"}})), "/categories/ORD/method"),
        (json.dumps(changed(valid_from="2027-02-30")), "/valid_from"),
        ('{"code": "A", "code": "B"}', ""),
        ("no json", ""),
        ("[]", ""),
    ],
)
def test_a_wrong_file_ends_with_2_and_the_pointer_of_its_fault(state, capsys, command, text, where):
    code, out, err = run(capsys, command, written(state, text), "--json")
    error = json.loads(out)["error"]
    assert (code, error["code"], error["where"]) == (2, "schedule", where)
    assert error["message"]
    assert "Traceback" not in err
    assert json.loads(run(capsys, "list", "--json")[1]) == []


def test_compare_shows_old_new_and_change_for_every_member(state, capsys):
    taken_in(capsys, state)
    run(capsys, "activate", "DEMO-2027")
    add_members(
        {"number": "M0001", "headcount": 37},
        {"number": "M0002", "headcount": 251},
        {"number": "M0003", "headcount": None},
    )
    rows = [{"from": 0, "amount": "650.00"}, {"from": 250, "amount": "2300.00"}]
    after = changed(code="NEU-2028", valid_from="2028-01-01")
    after["categories"]["ORD"]["rows"] = rows
    taken_in(capsys, state, after)
    code, out, _err = run(capsys, "compare", "NEU-2028", "2028", "--json")
    found = {each.pop("member"): each for each in json.loads(out)}
    assert code == 0
    assert found["M0001"] == {"old": "600.00", "new": "650.00", "change": "50.00", "refused": None}
    assert found["M0002"] == {"old": "2400.00", "new": "2300.00", "change": "-100.00", "refused": None}
    assert (found["M0003"]["new"], found["M0003"]["refused"]["rule"]) == (None, "DUE-34")
    text = run(capsys, "compare", "NEU-2028", "2028")[1].replace("\u00a0", " ")
    assert "−100,00 €" in text
    assert "−50,00 €" in text.splitlines()[-1]


@pytest.mark.parametrize("year", ["0", "99999", "-1", "bald"])
def test_a_year_that_is_none_ends_with_2(state, capsys, year):
    taken_in(capsys, state)
    code, _out, err = run(capsys, "compare", "DEMO-2027", year)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize("argv", [["show", "X"], ["compare", "X", "2027"], ["activate", "X"]])
def test_an_unknown_code_ends_with_2(state, capsys, argv):
    code, out, err = run(capsys, *argv, "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "not_found")
    assert "X" in err


def test_a_list_of_versions_is_checked_for_years_without_one(tmp_path, capsys):
    versions = [changed(code="A", valid_to="2027-12-31"), changed(code="B", valid_from="2029-01-01")]
    code, out, _err = run(capsys, "check", written(tmp_path, versions), "--json")
    assert code == 1
    [finding] = json.loads(out)["findings"]
    assert (finding["rule"], finding["where"]) == ("DUE-2", "")
    assert "2028" in finding["text"]


@pytest.mark.parametrize(
    "options",
    [
        {"dues_year_start": "joining"},
        {"previous_year": {"at_least_percent": "100"}},
        {"bases": {"headcount": {"years": 3}}},
    ],
)
def test_what_the_books_cannot_tell_the_run_is_not_put_into_force(state, capsys, options):
    taken_in(capsys, state, changed(**options))
    code, _out, err = run(capsys, "activate", "DEMO-2027")
    assert code == 3
    assert next(iter(options)) in err or "years" in err
