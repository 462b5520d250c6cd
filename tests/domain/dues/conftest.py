"""Short ways to a schedule and to what members owe under it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from membership.domain.dues.assessment import Assessment, Refusal
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import read_facts
from membership.domain.dues.schedule import read_schedules

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"


def schedule_of(categories, **options):
    return {
        "code": "TEST",
        "valid_from": "2000-01-01",
        "prorata": {"join": "FULL"},
        "categories": categories,
        **options,
    }


@pytest.fixture(scope="session")
def order():
    """Make a stored schedule from categories and options."""
    return schedule_of


@pytest.fixture(scope="session")
def demo():
    return json.loads((EXAMPLES / "heads.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def examples():
    return EXAMPLES


@pytest.fixture(scope="session")
def results():
    """Work out a list of facts; a fact is a dict without `member` and `year`, which get defaults."""

    def run(schedule, *facts):
        full = [
            {"member": f"M{i:04d}", "year": 2027, "category": "ORD", **one}
            for i, one in enumerate(facts, start=1)
        ]
        return explain(read_schedules(schedule), read_facts(full))

    return run


@pytest.fixture(scope="session")
def assessed(results):
    """Work out one member; it must be decided."""

    def run(schedule, **facts):
        [result] = results(schedule, facts)
        assert isinstance(result, Assessment), result
        return result

    return run


@pytest.fixture(scope="session")
def total(assessed):
    """The total of one member as text."""
    return lambda schedule, **facts: str(assessed(schedule, **facts).total)


@pytest.fixture(scope="session")
def dues(assessed):
    """The dues of one member as text, without what is added."""

    return lambda schedule, **facts: str(assessed(schedule, **facts).dues)


@pytest.fixture(scope="session")
def refused(results):
    """Work out one member; it must be refused. Returns rule and message."""

    def run(schedule, **facts):
        [result] = results(schedule, facts)
        assert isinstance(result, Refusal), result
        return result.rule, result.text.message

    return run
