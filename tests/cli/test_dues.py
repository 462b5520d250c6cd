"""`membership dues explain`: exit codes and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from membership.cli.dues import explain_command
from membership.cli.main import main

SCHEDULE = (Path(__file__).parents[2] / "config" / "examples" / "heads.json").read_text("utf-8")
FACTS = '[{"member": "M0001", "year": 2027, "category": "ORD", "start": "2027-05-17", "basis": {"headcount": "250"}}]'


def run(schedule=SCHEDULE, facts=FACTS, *, language="de", as_json=True):
    return explain_command(schedule, facts, language=language, as_json=as_json)


def test_it_ends_with_0_and_prints_one_json_document():
    code, output = run()
    assert code == 0
    assert json.loads(output)[0]["total"] == "1750.00"


def test_the_text_shows_total_and_steps():
    code, output = run(as_json=False)
    assert code == 0
    assert output.replace("\u00a0", " ").splitlines() == [
        "M0001 · 2027  1.750,00 €",
        "      2.400,00 €  250 Beschäftigte, Stufe ab 250",
        "      1.600,00 €  Beitritt am 17.05.2027: 8 von 12 Monaten",
        "        150,00 €  Aufnahmegebühr",
    ]


def test_a_refused_member_ends_with_3_and_the_others_are_worked_out():
    facts = json.dumps([*json.loads(FACTS), {"member": "M0002", "year": 2027, "category": "FOE"}])
    code, output = run(facts=facts)
    assert (code, json.loads(output)[0]["total"]) == (3, "1750.00")
    assert json.loads(output)[1]["refused"]["rule"] == "DUE-34"
    code, output = run(facts=facts, as_json=False)
    assert code == 3
    assert output.endswith("kein Beitrag berechnet: Mit diesem Mitglied ist kein Betrag vereinbart. (DUE-34)")


@pytest.mark.parametrize(
    ("schedule", "facts", "code", "where"),
    [
        (SCHEDULE.replace('"FREE"', '"GIFT"'), FACTS, "schedule", "/categories/EHR/method"),
        (SCHEDULE, FACTS.replace('"250"', "2.5"), "facts", "/0/basis/headcount"),
        (SCHEDULE, FACTS.replace('"250"', "1e2"), "facts", "/0/basis/headcount"),
        (SCHEDULE, FACTS.replace('"250"', "NaN"), "facts", ""),
        (SCHEDULE, FACTS.replace('"year": 2027', '"year": 2027, "year": 2028'), "facts", ""),
        (SCHEDULE, FACTS[:-3], "facts", ""),
        ("", FACTS, "schedule", ""),
        (SCHEDULE, "[" * 200_000, "facts", ""),
        (SCHEDULE, "[" + "9" * 10_000 + "]", "facts", ""),
    ],
)
def test_a_wrong_file_ends_with_2_and_names_the_place(schedule, facts, code, where):
    exit_code, output = run(schedule, facts)
    error = json.loads(output)["error"]
    assert (exit_code, error["code"], error["where"]) == (2, code, where)
    assert error["message"]
    exit_code, sentence = run(schedule, facts, as_json=False)
    assert (exit_code, sentence) == (2, error["message"])


def test_heads_in_a_class_without_weight_are_wrong_facts():
    schedule = SCHEDULE.replace('"weights": null', '"weights": {"full": "1"}')
    facts = FACTS.replace('"250"', '{"full": 3, "guests": 2}')
    code, output = run(schedule, facts)
    assert (code, json.loads(output)["error"]["where"]) == (2, "/0/basis/headcount/guests")


def test_english_is_spoken_too():
    assert "250 employees, band from 250" in run(language="en", as_json=False)[1]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A function that writes both files; the state folder does not exist and must not be made."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "none"))

    def write(schedule=SCHEDULE, facts=FACTS):
        paths = [tmp_path / "schedule.json", tmp_path / "facts.json"]
        for path, text in zip(paths, (schedule, facts), strict=True):
            path.write_text(text, "utf-8")
        return [str(path) for path in paths]

    return write


def explained(capsys, *argv):
    code = main(["dues", "explain", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_reads_two_files_and_opens_no_database(files, capsys, tmp_path):
    code, out, err = explained(capsys, *files(), "--json")
    assert (code, json.loads(out)[0]["total"], err) == (0, "1750.00", "")
    assert not (tmp_path / "none").exists()


def test_a_wrong_schedule_ends_the_command_with_2_and_one_sentence_with_the_place(files, capsys):
    paths = files(SCHEDULE.replace('"FREE"', '"GIFT"'))
    code, out, err = explained(capsys, *paths)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "/categories/EHR/method" in err
    code, out, err = explained(capsys, *paths, "--json")
    assert (code, json.loads(out)["error"]["where"]) == (2, "/categories/EHR/method")
    assert err.strip() == json.loads(out)["error"]["message"]


def test_a_member_that_is_not_decided_ends_the_command_with_3_and_the_others_are_printed(files, capsys):
    facts = json.dumps([*json.loads(FACTS), {"member": "M0002", "year": 2027, "category": "FOE"}])
    code, out, err = explained(capsys, *files(facts=facts), "--json")
    assert (code, [each.get("total") for each in json.loads(out)]) == (3, ["1750.00", None])
    assert err.count("\n") == 1


def test_a_file_that_is_no_utf_8_is_refused_and_one_with_a_mark_is_read(files, capsys, tmp_path):
    schedule, facts = files()
    (tmp_path / "facts.json").write_bytes(b"\xef\xbb\xbf" + FACTS.encode())
    assert explained(capsys, schedule, facts)[0] == 0
    (tmp_path / "facts.json").write_bytes(FACTS.replace("ORD", "MÜL").encode("latin-1"))
    code, _out, err = explained(capsys, schedule, facts)
    assert (code, "UTF-8" in err) == (2, True)


def test_a_missing_file_ends_with_2(files, capsys):
    code, _out, err = explained(capsys, files()[0], "/does/not/exist.json")
    assert (code, err.count("\n")) == (2, 1)
