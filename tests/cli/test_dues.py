"""`membership dues explain`: exit codes and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from membership.cli.dues import explain_command

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
