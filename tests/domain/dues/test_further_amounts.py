"""Rates on the whole, allowances, agreed rows, no declaration, credits: DUE-39, DUE-40."""

from __future__ import annotations

import pytest

ROWS = [
    {"from": 0, "amount": "100.00"},
    {"from": 51, "rate": "1.77", "per": 1, "on": "whole"},
    {"from": 300, "agreed": True, "min": "1500.00"},
]
TABLE = {"method": "BANDS_FLAT", "basis": "headcount", "rows": ROWS}


@pytest.mark.parametrize(
    ("heads", "amount"), [(50, "100.00"), (51, "90.27"), (100, "177.00"), (299, "529.23")]
)
def test_a_rate_may_count_on_the_whole(order, dues, heads, amount):
    assert dues(order({"ORD": TABLE}), basis={"headcount": heads}) == amount


def test_a_row_may_be_agreed_with_each_member(order, dues, refused):
    schedule = order({"ORD": TABLE})
    assert refused(schedule, basis={"headcount": 300})[0] == "DUE-34"
    assert refused(schedule, basis={"headcount": 300}, agreed="1499.99")[0] == "DUE-11b"
    assert dues(schedule, basis={"headcount": 300}, agreed="1500.00") == "1500.00"
    assert dues(schedule, basis={"headcount": 299}, agreed="1500.00") == "529.23"


def test_agreed_amounts_are_annual_in_a_monthly_schedule_too(order, dues):
    schedule = order({"ORD": TABLE}, period="month")
    assert dues(schedule, basis={"headcount": 300}, agreed="1600.00") == "1600.00"
    assert dues(schedule, basis={"headcount": 1}) == "1200.00"


@pytest.mark.parametrize(
    ("turnover", "amount"), [(0, "100.00"), (50_000, "100.00"), (149_999, "100.00"), (150_000, "200.00")]
)
def test_an_allowance_is_taken_off_before_the_row_is_looked_up(order, dues, turnover, amount):
    table = {
        "method": "BANDS_FLAT", "basis": "turnover_eur", "allowance": "50000",
        "rows": [{"from": 0, "amount": "100.00"}, {"from": 100_000, "amount": "200.00"}],
    }  # fmt: skip
    assert dues(order({"ORD": table}), basis={"turnover_eur": turnover}) == amount


def test_an_allowance_counts_for_rates_too(order, dues):
    table = {
        "method": "BANDS_MARGINAL", "basis": "turnover_eur", "allowance": "50000",
        "rows": [{"from": 0, "rate": "1.00", "per": 1000}],
    }  # fmt: skip
    schedule = order({"ORD": table})
    assert [dues(schedule, basis={"turnover_eur": value}) for value in (40_000, 50_000, 90_000)] == [
        "0.00", "0.00", "40.00",
    ]  # fmt: skip


BANDS = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [
        {"from": 0, "amount": "100.00"},
        {"from": 10, "amount": "200.00"},
        {"from": 50, "amount": "300.00"},
    ],
}
BEFORE = {"previous": {"basis": {"headcount": 10}}}


@pytest.mark.parametrize(
    ("missing", "facts", "amount"),
    [
        ("carry_over", BEFORE, "200.00"),
        ("next_band", BEFORE, "300.00"),
        ("highest_row", BEFORE, "300.00"),
        ("highest_row", {}, "300.00"),
        ({"carry_over_plus_percent": "40"}, BEFORE, "200.00"),
    ],
)
def test_without_a_declaration_the_rule_of_the_order_counts_and_the_result_is_estimated(
    order, assessed, missing, facts, amount
):
    found = assessed(order({"ORD": BANDS}, declaration={"missing": missing}), **facts)
    assert (str(found.total), found.is_estimated) == (amount, True)


def test_a_value_carried_over_with_an_addition_may_reach_the_next_row(order, assessed):
    schedule = order({"ORD": BANDS}, declaration={"missing": {"carry_over_plus_percent": "25"}})
    assert str(assessed(schedule, previous={"basis": {"headcount": 39}}).total) == "200.00"
    assert str(assessed(schedule, previous={"basis": {"headcount": 40}}).total) == "300.00"


@pytest.mark.parametrize("missing", ["block", "estimate", "carry_over", "next_band"])
def test_where_nothing_is_known_nothing_is_guessed(order, refused, missing):
    assert refused(order({"ORD": BANDS}, declaration={"missing": missing}))[0] == "DUE-34"


def test_the_highest_row_needs_no_value_but_a_rate_does(order, refused):
    table = {**BANDS, "rows": [*BANDS["rows"], {"from": 100, "amount": "400.00", "rate": "1.00"}]}
    assert refused(order({"ORD": table}, declaration={"missing": "highest_row"}))[0] == "DUE-34"


def test_a_credit_comes_off_at_the_end(order, assessed):
    found = assessed(order({"ORD": {"method": "FIXED", "amount": "300.00"}}), credit="120.00")
    assert [(str(line.kind), str(line.amount), str(line.tax)) for line in found.lines] == [
        ("dues", "300.00", "O"), ("credit", "-120.00", "O"),
    ]  # fmt: skip
    assert (str(found.total), str(found.dues)) == ("180.00", "300.00")


def test_a_credit_comes_off_the_sum_with_tax(order, assessed):
    category = {"method": "FIXED", "amount": "100.00", "tax": {"treatment": "S", "rate": "19"}}
    found = assessed(order({"ORD": category}, credit_rest="carry"), credit="119.00")
    assert (str(found.total), str(found.gross)) == ("-19.00", "0.00")


@pytest.mark.parametrize("rest", ["refund", "carry", "lapses"])
def test_more_credit_than_dues_leaves_nothing_to_pay_as_the_order_says(order, assessed, refused, rest):
    categories = {"ORD": {"method": "FIXED", "amount": "300.00"}}
    found = assessed(order(categories, credit_rest=rest), credit="500.00")
    assert (str(found.total), str(found.lines[-1].amount)) == ("0.00", "-300.00")
    assert [warning.rule for warning in found.warnings] == ["DUE-40"]
    assert refused(order(categories), credit="500.00")[0] == "DUE-34"


def test_a_free_member_with_a_credit_has_no_line(order, assessed):
    found = assessed(order({"ORD": {"method": "FREE"}}, credit_rest="carry"), credit="500.00")
    assert found.lines == ()
