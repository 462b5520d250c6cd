"""Drafts: an example with one's own details, its year, resolution and due date."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from membership.domain.dues.document import MonthDay
from membership.domain.dues.drafts import details_of, with_details
from membership.domain.dues.editing.numbers import DayOfYearWrong, parse_day_of_year
from membership.domain.dues.schedule import read_schedule

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
HEADS = json.loads((EXAMPLES / "heads.json").read_text("utf-8"))
ALL = sorted(EXAMPLES.glob("*.json"))


def details(**changes):
    return replace(details_of(read_schedule(HEADS)), **changes)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("31.01.", MonthDay(1, 31)), ("1.2", MonthDay(2, 1)), (" 29. 2. ", MonthDay(2, 29))],
)
def test_a_day_of_the_year_is_read(typed, day):
    assert parse_day_of_year(typed) == day


@pytest.mark.parametrize("typed", ["", "31", "32.01.", "31.02.", "01-31", "1.13.", "٣١.٠١."])
def test_what_is_no_day_of_the_year_is_refused(typed):
    with pytest.raises(DayOfYearWrong):
        parse_day_of_year(typed)


def test_an_example_becomes_ones_own_order_and_keeps_its_amounts():
    own = details(
        code="BO-2028", name="Ordnung", year=2028, resolved_on=date(2027, 5, 4), due_day=MonthDay(2, 28)
    )
    found = read_schedule(with_details(HEADS, own))
    assert (found.code, found.name, found.valid_from) == ("BO-2028", "Ordnung", date(2028, 1, 1))
    assert found.due.day == MonthDay(2, 28)
    assert found.resolution.on == date(2027, 5, 4)
    assert found.categories == read_schedule(HEADS).categories


def test_without_a_day_of_resolution_there_is_no_resolution():
    assert read_schedule(with_details(HEADS, details(resolved_on=None))).resolution is None


def test_days_after_the_invoice_take_the_place_of_the_fixed_day():
    found = read_schedule(with_details(HEADS, details(due_day=None, due_days=14)))
    assert (found.due.day, found.due.days) == (None, 14)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_details_that_are_shown_and_saved_change_nothing(path):
    document = json.loads(path.read_text("utf-8"))
    before = read_schedule(document)
    after = read_schedule(with_details(document, details_of(before)))
    assert replace(after, document={}) == replace(before, document={})
