"""What single cells say: numbers and amounts, in German and English notation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from membership.domain.member_lists.fields import Field
from membership.domain.member_lists.numbers import read_amount, read_number
from membership.domain.member_lists.values import Unreadable
from membership.domain.money import Money

HEADS = Field.HEADCOUNT


@pytest.mark.parametrize(
    ("value", "heads"),
    [
        (120, 120), (Decimal("5.4"), "5.4"), (0, 0), ("0", 0), ("1.250", 1250), ("1250", 1250), ("1 250", 1250),
        ("1\u00a0100", 1100), ("1'250", 1250), ("5,4", "5.4"), ("12.5", "12.5"), ("1.234,5", "1234.5"),
        ("230 MA", 230), ("45 Mitarbeiter", 45), ("1,250.5", "1250.5"), ("ca. 120", 120), ("ca 1.250 MA", 1250),
        ("0,750", "0.75"), ("0,350000", "0.35"), ("0.75", "0.75"),
    ],
)  # fmt: skip
def test_a_german_number_of_heads_is_read_exactly(value, heads):
    assert read_number(value, HEADS, english=False).value == Fraction(heads)


@pytest.mark.parametrize(
    ("value", "heads"),
    [("1,250", 1250), ("1,250.5", "1250.5"), ("about 50", 50), ("12.5", "12.5"), ("0.750", "0.75")],
)
def test_an_english_list_has_english_thousands(value, heads):
    assert read_number(value, HEADS, english=True).value == Fraction(heads)


@pytest.mark.parametrize(
    "value",
    [
        "250-499", "250 – 499", "250 bis 499", "> 1000", "about fifty", "-5", "−5", -5, "50 %", "1.234,5x", "1,250",
        "12.34.56", "1.2500", "0.750", "0.750.000", "0 750", "00.750", "=30+7", "٣", "1e3", "viele", "120?", "0x10", "--5", "1_000", 10**14, "NaN", "∞", "½",
    ],
)  # fmt: skip
def test_what_is_not_one_number_is_refused(value):
    with pytest.raises(Unreadable):
        read_number(value, HEADS, english=False)


@pytest.mark.parametrize(("value", "english"), [("0.750", False), ("0,750", True), ("0.350 Mio. €", False)])
def test_the_other_sign_before_three_decimals_is_refused_and_named(value, english):
    with pytest.raises(Unreadable) as refused:
        read_number(value, Field.TURNOVER, english=english)
    assert "thousands or decimals" in refused.value.problem.message


def test_an_approximate_number_carries_a_warning():
    assert read_number("ca. 120", HEADS, english=False).warning is not None
    assert read_number("120", HEADS, english=False).warning is None


@pytest.mark.parametrize(
    ("text", "euros"),
    [
        ("12,5 Mio. €", 12_500_000),
        ("850 T€", 850_000),
        ("1,2 Mrd. EUR", 1_200_000_000),
        ("500.000 €", 500_000),
    ],
)
def test_turnover_may_be_given_in_thousands_or_millions(text, euros):
    assert read_number(text, Field.TURNOVER, english=False).value == euros


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("1.800,00 €", 180000), ("1800", 180000), ("1.800,- €", 180000), ("EUR 600", 60000), (Decimal("0.1"), 10),
        (-50, -5000), ("beitragsfrei", 0), ("1 200,50", 120050), ("-12,35", -1235),
    ],
)  # fmt: skip
def test_an_amount_is_whole_cents(value, cents):
    assert read_amount(value, english=False).value == Money(cents)


def test_an_english_amount_has_a_point():
    assert read_amount("1,800.50", english=True).value == Money(180050)
    assert read_amount("€1,800", english=True).value == Money(180000)


@pytest.mark.parametrize(
    "value",
    [
        "1.234,5x",
        "1,234",
        "viel",
        "1.2.3",
        Decimal("0.001"),
        10**9,
        "10000000,01",
        "0.500",
        "0 500",
        "1 8005",
    ],
)
def test_what_is_not_one_amount_is_refused(value):
    with pytest.raises(Unreadable):
        read_amount(value, english=False)
