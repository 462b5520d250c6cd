"""Drawing on one page: text, rules and areas become PDF operators straight from the positions of `layout`.

No markup is ever read: `Ink.para` is the only way from a text of a document into the file, and it escapes.

Source: `reliability.md` 5.12 no. 59.
"""

from __future__ import annotations

import math
import unicodedata
from functools import cache, lru_cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDocument, xObjectName
from reportlab.pdfbase.ttfonts import TTFont

from invoices.glyphs import FILES, FOLDER
from invoices.layout import HEIGHT, MM, Face, Style
from invoices.pictures import Picture

_SPECIAL: Final = frozenset(b"\\()")
_PLAIN: Final = range(32, 127)
_ONE_SUBSET: Final = 256
_ROUND: Final = 0.5523  # how far the handles of a quarter circle reach


def font_name(face: Face) -> str:
    """Return the name under which a face is registered with the PDF library."""
    return FILES[face].removesuffix(".ttf")


@cache
def registered(face: Face) -> TTFont:
    """Return the face, read and registered once a process; only the signs a document uses are embedded."""
    font = TTFont(font_name(face), str(FOLDER / FILES[face]), asciiReadable=False)
    pdfmetrics.registerFont(font)
    return font


@lru_cache(maxsize=4096)
def width_of(face: Face, text: str) -> float:
    """Return the width of a text in mm at a size of one point."""
    return float(registered(face).stringWidth(unicodedata.normalize("NFC", text), 1)) / MM


@lru_cache(maxsize=256)
def colour(code: str) -> str:
    """Return `#RRGGBB` as the three numbers of a colour operator."""
    return " ".join(f"{int(code[at : at + 2], 16) / 255:.3f}".rstrip("0").rstrip(".") for at in (1, 3, 5))


def _escaped(code: int) -> str:
    if code in _SPECIAL:
        return "\\" + chr(code)
    return chr(code) if code in _PLAIN else f"\\{code:03o}"


_WRITTEN: Final = tuple(_escaped(code) for code in range(256))


class Ink:
    """One face within one document: which signs were used so far, and how they are written in the file."""

    def __init__(self, face: Face, document: PDFDocument) -> None:
        self._font = registered(face)
        self._document = document
        self._names: list[str] = []
        self._table: dict[int, str] = {}
        self._subsets: dict[int, int] = {}
        self._seen: set[str] = set()

    def name(self, subset: int = 0) -> str:
        """Return the name of a subset of this face within the document."""
        while subset >= len(self._names):
            self._names.append(str(self._font.getSubsetInternalName(len(self._names), self._document)))
        return self._names[subset]

    def para(self, text: str, size: float) -> str:
        """Return the operators that show a text as it stands, whatever it holds, in this face."""
        if not self._seen.issuperset(text):
            self._learn(text)
        if len(self._seen) < _ONE_SUBSET - 32 or not any(self._subsets.get(ord(sign)) for sign in text):
            return f"({text.translate(self._table)}) Tj"
        return self._mixed(text, size)

    def _learn(self, text: str) -> None:
        fresh = "".join(dict.fromkeys(sign for sign in text if sign not in self._seen))
        chunks = self._font.splitString(fresh, self._document)
        codes = [(subset, code) for subset, chunk in chunks for code in chunk]
        for sign, (subset, code) in zip(fresh, codes, strict=True):
            self._table[ord(sign)] = _WRITTEN[code]
            self._subsets[ord(sign)] = subset
        self._seen.update(fresh)

    def _mixed(self, text: str, size: float) -> str:
        """A document that uses more than 256 signs of one face: each sign in its own subset."""
        parts = [
            f"{self.name(self._subsets[ord(sign)])} {size:g} Tf ({self._table[ord(sign)]}) Tj"
            for sign in text
        ]
        parts.append(f"{self.name()} {size:g} Tf")
        return " ".join(parts)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


class Page:
    """The operators of one page, in the order of drawing."""

    def __init__(self, inks: dict[Face, Ink]) -> None:
        self._inks = inks
        self._state: tuple[str, float] | None = None
        self._fill: str | None = None
        self.operators: list[str] = []
        self.images: list[Picture] = []

    def text(self, x: float, y: float, text: str, style: Style) -> None:
        """Write a text whose baseline begins at x, y."""
        face, size, code = style
        if not text:
            return
        add = self.operators.append
        if self._fill != code:
            self._fill = code
            add(f"{colour(code)} rg")
        ink = self._inks[face]
        font = ""
        if self._state != (face, size):
            self._state = (face, size)
            font = f"{ink.name()} {size:g} Tf "
        shown = ink.para(text if text.isascii() else unicodedata.normalize("NFC", text), size)
        add(f"BT {font}1 0 0 1 {x * MM:.2f} {(HEIGHT - y) * MM:.2f} Tm {shown} ET")

    def right(self, x: float, y: float, text: str, style: Style) -> None:
        """Write a text that ends at x."""
        self.text(x - width_of(style.face, text) * style.size, y, text, style)

    def centred(self, x: float, y: float, text: str, style: Style) -> None:
        """Write a text around x."""
        self.text(x - width_of(style.face, text) * style.size / 2, y, text, style)

    def rule(self, x: float, y: float, to: float, style: tuple[float, str]) -> None:
        """Draw a level line of a width in points and a colour."""
        width, code = style
        level = f"{(HEIGHT - y) * MM:.2f}"
        self.operators.append(
            f"{colour(code)} RG {width:g} w {x * MM:.2f} {level} m {to * MM:.2f} {level} l S",
        )

    def area(self, x: float, y: float, size: tuple[float, float], code: str) -> None:
        """Fill a rectangle from its upper left corner."""
        self._fill = code
        width, height = size[0] * MM, size[1] * MM
        corner = f"{x * MM:.2f} {(HEIGHT - y) * MM - height:.2f}"
        self.operators.append(f"{colour(code)} rg {corner} {width:.2f} {height:.2f} re f")

    def box(self, x: float, y: float, size: tuple[float, float], look: tuple[float, str | None, str]) -> None:
        """Frame a rectangle with round corners; `look` is radius, ground (if it is filled) and edge."""
        radius, ground, edge = look[0] * MM, look[1], look[2]
        left, right = x * MM, (x + size[0]) * MM
        top, bottom = (HEIGHT - y) * MM, (HEIGHT - y - size[1]) * MM
        handle = radius * (1 - _ROUND)
        curves = (
            (left + radius, top, "m"),
            (right - radius, top, "l"),
            (right - handle, top, right, top - handle, right, top - radius, "c"),
            (right, bottom + radius, "l"),
            (right, bottom + handle, right - handle, bottom, right - radius, bottom, "c"),
            (left + radius, bottom, "l"),
            (left + handle, bottom, left, bottom + handle, left, bottom + radius, "c"),
            (left, top - radius, "l"),
            (left, top - handle, left + handle, top, left + radius, top, "c"),
        )
        path = "\n".join(" ".join(v if isinstance(v, str) else f"{v:.2f}" for v in step) for step in curves)
        if ground is not None:
            self._fill = ground
            self.operators.append(f"{colour(ground)} rg")
        paint = "S" if ground is None else "B"
        self.operators.append(f"{colour(edge)} RG .5 w\n{path}\nh {paint}")

    def modules(self, x: float, y: float, side: float, path: str) -> None:
        """Draw a path made in units that grow downwards from x, y, black; `side` is the length of a unit in mm."""
        scale = _number(side * MM)
        corner = f"{x * MM:.2f} {(HEIGHT - y) * MM:.2f}"
        self.operators.append(f"q 0 0 0 rg {scale} 0 0 -{scale} {corner} cm\n{path}\nQ")

    def diagonal(self, x: float, y: float, text: str, style: Style, *, degrees: float) -> None:
        """Write a text turned about its middle, which lies at x, y."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        half = width_of(style.face, text) * style.size / 2 * MM
        turned = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f}"
        start = f"{x * MM - half * cos:.2f} {(HEIGHT - y) * MM - half * sin:.2f}"
        ink = self._inks[style.face]
        shown = ink.para(text, style.size)
        ops = f"{colour(style.colour)} rg BT {ink.name()} {style.size:g} Tf {turned} {start} Tm {shown} ET"
        self.operators.append(f"q {ops} Q")

    def image(self, x: float, y: float, size: tuple[float, float], picture: Picture) -> None:
        """Place a picture of this file from its upper left corner."""
        width, height = size[0] * MM, size[1] * MM
        corner = f"{x * MM:.2f} {(HEIGHT - y) * MM - height:.2f}"
        self.images.append(picture)
        self.operators.append(f"q {width:.2f} 0 0 {height:.2f} {corner} cm /{xObjectName(picture.name)} Do Q")
