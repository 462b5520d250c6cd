"""Dues from the day of joining to the day before its anniversary, and what leaving leaves owed."""

from __future__ import annotations

import pytest

from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.readable import readable
from membership.domain.dues.schedule import read_schedule
from membership.wording import Wording

FIXED = {"method": "FIXED", "amount": "1200.00"}
SAY = Wording("de").value


@pytest.fixture
def own_year(order):
    discount = {"code": "first", "percent": "50", "when": {"membership_year": 1}}
    rule = {**FIXED, "admission_fee": "100.00", "discounts": [discount]}
    return order({"ORD": rule}, prorata={"leave": "MONTH"}, dues_year_start="joining")


@pytest.mark.parametrize(("year", "amount"), [(2027, "700.00"), (2028, "1200.00")])
def test_each_member_has_a_dues_year_of_its_own(own_year, total, year, amount):
    assert total(own_year, start="2027-11-17", year=year) == amount


def test_a_member_that_joined_on_29_february_begins_on_the_28th_in_other_years(own_year, total):
    assert total(own_year, start="2024-02-29", year=2027) == "1200.00"


def test_leaving_counts_the_months_of_the_own_year(own_year, total):
    facts = {"start": "2026-05-17", "year": 2027}
    assert total(own_year, end="2027-08-16", **facts) == "300.00"  # 17 May to 16 August
    assert total(own_year, end="2027-08-17", **facts) == "400.00"  # the fourth month has begun


def test_without_the_day_of_joining_nobody_knows_the_year(own_year, refused):
    assert refused(own_year)[0] == "DUE-34"


def test_before_the_day_of_joining_there_is_no_year(own_year, refused):
    assert refused(own_year, start="2027-05-17", year=2026)[0] == "DUE-34"


def test_an_own_dues_year_reads_as_a_sentence(own_year):
    rules = {SAY(rule.label): SAY(rule.text) for rule in readable(read_schedule(own_year)).rules}
    assert rules["Beitragsjahr"] == "Es beginnt für jedes Mitglied an seinem Beitrittstag."
    assert "Beitritt im Jahr" not in rules


@pytest.mark.parametrize(
    ("leave", "end", "amount"),
    [
        ("QUARTER", "2027-03-31", "300.00"),
        ("QUARTER", "2027-04-01", "600.00"),
        ("QUARTER", "2027-12-31", "1200.00"),
        ("HALF", "2027-06-30", "600.00"),
        ("HALF", "2027-07-01", "1200.00"),
        ("DAY", "2027-01-31", "101.92"),  # 1,200 x 31/365
        ("MONTH", "2027-01-31", "100.00"),
    ],
)
def test_due_23_leaving_may_count_by_quarters_half_years_or_days(order, total, leave, end, amount):
    assert total(order({"ORD": FIXED}, prorata={"join": "FULL", "leave": leave}), end=end) == amount


def test_who_joins_and_leaves_in_one_year_owes_what_lies_between(order, total):
    schedule = order({"ORD": FIXED}, prorata={"join": "QUARTER", "leave": "QUARTER"})
    assert total(schedule, start="2027-04-10", end="2027-09-30") == "600.00"


@pytest.mark.parametrize(("start", "amount"), [("2027-05-15", "800.00"), ("2027-05-16", "700.00")])
def test_the_month_of_joining_may_count_only_up_to_its_middle(order, total, start, amount):
    rule = {"join": "MONTH_INCL", "counts_until_day": 15}
    assert total(order({"ORD": FIXED}, prorata=rule), start=start) == amount


def test_the_middle_of_a_month_belongs_to_its_rule(order):
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": FIXED}, prorata={"join": "QUARTER", "counts_until_day": 15}))
    assert wrong.value.where == "/prorata/counts_until_day"


def test_a_dues_year_that_starts_on_the_15th_has_months_from_the_15th(order, total):
    schedule = order({"ORD": FIXED}, prorata={"join": "MONTH_INCL"}, dues_year_start="10-15")
    assert total(schedule, start="2028-10-10", year=2027) == "100.00"
    assert total(schedule, start="2027-11-14", year=2027) == "1200.00"
    assert total(schedule, start="2027-11-15", year=2027) == "1100.00"


def test_only_euros_are_possible_and_another_currency_is_said_so(order):
    assert read_schedule(order({"ORD": FIXED}, currency="EUR")).code == "TEST"
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": FIXED}, currency="CHF"))
    assert wrong.value.where == "/currency"
    assert "EUR" in wrong.value.problem.message
