"""The examples of `docs/fee-schedules.md` are what the program reads, and every word of the form has one."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from membership.domain.dues import facts as facts_module
from membership.domain.dues import schedule as schedule_package
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.errors import DocumentWrong
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import read_facts
from membership.domain.dues.schedule import choices, read_schedule

PAGE = (Path(__file__).parents[3] / "docs" / "fee-schedules.md").read_text("utf-8")
FORM, _, FACTS = PAGE.partition("\n## Members to try it with\n")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", FORM, re.DOTALL)]
FRAGMENTS = sorted(
    {
        text
        for text in re.findall(r"`([^`\n]+)`", FORM)
        if re.match(r'\{"|"\w+": ', text) and "…" not in text and text.count("{") == text.count("}")
    }
)
BASE = {"method": "FIXED", "amount": "1.00"}
TABLE = {"method": "BANDS_FLAT", "basis": "headcount"}
RATES = {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": [{"from": 1, "rate": "1"}]}
READERS = {"need", "get", "optional", "either", "every"}


def schedule_with(category=BASE, **options):
    categories = {"ORD": category, "SCI": BASE, **options.pop("categories", {})}
    return {"code": "A", "valid_from": "2000-01-01", "categories": categories, **options}


def places_of(one):
    """Yield a schedule for each place of the form where what an example shows may stand."""
    yield schedule_with(**one)
    yield schedule_with(categories={"A": one})
    yield schedule_with({**BASE, **one})
    yield schedule_with(categories={"STA": {**BASE, **one}})
    yield schedule_with({**RATES, **one})
    yield schedule_with({"method": "AGREED", **one})
    yield schedule_with({**TABLE, "rows": [one]})
    yield schedule_with({**TABLE, "rows": [{"from": 0, "amount": "1.00", **one}]})
    yield schedule_with({**RATES, "rows": [one]})
    yield schedule_with({"method": "SUM_OF", "parts": [BASE, {**BASE, **one}]})
    yield schedule_with({"method": "FACTOR_OF", "category": "SCI", "factor": "2", **one})
    yield schedule_with({**BASE, "discounts": [{"code": "a", "percent": "1", "when": one}]})
    yield schedule_with({**BASE, "discounts": [{"code": "a", "percent": "1", **one}]})
    yield schedule_with({**BASE, "tax": one})
    yield schedule_with({**BASE, "tax": {"treatment": "S", "rate": "19", **one}})
    yield schedule_with({**BASE, "admission_fee": one})
    yield schedule_with(due=one)
    yield schedule_with(due={"rule": "fixed_day", "day": "01-31", **one})
    yield schedule_with(due={"rule": "fixed_day", "day": "01-31",
                             "instalments": [{"day": "02-28", "share": "1"}], **one})  # fmt: skip
    yield schedule_with(group=one)
    yield schedule_with(cohort=one)
    yield schedule_with(declaration=one)
    yield schedule_with(declaration={"missing": one})
    for join in ("FULL", "HALF", "MONTH_INCL", "TABLE"):
        yield schedule_with(prorata={"join": join, **one})
    yield schedule_with(bases={"headcount": one})
    yield schedule_with(bases={"headcount": {"years": 3, **one}})
    yield schedule_with(bases={"fte": {"rounding": one}})
    yield schedule_with(bases={"fte": {"rounding": {"step": "1", **one}}})


def can_be_read(document):
    try:
        read_schedule(document)
    except DocumentWrong:
        return False
    return True


@pytest.mark.parametrize("text", FRAGMENTS)
def test_every_example_of_the_page_stands_somewhere_in_the_form(text):
    one = json.loads(text if text.startswith("{") else "{" + text + "}")
    if set(one) <= {"2024", "2025", "2026"}:
        assert read_facts([{"member": "M", "year": 2027, "category": "A", "basis": {"turnover_eur": one}}])
        return
    assert any(can_be_read(document) for document in places_of(one)), text


def test_there_are_examples_enough():
    assert len(FRAGMENTS) > 80


@pytest.mark.parametrize("one", [{"metod": "FIXED"}, {"min": "1,00"}, {"join": "SOMETIMES"}, {"step": "x"}])
def test_what_is_no_word_of_the_form_stands_nowhere(one):
    assert not any(can_be_read(document) for document in places_of(one))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_longer_example_can_be_read(number):
    block = BLOCKS[number]
    if "categories" in block:
        assert read_schedule(block).code == "BO-2027"
    elif "method" in block:
        assert len(read_schedule(schedule_with(block)).categories["ORD"].method.parts) >= 2
    else:
        assert len(read_schedule(schedule_with(bases=block)).bases.described) >= 3


def words_of(path):
    """Yield each word that a reader of the form asks for."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in READERS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield first.value


def test_every_word_of_the_form_has_its_example():
    folder = Path(schedule_package.__file__).parent
    words = {word for path in folder.glob("*.py") for word in words_of(path)}
    assert len(words) > 90
    described = {"bases", "declaration", "group"}  # each has a chapter with the object that stands there
    assert sorted(word for word in words - described if f'"{word}"' not in FORM) == []
    assert sorted(word for word in described if f": `{word}`" not in FORM) == []


def test_every_choice_of_the_form_is_named():
    found = {one.value for kind in vars(choices).values() if isinstance(kind, type) and issubclass(kind, choices.StrEnum) for one in kind}  # fmt: skip
    assert len(found) > 40
    assert sorted(word for word in found if word not in FORM) == []


def test_every_word_of_the_facts_has_an_example_that_can_be_read():
    words = set(words_of(Path(facts_module.__file__)))
    assert sorted(word for word in words if f'"{word}"' not in FACTS) == []
    rows = re.findall(r'^\| `("\w+": [^`]+)` \|', FACTS, re.MULTILINE)
    assert len(rows) > 20
    for row in rows:
        one = json.loads("{" + row + "}")
        basis = {"basis": {"headcount": 1}} if "origin" in one else {}
        [found] = read_facts([{"member": "M0001", "year": 2027, "category": "ORD", **basis, **one}])
        assert found.member == "M0001"


def test_the_members_of_the_page_are_worked_out():
    [members] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", FACTS, re.DOTALL)]
    categories = {"ORD": {**TABLE, "rows": [{"from": 0, "amount": "600.00"}]}, "FOE": {"method": "AGREED"}}
    document = {**schedule_with(), "categories": categories, "prorata": {"join": "FULL"}}
    results = explain([read_schedule(document)], read_facts(members))
    assert [str(one.total) for one in results if isinstance(one, Assessment)] == ["600.00", "2000.00"]
