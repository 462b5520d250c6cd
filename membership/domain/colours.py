"""Contrast of two colours, and the shades that follow from an association's own colour.

Source: WCAG 2.2, 1.4.3 (at least 4.5 : 1 for text); `ux.md` 6.1 (2), 11.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from membership.domain.errors import N_, InputError

WHITE: Final = "#FFFFFF"
BLACK: Final = "#000000"
_READABLE: Final = 4.5
_STRONG: Final = Fraction(1, 4)
_SOFT: Final = Fraction(9, 10)
_LINE: Final = Fraction(7, 10)
_BEND: Final = 0.04045


class ColourWrong(InputError):
    """A colour cannot be read."""

    message = N_("Please give the colour as # and six digits, like #0B5A6F.")
    code = "colour"


class ColourTooLight(InputError):
    """White text on the colour cannot be read."""

    message = N_("White text on this colour is hard to read (%(ratio)s : 1). Please choose a darker one.")
    code = "colour_light"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, share: Fraction) -> str:
    """Return the colour with a share of another one."""
    parts = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02X}" for one, two in parts)


def require_readable(colour: str) -> None:
    """Raise unless white text on the colour can be read."""
    if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        raise ColourWrong
    ratio = contrast(WHITE, colour)
    if ratio < _READABLE:
        raise ColourTooLight(ratio=Fraction(int(ratio * 10), 10))


def brand_tokens(colour: str) -> dict[str, str]:
    """Return the tokens of the stylesheet that follow from a brand colour.

    Charts keep their own colours: red is what is overdue in them, also beside a red brand.
    """
    return {
        "brand": colour,
        "brand-strong": mixed(colour, BLACK, _STRONG),
        "brand-soft": mixed(colour, WHITE, _SOFT),
        "brand-line": mixed(colour, WHITE, _LINE),
    }


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= _BEND else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
