"""What an order leaves open, and what in it is in doubt: DUE-35 and DUE-35a."""

from __future__ import annotations

import pytest

NO_ROW = {"from": 500, "open": "no row from 500 on"}
TABLE = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [
        {"from": 0, "amount": "300.00"},
        {"from": 100, "amount": "600.00", "doubt": "badly printed"},
        NO_ROW,
    ],
}
RATES = {
    "method": "BANDS_MARGINAL",
    "basis": "headcount",
    "rows": [{"from": 1, "rate": "2.00"}, {"from": 101, "rate": "1.00", "doubt": "smudged"}, {"from": 501, "open": "cut off"}],
}  # fmt: skip


def reasons(assessment):
    return [(warning.rule, warning.text.values.get("reason")) for warning in assessment.warnings]


@pytest.mark.parametrize("table", [TABLE, RATES])
def test_due_35_who_falls_into_an_open_row_is_refused_with_the_reason(order, results, table):
    [result] = results(order({"ORD": table}), {"basis": {"headcount": 700}})
    assert (result.rule, result.text.values["reason"]) == ("DUE-34", table["rows"][-1]["open"])


@pytest.mark.parametrize(("table", "total_of"), [(TABLE, "300.00"), (RATES, "100.00")])
def test_due_35_who_does_not_reach_it_is_worked_out(order, total, table, total_of):
    assert total(order({"ORD": table}), basis={"headcount": 50}) == total_of


@pytest.mark.parametrize("table", [TABLE, RATES])
def test_due_35a_a_row_in_doubt_counts_and_says_so(order, assessed, table):
    found = assessed(order({"ORD": table}), basis={"headcount": 499})
    assert reasons(found) == [("DUE-35a", table["rows"][1]["doubt"])]
    assert reasons(assessed(order({"ORD": table}), basis={"headcount": 50})) == []


def test_due_35_a_category_may_be_open_as_a_whole(order, refused, total):
    schedule = order({"ORD": {"open": "amount not printed"}, "SCI": {"method": "FREE"}})
    assert refused(schedule)[0] == "DUE-34"
    assert total(schedule, category="SCI") == "0.00"


def test_due_35_an_open_part_counts_only_where_it_applies(order, refused, total):
    part = {"open": "surcharge not printed", "when": {"attribute": "bank"}}
    schedule = order({"ORD": {"method": "SUM_OF", "parts": [{"method": "FIXED", "amount": "100.00"}, part]}})
    assert total(schedule) == "100.00"
    assert refused(schedule, attributes=["bank"])[0] == "DUE-34"


def test_due_35_an_open_discount_refuses_whom_it_would_hold_for(order, refused, total):
    discount = {"code": "young", "open": "the board decides how much", "when": {"membership_year_max": 1}}
    schedule = order({"ORD": {"method": "FIXED", "amount": "100.00", "discounts": [discount]}})
    assert total(schedule, start="2020-01-01") == "100.00"
    assert refused(schedule, start="2027-01-01")[0] == "DUE-34"


def test_due_35a_a_discount_in_doubt_counts_and_says_so(order, assessed):
    discount = {"code": "young", "percent": "50", "doubt": "perhaps 30", "when": {"membership_year_max": 1}}
    schedule = order({"ORD": {"method": "FIXED", "amount": "100.00", "discounts": [discount]}})
    found = assessed(schedule, start="2027-01-01")
    assert (str(found.total), reasons(found)) == ("50.00", [("DUE-35a", "perhaps 30")])
    assert reasons(assessed(schedule, start="2020-01-01")) == []


def test_due_35_a_share_of_the_year_may_be_open_or_in_doubt(order, refused, assessed):
    shares = [
        {"until": "03-31", "share": "1", "doubt": "not said whether 31 March belongs to it"},
        {"until": "06-30", "open": "second quarter not printed"},
        {"until": "12-31", "share": "1/4"},
    ]
    schedule = order(
        {"ORD": {"method": "FIXED", "amount": "100.00"}}, prorata={"join": "TABLE", "shares": shares}
    )
    assert reasons(assessed(schedule, start="2027-03-31")) == [("DUE-35a", shares[0]["doubt"])]
    assert refused(schedule, start="2027-04-01")[0] == "DUE-34"
    assert str(assessed(schedule, start="2027-07-01").total) == "25.00"


def test_due_35a_doubts_about_joining_and_the_admission_fee_are_said_when_they_count(order, assessed):
    category = {
        "method": "FIXED",
        "amount": "120.00",
        "admission_fee": {"amount": "50.00", "doubt": "old fee"},
    }
    schedule = order({"ORD": category}, prorata={"join": "MONTH_INCL", "doubt": "or the next month"})
    assert reasons(assessed(schedule, start="2027-07-01")) == [
        ("DUE-35a", "or the next month"), ("DUE-35a", "old fee"),
    ]  # fmt: skip
    assert reasons(assessed(schedule, start="2026-07-01")) == []


def test_due_35_without_a_rule_for_joining_only_those_are_refused_who_join_later_and_owe(
    order, refused, total
):
    schedule = order(
        {"ORD": {"method": "FIXED", "amount": "120.00"}, "EHR": {"method": "FREE"}}, prorata={"join": "none"}
    )
    assert total(schedule, start="2027-01-01") == "120.00"
    assert total(schedule, category="EHR", start="2027-05-01") == "0.00"
    assert refused(schedule, start="2027-05-01")[0] == "DUE-34"


def test_due_35_a_factor_may_be_open_or_in_doubt(order, refused, assessed):
    factors = [
        {"when": {"attribute": "umbrella"}, "open": "the board decides"},
        {"when": {"attribute": "partner"}, "factor": "1/2", "doubt": "read from a scan"},
    ]
    schedule = order({
        "ORD": {"method": "FIXED", "amount": "100.00"},
        "INS": {"method": "FACTOR_OF", "category": "ORD", "factor": "3", "factors": factors},
    })  # fmt: skip
    assert refused(schedule, category="INS", attributes=["umbrella"])[0] == "DUE-34"
    found = assessed(schedule, category="INS", attributes=["partner"])
    assert (str(found.total), reasons(found)) == ("50.00", [("DUE-35a", "read from a scan")])
