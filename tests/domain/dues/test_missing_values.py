"""What counts when nobody declared (DUE-28), and what stays undecided (DUE-34)."""

from __future__ import annotations

import pytest

FLAT = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [
        {"from": 0, "amount": "300.00"},
        {"from": 10, "amount": "600.00"},
        {"from": 50, "amount": "1200.00"},
    ],
}
MARGINAL = {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": [{"from": 1, "rate": "1"}]}
LAST_YEAR = {"previous": {"basis": {"headcount": "12"}}}


def with_policy(order, policy, method=FLAT):
    return order({"ORD": method}, declaration={"missing": policy})


def test_the_last_value_is_carried_over_and_the_result_is_estimated(order, assessed):
    found = assessed(with_policy(order, "carry_over"), **LAST_YEAR)
    assert (str(found.total), found.is_estimated) == ("600.00", True)
    assert (found.steps[0].step, found.steps[0].rule) == ("basis", "DUE-28")


def test_the_next_band_is_one_row_higher(order, assessed):
    found = assessed(with_policy(order, "next_band"), **LAST_YEAR)
    assert (str(found.total), found.is_estimated, found.band.row) == ("1200.00", True, 3)


def test_above_the_last_row_there_is_no_next_band(order, total):
    assert total(with_policy(order, "next_band"), previous={"basis": {"headcount": 70}}) == "1200.00"


def test_a_table_with_rates_has_no_next_band(order, refused):
    assert refused(with_policy(order, "next_band", MARGINAL), **LAST_YEAR)[0] == "DUE-34"


def test_due_40_the_last_value_may_be_raised(order, assessed):
    found = assessed(
        with_policy(order, {"carry_over_plus_percent": "25"}), previous={"basis": {"headcount": 40}}
    )
    assert (str(found.total), found.bases[0].value, found.is_estimated) == ("1200.00", 50, True)


@pytest.mark.parametrize("policy", ["block", "estimate"])
def test_without_a_value_nothing_is_guessed(order, refused, policy):
    assert refused(with_policy(order, policy), **LAST_YEAR)[0] == "DUE-34"


def test_nothing_to_carry_over_is_refused(order, refused):
    assert refused(with_policy(order, "carry_over"))[0] == "DUE-34"


@pytest.mark.parametrize(
    ("origin", "estimated"),
    [("declared", False), ("resolved", False), ("estimated", True), ("carried_over", True)],
)
def test_the_origin_says_whether_the_result_is_estimated(order, assessed, origin, estimated):
    found = assessed(order({"ORD": FLAT}), basis={"headcount": 12}, origin={"headcount": origin})
    assert found.is_estimated is estimated


def test_an_estimate_that_does_not_count_leaves_the_result_certain(order, assessed):
    facts = {"basis": {"headcount": 12, "fte": 9}, "origin": {"fte": "estimated"}}
    assert not assessed(order({"ORD": FLAT}), **facts).is_estimated


def test_an_estimate_in_a_condition_makes_the_result_estimated(order, assessed):
    discount = {"code": "small", "percent": "10", "when": {"headcount_below": 20}}
    schedule = order({"ORD": {"method": "FIXED", "amount": "100.00", "discounts": [discount]}})
    found = assessed(schedule, basis={"headcount": 12}, origin={"headcount": "estimated"})
    assert (str(found.total), found.is_estimated) == ("90.00", True)


def test_a_category_without_a_rule_is_refused(order, refused):
    assert refused(order({"ORD": FLAT}), category="XYZ")[0] == "DUE-34"


def test_no_schedule_and_two_schedules_for_the_year_are_refused(order, refused):
    old = order({"ORD": FLAT}, valid_from="2020-01-01", valid_to="2025-12-31")
    assert refused(old, basis={"headcount": 3})[0] == "DUE-34"
    both = [order({"ORD": FLAT}, code="A"), order({"ORD": FLAT}, code="B")]
    assert refused(both, basis={"headcount": 3})[0] == "DUE-34"


def test_a_schedule_that_starts_during_the_year_applies_from_the_next_year_on(order, refused, total):
    schedule = order({"ORD": FLAT}, valid_from="2027-01-02")
    assert refused(schedule, basis={"headcount": 3})[0] == "DUE-34"
    assert total(schedule, year=2028, basis={"headcount": 3}) == "300.00"


def test_a_refusal_does_not_hinder_the_others(order, results):
    first, second, third = results(
        order({"ORD": FLAT}), {"basis": {"headcount": 1}}, {}, {"basis": {"headcount": 60}}
    )
    assert (str(first.total), second.rule, str(third.total)) == ("300.00", "DUE-34", "1200.00")
    assert [first.member, second.member, third.member] == ["M0001", "M0002", "M0003"]


@pytest.mark.parametrize("facts", [{"start": "2028-01-01"}, {"start": "2020-01-01", "end": "2026-12-31"}])
def test_a_company_that_is_no_member_in_the_year_is_refused(order, refused, facts):
    assert refused(order({"ORD": FLAT}), basis={"headcount": 1}, **facts)[0] == "DUE-34"


def test_heads_in_a_class_without_weight_are_refused(order, refused):
    schedule = order({"ORD": FLAT}, bases={"headcount": {"weights": {"full": "1"}}})
    assert refused(schedule, basis={"headcount": {"full": 3, "other": 1}})[0] == "DUE-7"


def test_weights_may_be_thirds(order, assessed):
    schedule = order({"ORD": FLAT}, bases={"headcount": {"weights": {"full": "1", "third": "1/3"}}})
    assert assessed(schedule, basis={"headcount": {"full": 9, "third": 3}}).bases[0].value == 10


def test_a_value_below_the_first_row_takes_it_with_a_warning(order, assessed):
    table = {"method": "BANDS_FLAT", "basis": "headcount", "rows": [{"from": 5, "amount": "50.00"}]}
    found = assessed(order({"ORD": table}), basis={"headcount": 1})
    assert (str(found.total), [warning.rule for warning in found.warnings]) == ("50.00", ["DUE-9"])
