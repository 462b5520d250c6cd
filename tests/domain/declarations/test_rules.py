"""What is odd about a declaration, where a request stands, when members are reminded, which answers there can be."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.declarations.campaigns import (
    Dates,
    DeadlineWrong,
    LateDayWrong,
    check_dates,
    due_reminders,
    link_ends,
    reminder_days,
)
from membership.domain.declarations.plausibility import Measured, Oddity, Outcome, is_leap, oddities
from membership.domain.declarations.questions import (
    AnswerMissing,
    NotWhole,
    Question,
    TooLarge,
    read_answer,
    read_classes,
    weighted,
)
from membership.domain.declarations.states import Decision, DeclarationState, Happened, state_of
from membership.domain.dues.schedule.bases import Basis, default_basis

DAY = date(2027, 6, 30)
HEADS = Question(default_basis("headcount"), DAY)
WEIGHTS = {"over_30h": Fraction(1), "h20_30": Fraction(3, 4), "under_20h": Fraction(1, 3)}
FTE = Question(Basis("fte", discrete=False, weights=WEIGHTS), DAY)
ROW_2, ROW_3 = Outcome(60000, 2), Outcome(120000, 3)


@pytest.mark.parametrize(
    ("before", "now", "leaps"),
    [(100, 130, False), (100, 131, True), (100, 70, False), (100, 69, True), (0, 0, False), (0, 1, True)],
)
def test_due_30_more_than_30_percent_is_a_leap_and_exactly_30_is_none(before, now, leaps):
    assert is_leap(Fraction(before), Fraction(now)) is leaps


@pytest.mark.parametrize(
    ("before", "now", "outcomes", "comment", "late", "found"),
    [
        (37, 38, (ROW_2, ROW_2), "", False, []),
        (37, 60, (ROW_2, ROW_3), "", False, [Oddity.LEAP, Oddity.CLASS_CHANGE]),
        (51, 49, (ROW_3, ROW_2), "verkauft", False, [Oddity.CLASS_CHANGE]),
        (37, 36, (ROW_2, ROW_2), "  ", False, [Oddity.LESS_UNEXPLAINED]),
        (None, 36, (Outcome(), ROW_2), "", False, []),
        (37, 37, (ROW_2, Outcome()), "", True, [Oddity.LATE, Oddity.UNDECIDED]),
        (None, 0, (Outcome(), ROW_2), "", False, [Oddity.ZERO]),
        (37, 38, (Outcome(100), Outcome(101)), "", False, [Oddity.CLASS_CHANGE]),
    ],
)
def test_due_30_what_a_person_looks_at_first(before, now, outcomes, comment, late, found):
    size = Measured(None if before is None else Fraction(before), Fraction(now))
    said = oddities([size], before=outcomes[0], now=outcomes[1], comment=comment, is_late=late)
    assert list(said) == [each for each in Oddity if each in found]


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        (Happened(), DeclarationState.NOT_ASKED),
        (Happened(is_asked=True), DeclarationState.ASKED),
        (Happened(is_asked=True, is_reminded=True), DeclarationState.REMINDED),
        (Happened(is_asked=True, version=1), DeclarationState.RECEIVED),
        (Happened(version=1, is_odd=True), DeclarationState.TO_REVIEW),
        (Happened(version=1, decision=Decision.QUERIED, decided_version=1), DeclarationState.TO_REVIEW),
        (Happened(version=1, decision=Decision.ACCEPTED, decided_version=1), DeclarationState.TAKEN_OVER),
        (Happened(version=2, decision=Decision.ACCEPTED, decided_version=1), DeclarationState.RECEIVED),
        (Happened(is_asked=True, decision=Decision.CARRIED_OVER), DeclarationState.ESTIMATED),
        (Happened(version=1, decision=Decision.ESTIMATED), DeclarationState.RECEIVED),
    ],
)
def test_where_a_request_stands(happened, state):
    assert state_of(happened) is state


@given(st.integers(0, 3_000_000))
def test_every_number_of_heads_is_read_as_it_is_typed(heads):
    assert read_answer(HEADS, str(heads)) == heads
    assert read_answer(HEADS, f" {heads:,} ".replace(",", ".")) == heads


@pytest.mark.parametrize(
    ("typed", "error"), [("", AnswerMissing), ("12,5", NotWhole), ("3.000.001", TooLarge)]
)
def test_what_cannot_be_a_number_of_heads(typed, error):
    with pytest.raises(error):
        read_answer(HEADS, typed)


@given(st.tuples(*(st.integers(0, 100_000) for _ in WEIGHTS)))
def test_due_7_the_weighted_sum_is_exact(heads):
    typed = {code: str(count) for code, count in zip(WEIGHTS, heads, strict=True)}
    answer = read_classes(FTE, typed)
    assert answer == dict(zip(WEIGHTS, map(Fraction, heads), strict=True))
    assert weighted(FTE.basis, answer) == sum(w * n for w, n in zip(WEIGHTS.values(), heads, strict=True))


def test_a_third_of_a_person_is_no_head_and_an_empty_class_is_none():
    with pytest.raises(NotWhole):
        read_classes(FTE, {"over_30h": "1,5"})
    with pytest.raises(AnswerMissing):
        read_classes(FTE, {"over_30h": " ", "h20_30": ""})
    assert read_classes(FTE, {"over_30h": "3"})["h20_30"] == 0


def test_due_27_reminders_fall_14_and_3_days_before_and_7_after_and_never_on_a_fresh_request():
    end, opened = date(2027, 11, 30), date(2027, 10, 1)
    dates, short = Dates(end, date(2028, 3, 31)), Dates(end, None)
    days = [end + timedelta(days=n) for n in range(-20, 10)]
    first = {offset: min(d for d in days if offset in due_reminders(dates, opened_on=opened, done=[], today=d))
             for offset in (-14, -3, 7)}  # fmt: skip
    assert first == {-14: date(2027, 11, 16), -3: date(2027, 11, 27), 7: date(2027, 12, 7)}
    late = date(2027, 11, 20)
    assert due_reminders(dates, opened_on=late, done=[], today=date(2027, 11, 27)) == [-3]
    assert sorted(reminder_days(short)) == [-14, -3]
    assert due_reminders(short, opened_on=late, done=[], today=end) == [-3]
    assert due_reminders(short, opened_on=late, done=[], today=date(2027, 12, 7)) == []
    assert due_reminders(dates, opened_on=late, done=[], today=date(2028, 4, 1)) == []


def test_a_link_ends_with_the_deadline_and_one_sent_later_with_the_last_day():
    dates = Dates(date(2027, 11, 30), date(2028, 3, 31))
    assert link_ends(dates, today=date(2027, 11, 30)) == date(2027, 11, 30)
    assert link_ends(dates, today=date(2027, 12, 1)) == date(2028, 3, 31)
    for wrong, error in (
        (Dates(date(2027, 10, 7), None), DeadlineWrong),
        (Dates(date(2029, 1, 1), None), DeadlineWrong),
        (Dates(date(2027, 11, 30), date(2027, 11, 29)), LateDayWrong),
    ):
        with pytest.raises(error):
            check_dates(wrong, today=date(2027, 10, 1))
    check_dates(Dates(dates.deadline, date(2028, 4, 30)), today=date(2027, 12, 1), before=dates)
    with pytest.raises(DeadlineWrong):
        check_dates(Dates(date(2027, 12, 2), None), today=date(2027, 12, 1), before=dates)
