"""How a text is folded for the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.search_text import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Öhlmann", "Oehlmann"),
        ("MÜLLER", "mueller"),
        ("Bär & Söhne", "BAER & SOEHNE"),
        ("Straßenbau", "strassenbau"),
        ("O\N{COMBINING DIAERESIS}hlmann", "oehlmann"),
        (" A   B ", "a b"),
    ],
)
def test_two_spellings_of_one_name_are_the_same(one, other):
    assert folded(one) == folded(other)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet="aouäöüßbc ", max_size=12), st.text(alphabet="aouäöüßbc ", max_size=12))
def test_a_part_of_a_name_is_found_in_it(before, part):
    assert folded(part) in folded(f"{before}{part}")
