"""Dues classes in the order of their table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.class_order import class_order

TABLE = ["unter 10", "10–49", "50–249", "250–999", "1.000–4.999", "ab 5.000", "Hochschulen", "Wissenschaft"]


@given(st.permutations(TABLE))
def test_classes_stand_as_in_the_table_and_others_behind_them(labels):
    assert sorted(labels, key=class_order) == TABLE


@pytest.mark.parametrize(
    ("label", "first"), [("1\N{NO-BREAK SPACE}000–2\N{NO-BREAK SPACE}000", 1000), ("0–9", 0)]
)
def test_thousands_may_be_grouped(label, first):
    assert class_order(label)[1] == first
