"""A dues year that does not begin in January, shares by a table, and instalments: DUE-26, DUE-37."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule import read_schedule
from membership.domain.money import decimal_text

APRIL = {"dues_year_start": "04-01"}
HALVES = {
    "rule": "fixed_day", "day": "02-28",
    "instalments": [{"day": "02-28", "share": "1/2"}, {"day": "08-31", "share": "1/2"}],
}  # fmt: skip


def fixed(order, amount="1200.00", **options):
    return order({"ORD": {"method": "FIXED", "amount": amount, "admission_fee": "50.00"}}, **options)


@pytest.mark.parametrize(
    ("join", "start", "dues_of"),
    [
        ("MONTH_INCL", "2027-04-01", "1200.00"),
        ("MONTH_INCL", "2027-04-02", "1200.00"),
        ("MONTH_INCL", "2028-03-31", "100.00"),
        ("MONTH_INCL", "2027-12-31", "400.00"),
        ("MONTH_NEXT", "2027-12-31", "300.00"),
        ("MONTH_FULL", "2028-01-01", "300.00"),
        ("MONTH_FULL", "2028-01-02", "200.00"),
        ("QUARTER", "2028-01-01", "300.00"),
    ],
)
def test_the_year_is_named_by_the_calendar_year_in_which_it_starts(order, dues, join, start, dues_of):
    assert dues(fixed(order, prorata={"join": join}, **APRIL), start=start) == dues_of


def test_who_joined_before_its_first_day_is_no_new_member(order, assessed, refused):
    schedule = fixed(order, prorata={"join": "MONTH_INCL"}, **APRIL)
    assert str(assessed(schedule, start="2027-03-31").total) == "1200.00"
    assert refused(schedule, start="2028-04-01")[0] == "DUE-34"
    assert str(assessed(schedule, start="2028-02-01").total) == "250.00"


def test_membership_years_and_ages_are_counted_by_the_dues_year(order, dues):
    category = {
        "method": "FIXED", "amount": "100.00",
        "discounts": [{"code": "first", "percent": "50", "when": {"membership_year": 1}}],
    }  # fmt: skip
    schedule = order({"ORD": category}, **APRIL)
    assert dues(schedule, start="2028-02-01") == "50.00"
    assert dues(schedule, start="2027-02-01") == "100.00"


def test_shares_stand_in_the_order_of_the_dues_year(order, dues):
    shares = [
        {"until": "09-30", "share": "1"},
        {"until": "12-31", "share": "1/2"},
        {"until": "03-31", "share": "1/4"},
    ]
    schedule = fixed(order, prorata={"join": "TABLE", "shares": shares}, **APRIL)
    found = [dues(schedule, start=start) for start in ("2027-09-30", "2027-10-01", "2028-01-01")]
    assert found == ["1200.00", "600.00", "300.00"]


def test_a_version_counts_for_the_dues_year_whose_first_day_it_covers(order, dues):
    old = {**fixed(order, "100.00", **APRIL), "valid_to": "2027-03-31"}
    new = {**fixed(order, "200.00", **APRIL), "code": "NEW", "valid_from": "2027-04-01"}
    assert dues([old, new]) == "200.00"
    assert dues([old, {**new, "valid_from": "2027-04-02", "valid_to": None}, {**old, "code": "X", "valid_to": None}]) \
        == "100.00"  # fmt: skip


def instalments(assessment):
    return [
        (str(line.kind), str(line.amount), line.due and line.due.isoformat()) for line in assessment.lines
    ]


def test_due_26_an_instalment_is_rounded_down_and_the_last_takes_the_rest(order, assessed):
    thirds = [{"day": day, "share": "1/3"} for day in ("01-31", "05-31", "09-30")]
    found = assessed(
        fixed(order, "1000.00", due={"rule": "fixed_day", "day": "01-31", "instalments": thirds}),
        start="2027-01-01",
    )
    assert instalments(found) == [
        ("dues", "333.33", "2027-01-31"), ("dues", "333.33", "2027-05-31"), ("dues", "333.34", "2027-09-30"),
        ("admission_fee", "50.00", None),
    ]  # fmt: skip
    assert str(found.total) == "1050.00"


@pytest.mark.parametrize(("amount", "count"), [("1000.00", 1), ("1000.01", 2)])
def test_instalments_may_be_for_higher_dues_only(order, assessed, amount, count):
    found = assessed(fixed(order, amount, due={**HALVES, "above": "1000.00"}))
    assert len(found.lines) == count


def test_instalments_follow_the_dues_year(order, assessed):
    halves = [{"day": "05-31", "share": "1/2"}, {"day": "01-31", "share": "1/2"}]
    found = assessed(fixed(order, due={"rule": "fixed_day", "day": "05-31", "instalments": halves}, **APRIL))
    assert [line.due.isoformat() for line in found.lines] == ["2027-05-31", "2028-01-31"]


cents = st.integers(1, 10**7)


@given(amount=cents, weights=st.lists(st.integers(1, 9), min_size=2, max_size=6), rate=st.integers(0, 25))
def test_inv_24_instalments_lose_no_cent_of_dues_or_tax(amount, weights, rate):
    whole = sum(weights)
    tax = {"treatment": "S", "rate": str(rate)} if rate else "O"
    rows = [{"day": f"{month + 1:02d}-15", "share": f"{w}/{whole}"} for month, w in enumerate(weights)]
    document = {
        "code": "P", "valid_from": "2000-01-01",
        "due": {"rule": "fixed_day", "day": "01-15", "instalments": rows},
        "categories": {"ORD": {"method": "FIXED", "amount": decimal_text(amount), "tax": tax}},
    }  # fmt: skip
    [split] = explain([read_schedule(document)], [Facts("M1", 2027, "ORD")])
    [single] = explain(
        [read_schedule({**document, "due": {"rule": "fixed_day", "day": "01-15"}})],
        [Facts("M1", 2027, "ORD")],
    )
    assert (split.net, split.tax, split.gross) == (single.net, single.tax, single.gross)
    paid = {line.due.month: line.amount.cents for line in split.lines}
    for month, weight in enumerate(weights[:-1], start=1):
        assert 0 <= Fraction(single.net.cents * weight, whole) - paid.get(month, 0) < 1
