"""Corners of the calculation and of the stored form that ordinary schedules do not come by."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.deadlines import last_correction
from membership.domain.dues.errors import FactsWrong, ScheduleWrong
from membership.domain.dues.facts import read_facts
from membership.domain.dues.groups import cents_of
from membership.domain.dues.indexation import indexed
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.schedule.form import Rounding
from membership.domain.dues.sizes import sizes_needed

ROW = {"from": 0, "amount": "300.00"}
FLAT = {"method": "BANDS_FLAT", "basis": "headcount", "rows": [ROW]}
DAY = {"rule": "fixed_day", "day": "01-31"}
HALF = {"day": "01-31", "share": "1/2"}


def wrong_place(document):
    with pytest.raises(ScheduleWrong) as caught:
        read_schedule(document)
    return caught.value.where


@pytest.mark.parametrize(
    ("categories", "options", "where"),
    [
        ({"": FLAT}, {}, "/categories"),
        (
            {"ORD": {**FLAT, "rows": [{"from": 0, "rate": "1.00", "per": 0}]}},
            {},
            "/categories/ORD/rows/0/per",
        ),
        ({"ORD": {"method": "SUM_OF", "parts": [FLAT]}}, {}, "/categories/ORD"),
        (
            {"ORD": FLAT},
            {"bases": {"custom:a": {"sum": {"headcount": 1, "custom:a": 1}}}},
            "/bases/custom:a/sum/custom:a",
        ),
        (
            {"ORD": FLAT},
            {"due": {**DAY, "instalments": [{**HALF, "share": "0"}, HALF]}},
            "/due/instalments/0/share",
        ),
        ({"ORD": FLAT}, {"due": {**DAY, "instalments": [HALF, HALF]}}, "/due/instalments/1/day"),
        ({"ORD": FLAT}, {"due": {"rule": "fixed_day", "day": "1-31"}}, "/due/day"),
        ({"ORD": FLAT}, {"due": {"rule": "fixed_day", "day": 131}}, "/due/day"),
        (
            {"ORD": FLAT},
            {"group": {"mode": "discount", "further_percent": "50", "further_amount": "10.00"}},
            "/group/further_percent",
        ),
        (
            {"ORD": {**FLAT, "becomes": {"after_years": 3, "category": "XYZ"}}},
            {},
            "/categories/ORD/becomes/category",
        ),
    ],
)
def test_a_schedule_that_says_something_impossible_is_refused_at_its_place(order, categories, options, where):
    found = wrong_place(order(categories, **options))
    assert found == where


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"categories": ["SCI"]}, "/0/categories"),
        ({"categories": ["ORD", "SCI", "ORD"]}, "/0/categories"),
        ({"basis": {"": 3}}, "/0/basis"),
        ({"origin": {"headcount": "declared"}}, "/0/origin/headcount"),
    ],
)
def test_facts_that_contradict_themselves_are_refused_at_their_place(more, where):
    with pytest.raises(FactsWrong) as caught:
        read_facts([{"member": "M1", "year": 2027, "category": "ORD", **more}])
    assert caught.value.where == where


def test_a_size_that_is_null_is_a_size_that_is_missing():
    [facts] = read_facts(
        [
            {
                "member": "M1",
                "year": 2027,
                "category": "ORD",
                "basis": {"headcount": None},
                "origin": {"headcount": None},
            }
        ]
    )
    assert (dict(facts.basis), dict(facts.origin)) == ({}, {})


@pytest.mark.parametrize(("amount", "cents"), [("0.005", 1), ("-0.005", -1), ("-0.0049", 0), ("1.004", 100)])
def test_half_a_cent_goes_away_from_zero_whatever_the_sign(amount, cents):
    assert cents_of(Fraction(amount), Rounding()) == cents


def test_an_admission_decided_after_the_year_is_not_billed_in_it(order, refused):
    schedule = order({"ORD": FLAT}, prorata={"join": "MONTH_INCL", "date": "decided_on"})
    joined = {"basis": {"headcount": 3}, "start": "2027-11-01", "decided_on": "2028-01-10"}
    rule, message = refused(schedule, **joined)
    assert (rule, "after the end of the dues year" in message) == ("DUE-34", True)


def test_who_has_no_day_of_joining_is_in_no_range_of_such_days(order, total):
    rule = {"code": "NEU", "when": {"joined_from": "2020-01-01"}, "percent": "50"}
    schedule = order({"ORD": {**FLAT, "discounts": [rule]}})
    assert total(schedule, basis={"headcount": 3}) == "300.00"
    assert total(schedule, basis={"headcount": 3}, start="2021-05-01") == "150.00"


def test_a_category_without_a_way_of_its_own_is_asked_for_no_size_of_others(order, total):
    """A minimum that is another category's, in a category and in a part of one."""
    least = {"method": "FIXED", "amount": "400.00"}
    parts = [{**FLAT, "min": {"category": "MIN"}}, {"method": "FIXED", "amount": "1.00"}]
    schedule = order({
        "ORD": {**FLAT, "min": {"category": "MIN"}},
        "SUM": {"method": "SUM_OF", "parts": parts},
        "MIN": least,
    })  # fmt: skip
    assert total(schedule, basis={"headcount": 3}) == "400.00"
    assert total(schedule, category="SUM", basis={"headcount": 3}) == "401.00"


def test_a_day_is_read_in_one_form(order):
    assert read_schedule(order({"ORD": FLAT}, due={"rule": "fixed_day", "day": "02-29"})).valid_from == date(
        2000, 1, 1
    )


def test_a_condition_on_the_days_of_joining_has_one_end_or_two(order, total):
    rule = {"code": "ALT", "when": {"joined_before": "2020-01-01"}, "percent": "50"}
    schedule = order({"ORD": {**FLAT, "discounts": [rule]}})
    assert total(schedule, basis={"headcount": 3}, start="2019-12-31") == "150.00"
    assert total(schedule, basis={"headcount": 3}, start="2020-01-01") == "300.00"


@pytest.mark.parametrize("treatment", ["O", {"treatment": "O"}])
def test_not_taxable_is_a_word_or_an_object(order, treatment):
    tax = read_schedule(order({"ORD": {**FLAT, "tax": treatment}})).categories["ORD"].tax
    assert tax == read_schedule(order({"ORD": FLAT})).categories["ORD"].tax


@pytest.mark.parametrize(
    ("until", "day"),
    [("dues_year:03-31", date(2027, 3, 31)), ("next_year:02-28", date(2028, 2, 28)), (None, None)],
)
def test_a_size_may_be_corrected_up_to_a_day_that_the_schedule_names(order, until, day):
    declaration = {"correct_until": until} if until else {}
    assert last_correction(read_schedule(order({"ORD": FLAT}, declaration=declaration)), 2027) == day


def test_a_schedule_without_groups_is_raised_like_any_other(order):
    raised = indexed(
        order({"ORD": FLAT}), Fraction(1, 10), code="N", valid_from=date(2028, 1, 1), rounding=Rounding()
    )
    assert raised["categories"]["ORD"]["rows"] == [{"from": 0, "amount": "330.00"}]
    assert "group" not in raised


def test_a_category_needs_the_sizes_of_the_category_that_is_its_minimum(order):
    least = {"method": "BANDS_FLAT", "basis": "inhabitants", "rows": [ROW]}
    part = {**FLAT, "min": {"category": "MIN"}}
    found = read_schedule(order({
        "ORD": part, "SUM": {"method": "SUM_OF", "parts": [part, {"method": "FIXED", "amount": "1.00"}]}, "MIN": least,
    }))  # fmt: skip
    assert sizes_needed(found, "ORD") == sizes_needed(found, "SUM") == {"headcount", "inhabitants"}
    assert sizes_needed(found, "XYZ") == frozenset()


def test_a_change_of_category_within_the_first_month_opens_no_part_of_the_year(order, total):
    categories = {
        code: {"method": "FIXED", "amount": amount} for code, amount in (("ORD", "120.00"), ("SCI", "240.00"))
    }
    schedule = order(
        categories, prorata={"join": "MONTH_INCL", "date": "start_date", "category_change": "month"}
    )
    moved = {
        "start": "2027-05-03",
        "category_changes": [{"on": "2027-05-20", "category": "SCI"}],
        "category": "ORD",
    }
    assert total(schedule, **moved) == "160.00"
    assert (
        total(schedule, **{**moved, "category_changes": [{"on": "2027-06-20", "category": "SCI"}]})
        == "150.00"
    )


def test_a_size_that_is_known_asks_for_no_highest_row(order, total):
    rows = [ROW, {"from": 100, "amount": "900.00"}]
    schedule = order({"ORD": {**FLAT, "rows": rows}}, declaration={"missing": "highest_row"})
    assert total(schedule, basis={"headcount": 3}) == "300.00"
    assert total(schedule) == "900.00"
