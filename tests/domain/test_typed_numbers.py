"""Numbers that people type."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.editing.numbers import NumberUnreadable, parse_number
from membership.domain.money import AmountUnreadable, parse_amount
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


@pytest.mark.parametrize(
    "text", ["", "x", "1,234", "-3", "1.23.4", "1e3", "٣", "10-20", "1 000", "0.750", "00.750"]
)
def test_what_is_not_clearly_a_number_is_refused(text):
    with pytest.raises(NumberWrong):
        typed_number(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1234,56", 123456), ("1.234,56", 123456), ("1234.56", 123456), ("0.35", 35), ("1.234 €", 123400)],
)
def test_an_amount_is_read_as_it_is_meant(text, cents):
    assert parse_amount(text) == cents


@pytest.mark.parametrize("text", ["0.350", "0.350,00", "00.350", "-0.350", "1,234", "1e3", ""])
def test_what_is_not_clearly_an_amount_is_refused(text):
    with pytest.raises(AmountUnreadable):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.350", "0.350"), ("0,350", "0.350"), ("1.000", "1000"), ("2,5", "2.5"), ("2.5", "2.5")],
)
def test_a_rate_below_one_keeps_its_decimals(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["0.350.000", "0.350,5", "00.350.000"])
def test_a_rate_that_could_be_two_is_refused(text):
    with pytest.raises(NumberUnreadable):
        parse_number(text)


@given(st.integers(0, 999))
def test_thousands_never_begin_with_a_zero(after):
    """`0.350` is about a third, not 350: what a person means by it is never a thousand times as much."""
    text = f"0.{after:03d}"
    assert Fraction(parse_number(text)) == Fraction(after, 1000)
    for read in (parse_amount, typed_number):
        with pytest.raises((AmountUnreadable, NumberWrong)):
            read(text)
