"""Upright bars and the chart of members: lengths in proportion, everything inside its drawing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.board import Stock
from membership.web.column_charts import Bar, columns, stock_chart

CENTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=9)


def bars(values):
    return [Bar(("1–30",), str(value), value, "3") for value in values]


@given(CENTS)
def test_bars_stay_inside_and_stand_on_the_axis(values):
    for drawing in columns(bars(values)):
        for column in drawing.columns:
            assert 0 <= column.x <= column.x + column.width <= drawing.width + 0.1
            assert column.y >= 0
            assert abs(column.y + column.height - drawing.floor) < 0.2


def test_bars_are_as_long_as_what_they_say():
    for drawing in columns(bars([100, 50, 0])):
        long, half, empty = drawing.columns
        assert abs(long.height - 2 * half.height) < 0.2
        assert empty.height == 0


def test_a_small_amount_stays_visible():
    assert columns(bars([10**9, 1]))[0].columns[1].height == 2


def test_nothing_at_all_is_drawn_without_bars():
    assert [column.height for column in columns(bars([0, 0]))[0].columns] == [0, 0]
    assert columns([])[0].columns == ()


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8)
)
def test_members_stay_inside_their_drawing(rows):
    stocks = [Stock(2020 + i, opening + left, joined, left) for i, (opening, joined, left) in enumerate(rows)]
    for drawing in stock_chart(stocks):
        for year in drawing.years:
            assert 0 <= year.point <= drawing.height
            assert year.joined.y + year.joined.height <= drawing.axis + 0.1
            assert year.left.y == drawing.axis
            assert year.left.y + year.left.height <= drawing.height - 10


def test_while_nobody_left_the_axis_of_the_members_lies_at_the_foot():
    came = stock_chart([Stock(2026, 5, 3, 0), Stock(2027, 8, 1, 0)])[0]
    none = stock_chart([Stock(2026, 5, 0, 0), Stock(2027, 5, 0, 0)])[0]
    both = stock_chart([Stock(2026, 5, 3, 0), Stock(2027, 8, 1, 3)])[0]
    assert came.axis == none.axis > both.axis
    assert came.axis > came.height - 70


def test_without_anybody_coming_or_going_the_line_of_the_total_uses_the_whole_height():
    first, second = stock_chart([Stock(2026, 10, 0, 0), Stock(2027, 5, 0, 0)])[0].years
    axis = stock_chart([Stock(2026, 10, 0, 0)])[0].axis
    assert axis - first.point == 2 * (axis - second.point)
