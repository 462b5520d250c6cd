"""What a member is asked by its fee schedule, how an answer is kept, and which days a round usually has."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.declarations.campaigns import (
    Dates,
    LastDayOver,
    check_asking,
    is_over,
    usual_dates,
    usual_year,
)
from membership.domain.declarations.plausibility import Measured, Oddity, Outcome, changes_class, oddities
from membership.domain.declarations.questions import (
    ClassUnknown,
    Question,
    answer_of,
    questions_for,
    read_classes,
    stored_answer,
    weighted,
)
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.schedule.bases import Basis, default_basis
from membership.domain.dues.schedule.derived import Derived
from tests.domain.dues.conftest import schedule_of

TODAY = date(2027, 10, 1)
TURNOVER = [
    {"from": 0, "amount": "300.00"},
    {"from": 1, "amount": "400.00"},
    {"from": 1000000, "amount": "900.00"},
]


def schedule(categories=None, **options):
    given = categories or {"ORD": {"method": "FIXED", "amount": "100.00"}}
    return read_schedule(schedule_of(given, **options))


def bands(basis, rows=TURNOVER, **more):
    return {"ORD": {"method": "BANDS_FLAT", "basis": basis, "rows": rows, **more}}


def asked(found, *, start=None, turnover_class=False):
    return questions_for(found, "ORD", 2028, start=start, turnover_class=turnover_class)


def test_heads_come_first_then_the_other_sizes_by_name():
    parts = [
        {"method": "BANDS_FLAT", "basis": name, "rows": TURNOVER}
        for name in ("turnover_eur", "area_m2", "headcount")
    ]
    found = asked(schedule({"ORD": {"method": "SUM_OF", "parts": parts}}))
    assert [each.name for each in found] == ["headcount", "area_m2", "turnover_eur"]
    assert [each.is_whole for each in found] == [True, False, False]
    assert asked(schedule()) == ()


def test_a_size_of_the_day_of_joining_is_asked_as_of_that_day():
    found = schedule(bands("headcount"), bases={"headcount": {"reference": "joining"}})
    assert asked(found, start=date(2027, 5, 17))[0].as_of == date(2027, 5, 17)
    other = schedule(bands("headcount"), bases={"headcount": {"reference": "prev_year:06-30"}})
    assert asked(other, start=date(2027, 5, 17))[0].as_of == date(2027, 6, 30)


def test_a_turnover_may_be_chosen_as_a_class_whose_value_lies_in_its_row_and_is_never_0():
    (question,) = asked(schedule(bands("turnover_eur")), turnover_class=True)
    assert [value for value, _label in question.bands] == [Fraction(1, 2), 1, 1000000]
    assert question.is_chosen(Fraction(1, 2))
    assert not question.is_chosen(Fraction(2))
    (typed,) = asked(schedule(bands("turnover_eur")))
    assert typed.bands == ()
    (single,) = asked(schedule(bands("turnover_eur", TURNOVER[:1])), turnover_class=True)
    assert [value for value, _label in single.bands] == [1]


def test_no_class_is_offered_where_the_amount_itself_counts():
    parts = [
        {"method": "BANDS_FLAT", "basis": "turnover_eur", "rows": TURNOVER},
        {"method": "FIXED", "amount": "5.00"},
    ]
    (summed,) = asked(schedule({"ORD": {"method": "SUM_OF", "parts": parts}}), turnover_class=True)
    assert summed.bands == ()


def test_classes_that_count_nothing_are_not_asked_for_and_unknown_ones_are_refused():
    basis = Basis(
        "fte",
        discrete=False,
        weights={"over_30h": Fraction(1), "own": Fraction(1, 2)},
        exclude=frozenset({"apprentice"}),
    )
    question = Question(basis, TODAY)
    assert question.classes == ("over_30h", "own")
    with pytest.raises(ClassUnknown, match="over_30h, own"):
        read_classes(question, {"apprentice": "3"})
    heads = {"over_30h": Fraction(2), "own": Fraction(1), "apprentice": Fraction(9)}
    assert weighted(basis, heads) == Fraction(5, 2)
    assert weighted(default_basis("headcount"), {"over_30h": Fraction(2)}) == 2


def test_of_a_mean_each_year_is_asked_and_half_an_amount_is_one():
    basis = Basis("turnover_eur", discrete=False, derived=Derived(years=3))
    question = Question(basis, date(2027, 12, 31))
    assert question.classes == ("2027", "2026", "2025")
    answer = read_classes(question, {"2027": "100,50", "2026": "", "2025": "200"})
    assert weighted(basis, answer) == Fraction("300.5") / 3
    assert weighted(basis, {}) == 0
    assert weighted(basis, Fraction(7)) == 7


def test_an_answer_is_kept_as_text_and_read_again():
    for answer in (Fraction(75, 2), {"over_30h": Fraction(3), "own": Fraction(1)}):
        stored = stored_answer(answer, str)
        assert answer_of(stored) == answer


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (Outcome(100), Outcome(100), False),
        (Outcome(100), Outcome(101), True),
        (Outcome(100, 1), Outcome(101, 1), False),
        (Outcome(100, 1), Outcome(100, 2), True),
        (Outcome(), Outcome(), False),
        (Outcome(), Outcome(100), True),
        (Outcome(100), Outcome(), True),
        (Outcome(100), Outcome(101, 2), True),
        (Outcome(100, 1), Outcome(100), False),
    ],
)
def test_without_classes_the_amount_says_whether_something_changes(before, now, changes):
    assert changes_class(before, now) is changes


def test_what_is_late_and_less_is_said_besides_what_is_late():
    size = Measured(Fraction(40), Fraction(39))
    said = oddities(
        [size], before=Outcome(1, 1), now=Outcome(1, 1), comment="x", is_late=True, is_late_less=True
    )
    assert said == (Oddity.LATE, Oddity.LATE_LESS)


def test_due_27_the_schedule_names_the_usual_days_but_leaves_two_weeks_at_least():
    named = schedule(declaration={"opens": "09-15", "deadline": "11-15", "correct_until": "next_year:03-31"})
    assert usual_dates(named, 2028, today=TODAY) == Dates(date(2027, 11, 15), date(2029, 3, 31))
    late = date(2027, 11, 10)
    assert usual_dates(named, 2028, today=late).deadline == date(2027, 11, 24)
    same_year = schedule(declaration={"deadline": "11-15", "correct_until": "dues_year:03-31"})
    assert usual_dates(same_year, 2028, today=TODAY).late_until == date(2028, 3, 31)
    assert usual_dates(same_year, 2028, today=date(2028, 4, 1)).late_until is None
    assert usual_dates(None, 2028, today=TODAY) == Dates(date(2027, 10, 15), None)
    assert usual_dates(schedule(), 2028, today=TODAY).late_until is None
    assert [usual_year(named, today=day) for day in (date(2027, 9, 14), date(2027, 9, 15))] == [2027, 2028]
    assert usual_year(None, today=TODAY) == 2028


def test_nobody_is_asked_after_the_last_day():
    dates = Dates(date(2027, 11, 30), date(2028, 3, 31))
    assert [is_over(dates, today=day) for day in (date(2028, 3, 31), date(2028, 4, 1))] == [False, True]
    check_asking(dates, 2028, today=date(2028, 3, 31))
    with pytest.raises(LastDayOver, match="2028"):
        check_asking(dates, 2028, today=date(2028, 4, 1))
