"""Numbers that people type."""

from __future__ import annotations

from fractions import Fraction

import pytest

from membership.domain.typed_numbers import NumberWrong, typed_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("37", 37),
        (" 1.234 ", 1234),
        ("12,5", Fraction(25, 2)),
        ("1234.56", Fraction(123456, 100)),
        ("1.234.567,89", Fraction(123456789, 100)),
        ("0", 0),
    ],
)
def test_a_number_is_read_as_it_is_meant(text, number):
    assert typed_number(text) == number


@pytest.mark.parametrize("text", ["", "x", "1,234", "-3", "1.23.4", "1e3", "٣", "10-20", "1 000"])
def test_what_is_not_clearly_a_number_is_refused(text):
    with pytest.raises(NumberWrong):
        typed_number(text)
