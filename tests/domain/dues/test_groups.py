"""Companies of one group (DUE-13)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.assessment import Assessment
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts
from membership.domain.dues.groups import cents_of
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.schedule.form import Rounding
from membership.domain.money import rounded

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
    assert (lead.rule, other.rule) == ("DUE-34", "DUE-13")


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


AGGREGATE = {"group": {"mode": "aggregate"}}
HEADS = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [{"from": 0, "amount": "100.00"}, {"from": 50, "amount": "900.00"}],
}


def test_the_companies_of_a_lead_member_that_is_not_decided_are_not_either(order, results):
    lead, other = results(
        order({"ORD": HEADS}, **AGGREGATE), {"group": "G"}, {"group": "G", "basis": {"headcount": 5}}
    )
    assert (lead.rule, other.rule) == ("DUE-34", "DUE-13")


def test_a_company_without_a_category_leaves_the_order_of_its_group_open(order):
    schedule = read_schedule(order({"ORD": HEADS}, group={"mode": "discount", "further_percent": "70"}))
    facts = [
        Facts("M0001", 2027, "", group="G", basis={"headcount": Fraction(60)}),
        Facts("M0002", 2027, "ORD", group="G", basis={"headcount": Fraction(5)}),
    ]
    assert [result.rule for result in explain([schedule], facts)] == ["DUE-34", "DUE-34"]


@pytest.mark.parametrize(("lead", "is_decided"), [(None, True), ("M0001", True), ("M0009", False)])
def test_a_group_whose_named_lead_member_is_not_there_is_not_decided(order, lead, is_decided):
    schedule = read_schedule(order({"ORD": HEADS}, **AGGREGATE))
    facts = [
        Facts(number, 2027, "ORD", group="G", group_lead=lead, basis={"headcount": Fraction(30)})
        for number in ("M0001", "M0002")
    ]
    found = explain([schedule], facts)
    assert all(isinstance(result, Assessment) for result in found) == is_decided
    if is_decided:
        assert [str(result.total) for result in found] == ["900.00", "0.00"]


@given(st.fractions(min_value=0, max_value=10**7))
def test_the_short_way_to_whole_cents_rounds_as_the_long_one(amount):
    assert cents_of(amount, Rounding()) == rounded(amount * 100, Fraction(1), "nearest")
