"""The examples of `docs/fee-schedules.md` are what the program reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

from membership.domain.dues.schedule import read_schedule

PAGE = (Path(__file__).parents[3] / "docs" / "fee-schedules.md").read_text("utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
INLINE = [text for text in re.findall(r"`(\{[^`]*\})`", PAGE) if "…" not in text]
BASE = {"method": "FIXED", "amount": "1.00"}


def test_the_whole_schedule_and_the_bases_of_the_page_can_be_read(order):
    whole, bases, parts = (json.loads(block) for block in BLOCKS)
    assert read_schedule(whole).code == "BO-2027"
    assert len(read_schedule(order({"ORD": BASE}, bases=bases)).bases.described) == 3
    assert len(read_schedule(order({"ORD": parts})).categories["ORD"].method.parts) == 3


def test_every_form_of_the_tables_can_be_read(order):
    documents = [json.loads(text) for text in INLINE if text.count("{") == text.count("}")]
    methods = [one for one in documents if "method" in one]
    assert len(methods) >= 6
    for method in methods:
        read_schedule(order({"ORD": BASE, "A": method}))
    for key, word in (("due", "rule"), ("group", "mode"), ("declaration", "missing")):
        found = [one for one in documents if word in one]
        assert found, key
        for one in found:
            read_schedule(order({"ORD": BASE}, **{key: one}))
    taxes = [one for one in documents if "treatment" in one]
    assert len(taxes) == 2
    for tax in taxes:
        read_schedule(order({"ORD": {**BASE, "tax": tax}}))


def test_every_condition_of_the_page_can_be_read(order):
    conditions = re.findall(r'^\| `("\w+": [^`]+)` \|', PAGE, re.MULTILINE)
    assert len(conditions) >= 7
    for condition in conditions:
        when = json.loads("{" + condition + "}")
        read_schedule(order({"ORD": {**BASE, "discounts": [{"code": "a", "percent": "1", "when": when}]}}))
