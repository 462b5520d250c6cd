"""The colours of the file: an sRGB profile in the form of ICC version 2, made here from the figures of the standard.

Source: IEC 61966-2-1 (primaries, curve), ICC.1:2001-04 (layout of the file); ISO 19005-3 6.2.3 (output intent).
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Final

NAME: Final = "sRGB IEC61966-2.1"
_WORDS: Final = b"Free of rights: may be used, copied and changed by anyone."
_D50: Final = (0.9642, 1.0, 0.8249)
# The primaries of sRGB, adapted from D65 to D50 (Bradford).
_PRIMARIES: Final = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
_POINTS: Final = 1024
_MADE: Final = (2026, 1, 1, 0, 0, 0)
_LINEAR_END: Final = 0.04045


def _linear(value: float) -> float:
    return value / 12.92 if value <= _LINEAR_END else ((value + 0.055) / 1.055) ** 2.4


def _xyz(values: tuple[float, float, float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def _described(text: str) -> bytes:
    """Return a text in the form of version 2: ASCII, then empty Unicode and Macintosh parts."""
    words = text.encode("ascii") + b"\0"
    return struct.pack(">4s4xI", b"desc", len(words)) + words + bytes(4 + 4 + 2 + 1 + 67)


def _curve() -> bytes:
    points = [round(_linear(i / (_POINTS - 1)) * 65535) for i in range(_POINTS)]
    return struct.pack(f">4s4xI{_POINTS}H", b"curv", _POINTS, *points)


@cache
def srgb() -> bytes:
    """Return the profile; the same bytes always."""
    curve = _curve()
    tags = {
        b"desc": _described(NAME),
        b"cprt": b"text\0\0\0\0" + _WORDS + b"\0",
        b"wtpt": _xyz(_D50),
        **{name: _xyz(values) for name, values in _PRIMARIES.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data = _laid_out(tags)
    head = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4s8xI3i4s44x",
        128 + len(table) + len(data), b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ", *_MADE, b"acsp",
        b"\0\0\0\0", 0, b"\0\0\0\0", b"\0\0\0\0", 0, *(round(value * 65536) for value in _D50), b"\0\0\0\0",
    )  # fmt: skip
    return head + table + data


def _laid_out(tags: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return the table of tags and their data, each on a boundary of four bytes; equal data is kept once."""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    data = b""
    rows = []
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(data)
            data += content + bytes(-len(content) % 4)
        rows.append(struct.pack(">4sII", name, places[content], len(content)))
    return struct.pack(">I", len(tags)) + b"".join(rows), data
