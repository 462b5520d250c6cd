"""Which recorded size counts for a dues year."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.year import DuesYear
from membership.domain.reference_days import (
    Counting,
    Standing,
    counting_day,
    day_meant,
    reference_day,
)

YEAR = DuesYear(2027)
SINCE_2014 = date(2014, 4, 1)
JUNE, NEW_YEAR, TOTAL = "prev_year:06-30", "dues_year:01-01", "dues_year:total"
REFERENCES = (
    "", JUNE, NEW_YEAR, TOTAL, "prev_year:12-31", "prev_year:average", "prev_year:total", "year_before_last:total", "joining", "due_date",
)  # fmt: skip


def basis(reference):
    return Basis("headcount", discrete=True, reference=reference)


def counting(*days, reference=JUNE, start=SINCE_2014):
    found = counting_day(
        [date.fromisoformat(day) for day in days], basis=basis(reference), year=YEAR, start=start
    )
    return None if found is None else (found.day.isoformat(), found.standing)


@pytest.mark.parametrize(
    ("reference", "day"),
    [
        (JUNE, date(2026, 6, 30)),
        (NEW_YEAR, date(2027, 1, 1)),
        ("prev_year:02-29", date(2026, 2, 28)),
        ("prev_year:total", date(2026, 12, 31)),
        ("year_before_last:total", date(2025, 12, 31)),
        ("year_before_last:06-30", date(2025, 6, 30)),
        ("dues_year:average", date(2027, 12, 31)),
        (TOTAL, date(2027, 12, 31)),
        ("", date(2026, 12, 31)),
    ],
)
def test_due_6_a_size_counts_of_the_day_that_the_schedule_names(reference, day):
    assert reference_day(basis(reference), 2027) == day


@pytest.mark.parametrize(
    ("days", "reference", "expected"),
    [
        (("2025-06-30", "2026-06-30", "2027-06-30"), JUNE, "2026-06-30"),
        (("2026-03-31", "2026-09-30"), JUNE, "2026-03-31"),
        (("2026-01-11", "2026-06-30", "2027-03-01"), JUNE, "2026-06-30"),
        (("2025-06-30", "2026-12-10"), JUNE, "2026-12-10"),
        (("2025-06-30", "2026-12-10", "2027-01-11"), JUNE, "2027-01-11"),
        (("2026-01-01", "2026-12-10", "2027-01-11"), NEW_YEAR, "2026-12-10"),
        (("2026-06-30", "2027-01-01", "2027-06-30"), NEW_YEAR, "2027-01-01"),
        (("2026-06-30", "2027-01-11"), NEW_YEAR, "2027-01-11"),
        (("2026-06-30", "2026-12-31", "2027-12-31"), "prev_year:total", "2026-12-31"),
        (("2024-12-31", "2025-12-31", "2026-12-31"), "year_before_last:total", "2025-12-31"),
        (("2026-12-31", "2027-12-31"), TOTAL, "2027-12-31"),
        (("2025-06-30", "2026-06-30", "2027-02-01", "2028-01-01"), "", "2027-02-01"),
        (("2013-12-31", "2014-12-31", "2026-06-30"), "joining", "2013-12-31"),
        (("2014-12-31", "2026-06-30"), "joining", "2014-12-31"),
    ],
)
def test_due_6_the_size_of_the_reference_day_counts(days, reference, expected):
    assert counting(*days, reference=reference) == (expected, Standing.DECLARED)


@pytest.mark.parametrize(
    ("days", "reference", "expected"),
    [
        (("2021-06-30",), JUNE, "2021-06-30"),
        (("2021-06-30", "2025-12-31", "2027-06-30"), JUNE, "2025-12-31"),
        (("2026-06-30",), NEW_YEAR, "2026-06-30"),
        (("2026-12-31",), TOTAL, "2026-12-31"),
        (("2025-12-31",), "", "2025-12-31"),
    ],
)
def test_due_28_an_older_size_was_not_declared_for_the_year(days, reference, expected):
    assert counting(*days, reference=reference) == (expected, Standing.BEFORE)


def test_due_34_a_size_from_after_the_dues_year_never_counts():
    assert counting("2028-01-01", "2029-06-30") is None
    assert counting() is None


def test_what_was_declared_for_the_year_after_is_worth_no_declaration():
    assert counting("2027-06-30", "2027-11-25") == ("2027-11-25", Standing.AFTER)


def test_a_new_member_is_measured_in_the_year_in_which_it_joins():
    for start, days, expected in (
        (date(2027, 9, 1), ("2027-09-01",), "2027-09-01"),
        (date(2027, 9, 1), ("2021-06-30", "2027-09-01"), "2027-09-01"),
        (date(2027, 3, 1), ("2027-03-01", "2027-06-30"), "2027-03-01"),
        (date(2027, 9, 1), ("2026-06-30", "2027-09-01"), "2026-06-30"),
    ):
        assert counting(*days, start=start) == (expected, Standing.DECLARED)


@pytest.mark.parametrize(
    ("reference", "today", "day"),
    [
        (JUNE, date(2027, 1, 11), date(2026, 6, 30)),
        (JUNE, date(2026, 12, 10), date(2026, 6, 30)),
        (JUNE, date(2027, 6, 30), date(2026, 6, 30)),
        (JUNE, date(2027, 7, 1), date(2027, 6, 30)),
        ("prev_year:12-31", date(2026, 12, 10), date(2026, 12, 10)),
        ("prev_year:12-31", date(2027, 1, 11), date(2026, 12, 31)),
        (NEW_YEAR, date(2026, 12, 10), date(2026, 12, 10)),
        (NEW_YEAR, date(2027, 1, 11), date(2027, 1, 1)),
        (TOTAL, date(2027, 1, 11), date(2027, 1, 11)),
        ("", date(2027, 1, 11), date(2026, 12, 31)),
    ],
)
def test_what_somebody_states_today_is_of_the_reference_day_that_has_come(reference, today, day):
    assert day_meant(basis(reference), today) == day


def test_a_size_said_to_be_of_a_year_is_of_its_reference_day():
    assert day_meant(basis(JUNE), date(2027, 1, 11), year=2025) == date(2025, 6, 30)
    assert day_meant(basis(""), date(2027, 1, 11), year=2025) == date(2025, 12, 31)
    assert day_meant(basis(JUNE), date(2027, 1, 11), year=2027) == date(2027, 1, 11)


day = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(st.sampled_from(REFERENCES), st.lists(day, max_size=6), st.none() | day)
def test_the_size_that_counts_is_one_of_those_known_up_to_the_end_of_the_year(reference, days, start):
    found = counting_day(days, basis=basis(reference), year=YEAR, start=start)
    assert (found is None) == (not any(each <= YEAR.last for each in days))
    assert found is None or (found.day in days and found.day <= YEAR.last)


with_a_day = st.sampled_from([each for each in REFERENCES if each not in {"", "due_date", "joining"}])


@given(with_a_day, st.lists(day, max_size=6), st.none() | day, day)
def test_a_size_from_the_next_reference_day_on_changes_nothing_once_one_is_declared(
    reference, days, start, later
):
    of = {"basis": basis(reference), "year": YEAR, "start": start}
    declared = reference_day(basis(reference), YEAR.year)
    following = max(later, reference_day(basis(reference), YEAR.year + 1))
    known = [*days, date(2010, 1, 1), declared]
    assert counting_day([*known, following], **of) == counting_day(known, **of)


@given(st.sampled_from([each for each in REFERENCES if each != TOTAL]), day)
def test_what_is_stated_today_is_declared_for_the_dues_year_that_is_nearer(reference, today):
    assume(today.month != 7)
    dues_year = DuesYear(today.year if today.month < 7 else today.year + 1)
    stated = day_meant(basis(reference), today)
    assert stated <= today
    assert counting_day([stated], basis=basis(reference), year=dues_year, start=SINCE_2014) == Counting(
        stated, Standing.DECLARED
    )
