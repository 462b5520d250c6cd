"""Discounts and their conditions (DUE-12), agreed amounts, overrides and what is added."""

from __future__ import annotations

from fractions import Fraction

import pytest

from membership.domain.phrases import phrase


def fixed(order, *discounts, amount="1000.00", **options):
    return order({"ORD": {"method": "FIXED", "amount": amount, "discounts": list(discounts), **options}})


def off(code="A", when=None, **value):
    return {"code": code, **value, **({"when": when} if when else {})}


def test_percentages_multiply_and_amounts_come_off_last(order, assessed):
    schedule = fixed(order, off("m", amount="20.00"), off("a", percent="50"), off("b", percent="50"))
    found = assessed(schedule)
    assert str(found.total) == "230.00"
    assert [step.rule for step in found.steps] == ["FIXED", "a", "b", "m"]


def test_the_code_of_a_discount_stands_on_the_letter_only_beside_another(order, assessed):
    alone = assessed(fixed(order, off("startup", percent="50")))
    assert alone.steps[-1].text == phrase("Discount of %(percent)s %%", percent=Fraction(50))
    amount = assessed(fixed(order, off("startup", amount="20.00")))
    assert "startup" not in str(amount.steps[-1].text.values)
    several = assessed(fixed(order, off("a", percent="50"), off("b", percent="10")))
    assert several.steps[-1].text.values["code"] == "b"


def test_with_an_exclusive_one_only_the_largest_counts(order, total):
    schedule = fixed(
        order, off("a", percent="10", exclusive=True), off("b", percent="25"), off("c", amount="240.00")
    )
    assert total(schedule) == "750.00"


def test_an_exclusive_discount_that_does_not_hold_changes_nothing(order, total):
    never = off("x", percent="90", exclusive=True, when={"attribute": "never"})
    assert total(fixed(order, never, off("a", percent="10"), off("b", percent="10"))) == "810.00"


@pytest.mark.parametrize(("together", "amount"), [("multiply", "675.00"), ("largest", "750.00")])
def test_due_38_what_two_discounts_come_to_together(order, total, together, amount):
    discounts = [off("a", percent="10"), off("b", percent="25")]
    category = {"method": "FIXED", "amount": "1000.00", "discounts": discounts}
    assert total(order({"ORD": category}, discounts_together=together)) == amount
    assert total(order({"ORD": {**category, "discounts_together": together}})) == amount


def test_due_38_two_discounts_are_refused_where_the_order_leaves_it_open(order, refused, total):
    discounts = [off("a", percent="10"), off("b", percent="25", when={"attribute": "x"})]
    schedule = order(
        {"ORD": {"method": "FIXED", "amount": "1000.00", "discounts": discounts}}, discounts_together="open"
    )
    assert refused(schedule, attributes=["x"])[0] == "DUE-34"
    assert total(schedule) == "900.00"


def test_nothing_falls_below_zero(order, total):
    assert total(fixed(order, off("m", amount="5000.00"))) == "0.00"


@pytest.mark.parametrize(
    ("when", "facts", "holds"),
    [
        ({"company_age_at_joining_below": 3}, {"founded": "2024-05-18", "start": "2027-05-17"}, True),
        ({"company_age_at_joining_below": 3}, {"founded": "2024-05-17", "start": "2027-05-17"}, False),
        ({"company_age_at_joining_below": 3}, {"start": "2027-05-17"}, False),
        ({"company_age_at_joining_below": 3}, {"founded": "2026-01-01"}, False),
        ({"membership_year_max": 2}, {"start": "2026-12-31"}, True),
        ({"membership_year_max": 2}, {"start": "2025-12-31"}, False),
        ({"membership_year_max": 2}, {}, False),
        ({"joined_in_dues_year": True}, {"start": "2027-01-01"}, True),
        ({"joined_in_dues_year": True}, {"start": "2026-12-31"}, False),
        ({"joined_in_dues_year": False}, {}, True),
        ({"headcount_below": 10}, {"basis": {"headcount": "9.5"}}, True),
        ({"headcount_below": 10}, {"basis": {"headcount": 10}}, False),
        ({"attribute": "umbrella"}, {"attributes": ["x", "umbrella"]}, True),
        ({"attribute": "umbrella"}, {}, False),
        ({"group_position_from": 2}, {}, False),
        ({"group_position_from": 1}, {"group": "alone"}, False),
        ({"direct_debit": True}, {"attributes": ["direct_debit"]}, True),
        ({"direct_debit": False}, {"attributes": ["direct_debit"]}, False),
        ({"company_age_below": 3}, {"founded": "2024-01-02"}, True),
        ({"company_age_below": 3}, {"founded": "2024-01-01"}, False),
        ({"company_age_below": 3}, {}, False),
        ({"company_age_from": 3}, {"founded": "2024-01-01"}, True),
        ({"company_age_from": 3}, {"founded": "2024-01-02"}, False),
        ({"company_age_at_end_below": 3}, {"founded": "2025-01-01"}, True),
        ({"company_age_at_end_below": 3}, {"founded": "2024-12-31"}, False),
        ({"company_age_at_end_from": 3}, {"founded": "2024-12-31"}, True),
        ({"joined_from": "2020-01-01"}, {"start": "2020-01-01"}, True),
        ({"joined_from": "2020-01-01"}, {"start": "2019-12-31"}, False),
        ({"joined_before": "2020-01-01"}, {"start": "2019-12-31"}, True),
        ({"joined_before": "2020-01-01"}, {"start": "2020-01-01"}, False),
        ({"joined_before": "2020-01-01"}, {}, False),
        ({"membership_year": 2}, {"start": "2026-06-01"}, True),
        ({"membership_year": 2}, {"start": "2027-01-01"}, False),
        ({"basis": "fte", "from": 10, "below": "50"}, {"basis": {"fte": 10}}, True),
        ({"basis": "fte", "from": 10, "below": "50"}, {"basis": {"fte": 50}}, False),
        ({"basis": "fte", "below": 10}, {"basis": {"fte": "9.99"}}, True),
        ({"attribute": "x", "direct_debit": True}, {"attributes": ["x"]}, False),
    ],
)
def test_each_condition_holds_exactly_when_it_says(order, total, when, facts, holds):
    schedule = fixed(order, off(percent="10", when=when))
    assert total(schedule, **facts) == ("900.00" if holds else "1000.00")


def test_a_condition_on_a_value_that_nobody_knows_is_refused(order, refused):
    assert refused(fixed(order, off(percent="10", when={"headcount_below": 10})))[0] == "DUE-34"


def test_two_factors_that_hold_at_once_are_refused(order, refused, total):
    factors = [{"when": {"attribute": "a"}, "factor": "2"}, {"when": {"attribute": "b"}, "factor": "3"}]
    scheme = {"method": "FACTOR_OF", "category": "ORD", "factor": "1", "factors": factors}
    schedule = order({"ORD": {"method": "FIXED", "amount": "100.00"}, "F": scheme})
    assert refused(schedule, category="F", attributes=["a", "b"])[0] == "DUE-34"
    assert total(schedule, category="F", attributes=["b"]) == "300.00"


def test_due_11a_a_factor_takes_nothing_but_the_first_three_steps(order, total):
    ordinary = {
        "method": "FIXED",
        "amount": "100.00",
        "min": "400.00",
        "admission_fee": "50.00",
        "discounts": [off(percent="50")],
        "rounding": {"step": "10", "direction": "up"},
    }
    schedule = order({"ORD": ordinary, "F": {"method": "FACTOR_OF", "category": "ORD", "factor": "0.333"}})
    assert total(schedule, category="F", start="2027-01-01") == "33.30"


def test_min_counts_before_cap_and_both_before_discounts(order, assessed):
    schedule = fixed(order, off(percent="50"), min="2000.00", cap="1500.00")
    found = assessed(schedule)
    assert [(step.step, str(step.result)) for step in found.steps] == [
        ("method", "1000"),
        ("minimum", "2000"),
        ("cap", "1500"),
        ("discount", "750"),
    ]


def test_a_minimum_may_be_the_amount_of_another_category_after_its_own_cap(order, total):
    categories = {
        "ORD": {"method": "FIXED", "amount": "900.00", "cap": "800.00", "discounts": [off(percent="50")]},
        "FOE": {"method": "FIXED", "amount": "100.00", "min": {"category": "ORD"}},
    }
    assert total(order(categories), category="FOE") == "800.00"


@pytest.mark.parametrize(
    ("override", "amount"),
    [
        ({"kind": "amount", "value": "600.00", "reason": "Beschluss"}, "300.00"),
        ({"kind": "percent", "value": "30", "reason": "Beschluss"}, "150.00"),
        ({"kind": "waive", "reason": "Beschluss"}, "0.00"),
    ],
)
def test_due_17_a_decision_in_the_individual_case_comes_before_pro_rata(order, assessed, override, amount):
    schedule = order({"ORD": {"method": "FIXED", "amount": "1000.00"}}, prorata={"join": "HALF"})
    found = assessed(schedule, override=override, start="2027-09-01")
    assert str(found.total) == amount
    assert any(step.step == "override" and step.rule == "DUE-17" for step in found.steps)


def test_due_15_a_levy_in_percent_takes_the_annual_dues_after_the_override(order, assessed):
    schedule = order({"ORD": {"method": "FIXED", "amount": "1000.00"}}, prorata={"join": "HALF"})
    facts = {
        "override": {"kind": "amount", "value": "600.00"},
        "levies": [{"title": "Messe", "percent": "10"}],
    }
    found = assessed(schedule, start="2027-09-01", **facts)
    assert [(line.kind, str(line.amount)) for line in found.lines] == [("dues", "300.00"), ("levy", "60.00")]


def test_a_levy_may_be_an_amount_and_a_voluntary_contribution_is_a_line(order, assessed):
    found = assessed(fixed(order), levies=[{"title": "Messe", "amount": "75.00"}], voluntary="20.00")
    assert [(line.kind, str(line.amount)) for line in found.lines] == [
        ("dues", "1000.00"),
        ("levy", "75.00"),
        ("voluntary", "20.00"),
    ]


def test_due_14_the_admission_fee_is_owed_in_the_year_of_joining_only(order, total):
    schedule = fixed(order, admission_fee="150.00")
    assert total(schedule, start="2027-01-01") == "1150.00"
    assert total(schedule, start="2026-12-31") == "1000.00"
    assert total(schedule) == "1000.00"


def test_agreed_amounts_are_annual_in_a_monthly_schedule_too(order, total):
    schedule = order(
        {"ORD": {"method": "FIXED", "amount": "10.00"}, "FOE": {"method": "AGREED"}}, period="month"
    )
    assert total(schedule) == "120.00"
    assert total(schedule, category="FOE", agreed="500.00") == "500.00"


def test_started_units_count_in_full(order, total):
    method = {
        "method": "BANDS_MARGINAL",
        "basis": "turnover_eur",
        "rows": [{"from": 0, "rate": "2", "per": 1000}],
    }
    assert total(order({"ORD": method}), basis={"turnover_eur": 1001}) == "2.00"
    assert total(order({"ORD": {**method, "started_units": True}}), basis={"turnover_eur": 1001}) == "4.00"


def test_units_are_counted_from_one_also_in_a_row_from_zero(order, total):
    method = {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": [{"from": 0, "rate": "2"}]}
    assert total(order({"ORD": method}), basis={"headcount": 5}) == "10.00"
