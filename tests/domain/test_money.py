"""Amounts: whole cents, rounded in one place, split without loss, read as people type them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.money import (
    MAX_TYPED_CENTS,
    AmountOutOfRange,
    AmountUnreadable,
    Money,
    decimal_text,
    from_decimal_text,
    parse_amount,
    rounded,
    spread,
)

CENTS = st.integers(-MAX_TYPED_CENTS, MAX_TYPED_CENTS)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1234,56", 123456),
        ("1.234,56", 123456),
        ("1234.56", 123456),
        ("1.234", 123400),
        ("1.234.567", 123456700),
        (" 600 € ", 60000),
        ("600 EUR", 60000),
        ("0,5", 50),
        ("12,3", 1230),
        ("12.3", 1230),
        ("-0,01", -1),
        ("−7", -700),
        ("0", 0),
        ("10000000,00", MAX_TYPED_CENTS),
        ("-10000000,00", -MAX_TYPED_CENTS),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, cents):
    assert parse_amount(typed) == cents


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "€",
        "1,234",
        "0.350",
        "1e3",
        "١٢",
        "1.23.456",
        "01.234,00",
        "1 234",
        "--1",
        "-0",
        "-0,00",
        "1,",
        ",5",
    ],
)
def test_what_is_not_clearly_one_amount_is_refused(typed):
    with pytest.raises(AmountUnreadable):
        parse_amount(typed)


@pytest.mark.parametrize("typed", ["10000000,01", "-10000000.01", "999999999999"])
def test_more_than_ten_million_is_a_slip(typed):
    with pytest.raises(AmountOutOfRange):
        parse_amount(typed)


@given(CENTS)
def test_an_amount_survives_its_text(cents):
    assert from_decimal_text(decimal_text(cents)) == cents
    assert str(Money(cents)) == decimal_text(cents)
    assert parse_amount(decimal_text(cents).replace(".", ",")) == cents


@pytest.mark.parametrize("text", ["1", "1.0", "1,00", "01.00", "+1.00", "1.000", " 1.00"])
def test_the_text_of_files_has_one_form_only(text):
    with pytest.raises(AmountUnreadable):
        from_decimal_text(text)


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-1235, "-12.35"), (100, "1.00")]
)
def test_the_text_has_two_places_and_its_sign_in_front(cents, text):
    assert decimal_text(cents) == text


def test_amounts_are_added_compared_and_turned_round():
    assert Money(5) + Money(7) == Money(12)
    assert Money(5) - Money(7) == Money(-2)
    assert -Money(5) == Money(-5)
    assert (bool(Money(0)), bool(Money(-1))) == (False, True)


def test_two_currencies_are_never_added():
    with pytest.raises(ValueError, match="CHF"):
        Money(5) + Money(5, "CHF")
    with pytest.raises(ValueError, match="CHF"):
        Money(5) - Money(5, "CHF")
    assert -Money(5, "CHF") == Money(-5, "CHF")
    assert Money(10, "CHF").split(2) == [Money(5, "CHF")] * 2
    assert Money(10, "CHF").times(2) == Money(20, "CHF")


@pytest.mark.parametrize(
    ("value", "step", "direction", "found"),
    [
        ("1/2", 1, "nearest", 1),
        ("-1/2", 1, "nearest", -1),
        ("49/100", 1, "nearest", 0),
        ("149", 100, "nearest", 100),
        ("150", 100, "nearest", 200),
        ("-150", 100, "nearest", -200),
        ("101", 100, "up", 200),
        ("100", 100, "up", 100),
        ("-101", 100, "up", -100),
        ("199", 100, "down", 100),
        ("-199", 100, "down", -200),
        ("0", 100, "up", 0),
    ],
)
def test_halves_go_away_from_zero_and_steps_up_or_down(value, step, direction, found):
    assert rounded(Fraction(value), Fraction(step), direction) == found


@given(CENTS, st.integers(1, 60))
def test_inv_24_instalments_add_up_and_only_the_last_differs(cents, parts):
    amounts = [each.cents for each in Money(cents).split(parts)]
    assert (sum(amounts), len(amounts), len(set(amounts[:-1]))) == (cents, parts, min(1, parts - 1))
    assert 0 <= abs(amounts[-1]) - abs(cents) // parts < parts


@pytest.mark.parametrize("parts", [0, -1])
def test_an_amount_is_not_split_into_nothing(parts):
    with pytest.raises(ValueError, match="cannot be split"):
        Money(100).split(parts)


def test_one_part_is_the_whole():
    assert Money(101).split(1) == [Money(101)]


@given(st.integers(-(10**6), 10**6), st.lists(st.fractions(0, 100), min_size=1, max_size=8).filter(any))
def test_inv_24_shares_add_up_and_miss_the_exact_value_by_less_than_a_cent(cents, weights):
    parts = spread(cents, weights)
    assert sum(parts) == cents
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(cents) * weight / sum(weights)) < 1


def test_the_cent_that_is_left_goes_to_the_largest_fraction_and_of_equal_ones_to_the_last():
    assert spread(100, [Fraction(1)] * 3) == [33, 33, 34]
    assert spread(10, [Fraction(1), Fraction(2)]) == [3, 7]


@pytest.mark.parametrize("weights", [[], [Fraction(0)] * 2, [Fraction(1), Fraction(-1)]])
def test_nothing_is_spread_over_nothing(weights):
    with pytest.raises(ValueError, match="nothing to spread"):
        spread(100, weights)


@pytest.mark.parametrize(
    ("value", "up", "down", "nearest"),
    [
        (Fraction(1, 3), 1, 0, 0),
        (Fraction(1, 2), 1, 0, 1),
        (Fraction(1), 1, 1, 1),
        (Fraction(0), 0, 0, 0),
        (Fraction(-1, 3), 0, -1, 0),
        (Fraction(-1, 2), 0, -1, -1),
        (Fraction(7, 3), 3, 2, 2),
    ],
)
def test_up_is_towards_more_down_towards_less_and_a_half_goes_away_from_zero(value, up, down, nearest):
    assert [rounded(value, direction=way) for way in ("up", "down", "nearest")] == [up, down, nearest]
