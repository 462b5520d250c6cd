"""A report on paper: one table as PDF, with the headings and words that its other files have.

Source: `interfaces.md` "Reports"; `ux.md` 4 "Print", 8.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from invoices import listing
from membership.domain.money import Money
from membership.domain.phrases import Phrase
from membership.domain.reports.tables import Cell, Kind, Table, percent
from membership.services.exports import File
from membership.wording import Wording

PDF: Final = "pdf"
"""The form of this file in addresses and commands, beside those of `exports.Format`."""

_NUMBERS: Final = frozenset({Kind.COUNT, Kind.AMOUNT, Kind.SIZE, Kind.PERCENT})


def report_paper(
    table: Table, *, name: str, words: Wording, title: str, author: str, day: date, lines: Sequence[str]
) -> File:
    """Return a table as PDF.

    Args:
        table: as people read it, see `reports.table_for_people`; like a CSV file the paper holds one kind of row.
        name: the file's name without its ending, see `exports.file_name`.
        words: the language of headings, words, amounts and dates.
        title: already worded.
        author: the association, at the foot of each page.
        day: in the properties of the file.
        lines: what stands below the title.
    """
    rows = [_cells(table, row, words) for row in table.rows]
    has_sums = any(cell is not None for cell in table.sums)
    sums = _cells(table, table.sums, words) if has_sums else []
    if sums and not sums[0]:
        sums[0] = words.text("Sum")
    columns = [(words.text(each.heading), each.kind in _NUMBERS) for each in table.columns]
    fitting, scale = listing.fitting(columns, [*rows, sums] if sums else rows)
    content = listing.render(
        listing.Listing(
            title=title,
            author=author,
            language=words.language,
            day=day,
            lines=lines,
            columns=fitting,
            rows=rows,
            sums=sums,
            scale=scale,
        )
    )
    return File(f"{name}.{PDF}", "application/pdf", content)


def _cells(table: Table, row: Sequence[Cell], words: Wording) -> list[str]:
    return [_text(cell, column.kind, words) for cell, column in zip(row, table.columns, strict=True)]


def _text(cell: Cell, kind: Kind, words: Wording) -> str:
    if cell is None:
        return ""
    if isinstance(cell, tuple) and not isinstance(cell, Phrase):
        return ", ".join(words.text(each) for each in cell)
    if kind is Kind.YEAR:
        return str(cell)
    if isinstance(cell, int) and kind is Kind.AMOUNT:
        return words.value(Money(cell))
    if isinstance(cell, int | Fraction) and kind is Kind.PERCENT:
        return words.value(percent(Fraction(cell)))
    return words.value(cell)
