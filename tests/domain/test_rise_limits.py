"""The limit of a rise is never left out because the row of the year before is not known."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.assessment import Refusal
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts, Override, OverrideKind, Previous
from membership.domain.dues.schedule import read_schedule
from membership.domain.money import Money
from membership.domain.rise_limits import limited, limits_rise
from tests.factories import SCHEDULE


def schedule(**changes):
    document = {**deepcopy(SCHEDULE), "max_rise": 1, **changes}
    document["categories"]["TRI"] = {"method": "FACTOR_OF", "category": "ORD", "factor": "3"}
    return read_schedule(document)


def member(number="M0001", heads=300, category="ORD", **changes):
    return Facts(member=number, year=2027, category=category, basis={"headcount": Fraction(heads)}, **changes)


def worked_out(*facts, **changes):
    schedules = [schedule(**changes)]
    return limited(explain(schedules, facts), facts, schedules)


def rules(*facts, **changes):
    return [
        result.rule if isinstance(result, Refusal) else result.dues
        for result in worked_out(*facts, **changes)
    ]


def test_due_11_a_member_whose_row_of_the_year_before_nobody_knows_is_refused():
    assert rules(member()) == ["DUE-11"]
    assert rules(member(start=date(2014, 4, 1))) == ["DUE-11"]
    assert rules(member(category="TRI")) == ["DUE-11"]
    assert "2026" in str(worked_out(member())[0].text.values)


def test_due_11_with_the_row_of_the_year_before_the_limit_holds():
    assert rules(member(previous=Previous(row=1))) == [Money(60000)]
    assert rules(member(previous=Previous(row=1), category="TRI")) == [Money(180000)]
    assert rules(member(previous=Previous(row=4))) == [Money(240000)]


def test_nothing_is_open_where_even_the_first_row_could_rise_so_far():
    assert rules(member(heads=9), member("M0002", heads=49)) == [Money(30000), Money(60000)]


def test_a_new_member_and_one_without_a_table_have_no_row_before():
    assert rules(member(start=date(2027, 1, 1))) == [Money(240000)]
    assert rules(member(category="SCI"), member("M0002", category="EHR")) == [Money(50000), Money(0)]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override(OverrideKind.AMOUNT, "Vorstand", amount=Money(70000)), Money(70000)),
        (Override(OverrideKind.WAIVE, "Vorstand"), Money(0)),
        (Override(OverrideKind.PERCENT, "Vorstand", share=Fraction(1, 2)), "DUE-11"),
    ],
)
def test_a_decision_on_the_amount_settles_it(override, expected):
    assert rules(member(override=override)) == [expected]


@pytest.mark.parametrize(
    ("group", "other"),
    [
        ({"mode": "discount", "further_percent": "70"}, "DUE-34"),
        ({"mode": "group_cap", "cap": "900.00"}, "DUE-34"),
        ({"mode": "none"}, Money(30000)),
    ],
)
def test_companies_that_need_the_amount_of_a_refused_one_are_refused(group, other):
    facts = (member(group="A"), member("M0002", heads=5, group="A"), member("M0003", heads=5, group="B"))
    assert rules(*facts, group=group) == ["DUE-11", other, Money(30000)]


def test_a_schedule_without_a_limit_asks_for_no_row():
    assert limits_rise(schedule())
    assert not limits_rise(schedule(max_rise=None))
    assert rules(member(), max_rise=None) == [Money(240000)]


@given(st.integers(0, 2000), st.integers(1, 4))
def test_due_11_whoever_is_billed_without_a_known_row_owes_the_same_whatever_the_row_was(heads, row):
    (unknown,) = worked_out(member(heads=heads))
    (known,) = worked_out(member(heads=heads)._replace(previous=Previous(row=row)))
    assert isinstance(unknown, Refusal) or unknown.dues == known.dues
