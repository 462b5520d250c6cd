"""Companies of one group (DUE-13)."""

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


def company(heads, **facts):
    return {"group": "K", "basis": {"headcount": heads}, **facts}


def amounts(results):
    return [str(one.total) for one in results]


def test_of_equal_amounts_the_lower_member_number_comes_first(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "discount", "further_percent": "70"})
    found = results(schedule, company(12, member="M9"), company(12, member="M2"), company(3, member="M1"))
    assert amounts(found) == ["420.00", "600.00", "210.00"]


def test_the_group_position_is_by_the_amounts_before_discounts(order, results):
    discount = {"code": "second", "percent": "50", "when": {"group_position_from": 2}}
    half = {"code": "half", "percent": "90", "when": {"attribute": "x"}}
    schedule = order({"ORD": {**FLAT, "discounts": [half, discount]}})
    assert amounts(results(schedule, company(60, attributes=["x"]), company(12))) == ["120.00", "300.00"]


def test_a_company_alone_in_its_group_pays_in_full(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "discount", "further_percent": "70"})
    assert amounts(results(schedule, company(12), company(12, group="L"))) == ["600.00", "600.00"]


def test_groups_of_two_years_do_not_mix(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "discount", "further_percent": "70"})
    found = results(schedule, company(12, member="A"), company(60, member="A", year=2028))
    assert amounts(found) == ["600.00", "1200.00"]


def test_without_a_rule_a_group_changes_nothing(order, results):
    assert amounts(results(order({"ORD": FLAT}), company(12), company(12))) == ["600.00", "600.00"]


def test_who_depends_on_an_undecided_company_of_the_group_is_undecided_too(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "discount", "further_percent": "70"})
    first, second, other = results(schedule, company(12), {"group": "K"}, company(12, group="L"))
    assert (first.rule, second.rule, str(other.total)) == ("DUE-34", "DUE-34", "600.00")


def test_aggregate_needs_the_values_of_all_companies(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "aggregate"})
    lead, other = results(schedule, company(12), {"group": "K"})
    assert (lead.rule, str(other.total)) == ("DUE-34", "0.00")


def test_aggregate_is_estimated_when_one_value_is(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "aggregate"})
    lead, _ = results(schedule, company(12), company(40, origin={"headcount": "estimated"}))
    assert (str(lead.total), lead.is_estimated) == ("1200.00", True)
    assert lead.steps[0].rule == "DUE-13"


def test_a_cap_is_spread_in_proportion_and_the_largest_takes_the_difference(order, results):
    schedule = order({"ORD": FLAT}, group={"mode": "group_cap", "cap": "1000.00"})
    found = results(schedule, company(12), company(60), company(3), company(3))
    assert amounts(found) == ["250.00", "500.00", "125.00", "125.00"]
    odd = order({"ORD": FLAT}, group={"mode": "group_cap", "cap": "100.00"})
    assert amounts(results(odd, company(3), company(3), company(3))) == ["33.34", "33.33", "33.33"]


@pytest.mark.parametrize("cap", ["900.00", "5000.00"])
def test_a_sum_up_to_the_cap_stays_as_it_is(order, results, cap):
    schedule = order({"ORD": FLAT}, group={"mode": "group_cap", "cap": cap})
    assert amounts(results(schedule, company(12), company(3))) == ["600.00", "300.00"]
