"""States of a membership, numbers, notice: the rules of `domain.md` 3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.year import DuesYear
from membership.domain.members import (
    MemberState,
    NoticeRule,
    NoticeTo,
    NumberWrong,
    hidden_iban,
    is_billed_in,
    is_running,
    next_number,
    period_on,
    possible_end,
    state_on,
    tidy_number,
)

DAY = date(2027, 1, 11)


@dataclass(frozen=True)
class Period:
    state: str = "active"
    start: date | None = date(2014, 4, 1)
    end: date | None = None


@pytest.mark.parametrize(
    ("period", "state"),
    [
        (Period(), "active"),
        (Period(start=None), "active"),
        (Period(start=date(2027, 1, 12)), "accepted"),
        (Period(start=DAY), "active"),
        (Period(end=date(2027, 12, 31)), "notice_given"),
        (Period(end=DAY), "notice_given"),
        (Period(end=date(2027, 1, 10)), "ended"),
        (Period("suspended"), "suspended"),
        (Period("suspended", end=date(2026, 12, 31)), "ended"),
        (Period("exclusion_pending"), "exclusion_pending"),
        (Period("succeeded", end=date(2026, 12, 31)), "succeeded"),
        (Period("applied", start=None), "applied"),
        (Period("rejected", start=None), "rejected"),
    ],
)
def test_the_state_follows_the_dates_and_what_is_kept(period, state):
    assert state_on([period], DAY) is MemberState(state)


@pytest.mark.parametrize(
    ("period", "changes_itself"),
    [
        (Period(), True),
        (Period(start=date(2027, 1, 12)), True),
        (Period(end=DAY), True),
        (Period(end=date(2027, 1, 10)), False),
        (Period("suspended"), False),
        (Period("exclusion_pending"), False),
        (Period("succeeded", end=date(2026, 12, 31)), False),
        (Period("applied", start=None), False),
        (Period("merged"), False),
    ],
)
def test_a_company_changes_its_data_only_while_the_membership_runs(period, changes_itself):
    assert is_running([period], DAY) is changes_itself


def test_a_company_without_any_period_is_a_prospect():
    assert state_on([], DAY) is MemberState.PROSPECT


def test_mem_5_a_company_that_returns_is_what_its_newest_running_period_says():
    first, second = Period(start=date(2010, 1, 1), end=date(2020, 12, 31)), Period(start=date(2026, 1, 1))
    assert period_on([second, first], DAY) is second
    assert period_on([second, first], date(2015, 1, 1)) is first
    assert state_on([second, first], date(2023, 1, 1)) is MemberState.ACCEPTED


@pytest.mark.parametrize(
    ("received", "rule", "end"),
    [
        (date(2026, 9, 30), NoticeRule(), date(2026, 12, 31)),
        (date(2026, 10, 1), NoticeRule(), date(2027, 12, 31)),
        (date(2026, 6, 30), NoticeRule(6), date(2026, 12, 31)),
        (date(2026, 7, 1), NoticeRule(6), date(2027, 12, 31)),
        (date(2026, 3, 31), NoticeRule(3, NoticeTo.HALF_YEAR), date(2026, 6, 30)),
        (date(2026, 4, 1), NoticeRule(3, NoticeTo.HALF_YEAR), date(2026, 12, 31)),
        (date(2026, 2, 28), NoticeRule(1, NoticeTo.QUARTER), date(2026, 3, 31)),
        (date(2026, 12, 15), NoticeRule(1, NoticeTo.MONTH), date(2027, 1, 31)),
        (date(2026, 1, 31), NoticeRule(1, NoticeTo.ANY), date(2026, 2, 28)),
        (date(2026, 1, 1), NoticeRule(24), date(2028, 12, 31)),
        (date(2026, 12, 31), NoticeRule(0), date(2026, 12, 31)),
    ],
)
def test_mem_7_a_membership_ends_on_the_first_day_the_notice_reaches(received, rule, end):
    assert possible_end(received, rule) == end


@given(
    st.dates(date(2000, 1, 1), date(2090, 12, 31)),
    st.integers(0, 24),
    st.sampled_from([one for one in NoticeTo if one is not NoticeTo.ANY]),
)
def test_mem_7_a_notice_one_day_later_never_ends_a_membership_earlier(received, months, to):
    rule = NoticeRule(months, to)
    end = possible_end(received, rule)
    assert end >= received
    assert (end + timedelta(days=1)).day == 1
    assert possible_end(received + timedelta(days=1), rule) >= end


@pytest.mark.parametrize(
    ("period", "is_billed"),
    [
        (Period(), True),
        (Period(end=date(2027, 1, 1)), True),
        (Period(end=date(2026, 12, 31)), False),
        (Period(start=date(2027, 12, 31)), True),
        (Period(start=date(2028, 1, 1)), False),
        (Period("suspended"), True),
        (Period("exclusion_pending"), True),
        (Period("applied", start=None), False),
        (Period("rejected", start=None), False),
    ],
)
def test_mem_8_who_was_a_member_on_one_day_of_the_year_is_billed(period, is_billed):
    assert is_billed_in(period, DuesYear(2027)) is is_billed


@pytest.mark.parametrize(
    ("pattern", "used", "number"),
    [
        ("M{NNNN}", [], "M0001"),
        ("M{NNNN}", ["M0001", "M0009", "X5000", "M9"], "M0010"),
        ("M{NNNN}", ["M9999"], "M10000"),
        ("AN-{NNN}", ["AN-007", "M0100"], "AN-008"),
        ("M{NNNN}", ["101", "125", "A-3"], "126"),
        ("M{NNNN}", ["2024-007", "2024-008"], "2024-009"),
        ("M{NNNN}", ["101", "125", "M0001"], "M0002"),
        ("M{NNNN}", ["Ehrenmitglied"], "M0001"),
        ("{NNN}-M", ["004-M"], "005-M"),
    ],
)
def test_mem_4_the_next_number_is_one_more_than_the_highest_ever_used(pattern, used, number):
    assert next_number(pattern, used) == number


@given(
    st.sampled_from(["M{NNNN}", "{NN}", "AN-{NNN}/7", "{N}-2027"]),
    st.lists(st.from_regex(r"[A-Z]{0,2}-?[0-9]{0,4}(/7)?", fullmatch=True), max_size=12),
)
def test_mem_4_the_next_number_was_never_used(pattern, used):
    assert next_number(pattern, used) not in used


@pytest.mark.parametrize(("typed", "kept"), [(" m 0123", "M0123"), ("12/345", "12/345"), ("a-9.b", "A-9.B")])
def test_a_number_is_kept_in_capitals_without_blanks(typed, kept):
    assert tidy_number(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "..", "../etc", "M--1", "M0001/", "A" * 21, "M<1>", "M\x00", "M?1", "１２"]
)
def test_a_number_that_no_address_takes_is_refused(typed):
    with pytest.raises(NumberWrong):
        tidy_number(typed)


def test_an_iban_is_shown_by_its_country_and_its_last_four_signs():
    assert hidden_iban("DE02120300000000202051") == "DE•• •••• 2051"
