"""Drafts: an example with one's own details, amounts and bounds changed by a form."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.amounts import places_of, with_amounts
from membership.domain.dues.document import MonthDay
from membership.domain.dues.drafts import DayOfYearWrong, details_of, parse_day_of_year, with_details
from membership.domain.dues.schedule import read_schedule

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
HEADS = json.loads((EXAMPLES / "heads.json").read_text("utf-8"))
ALL = sorted(EXAMPLES.glob("*.json"))
PLACES = ["ORD/rows/0/amount", "ORD/rows/1/from", "SCI/amount"]


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


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_form_sent_as_it_was_shown_changes_no_amount(path):
    document = json.loads(path.read_text("utf-8"))
    typed = {
        place.name: place.value
        for category in places_of(document)
        for place in [
            *(place for _label, place in category.singles),
            *(place for row in category.rows for place in (row.start, row.amount)),
        ]
    }
    changed, errors = with_amounts(document, typed)
    assert errors == {}
    assert read_schedule(changed).categories == read_schedule(document).categories


def test_a_row_is_added_changed_and_left_out():
    typed = {
        "ORD/rows/0/amount": "1.350,50",
        "ORD/rows/1/from": "",
        "ORD/rows/1/amount": "",
        "ORD/rows/new/from": "5.000",
        "ORD/rows/new/amount": "9600",
    }
    changed, errors = with_amounts(HEADS, typed)
    assert errors == {}
    rows = changed["categories"]["ORD"]["rows"]
    assert [(str(row["from"]), row["amount"]) for row in rows] == [
        ("0", "1350.50"),
        ("50", "1200.00"),
        ("250", "2400.00"),
        ("1000", "4800.00"),
        ("5000", "9600.00"),
    ]
    assert HEADS["categories"]["ORD"]["rows"][0]["amount"] == "300.00"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"ORD/rows/0/amount": "1.234,5x"}, "ORD/rows/0/amount"),
        ({"ORD/rows/0/amount": "-5"}, "ORD/rows/0/amount"),
        ({"ORD/rows/1/from": "viele"}, "ORD/rows/1/from"),
        ({"ORD/rows/1/from": ""}, "ORD/rows/1/from"),
        ({"ORD/rows/new/from": "5000"}, "ORD/rows/new/amount"),
        ({"SCI/amount": ""}, "SCI/amount"),
        ({f"ORD/rows/{n}/{key}": "" for n in range(5) for key in ("from", "amount")}, "ORD/rows/0/from"),
    ],
)
def test_what_cannot_be_read_is_named_at_its_place(typed, place):
    assert list(with_amounts(HEADS, typed)[1]) == [place]


def test_a_table_with_more_than_bound_and_amount_is_edited_as_a_file():
    rows = [{"from": 51, "amount": "732.00", "rate": "1.77", "per": 1}]
    document = {"categories": {"ORD": {"method": "BANDS_FLAT", "basis": "headcount", "rows": rows}}}
    assert places_of(document) == ()


@given(st.dictionaries(st.sampled_from(PLACES), st.text(max_size=12)))
def test_whatever_is_typed_gives_a_document_or_a_named_place(typed):
    changed, errors = with_amounts(HEADS, typed)
    assert set(errors) <= {*typed, "ORD/rows/0/from", "ORD/rows/1/amount"}
    if not errors:
        assert all(row["amount"].count(".") == 1 for row in changed["categories"]["ORD"]["rows"])
