"""Bars to both sides of an axis: one scale, the largest rise first, nothing outside the drawing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from membership.web.change_bars import Change, change_bars


def drawn(*cents):
    return change_bars([Change(str(each), "", each) for each in cents])


def test_rises_stand_right_of_the_axis_and_falls_left_of_it():
    found = drawn(-3800, 6000, 0)
    assert [bar.change.cents for bar in found.bars] == [6000, 0, -3800]
    assert found.axis == 387
    assert [(bar.x, bar.width) for bar in found.bars] == [(387, 612), (387, 0), (0, 387)]


def test_without_a_change_there_is_no_bar():
    assert drawn(0, 0).bars[0].width == 0
    assert drawn().bars == ()


@given(st.lists(st.integers(-(10**9), 10**9), max_size=12))
def test_every_bar_lies_inside_the_drawing(cents):
    for bar in drawn(*cents).bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= 1000
        assert (bar.width > 0) == (bar.change.cents != 0)
