"""The row of a table found by whole numbers is the one found by comparing bound by bound (DUE-8, DUE-9)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.lookup import Lookup
from membership.domain.dues.schedule.form import FlatBands, Row

numbers = st.builds(Fraction, st.integers(-3, 60), st.integers(1, 6))
tables = st.lists(st.tuples(numbers, st.booleans()), min_size=1, max_size=7, unique_by=lambda row: row[0])


def found_by_comparing(rows: list[tuple[Fraction, bool]], value: Fraction) -> int:
    reached = [
        index
        for index, (start, is_above) in enumerate(rows)
        if (value > start if is_above else value >= start)
    ]
    return max(reached, default=0)


@given(tables, numbers)
def test_a_value_lies_in_the_last_row_whose_bound_it_reaches(bounds, value):
    rows = sorted(bounds)
    table = FlatBands("headcount", tuple(Row(start, exclusive=is_above) for start, is_above in rows))
    assert Lookup(table, in_units=True).index_of(value) == found_by_comparing(rows, value)
    for start, _is_above in rows:
        assert Lookup(table, in_units=True).index_of(start) == found_by_comparing(rows, start)
