"""Movements that another file shows as one sum: only where that is the only way to come to it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.banking.sums import Movement, sums_of_parts

DAY = date(2027, 2, 3)


def parts(*cents, day=DAY, numbers=frozenset()):
    return [Movement(place, day, each, numbers) for place, each in enumerate(cents, start=1)]


def whole(cents, key=90, numbers=frozenset()):
    return Movement(key, DAY, cents, numbers)


@pytest.mark.parametrize(
    ("cents", "singles", "found"),
    [
        (900, (400, 500), (1, 2)), (900, (400, 500, 70), (1, 2)), (-900, (-400, -500), (1, 2)),
        (900, (400, 501), None), (900, (900,), None), (900, (-400, 1300), None), (900, (400, 500, 500), None),
        (900, (400, 500, 300, 600), None), (900, (300, 300, 300), (1, 2, 3)), (900, (300, 300, 300, 300), None),
    ],
)  # fmt: skip
def test_bnk_4_parts_are_known_where_they_are_the_only_choice(cents, singles, found):
    assert sums_of_parts([whole(cents)], parts(*singles)) == ({90: found} if found else {})


def test_another_day_is_no_part():
    assert sums_of_parts([whole(900)], parts(400, 500, day=DAY + timedelta(days=1))) == {}


def test_a_number_decides_where_the_amounts_do_not():
    named, others = frozenset({"LS-1"}), frozenset({"LS-2"})
    both = [*parts(300, 300, numbers=named), Movement(3, DAY, 300, others), Movement(4, DAY, 300, others)]
    assert sums_of_parts([whole(600, 90, named), whole(600, 91, others)], both) == {90: (1, 2), 91: (3, 4)}
    assert sums_of_parts([whole(600, 90), whole(600, 91)], both) == {}
    assert sums_of_parts([whole(601, 90, named)], both) == {}


def test_a_part_is_of_one_sum_only():
    assert sums_of_parts([whole(900, 90), whole(800, 91)], parts(400, 500, 300)) == {}


def test_of_very_many_only_all_are_a_sum():
    many = [1 << place for place in range(24)]
    assert sums_of_parts([whole(sum(many))], parts(*many)) == {90: tuple(range(1, 25))}
    assert sums_of_parts([whole(many[22] + 1)], parts(*many)) == {}


@given(st.lists(st.integers(1, 60), max_size=9), st.integers(2, 200))
def test_what_is_found_comes_to_the_sum_and_nothing_else_does(cents, total):
    singles = parts(*cents)
    choices = [
        tuple(each.id for place, each in enumerate(singles) if mask >> place & 1)
        for mask in range(1 << len(singles))
        if sum(each.cents for place, each in enumerate(singles) if mask >> place & 1) == total
    ]
    real = [choice for choice in choices if len(choice) > 1]
    expected = {90: real[0]} if len(real) == 1 else {}
    assert sums_of_parts([whole(total)], singles) == expected
