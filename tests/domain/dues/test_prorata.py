"""What is owed of a year in which a membership starts or ends (DUE-20 to DUE-23)."""

from __future__ import annotations

import pytest

JOINS = ["FULL", "HALF", "QUARTER", "MONTH_INCL", "MONTH_NEXT", "MONTH_FULL", "DAY"]


def yearly(order, amount="1200.00", **prorata):
    return order({"ORD": {"method": "FIXED", "amount": amount}, "EHR": {"method": "FREE"}}, prorata=prorata)


@pytest.mark.parametrize(
    ("join", "start", "amount"),
    [
        ("FULL", "2027-12-31", "1200.00"),
        ("HALF", "2027-06-30", "1200.00"),
        ("HALF", "2027-07-01", "600.00"),
        ("QUARTER", "2027-01-02", "1200.00"),
        ("QUARTER", "2027-04-01", "900.00"),
        ("QUARTER", "2027-12-31", "300.00"),
        ("MONTH_INCL", "2027-07-31", "600.00"),
        ("MONTH_INCL", "2027-12-31", "100.00"),
        ("MONTH_NEXT", "2027-07-01", "500.00"),
        ("MONTH_NEXT", "2027-12-01", "0.00"),
        ("MONTH_FULL", "2027-07-01", "600.00"),
        ("MONTH_FULL", "2027-07-02", "500.00"),
        ("DAY", "2027-12-31", "3.29"),
        ("DAY", "2028-02-29", "1006.56"),
    ],
)
def test_the_share_of_a_member_that_joins_during_the_year(order, total, join, start, amount):
    assert total(yearly(order, join=join), year=int(start[:4]), start=start) == amount


@pytest.mark.parametrize(
    ("start", "amount"), [("2027-01-01", "1200.00"), ("2027-09-30", "900.00"), ("2027-10-01", "400.00")]
)
def test_due_37_a_table_names_the_share_for_each_part_of_the_year(order, total, refused, start, amount):
    shares = [{"until": "09-30", "share": "0.75"}, {"until": "11-30", "share": "1/3"}]
    schedule = yearly(order, join="TABLE", shares=shares)
    assert total(schedule, start=start) == amount
    assert refused(schedule, start="2027-12-01")[0] == "DUE-34"


@pytest.mark.parametrize("join", JOINS)
@pytest.mark.parametrize("start", ["2027-01-01", "2020-06-01", None])
def test_a_full_year_is_owed_in_full_under_every_rule(order, total, join, start):
    assert total(yearly(order, join=join), start=start) == "1200.00"


def test_without_a_rule_joining_during_the_year_is_refused_and_a_full_year_is_not(order, refused, total):
    schedule = yearly(order)
    assert refused(schedule, start="2027-02-01")[0] == "DUE-34"
    assert total(schedule, start="2027-01-01") == "1200.00"
    assert total(schedule, category="EHR", start="2027-02-01") == "0.00"


@pytest.mark.parametrize(
    ("end", "amount"),
    [("2027-06-30", "600.00"), ("2027-06-01", "600.00"), ("2027-12-31", "1200.00"), (None, "1200.00")],
)
def test_leaving_by_months_owes_every_month_begun(order, total, end, amount):
    assert total(yearly(order, join="FULL", leave="MONTH"), start="2020-01-01", end=end) == amount


def test_joining_and_leaving_in_one_year_cuts_both_ends(order, total):
    schedule = yearly(order, join="MONTH_INCL", leave="MONTH")
    assert total(schedule, start="2027-05-10", end="2027-09-30") == "500.00"


def test_by_default_nothing_is_refunded(order, total):
    assert total(yearly(order, join="FULL"), start="2020-01-01", end="2027-02-01") == "1200.00"


def test_due_20_the_minimum_is_cut_unless_the_order_says_otherwise(order, total):
    method = {"method": "FIXED", "amount": "100.00", "min": "240.00"}
    cut = order({"ORD": method}, prorata={"join": "MONTH_INCL"})
    assert total(cut, start="2027-12-01") == "20.00"
    whole = order({"ORD": method}, prorata={"join": "MONTH_INCL", "min_not_prorated": True})
    assert total(whole, start="2027-12-01") == "240.00"


def test_a_minimum_that_is_not_cut_does_not_lift_what_a_decision_lowered(order, total):
    method = {"method": "FIXED", "amount": "300.00", "min": "240.00"}
    schedule = order({"ORD": method}, prorata={"join": "MONTH_INCL", "min_not_prorated": True})
    assert total(schedule, start="2027-12-01", override={"kind": "amount", "value": "60.00"}) == "60.00"
    assert total(schedule, start="2027-12-01", override={"kind": "waive"}) == "0.00"


@pytest.mark.parametrize(
    ("step", "direction", "amount"),
    [
        ("0.01", "nearest", "200.21"),
        ("0.01", "down", "200.20"),
        ("0.10", "nearest", "200.20"),
        ("1", "up", "201.00"),
        ("5", "nearest", "200.00"),
        ("10", "up", "210.00"),
    ],
)
def test_rounding_happens_once_to_the_step(order, total, step, direction, amount):
    method = {"method": "FIXED", "amount": "480.50"}
    rounding = {"step": step, "direction": direction}
    schedule = order({"ORD": method}, prorata={"join": "MONTH_INCL"}, rounding=rounding)
    assert total(schedule, start="2027-08-04") == amount


def test_half_a_cent_is_rounded_away_from_zero(order, total):
    schedule = order({"ORD": {"method": "FIXED", "amount": "0.01"}}, prorata={"join": "HALF"})
    assert total(schedule, start="2027-08-04") == "0.01"
