"""The text of a bank line in the form in which numbers and names are looked for. Source: BNK-8."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

_UMLAUTS: Final = str.maketrans({
    "Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "Ø": "OE", "Æ": "AE", "Å": "AA", "Ł": "L", "Đ": "D",
})  # fmt: skip
_SIGNS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


class Packed(NamedTuple):
    """A text in capitals (`shown`), its letters and digits alone (`signs`), and where each of these stands in it."""

    shown: str
    signs: str
    places: tuple[int, ...]

    def is_torn(self, start: int, end: int) -> bool:
        """Return whether digits go on right before or after the signs from `start` to `end`."""
        before, after = self.places[start] - 1, self.places[end - 1] + 1
        goes_back = self.signs[start].isdigit() and before >= 0 and self.shown[before].isdigit()
        return goes_back or (after < len(self.shown) and self.shown[after].isdigit())

    def part(self, start: int, end: int) -> str:
        """Return the signs from `start` to `end` as they stand in the text."""
        return self.shown[self.places[start] : self.places[end - 1] + 1]


def capitals(text: str) -> str:
    """Return the text in capitals without accents: `Müller` is `MUELLER`."""
    if text.isascii():
        return text.upper()
    upper = unicodedata.normalize("NFKC", text).upper().translate(_UMLAUTS)
    if upper.isascii():
        return upper
    bare = unicodedata.normalize("NFKD", upper)
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def pack(text: str) -> Packed:
    """Return the text as it is searched."""
    shown = capitals(text)
    places = tuple([place for place, sign in enumerate(shown) if sign in _SIGNS])
    return Packed(shown, _OTHER.sub("", shown), places)


def packed(text: str) -> str:
    """Return the letters and digits of a text alone."""
    return _OTHER.sub("", capitals(text))


def is_reference(text: str) -> bool:
    """Return whether a packed text is an ISO 11649 reference with right check digits. Source: PAY-7."""
    if not (text.startswith("RF") and text[2:4].isdigit() and 4 < len(text) <= 25):  # noqa: PLR2004 - ISO 11649
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
