"""What a list of versions leaves to be desired, and what a schedule needs to know of its members (DUE-2, DUE-31)."""

from __future__ import annotations

import pytest

from membership.domain.dues.check import check_all, check_schedule
from membership.domain.dues.schedule import read_schedule, read_schedules
from membership.wording import Wording

COMPLETE = {
    "resolution": {"organ": "MV", "date": "2026-05-12"},
    "due": {"rule": "fixed_day", "day": "01-31"},
}
FIXED = {"method": "FIXED", "amount": "1.00"}
TABLE = {"method": "BANDS_FLAT", "basis": "headcount",
         "rows": [{"from": 0, "amount": "1.00"}, {"from": 10, "amount": "2.00"}]}  # fmt: skip
SAY = Wording("de").value


def version(order, code, first, last=None, **options):
    return order({"ORD": FIXED}, **COMPLETE, **options) | {
        "code": code,
        "valid_from": first,
        "valid_to": last,
    }


def together(versions):
    return [(one.rule, one.where, SAY(one.text)) for one in check_all(read_schedules(versions), is_list=True)]


def test_versions_that_follow_each_other_leave_nothing_to_say(order):
    assert (
        together([version(order, "A", "2024-01-01", "2026-12-31"), version(order, "B", "2027-01-01")]) == []
    )


def test_a_year_between_two_versions_is_a_gap(order):
    found = together([version(order, "A", "2024-01-01", "2025-12-31"), version(order, "B", "2027-01-01")])
    assert found == [("DUE-2", "", "Für 2026 gilt keine Fassung.")]


def test_a_version_that_starts_after_new_year_leaves_that_year_open(order):
    found = together([version(order, "A", "2024-01-01", "2026-12-31"), version(order, "B", "2027-02-01")])
    assert found == [("DUE-2", "", "Für 2027 gilt keine Fassung.")]


def test_two_versions_for_one_year_overlap(order):
    found = together([version(order, "A", "2026-01-01"), version(order, "B", "2027-01-01")])
    assert [(rule, where) for rule, where, _ in found] == [("DUE-2", "/1/valid_from")] * 2
    assert "A und B" in found[0][2]


def test_two_versions_with_one_code_cannot_be_told_apart(order):
    found = together([version(order, "A", "2026-01-01", "2026-12-31"), version(order, "A", "2027-01-01")])
    assert [where for _, where, _ in found] == ["/1/code"]


def test_f11_cohorts_that_meet_on_a_day_cover_all_and_do_not_overlap(order):
    old = version(order, "OLD", "2018-01-01", "2018-12-31", cohort={"joined_before": "2018-01-01"})
    new = version(order, "NEW", "2018-01-01", "2018-12-31", cohort={"joined_from": "2018-01-01"})
    found = together([old, new, version(order, "ALL", "2019-01-01")])
    assert {(rule, where) for rule, where, _ in found} == {("DUE-31", "/0/cohort"), ("DUE-31", "/1/cohort")}


def test_cohorts_that_leave_days_out_or_overlap_are_found(order):
    old = version(order, "OLD", "2018-01-01", "2018-12-31", cohort={"joined_before": "2017-01-01"})
    new = version(order, "NEW", "2018-01-01", "2018-12-31", cohort={"joined_from": "2018-01-01"})
    assert ("DUE-2", "/0/cohort") in {(rule, where) for rule, where, _ in together([old, new])}
    both = version(order, "OLD", "2018-01-01", "2018-12-31", cohort={"joined_before": "2019-01-01"})
    assert ("DUE-2", "/1/valid_from") in {(rule, where) for rule, where, _ in together([both, new])}


def test_a_fault_of_one_version_stands_below_its_place_in_the_list(order):
    broken = version(order, "B", "2027-01-01") | {"due": None}
    assert [where for _, where, _ in together([version(order, "A", "2026-01-01", "2026-12-31"), broken])] == [
        "/1/due"
    ]


def places(order, category, **options):
    schedule = read_schedule(order({"ORD": category}, **{**COMPLETE, **options}))
    return [finding.where for finding in check_schedule(schedule)]


@pytest.mark.parametrize(
    "when",
    [
        {"company_age_below": 3},
        {"company_age_from": 2, "company_age_below": 3},
        {"company_age_at_joining_below": 3},
        {"company_age_at_end_below": 3},
        {"joined_before": "2018-01-01"},
        {"joined_from": "2018-01-01"},
    ],
)
def test_due_38_a_condition_on_a_day_that_may_not_be_known_is_said(order, when):
    discount = {"code": "x", "percent": "5", "when": when}
    assert places(order, {**FIXED, "discounts": [discount]}) == ["/categories/ORD/discounts/0/when"]
    factors = [{"when": when, "factor": "1"}]
    other = {"method": "FACTOR_OF", "category": "ORD", "factor": "2", "factors": factors}
    schedule = read_schedule(order({"ORD": FIXED, "SCI": other}, **COMPLETE))
    assert [one.where for one in check_schedule(schedule)] == ["/categories/SCI/factors/0/when"]
    surcharge = {"code": "x", "percent": "5", "when": when}
    assert places(order, {**FIXED, "surcharges": [surcharge]}) == ["/categories/ORD/surcharges/0/when"]


def test_due_11_a_limit_of_a_rise_needs_the_year_before_and_says_so_once(order):
    assert places(order, {**TABLE, "max_rise": 1}) == ["/categories/ORD/max_rise"]
    schedule = read_schedule(order({"ORD": TABLE, "SCI": TABLE, "FOE": FIXED}, max_rise=1, **COMPLETE))
    assert [one.where for one in check_schedule(schedule)] == ["/max_rise"]


def test_limits_against_the_year_before_need_it_and_do_not_see_discounts(order):
    limits = {"previous_year": {"at_least_percent": "100"}}
    assert places(order, FIXED, **limits) == ["/previous_year"]
    discounted = {**FIXED, "discounts": [{"code": "x", "percent": "5"}], **limits}
    assert places(order, discounted) == ["/categories/ORD/previous_year", "/categories/ORD/discounts"]
    assert places(order, discounted | {"previous_year": None}, **limits) == [
        "/previous_year", "/categories/ORD/discounts",
    ]  # fmt: skip


def test_an_agreed_amount_above_the_maximum_is_not_lowered_in_silence(order):
    assert places(order, {"method": "AGREED", "min": "100.00", "cap": "900.00"}) == ["/categories/ORD/cap"]


@pytest.mark.parametrize(("percent", "join", "found"), [("0", "MONTH_INCL", True), ("0", "FULL", False), ("70", "MONTH_INCL", False)])  # fmt: skip
def test_a_group_that_pays_one_class_may_pay_less_when_a_company_joins(order, percent, join, found):
    group = {"mode": "discount", "further_percent": percent}
    where = ["/group/further_percent"] if found else []
    assert places(order, TABLE, group=group, prorata={"join": join}) == where


def test_a_dues_year_from_the_day_of_joining_needs_that_day(order):
    assert places(order, FIXED, dues_year_start="joining", prorata=None) == ["/dues_year_start"]


def test_a_surcharge_left_open_is_listed(order):
    surcharge = {"code": "x", "open": "not printed"}
    assert places(order, {**FIXED, "surcharges": [surcharge]}) == ["/categories/ORD/surcharges/0/open"]
