"""The text of a bank line in the form in which numbers and names are looked for. Source: BNK-8."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import Final

_UMLAUTS: Final = str.maketrans({
    "Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "Ø": "OE", "Æ": "AE", "Å": "AA", "Ł": "L", "Đ": "D",
})  # fmt: skip
_RUN: Final = re.compile(r"[A-Za-z0-9]+")
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


class Packed:
    """A text in capitals (`shown`) and its letters and digits alone (`signs`); it knows where each of these stands.

    Most texts are never asked for a place, so where their runs of signs begin is worked out when it is.
    """

    __slots__ = ("_begins", "_offsets", "shown", "signs")

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.signs = _OTHER.sub("", shown)
        self._begins: list[int] = []
        self._offsets: list[int] = []

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in `shown` the signs from `start` to `end` begin and end."""
        if not self._begins:
            count = 0
            for run in _RUN.finditer(self.shown):
                begin, stop = run.span()
                self._begins.append(begin)
                self._offsets.append(count)
                count += stop - begin
        first, last = bisect_right(self._offsets, start) - 1, bisect_right(self._offsets, end - 1) - 1
        return (
            self._begins[first] + start - self._offsets[first],
            self._begins[last] + end - self._offsets[last],
        )

    def is_torn(self, begin: int, end: int) -> bool:
        """Return whether digits go on right before or after the part of `shown` from `begin` to `end`."""
        shown = self.shown
        goes_back = begin > 0 and shown[begin].isdigit() and shown[begin - 1].isdigit()
        return goes_back or (end < len(shown) and shown[end].isdigit())


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
    return Packed(capitals(text))


def packed(text: str) -> str:
    """Return the letters and digits of a text alone."""
    return _OTHER.sub("", capitals(text))


def is_reference(text: str) -> bool:
    """Return whether a packed text is an ISO 11649 reference with right check digits. Source: PAY-7."""
    if not (text.startswith("RF") and text[2:4].isdigit() and 4 < len(text) <= 25):  # noqa: PLR2004 - ISO 11649
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
