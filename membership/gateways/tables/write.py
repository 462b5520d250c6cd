"""The one writer of lists: XLSX with real numbers and dates, CSV for spreadsheets; neither executes anything.

CSV: UTF-8 with byte order mark, `;`, every text quoted, decimal comma, days as 31.12.2027, lines end with
CR LF. A text that a spreadsheet could take for a formula gets an apostrophe in front, which the reader takes
off again.

Source: `reliability.md` INV-36, 5.12 no. 58, SEC-60, SEC-61; `ux.md` 4 "Exports".
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import BinaryIO, Final, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from membership.domain.money import decimal_text
from membership.gateways.tables.errors import CellTooLong, TooManyRowsForXlsx

Language = Literal["de", "en"]
Cell = str | int | Decimal | Fraction | date | None
Sums = Sequence[Cell] | Callable[[], Sequence[Cell]]
"""The cells of the row of sums, or what is asked for them when the last row is written."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    AMOUNT = "amount"  # whole cents
    NUMBER = "number"
    DATE = "date"
    ANY = "any"  # each cell by its own type: rows of somebody else's file


@dataclass(frozen=True, slots=True)
class Column:
    """Heading (already worded) and kind of a column; `width` in characters, else by kind and heading."""

    heading: str
    kind: Kind = Kind.TEXT
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of an XLSX file.

    Args:
        name: Name of the sheet.
        columns: Headings and kinds.
        rows: One value per column; an amount is whole cents.
        totals: The row of sums below the last row.
        lines: Title and filter above the head row.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    totals: Sums | None = None
    lines: Sequence[str] = ()


MAX_TEXT: Final = 32_767
MAX_ROWS: Final = 1_048_576
_FIRST_DAY: Final = date(1900, 3, 1)  # before it spreadsheets count a day that never was
_DAY_NOUGHT: Final = date(1899, 12, 30)  # a day in a workbook is the number of days since then
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_UNFIT: Final = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_DATE_FORMATS: Final[dict[Language, str]] = {"de": "dd.mm.yyyy", "en": "d mmm yyyy"}
_WIDTHS: Final = {Kind.TEXT: 24, Kind.AMOUNT: 14, Kind.NUMBER: 12, Kind.DATE: 12, Kind.ANY: 20}
_DECIMALS: Final = 6
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\]")


def write_csv(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, totals: Sums | None = None
) -> bytes:
    """Return the CSV file: head row, rows, and the row of sums when there is one."""
    head = ";".join(_quoted(column.heading) for column in columns)
    lines = [head, *(_line(columns, row) for row in rows)]
    if totals is not None:
        lines.append(_line(columns, totals() if callable(totals) else totals))
    return b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n").encode()


def _line(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    return ";".join(_csv_cell(value, column.kind) for column, value in zip(columns, row, strict=True))


def _csv_cell(value: Cell, kind: Kind) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):
        return f"{value.day:02d}.{value.month:02d}.{value.year:04d}"
    text = decimal_text(int(value)) if kind is Kind.AMOUNT else number_text(value)
    return text.replace(".", ",")


def _quoted(text: str) -> str:
    clean = _UNFIT.sub("�", text)
    safe = "'" + clean if _FORMULA.match(clean) else clean
    return '"' + safe.replace('"', '""') + '"'


def number_text(value: int | Decimal | Fraction) -> str:
    """Return a number in plain digits; a fraction that does not end is rounded to six places."""
    if isinstance(value, int):
        return str(value)
    exact = Fraction(value)
    places = next((n for n in range(_DECIMALS) if (exact * 10**n).denominator == 1), _DECIMALS)
    digits = round(exact * 10**places)
    whole, rest = divmod(abs(digits), 10**places)
    sign = "-" if digits < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def write_xlsx(
    sheets: Sequence[Sheet], *, language: Language = "de", created: datetime | None = None
) -> bytes:
    """Return the XLSX file; see `write_xlsx_to`."""
    file = io.BytesIO()
    write_xlsx_to(file, sheets, language=language, created=created)
    return file.getvalue()


def write_xlsx_to(
    file: BinaryIO, sheets: Sequence[Sheet], *, language: Language = "de", created: datetime | None = None
) -> None:
    """Write sheets into a file, row by row in constant memory; the first is the one that opens.

    Args:
        file: Takes the bytes.
        sheets: Their names differ.
        language: Decides how a spreadsheet shows a date.
        created: Stands in the file's properties; without it the same rows give the same bytes.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties({"created": created or datetime(2000, 1, 1, tzinfo=UTC)})
    styles = _Styles.of(workbook, language)
    for sheet in sheets:
        _write_sheet(workbook.add_worksheet(_sheet_name(sheet.name)), sheet, styles)
    workbook.close()


def _write_sheet(worksheet: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    columns = sheet.columns
    head = len(sheet.lines) + bool(sheet.lines)
    worksheet.freeze_panes(head + 1, 0)
    for index, column in enumerate(columns):
        worksheet.set_column(index, index, column.width or max(_WIDTHS[column.kind], len(column.heading) + 2))
    for number, line in enumerate(sheet.lines):
        _text(worksheet, (number, 0), line, styles.title if number == 0 else styles.plain)
    for index, column in enumerate(columns):
        right = column.kind in {Kind.AMOUNT, Kind.NUMBER}
        _text(worksheet, (head, index), column.heading, styles.head_right if right else styles.head)
    last = head
    for row in sheet.rows:
        last += 1
        _write_row(worksheet, last, columns, row, styles=styles.cells)
    if columns:
        worksheet.autofilter(head, 0, last, len(columns) - 1)
    if sheet.totals is not None:
        sums = sheet.totals() if callable(sheet.totals) else sheet.totals
        _write_row(worksheet, last + 1, columns, sums, styles=styles.sums)


@dataclass(frozen=True, slots=True)
class _Look:
    """The formats of the cells of a row: by kind, and of a number by its decimal places."""

    kinds: dict[Kind, Format]
    numbers: tuple[Format, ...]
    plain: Format
    days: Format
    amounts: Format

    @classmethod
    def of(cls, workbook: Workbook, language: Language, more: dict[str, object]) -> _Look:
        codes = {Kind.AMOUNT: "#,##0.00", Kind.NUMBER: "#,##0", Kind.DATE: _DATE_FORMATS[language]}

        def look(code: str) -> Format:
            return workbook.add_format({"num_format": code, **more})

        kinds = {kind: look(codes.get(kind, "General")) for kind in Kind}
        numbers = (kinds[Kind.NUMBER], *(look(f"#,##0.{'0' * n}") for n in range(1, _DECIMALS + 1)))
        return cls(kinds, numbers, kinds[Kind.TEXT], kinds[Kind.DATE], kinds[Kind.AMOUNT])

    def of_number(self, kind: Kind, text: str) -> Format:
        """Return the format of a number in plain digits: with the decimals it has, without a comma for none."""
        return self.numbers[len(text.partition(".")[2])] if kind is Kind.NUMBER else self.kinds[kind]


@dataclass(frozen=True, slots=True)
class _Styles:
    """The formats of a workbook."""

    title: Format
    plain: Format
    head: Format
    head_right: Format
    cells: _Look
    sums: _Look

    @classmethod
    def of(cls, workbook: Workbook, language: Language) -> _Styles:
        head = {"bold": True, "bottom": 1, "valign": "top"}
        return cls(
            title=workbook.add_format({"bold": True, "font_size": 14}),
            plain=workbook.add_format({}),
            head=workbook.add_format(head),
            head_right=workbook.add_format({**head, "align": "right"}),
            cells=_Look.of(workbook, language, {}),
            sums=_Look.of(workbook, language, {"bold": True, "top": 1}),
        )


def _write_row(
    worksheet: Worksheet, number: int, columns: Sequence[Column], row: Sequence[Cell], *, styles: _Look
) -> None:
    if number >= MAX_ROWS:
        raise TooManyRowsForXlsx(limit=MAX_ROWS)
    write_string, plain = worksheet.write_string, styles.plain
    for index, (column, value) in enumerate(zip(columns, row, strict=True)):
        if isinstance(value, str) and value and len(value) <= MAX_TEXT:
            write_string(number, index, _fit(value), plain)
        else:
            _write_cell(worksheet, (number, index), value, kind=column.kind, styles=styles)


def _write_cell(
    worksheet: Worksheet, place: tuple[int, int], value: Cell, *, kind: Kind, styles: _Look
) -> None:
    """Write one cell by the type of its value; a text is always a text cell, whatever it starts with."""
    if value is None or value == "":
        worksheet.write_blank(*place, None, styles.kinds[kind])
    elif isinstance(value, date) and value >= _FIRST_DAY:
        worksheet.write_number(*place, (value - _DAY_NOUGHT).days, styles.days)
    elif isinstance(value, date | str):
        _text(worksheet, place, str(value), styles.plain)
    elif kind is Kind.AMOUNT:
        worksheet.write_number(*place, _euros(int(value)), styles.amounts)
    else:
        text = number_text(value)
        worksheet.write_number(*place, Decimal(text), styles.of_number(kind, text))


def _text(worksheet: Worksheet, place: tuple[int, int], text: str, style: Format) -> None:
    if len(text) > MAX_TEXT:
        raise CellTooLong(limit=MAX_TEXT)
    worksheet.write_string(*place, _fit(text), style)


@lru_cache(maxsize=4096)
def _euros(cents: int) -> Decimal:
    """Return an amount as a workbook holds it; of many rows most have amounts that came before."""
    return Decimal(cents).scaleb(-2)


def _fit(text: str) -> str:
    """Return the text without signs that no file of this kind can hold."""
    return text if text.isascii() and "\0" not in text else _UNFIT.sub("�", text)


def _sheet_name(name: str) -> str:
    """Return a name that a sheet may have: at most 31 characters, none that would be a path."""
    return _SHEET_NAME.sub("-", name).strip("'")[:31].strip() or "Tabelle"
