"""Passwords and colours: what is refused, and why."""

from __future__ import annotations

import pytest

from membership.domain.colours import (
    WHITE,
    ColourTooLight,
    ColourWrong,
    brand_tokens,
    contrast,
    require_readable,
)
from membership.domain.passwords import PasswordEasy, PasswordTooLong, PasswordTooShort, require_good


@pytest.mark.parametrize(
    "password", ["vier Hafen Wiesen Laternen", "Grün9Tee#kanne!", "🐦🌊⚓🧭🏠 Möwe am Kai", " a b c d e f g "]
)
def test_a_long_password_of_any_signs_is_good(password):
    require_good(password, email="birgit.wessels@verein.example")


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("", PasswordTooShort), ("elf Zeichen", PasswordTooShort), ("14 Zeichen ok.", PasswordTooShort), ("x" * 1025, PasswordTooLong),
        ("ü" * 513, PasswordTooLong), ("passwort2027 2027", PasswordEasy), ("Passwort1234!!!", PasswordEasy),
        ("123456789012345", PasswordEasy), ("aaaaaaaaaaaaaaaa", PasswordEasy), ("qwertz123456789", PasswordEasy),
        ("birgit.wessels@verein.example", PasswordEasy), ("birgit.wessels1", PasswordEasy),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_by_its_kind(password, refusal):
    with pytest.raises(refusal):
        require_good(password, email="Birgit.Wessels@verein.example")


@pytest.mark.parametrize(("colour", "ratio"), [("#000000", 21.0), ("#FFFFFF", 1.0), ("#0B5A6F", 7.76)])
def test_contrast_with_white(colour, ratio):
    assert round(contrast(WHITE, colour), 2) == ratio


def test_a_colour_must_carry_white_text():
    require_readable("#0b5a6f")
    for wrong in ("", "red", "#FFF", "#GGGGGG", "#0B5A6F0"):
        with pytest.raises(ColourWrong):
            require_readable(wrong)
    with pytest.raises(ColourTooLight) as refused:
        require_readable("#808080")
    assert str(refused.value.values["ratio"]) == "39/10"


@pytest.mark.parametrize("colour", ["#0B5A6F", "#7A1F4B", "#000000", "#767676"])
def test_the_shades_of_a_readable_colour_can_be_read_too(colour):
    require_readable(colour)
    tokens = brand_tokens(colour)
    assert contrast(WHITE, tokens["brand-strong"]) >= 4.5
    assert contrast(tokens["brand-strong"], tokens["brand-soft"]) >= 4.5


def test_a_red_brand_leaves_the_colours_of_charts_and_errors_alone():
    names = brand_tokens("#B42318")
    assert not [name for name in names if name.startswith(("chart", "danger"))]
