"""Every message of the dues has its German, and dues classes read as people say them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import membership
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.words import band_label
from membership.wording import Wording, catalogue

PACKAGE = Path(membership.__file__).parent
SOURCES = [*sorted((PACKAGE / "domain" / "dues").rglob("*.py")), PACKAGE / "cli" / "dues.py"]
MARKS = {"phrase", "N_", "text"}
PLACES = re.compile(r"%\(\w+\)s|%%")


def messages():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in MARKS and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def test_every_message_has_its_german_with_the_same_places():
    german = catalogue("de")
    found = set(messages())
    assert len(found) > 100
    assert sorted(found - set(german)) == []
    assert [m for m in found if set(PLACES.findall(m)) != set(PLACES.findall(german[m]))] == []


@pytest.mark.parametrize(
    ("basis", "table", "labels"),
    [
        (
            "headcount",
            [{"from": 0}, {"from": 10}, {"from": 51}, {"from": 251}],
            ["0–9", "10–50", "51–250", "ab 251"],
        ),
        (
            "headcount",
            [{"from": 0}, {"from": 0, "exclusive": True}, {"from": 5, "exclusive": True}],
            ["0", "1–5", "ab 6"],
        ),
        ("headcount", [{"from": 1, "label": "Kleinbetrieb"}, {"from": 5}], ["Kleinbetrieb", "ab 5"]),
        ("headcount", [{"from": 500, "to": 999}, {"from": 1000, "exclusive": True}], ["500–999", "ab 1.001"]),
        (
            "turnover_eur",
            [{"from": 0}, {"from": 3_000_000}, {"from": 6_000_000, "exclusive": True}],
            ["ab 0 bis unter 3.000.000", "ab 3.000.000 bis einschließlich 6.000.000", "über 6.000.000"],
        ),
    ],
)
def test_a_dues_class_is_named_by_its_values(order, basis, table, labels):
    rows = [{**row, "amount": f"{i}.00"} for i, row in enumerate(table, start=1)]
    schedule = read_schedule(order({"ORD": {"method": "BANDS_FLAT", "basis": basis, "rows": rows}}))
    found = schedule.categories["ORD"].method.rows
    in_units = schedule.bases[basis].discrete
    words = [Wording("de").value(band_label(found, index, in_units=in_units)) for index in range(len(found))]
    assert words == labels
