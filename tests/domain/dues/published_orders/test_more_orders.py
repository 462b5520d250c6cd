"""Further fee orders of associations, each a file with its rules and amounts worked out by hand.

The figures follow orders that associations publish; the words are ours.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from membership.domain.dues.assessment import Assessment, Refusal
from membership.domain.dues.check import check_schedule
from membership.domain.dues.readable import readable
from membership.domain.dues.schedule import read_schedule
from membership.wording import Wording

FILES = sorted((Path(__file__).parent / "data").glob("*.json"))
ORDERS = {path.stem: json.loads(path.read_text("utf-8")) for path in FILES}
CASES = [
    pytest.param(order, case, id=f"{name}-{number}")
    for name, order in ORDERS.items()
    for number, case in enumerate(order["cases"], start=1)
]
WORDS = Wording("de").value


def test_there_are_more_than_twenty():
    assert len(ORDERS) > 20
    assert all(order["about"] and len(order["cases"]) >= 3 for order in ORDERS.values())


@pytest.mark.parametrize(("order", "case"), CASES)
def test_a_published_order_comes_out_to_the_cent(order, case, results):
    facts = case["facts"] if isinstance(case["facts"], list) else [case["facts"]]
    found = results(order["schedule"], *facts)
    if "refused" in case:
        [refusal] = found
        assert isinstance(refusal, Refusal), refusal
        assert refusal.rule == case["refused"]
        return
    assert all(isinstance(one, Assessment) for one in found), found
    assert [str(one.total) for one in found] == case.get("totals", [case.get("total")])
    assert [str(one.gross) for one in found] == [case.get("gross", str(one.gross)) for one in found]
    warnings = [warning.rule for one in found for warning in one.warnings]
    assert warnings == case.get("warnings", [])
    assert any(one.is_estimated for one in found) is case.get("estimated", False)
    if "lines" in case:
        lines = [
            [str(line.kind), str(line.amount), line.due and line.due.isoformat()]
            for one in found
            for line in one.lines
        ]
        assert lines == case["lines"]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_published_order_reads_as_sentences(order):
    text = readable(read_schedule(order["schedule"]))
    words = [
        *(WORDS(rule.text) for rule in text.rules),
        *(WORDS(passage.text) for one in text.categories for passage in one.passages),
        *(WORDS(addition) for one in text.categories for addition in one.additions),
    ]
    assert words
    assert not any("%(" in one for one in words)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_the_check_says_what_a_published_order_leaves_to_be_desired(order):
    found = [one.where for one in check_schedule(read_schedule(order["schedule"])) if not one.is_fatal]
    assert found == order["findings"]
