"""A confirmation on one page or more: who confirms what to whom, as labelled values with a text below them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from invoices.breaking import broken, fitted
from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from invoices.hybrid import About, File
from invoices.layout import BOTTOM, GREY, INK, LEFT, RIGHT, RULE, Face, Style
from invoices.page import Ink, Page, registered
from invoices.pdf import FACES, ONE_AT_A_TIME, place

_TITLE: Final = Style("semibold", 16, INK)
_LABEL: Final = Style("regular", 8.5, GREY)
_VALUE: Final = Style("medium", 10.5, INK)
_TEXT: Final = Style("regular", 10, INK)
_TOP, _LINE, _ROW, _GAP, _FOOT_Y = 26.0, 5.2, 6.0, 6.0, 284.0
_THIN: Final = (0.4, RULE)
_UNKNOWN: Final = "?"
Inks = dict[Face, Ink]
"""The faces of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What is printed; all words are in its language already.

    Args:
        language: of the file.
        day: of the confirmation.
        issuer: who confirms.
        title: the heading.
        rows: label and value, in order.
        text: paragraphs below them.
        foot: the line at the foot of each page.
    """

    language: Language
    day: date
    issuer: str
    title: str
    rows: tuple[tuple[str, str], ...]
    text: tuple[str, ...] = ()
    foot: str = ""


def render(confirmation: Confirmation) -> bytes:
    """Return the confirmation as PDF; signs that our fonts do not have are printed as a question mark."""
    with ONE_AT_A_TIME:
        for face in FACES:
            registered(face)
        file = File(confirmation.language)
        inks: Inks = {face: Ink(face, file) for face in FACES}
        pages = list(_pages(confirmation, inks))
        for page in pages:
            place(file, page)
        about = About(
            title=confirmation.title,
            subject=confirmation.title,
            author=_printable(confirmation.issuer),
            language=confirmation.language,
            day=confirmation.day,
        )
        file.describe(about)
        file.add_metadata(about, has_invoice=False)
        placed = "\n".join("\n".join(page.operators) for page in pages)
        return file.data(hashlib.sha256(f"{about}\n{placed}\n".encode()).hexdigest()[:32])


def _pages(confirmation: Confirmation, inks: Inks) -> Iterator[Page]:
    """Yield the pages with all lines in their place."""
    page = Page(inks)
    _foot(page, confirmation)
    page.text(LEFT, _TOP, _printable(confirmation.issuer), _LABEL)
    y = _TOP + 2 * _LINE
    for line in broken(_printable(confirmation.title), RIGHT - LEFT, _TITLE):
        page.text(LEFT, y, line, _TITLE)
        y += 1.5 * _LINE
    y += _GAP
    for line, style, gap in _lines(confirmation):
        if y + _LINE > BOTTOM:
            yield page
            page, y = Page(inks), _TOP
            _foot(page, confirmation)
        page.text(LEFT, y, line, style)
        y += gap
    yield page


def _lines(confirmation: Confirmation) -> Iterator[tuple[str, Style, float]]:
    """Yield each line with its style and the way to the next one."""
    for label, value in confirmation.rows:
        yield _printable(label), _LABEL, _LINE
        parts = broken(_printable(value), RIGHT - LEFT, _VALUE) or [""]
        for part in parts[:-1]:
            yield part, _VALUE, _LINE
        yield parts[-1], _VALUE, _LINE + _ROW
    for paragraph in confirmation.text:
        parts = broken(_printable(paragraph), RIGHT - LEFT, _TEXT) or [""]
        for part in parts[:-1]:
            yield part, _TEXT, _LINE
        yield parts[-1], _TEXT, _LINE + _GAP / 2


def _foot(page: Page, confirmation: Confirmation) -> None:
    foot = _printable(confirmation.foot)
    page.rule(LEFT, _FOOT_Y - _LINE, RIGHT, _THIN)
    page.text(LEFT, _FOOT_Y, foot, fitted(foot, RIGHT - LEFT, _LABEL))


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    for sign in missing_glyphs(text):
        text = text.replace(sign, _UNKNOWN)
    return text
