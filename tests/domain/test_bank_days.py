"""Working days and the shift of § 193 BGB, against the calendar of another library."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.bank_days import days_late, is_working_day, last_overdue, payable_until
from membership.domain.invoicing import InvoiceState, Standing, days_overdue

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("due", "until"),
    [
        (date(2027, 1, 31), date(2027, 2, 1)),
        (date(2026, 1, 31), date(2026, 2, 2)),
        (date(2027, 1, 29), date(2027, 1, 29)),
        (date(2027, 3, 26), date(2027, 3, 30)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2028, 12, 31), date(2029, 1, 2)),
        (date(2028, 10, 31), date(2028, 11, 1)),
        (date(2027, 5, 6), date(2027, 5, 7)),
    ],
    ids=["Sunday", "Saturday", "Friday", "Good Friday", "Christmas", "New Year", "Reformation", "Ascension"],
)
def test_d_dun_3_what_is_due_on_a_day_off_is_payable_until_the_next_working_day(due, until):
    assert payable_until(due) == until


@pytest.mark.parametrize("land", ["HB", "NI"])
def test_d_gen_10_the_holidays_are_those_of_bremen_and_lower_saxony(land):
    known = holidays.Germany(subdiv=land, years=range(2018, 2060))
    day = date(2018, 1, 1)
    while day.year < 2060:
        assert is_working_day(day) == (day.weekday() < 5 and day not in known), day
        day += timedelta(days=1)


@given(due=DAYS, today=DAYS)
def test_one_comparison_finds_what_is_late(due, today):
    assert (due <= last_overdue(today)) == (payable_until(due) < today) == (days_late(due, today) > 0)


@given(due=DAYS)
def test_a_payment_is_never_late_on_its_due_day_and_always_a_fortnight_later(due):
    assert due <= payable_until(due) < due + timedelta(days=7)
    assert is_working_day(payable_until(due))
    assert days_late(due, due) == 0
    assert days_late(due, due + timedelta(days=14)) > 0


def test_an_invoice_due_on_a_sunday_is_overdue_on_tuesday():
    due = date(2027, 1, 31)
    for today, state, days in (
        (date(2027, 2, 1), InvoiceState.OPEN, 0),
        (date(2027, 2, 2), InvoiceState.OVERDUE, 1),
    ):
        assert Standing(5, 5, due).state(today) is state
        assert days_overdue(open_cents=5, due_on=due, today=today) == days
    assert days_overdue(open_cents=0, due_on=due, today=date(2027, 3, 1)) == 0
