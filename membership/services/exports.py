"""Lists as files: the one way from pages and commands to XLSX and CSV.

`Column` and `Kind` are those of the writer; a report comes as a `membership.domain.reports.tables.Table`.
Source: `ux.md` 4 "Exports"; INV-36.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.phrases import Phrase
from membership.domain.reports import tables as reports
from membership.gateways.tables import Column, Kind, Sheet, Sums, write_csv, write_xlsx
from membership.wording import Wording

FileCell = str | int | Decimal | Fraction | date | None


class Format(StrEnum):
    """What a list can be exported as."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES: Final = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out: its name, what it is, its bytes."""

    name: str
    media_type: str
    content: bytes


def list_file(
    columns: Sequence[Column],
    rows: Iterable[Sequence[FileCell]],
    *,
    form: Format,
    name: str,
    words: Wording,
    sheet: str,
    lines: Sequence[str] = (),
    totals: Sums | None = None,
    beside: Sequence[Sheet] = (),
    created: datetime | None = None,
) -> File:
    """Return a list as a file.

    Args:
        columns: headings, already worded, and kinds.
        rows: one value per column; an amount is whole cents.
        form: XLSX or CSV.
        name: the file's name without its ending, see `file_name`.
        words: the language of dates in the XLSX file.
        sheet: the name of the sheet.
        lines: title and filter above the head row (XLSX only: a CSV file holds the list alone).
        totals: the row of sums below the last row, or a function that is asked for it once the rows are written.
        beside: further sheets of the XLSX file.
        created: the moment in the properties of the XLSX file.
    """
    if form is Format.CSV:
        content = write_csv(columns, rows, totals=totals)
    else:
        first = Sheet(sheet, columns, rows, totals, lines)
        content = write_xlsx((first, *beside), language=words.language, created=created)
    return File(f"{name}.{form}", MEDIA_TYPES[form], content)


def report_file(
    table: reports.Table,
    *,
    form: Format,
    name: str,
    words: Wording,
    title: str,
    beside: Mapping[str, reports.Table] | None = None,
    lines: Sequence[str] = (),
    created: datetime | None = None,
) -> File:
    """Return a report as a file: the same columns in the same order, with headings in the language.

    Args:
        table: what the file is about.
        form: XLSX or CSV.
        name: the file's name without its ending, see `file_name`.
        words: the language of headings, words and dates.
        title: the title of the table, already worded.
        beside: title (message id) -> further table; each is a sheet of the XLSX file. A CSV file has one kind of row.
        lines: what stands below the title of each sheet.
        created: the moment in the properties of the XLSX file.
    """
    first = _sheet(table, title, words=words, lines=lines)
    return list_file(
        first.columns,
        first.rows,
        form=form,
        name=name,
        words=words,
        sheet=first.name,
        lines=first.lines,
        totals=first.totals,
        beside=[
            _sheet(each, words.text(heading), words=words, lines=lines)
            for heading, each in (beside or {}).items()
        ],
        created=created,
    )


def _sheet(table: reports.Table, title: str, *, words: Wording, lines: Sequence[str]) -> Sheet:
    columns = [Column(words.text(each.heading), _KINDS[each.kind]) for each in table.columns]
    rows = [_file_row(table, row, words) for row in table.rows]
    has_sums = any(cell is not None for cell in table.sums)
    return Sheet(title, columns, rows, _sums(table, words) if has_sums else None, (title, *lines))


_KINDS: Final = {
    reports.Kind.TEXT: Kind.TEXT,
    reports.Kind.WORDS: Kind.TEXT,
    reports.Kind.YEAR: Kind.ANY,
    reports.Kind.COUNT: Kind.NUMBER,
    reports.Kind.SIZE: Kind.NUMBER,
    reports.Kind.PERCENT: Kind.NUMBER,
    reports.Kind.AMOUNT: Kind.AMOUNT,
    reports.Kind.DATE: Kind.DATE,
}


def _file_row(table: reports.Table, row: tuple[reports.Cell, ...], words: Wording) -> list[FileCell]:
    return [_file_cell(cell, column.kind, words) for cell, column in zip(row, table.columns, strict=True)]


def _file_cell(cell: reports.Cell, kind: reports.Kind, words: Wording) -> FileCell:
    if isinstance(cell, Phrase):
        return words.value(cell)
    if isinstance(cell, tuple):
        return ", ".join(words.text(each) for each in cell)
    if kind is reports.Kind.PERCENT and isinstance(cell, int | Fraction):
        return reports.percent(Fraction(cell))
    return cell


def _sums(table: reports.Table, words: Wording) -> list[FileCell]:
    cells = _file_row(table, table.sums, words)
    return [words.text("Sum") if cells[0] is None else cells[0], *cells[1:]]


def file_name(title: str, as_of: date) -> str:
    """Return the name of a report's file without its ending: `offene-posten_stand-2027-02-16`.

    The title is in the language of the file; signs that some file system does not take become a hyphen.
    """
    plain = title.casefold().translate(_UMLAUTS)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    parts = "".join(sign if sign.isalnum() else " " for sign in ascii_only).split()
    return f"{'-'.join(parts) or 'liste'}_stand-{as_of.isoformat()}"


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

__all__ = ["MEDIA_TYPES", "Column", "File", "Format", "Kind", "file_name", "list_file", "report_file"]
