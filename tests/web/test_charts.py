"""Charts: parts fill the whole, lines stay inside their field, the axis starts at 0."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.web import charts
from membership.web.chart_labels import Box

LENGTHS = {"narrow": 90, "middle": 120, "wide": 130}
amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=6)


def parts(*cents):
    return [charts.Part(f"part {i}", amount, "1") for i, amount in enumerate(cents)]


@given(amounts)
def test_percentages_add_up_to_a_hundred(cents):
    assert sum(charts.whole_percents(cents)) == (100 if sum(cents) else 0)


@given(amounts)
def test_a_percentage_is_never_more_than_one_away_from_the_share(cents):
    for amount, percent in zip(cents, charts.whole_percents(cents), strict=True):
        assert abs(percent - (100 * amount / sum(cents) if sum(cents) else 0)) < 1


def test_percentages_of_the_example_are_those_of_the_page():
    assert charts.whole_percents([17295000, 3145000, 1430000]) == (79, 14, 7)


@given(amounts)
def test_the_parts_of_a_bar_stay_inside_and_do_not_overlap(cents):
    areas = charts.stacked_bar(parts(*cents)).areas
    assert all(a.x + a.width <= b.x + 0.2 for a, b in pairwise(areas) if a.width > 1)
    assert all(0 <= area.x <= charts.SCALE for area in areas)


def test_an_empty_part_takes_no_room():
    assert len(charts.stacked_bar(parts(100, 0, 50)).areas) == 2


def test_a_bar_of_nothing_is_empty():
    bar = charts.stacked_bar(parts(0, 0))
    assert bar.areas == ()
    assert bar.percents == (0, 0)


def test_the_longest_group_fills_the_width_and_the_others_keep_the_scale():
    long = charts.Group("11–50", "48 members", tuple(parts(800, 200)))
    short = charts.Group("1–10", "31 members", tuple(parts(250, 250)))
    bars = charts.group_bars([long, short]).bars
    ends = [bar.areas[-1].x + bar.areas[-1].width for bar in bars]
    assert ends == pytest.approx([1000, 500], abs=4)
    assert bars[0].group.cents == 1000


def test_groups_without_members_make_an_empty_chart():
    assert charts.group_bars([]) == charts.GroupBars((), ())


@pytest.mark.parametrize(
    ("euros", "step"),
    [(1, 1), (5, 1), (6, 2), (11, 5), (25, 5), (26, 10), (218_700, 50_000), (2_500_000, 500_000)],
)
def test_grid_lines_are_round_and_at_most_five(euros, step):
    assert charts.grid_step(euros) == step
    assert euros / step <= 5


def drawings(now, before=None, target=0):
    series = charts.Series("2027", tuple(now))
    last_year = charts.Series("2026", tuple(before)) if before else None
    return charts.cumulative_line(
        series, last_year, target_cents=target, words=[str(i) for i in range(1, 13)]
    )


def points(line):
    return [tuple(float(part) for part in point.split(",")) for point in line.points.split()]


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=53), st.integers(0, 10**10))
def test_a_line_stays_inside_its_field(now, target):
    for drawing in drawings(now, target=target):
        for x, y in points(drawing.now):
            assert drawing.left <= x <= drawing.right
            assert 0 < y < drawing.height
        assert drawing.now.label.x <= drawing.width


def test_the_axis_starts_at_zero_and_the_target_is_the_highest_line():
    for drawing in drawings([0, 5_000_00], target=20_000_00):
        assert drawing.grid[0].euros == 0
        assert drawing.grid[0].y == points(drawing.now)[0][1]
        assert drawing.target.y <= drawing.grid[-1].y


def test_last_year_is_drawn_to_its_end_while_this_year_stops_today():
    for drawing in drawings([0, 100, 300], before=[10 * i for i in range(12)]):
        assert drawing.before.last_x == drawing.right
        assert drawing.now.last_x < drawing.right


def test_a_narrow_drawing_names_fewer_steps():
    counts = [len(drawing.ticks) for drawing in drawings([0, 100])]
    assert counts == [4, 6, 12]


def test_without_a_target_no_line_is_drawn():
    assert all(drawing.target is None for drawing in drawings([0, 100]))


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=12),
    st.lists(st.integers(0, 10**8), min_size=1, max_size=12),
    st.integers(0, 10**8),
)
def test_the_two_lines_are_named_in_different_places(now, before, target):
    for drawing in drawings(now, before, target):
        mine, theirs = (Box.of(line.label, LENGTHS[drawing.size]) for line in (drawing.now, drawing.before))
        assert not mine.overlaps(theirs)
        assert 0 < theirs.bottom < drawing.height


GROWING = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).map(lambda cents: list(accumulate(cents)))


@given(GROWING, st.integers(0, 10**7))
def test_no_label_is_crossed_by_its_line_or_leaves_the_field(now, target):
    for drawing in drawings(now, target=target):
        box = Box.of(drawing.now.label, LENGTHS[drawing.size])
        assert not box.is_crossed_by(points(drawing.now))
        assert 0 <= box.left < box.right <= drawing.width
        assert box.bottom <= drawing.grid[0].y


def test_a_small_amount_is_named_above_the_axis():
    for drawing in drawings([0, 0, 3850_50], target=154_583_50):
        assert drawing.now.label.y < drawing.now.last_y


@pytest.mark.parametrize(("cents", "euros"), [(385049, 3850), (385050, 3851), (385099, 3851)])
def test_a_label_is_rounded_and_not_cut_off(cents, euros):
    drawing = drawings([0, cents], target=cents)[0]
    assert (drawing.now.euros, drawing.target.euros) == (euros, euros)
