"""A list on paper: title, some lines, a table with its head on each page and a row of sums; the pages are numbered.

The same content gives the same bytes. Source: `ux.md` 4 "Print": association, title, filter, date and page number.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from invoices.breaking import broken, fitted
from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from invoices.hybrid import About, File
from invoices.layout import GREY, INK, LEFT, RIGHT, RULE, Face, Style
from invoices.page import Ink, Page, registered, width_of
from invoices.pdf import FACES, ONE_AT_A_TIME, place
from invoices.words import words

_TITLE: Final = Style("semibold", 15, INK)
_LINE: Final = Style("regular", 9.5, GREY)
_HEAD: Final = Style("medium", 8.5, GREY)
_CELL: Final = Style("regular", 8.5, INK)
_SUM: Final = Style("semibold", 8.5, INK)
_FOOT: Final = Style("regular", 8, GREY)
_TOP, _AFTER_TITLE, _STEP, _LAST, _FOOT_Y, _GAP = 22.0, 7.0, 5.2, 274.0, 285.0, 2.0
_THIN: Final = (0.4, RULE)
_ROUNDING: Final = 0.01  # mm
_UNKNOWN: Final = "?"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its share of the width, and whether it holds numbers (then it stands at the right)."""

    heading: str
    share: float
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """All that stands on the paper, already worded; `sums` may be empty. A cell of several lines is broken.

    `scale` makes the letters of the table smaller, see `fitting`.
    """

    title: str
    author: str
    language: Language
    day: date
    lines: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    sums: Sequence[str] = ()
    scale: float = 1.0


def fitting(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> tuple[list[Column], float]:
    """Return columns of headings, each with whether it holds numbers, and the share of the usual size of letters.

    No word and no number is broken: what is left beside the longest words goes to the columns whose cells need it, and
    where even these do not fit the letters become smaller.
    """
    least, most = [], []
    for at, (heading, _is_number) in enumerate(columns):
        cells = dict.fromkeys(row[at] for row in rows)
        head = _wide(heading.split(" "), _HEAD)
        least.append(max(head, _wide([word for cell in cells for word in cell.split(" ")], _SUM)) + _GAP)
        most.append(max(head, _wide(cells, _SUM)) + _GAP)
    scale = min(1.0, (RIGHT - LEFT) / sum(least))
    rest = max(0.0, RIGHT - LEFT - sum(least))
    wanted = sum(most) - sum(least)
    share = rest / wanted if wanted else 0.0
    return [
        Column(heading, narrow + (wide - narrow) * share, is_number)
        for (heading, is_number), narrow, wide in zip(columns, least, most, strict=True)
    ], scale


def _wide(texts: Iterable[str], style: Style) -> float:
    return max((width_of(style.face, _printable(text)) * style.size for text in texts), default=0.0)


def render(listing: Listing) -> bytes:
    """Return the list as PDF. Signs that our fonts do not have are printed as a question mark."""
    with ONE_AT_A_TIME:
        for face in FACES:
            registered(face)
        file = File(listing.language)
        pages = _Writer(listing, {face: Ink(face, file) for face in FACES}).write()
        for page in pages:
            place(file, page)
        about = About(
            title=_printable(listing.title),
            subject=_printable(listing.title),
            author=_printable(listing.author),
            language=listing.language,
            day=listing.day,
        )
        file.describe(about)
        file.add_metadata(about, has_invoice=False)
        placed = "\n".join(line for page in pages for line in page.operators)
        return file.data(hashlib.sha256(f"{about}\n{placed}\n".encode()).hexdigest()[:32])


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    for sign in missing_glyphs(text):
        text = text.replace(sign, _UNKNOWN)
    return text


class _Writer:
    """The pages while they are written."""

    def __init__(self, listing: Listing, inks: dict[Face, Ink]) -> None:
        self.listing, self.inks = listing, inks
        self.pages: list[Page] = []
        self.y = _TOP
        self.head, self.cell, self.sum = (
            style._replace(size=style.size * listing.scale) for style in (_HEAD, _CELL, _SUM)
        )
        self.gap = _GAP * listing.scale
        whole = sum(column.share for column in listing.columns)
        self.widths = [(RIGHT - LEFT) * column.share / whole for column in listing.columns]

    def write(self) -> list[Page]:
        """Write everything and return the pages."""
        self._turn()
        page = self.pages[0]
        page.text(
            LEFT, self.y, _printable(self.listing.title), fitted(self.listing.title, RIGHT - LEFT, _TITLE)
        )
        self.y += _AFTER_TITLE
        for line in self.listing.lines:
            for part in broken(_printable(line), RIGHT - LEFT, _LINE):
                if self.y > _LAST:
                    self._turn()
                self.pages[-1].text(LEFT, self.y, part, _LINE)
                self.y += _STEP
        self.y += _STEP
        self._head()
        for row in self.listing.rows:
            self._row(row, self.cell)
        if self.listing.sums:
            self._row(self.listing.sums, self.sum)
        self._feet()
        return self.pages

    def _turn(self) -> None:
        self.pages.append(Page(self.inks))
        self.y = _TOP

    def _head(self) -> None:
        if self.y + 2 * _STEP > _LAST:
            self._turn()
        self._line(self._cells([column.heading for column in self.listing.columns], self.head), self.head)
        self.pages[-1].rule(LEFT, self.y - _STEP + _GAP, RIGHT, (0.8, INK))
        self.y += _GAP

    def _row(self, row: Sequence[str], style: Style) -> None:
        cells = self._cells(row, style)
        if self.y + (max(map(len, cells)) - 1) * _STEP > _LAST:
            self._turn()
            self._head()
        self._line(cells, style)
        self.pages[-1].rule(LEFT, self.y - _STEP + _GAP, RIGHT, _THIN)
        self.y += _GAP

    def _cells(self, texts: Sequence[str], style: Style) -> list[list[str]]:
        """Return the lines of each cell, broken where its column ends."""
        pairs = zip(texts, self.widths, strict=True)
        return [broken(_printable(text), width - self.gap + _ROUNDING, style) for text, width in pairs]

    def _line(self, cells: Sequence[Sequence[str]], style: Style) -> None:
        x = LEFT
        for column, width, parts in zip(self.listing.columns, self.widths, cells, strict=True):
            gap = 0 if column is self.listing.columns[-1] else self.gap
            for number, part in enumerate(parts):
                at = x
                if column.is_number:
                    at = x + width - gap - width_of(style.face, part) * style.size
                self.pages[-1].text(at, self.y + number * _STEP, part, style)
            x += width
        self.y += max(len(parts) for parts in cells) * _STEP

    def _feet(self) -> None:
        said = words(self.listing.language)["listing"]
        for number, page in enumerate(self.pages, start=1):
            page.text(LEFT, _FOOT_Y, _printable(self.listing.author), _FOOT)
            page.right(RIGHT, _FOOT_Y, said["page"].format(page=number, pages=len(self.pages)), _FOOT)
