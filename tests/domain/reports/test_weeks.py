"""Receipts by week: which week a day lies in, and that the weeks add up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.weeks import LAST_WEEK, week_of, weekly


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2027, 1, 1), 1),
        (date(2027, 1, 7), 1),
        (date(2027, 1, 8), 2),
        (date(2027, 12, 31), 53),
        (date(2026, 12, 31), 1),
        (date(2028, 1, 1), LAST_WEEK),
    ],
)
def test_a_week_has_seven_days_from_the_first_of_january(day, week):
    assert week_of(day, 2027) == week


def test_receipts_are_added_up_week_by_week():
    receipts = [(date(2027, 1, 3), 100), (date(2027, 1, 15), 50), (date(2027, 1, 16), 5)]
    assert weekly(receipts, year=2027, last=4) == (100, 100, 155, 155)


def test_what_comes_after_the_last_week_shown_is_left_out():
    assert weekly([(date(2027, 3, 1), 100)], year=2027, last=2) == (0, 0)


@given(st.lists(st.tuples(st.integers(-400, 800), st.integers(0, 10**6))))
def test_the_last_week_of_the_year_holds_all(moves):
    receipts = [(date(2027, 1, 1) + timedelta(days=days), cents) for days, cents in moves]
    weeks = weekly(receipts, year=2027, last=LAST_WEEK)
    assert weeks[-1] == sum(cents for _day, cents in receipts)
    assert list(weeks) == sorted(weeks)
