"""Years, quarters and months join without gap or overlap, whatever the day a member joins on."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from membership.domain.dues.document import MonthDay
from membership.domain.dues.prorata import owed_share
from membership.domain.dues.schedule.choices import Join
from membership.domain.dues.schedule.form import Prorata
from membership.domain.dues.year import DuesYear, full_years, months_later

pytestmark = pytest.mark.dates
STARTS = [MonthDay(1, 1), MonthDay(4, 1), MonthDay(7, 1), MonthDay(10, 1), MonthDay(3, 1)]
YEARS = range(2024, 2032)
ODD_DAYS = [
    date(2024, 2, 29),
    date(2028, 2, 29),
    *(months_later(date(2024, 1, 31), month) for month in range(12)),
]


def days(first, last):
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


@pytest.mark.parametrize("starts", STARTS, ids=str)
def test_fi_48_eight_dues_years_hold_every_day_once_and_each_its_months_and_quarters_in_order(starts):
    for number in YEARS:
        year, following = DuesYear(number, starts), DuesYear(number + 1, starts)
        assert year.last + timedelta(days=1) == following.first
        inside = days(year.first, year.last)
        assert len(inside) == year.days
        assert all(
            day in year and day not in following and DuesYear.of(day, starts) == year for day in inside
        )
        months = [year.month_of(day) for day in inside]
        quarters = [year.quarter_of(day) for day in inside]
        assert months == sorted(months)
        assert set(months) == set(range(1, 13))
        assert [quarters.count(each) > 0 for each in range(1, 5)] == [True] * 4
        assert quarters == sorted(quarters)


@pytest.mark.parametrize("day", ODD_DAYS, ids=str)
@pytest.mark.parametrize("months", [1, 3, 12])
def test_fi_48_monthly_quarterly_and_yearly_dates_over_eight_years_leave_no_month_out(day, months):
    found = [months_later(day, count) for count in range(0, 97, months)]
    assert found == sorted(set(found))
    numbers = [each.year * 12 + each.month for each in found]
    assert {later - earlier for earlier, later in pairwise(numbers)} == {months}
    for each in found:
        is_short = (each + timedelta(days=1)).month != each.month
        assert each.day == day.day or (each.day < day.day and is_short)


@pytest.mark.parametrize("starts", STARTS, ids=str)
def test_fi_48_what_is_owed_from_a_day_on_and_what_was_before_it_are_the_whole_year(starts):
    for number in YEARS:
        year = DuesYear(number, starts)
        for day in days(year.first, year.last):
            before = Fraction((day - year.first).days, year.days)
            assert owed_share(Join.DAY, day, year=year, rule=Prorata()).share + before == 1
            begun = owed_share(Join.MONTH_INCL, day, year=year, rule=Prorata()).share
            assert begun == 1 - Fraction(year.month_of(day) - 1, 12)
            assert begun - owed_share(Join.MONTH_NEXT, day, year=year, rule=Prorata()).share == Fraction(
                1, 12
            )
            quarter = owed_share(Join.QUARTER, day, year=year, rule=Prorata()).share
            assert quarter == 1 - Fraction(year.quarter_of(day) - 1, 4)


def test_fi_48_a_membership_since_29_february_is_a_year_older_on_1_march_of_common_years():
    since = date(2024, 2, 29)
    assert [full_years(since, date(2025, 2, 28)), full_years(since, date(2025, 3, 1))] == [0, 1]
    assert [full_years(since, date(2028, 2, 28)), full_years(since, date(2028, 2, 29))] == [3, 4]
