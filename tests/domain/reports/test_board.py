"""The board's figures: members of a year, money by time, classes, and the days a report may be asked for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.board import (
    Period,
    classes,
    cumulated,
    dues_figures,
    step_of,
    stock,
    year_before,
)
from membership.domain.reports.open_items import ItemAt
from membership.domain.reports.tables import DayInFuture, DayWrong, report_day

DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def test_rep_7_opening_joins_and_exits_give_the_closing_stock():
    periods = (
        [Period(date(2014, 4, 1), None)] * 67
        + [Period(date(2014, 4, 1), date(2027, 12, 31))] * 3
        + [Period(None, date(2027, 6, 14))]
        + [Period(date(2027, 5, 1), None)] * 5
        + [Period(date(2010, 1, 1), date(2026, 12, 31))]
        + [Period(date(2028, 1, 1), None)]
    )
    found = stock(periods, year=2027, until=date(2027, 12, 31))
    assert (found.opening, found.joined, found.left, found.closing) == (71, 5, 4, 72)


@given(st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS), max_size=20), st.integers(2025, 2028))
def test_the_stock_at_the_end_of_a_year_is_the_opening_of_the_next(pairs, year):
    periods = [Period(start, end) for start, end in pairs if start is None or end is None or start <= end]
    this = stock(periods, year=year, until=date(year, 12, 31))
    following = stock(periods, year=year + 1, until=date(year + 1, 12, 31))
    assert this.closing == following.opening


def test_a_company_that_joins_and_leaves_within_the_year_counts_both_ways():
    found = stock([Period(date(2027, 2, 1), date(2027, 9, 30))], year=2027, until=date(2027, 12, 31))
    assert (found.opening, found.joined, found.left, found.closing) == (0, 1, 1, 0)


@given(
    st.lists(st.tuples(DAYS, st.integers(-(10**6), 10**6)), max_size=30),
    st.dates(date(2027, 1, 1), date(2027, 12, 31)),
)
def test_the_last_step_is_all_that_had_come_in_by_the_day(receipts, until):
    steps = cumulated(receipts, year=2027, until=until)
    assert steps[-1] == sum(cents for day, cents in receipts if day <= until)
    assert len(steps) == step_of(until, year=2027) + 1


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (date(2027, 1, 1), 0),
        (date(2027, 1, 7), 0),
        (date(2027, 1, 8), 1),
        (date(2027, 1, 31), 3),
        (date(2027, 12, 31), 47),
    ],
)
def test_a_month_has_four_steps(day, step):
    assert step_of(day, year=2027) == step


def test_the_day_a_year_earlier_of_a_leap_day_is_the_28th():
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert year_before(date(2027, 3, 1)) == date(2026, 3, 1)


def document(member, *, invoiced=60000, paid=0, label="10–49", category="ORD", due=date(2027, 1, 31)):
    return ItemAt(
        member,
        f"M{member:04d}",
        "",
        f"D{member}",
        2027,
        category,
        label,
        date(2027, 1, 11),
        due,
        invoiced,
        paid,
    )


def test_classes_stand_in_the_order_of_the_table_and_without_a_class_by_category():
    items = [
        document(1, invoiced=120000, label="50–249"),
        document(2, paid=60000),
        document(3, paid=10000),
        document(4, invoiced=50000, label="", category="SCI"),
    ]
    found = classes(items, names={"SCI": "Wissenschaft"})
    assert [(each.label, each.members, each.received_cents, each.open_cents) for each in found] == [
        ("10–49", 2, 70000, 50000),
        ("50–249", 1, 0, 120000),
        ("Wissenschaft", 1, 0, 50000),
    ]


def test_the_figures_of_a_day_say_what_is_overdue():
    items = [document(1, paid=20000), document(2, due=date(2027, 5, 31)), document(3, paid=60000)]
    found = dues_figures(items, year=2027, as_of=date(2027, 2, 16))
    assert (found.invoiced_cents, found.received_cents) == (180000, 80000)
    assert (found.open_cents, found.overdue_cents, found.not_due_cents) == (100000, 40000, 60000)


def test_a_report_of_no_day_is_one_of_today():
    assert report_day(" ", today=date(2027, 1, 11)) == date(2027, 1, 11)
    assert report_day("2026-12-31", today=date(2027, 1, 11)) == date(2026, 12, 31)


def test_a_report_of_tomorrow_or_of_no_day_at_all_is_refused():
    with pytest.raises(DayInFuture):
        report_day("2027-01-12", today=date(2027, 1, 11))
    with pytest.raises(DayWrong):
        report_day("16.2.", today=date(2027, 1, 11))
