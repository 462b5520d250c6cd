"""Which characters the embedded fonts can print; found without the PDF library, so a check is cheap."""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent / "fonts"
FILES: Final = {
    "regular": "IBMPlexSans-Regular.ttf",
    "medium": "IBMPlexSans-Medium.ttf",
    "semibold": "IBMPlexSans-SemiBold.ttf",
}
_SEGMENTS: Final = 4
_NBSP: Final = "\u00a0"
_NEVER: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def _table(font: bytes, tag: bytes) -> int:
    """Return where a table of the font file begins."""
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        name, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * i)
        if name == tag:
            return int(offset)
    message = f"the font has no table {tag!r}"
    raise ValueError(message)


def _subtable(font: bytes, cmap: int) -> int:
    """Return where the Unicode character map in the plain form (format 4) begins."""
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * i)
        (form,) = struct.unpack_from(">H", font, cmap + offset)
        if form == _SEGMENTS and (platform == 0 or (platform, encoding) == (3, 1)):
            return int(cmap + offset)
    message = "the font has no Unicode character map"
    raise ValueError(message)


def characters(font: bytes) -> frozenset[str]:
    """Return the characters of a TrueType font that have a glyph. Source: OpenType, `cmap` format 4."""
    start = _subtable(font, _table(font, b"cmap"))
    count = struct.unpack_from(">H", font, start + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, start + 14)
    starts = struct.unpack_from(f">{count}H", font, start + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, start + 16 + 4 * count)
    at = start + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", font, at)
    found = set()
    for i in range(count):
        for code in range(starts[i], ends[i] + 1):
            glyph = code
            if ranges[i]:
                (glyph,) = struct.unpack_from(">H", font, at + 2 * i + ranges[i] + 2 * (code - starts[i]))
            if (glyph + deltas[i]) & 0xFFFF if glyph or not ranges[i] else 0:
                found.add(chr(code))
    return frozenset(found - {"\uffff"})


@cache
def printable() -> frozenset[str]:
    """Return the characters that every one of the embedded fonts can print, and the no-break space."""
    fonts = [characters((FOLDER / file).read_bytes()) for file in FILES.values()]
    common = frozenset.intersection(*fonts)
    return frozenset(c for c in common if unicodedata.category(c) not in _NEVER) | {_NBSP}


def missing_glyphs(text: str) -> str:
    """Return the characters of a text that cannot be printed, each once, in the order of the text.

    The text is printed in its composed form (NFC): an accent that follows its letter is one sign with it.

    Source: `reliability.md` SEC-63: never silently dropped.
    """
    composed = unicodedata.normalize("NFC", text)
    if printable().issuperset(composed):
        return ""
    return "".join(dict.fromkeys(c for c in composed if c not in printable()))
