"""A new version with all amounts raised: a draft (DUE-18)."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.indexation import indexed, raised
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.schedule.form import Rounding
from membership.domain.money import decimal_text

TENTHS = Rounding(Fraction("0.10"))
SHARE = Fraction(22, 1000)


@pytest.mark.parametrize(("before", "after"), [("25.00", "25.60"), ("96.10", "98.20")])
def test_t_21_amounts_are_raised_and_rounded_once(before, after):
    assert raised(before, SHARE, TENTHS) == after


@given(cents=st.integers(0, 10**8), percent=st.integers(0, 1000))
def test_no_amount_is_further_from_the_exact_one_than_half_a_step(cents, percent):
    share = Fraction(percent, 1000)
    found = Fraction(raised(decimal_text(cents), share, TENTHS))
    assert abs(found - Fraction(cents, 100) * (1 + share)) <= Fraction(5, 100)


def test_the_new_version_is_a_draft_that_names_its_origin(order):
    categories = {
        "ORD": {
            "method": "BANDS_FLAT", "basis": "headcount", "min": "20.00", "admission_fee": "38.00",
            "rows": [{"from": 0, "amount": "25.00"}, {"from": 4, "amount": "35.60", "rate": "1.00"}],
        },
        "SUM": {"method": "SUM_OF", "parts": [
            {"method": "FIXED", "amount": "100.00", "cap": "150.00"},
            {"method": "FIXED", "amount": "38.00", "kind": "admission_fee"},
        ]},
    }  # fmt: skip
    before = order(
        categories, group={"mode": "group_cap", "cap": "1000.00"}, valid_to="2027-12-31",
        resolution={"organ": "MV", "date": "2026-05-12"},
    )  # fmt: skip
    kept = json.dumps(before)
    new = indexed(before, SHARE, rounding=TENTHS, code="BO-2028", valid_from=date(2028, 1, 1))
    assert json.dumps(before) == kept
    schedule = read_schedule(new)
    assert (schedule.code, schedule.valid_from, schedule.valid_to) == ("BO-2028", date(2028, 1, 1), None)
    assert (schedule.resolution, schedule.indexation.origin, schedule.indexation.share) == (
        None,
        "TEST",
        SHARE,
    )
    ordinary, summed = schedule.categories["ORD"], schedule.categories["SUM"]
    assert [row.amount for row in ordinary.method.rows] == [Fraction("25.60"), Fraction("36.40")]
    assert (ordinary.minimum, ordinary.method.rows[1].rate) == (Fraction("20.40"), 1)
    assert ordinary.admission_fee.amount == 38
    assert [part.method.amount for part in summed.method.parts] == [Fraction("102.20"), 38]
    assert summed.method.parts[0].cap == Fraction("153.30")
    assert schedule.group.cap == 1022


def test_what_further_companies_of_a_group_pay_is_raised_and_surcharges_stay():
    document = {
        "code": "A", "valid_from": "2027-01-01", "group": {"mode": "discount", "further_amount": "100.00"},
        "categories": {"ORD": {"method": "FIXED", "amount": "200.00",
                               "surcharges": [{"code": "x", "amount": "10.00"}], "admission_fee": {"percent": "50"}}},
    }  # fmt: skip
    new = indexed(document, Fraction(10, 100), rounding=Rounding(), code="B", valid_from=date(2028, 1, 1))
    schedule = read_schedule(new)
    assert schedule.group.further_amount == 110
    assert schedule.categories["ORD"].surcharges[0].amount == 10
    assert schedule.categories["ORD"].admission_fee.share == Fraction(1, 2)
