"""XLSX workbook -> table: stored values only, formulas are never worked out."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol, cast

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from membership.domain.errors import InputError
from membership.domain.tables import Row, Table, Value
from membership.gateways.tables.archive import SheetFacts, inspect_archive
from membership.gateways.tables.errors import (
    EmptySheet,
    FileDamaged,
    NoSheetWithData,
    SheetMissing,
    TableTooLarge,
)
from membership.gateways.tables.limits import Limits

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_ROW: Final = 1_048_576

# The library warns of what it would not keep when saving; nothing is saved here.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class _Sheet(Protocol):
    """What is used of the library's read-only sheet, which its stubs do not describe."""

    title: str
    sheet_state: str
    _worksheet_path: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[object, ...]]: ...


def read_xlsx(data: bytes, *, sheet: str | None, limits: Limits) -> Table:
    """Return the first visible sheet with data, or the sheet of that name (hidden or not)."""
    facts = inspect_archive(data, limits)
    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        return _chosen_table(workbook, data, facts, sheet=sheet, limits=limits)
    except InputError:
        raise
    except Exception as error:  # a foreign file can break the library anywhere, and nothing of ours runs here
        raise FileDamaged from error


def _chosen_table(
    workbook: Workbook, data: bytes, facts: dict[str, SheetFacts], *, sheet: str | None, limits: Limits
) -> Table:
    worksheets = [cast("_Sheet", found) for found in workbook.worksheets]
    visible = tuple(found.title for found in worksheets if found.sheet_state == "visible")
    if sheet is not None:
        for found in worksheets:
            if found.title == sheet:
                return _table(found, data, facts, sheets=visible, limits=limits) or _refuse_empty(sheet)
        raise SheetMissing(sheet=sheet, sheets=", ".join(visible))
    for found in worksheets:
        if found.title in visible:
            table = _table(found, data, facts, sheets=visible, limits=limits)
            if table is not None:
                return table
    raise NoSheetWithData


def _refuse_empty(sheet: str) -> Table:
    raise EmptySheet(sheet=sheet)


def _table(
    worksheet: _Sheet,
    data: bytes,
    facts: dict[str, SheetFacts],
    *,
    sheets: tuple[str, ...],
    limits: Limits,
) -> Table | None:
    """Return the sheet's table, or None when it holds no value."""
    path = worksheet._worksheet_path  # noqa: SLF001 - the library names the part of the archive nowhere else
    seen = facts.get(path.lstrip("/"), SheetFacts())
    rows = tuple(_rows(worksheet, limits))
    if seen.has_bare_formula:
        rows = _with_formula_texts(rows, data, worksheet.title, limits)
    if not rows:
        return None
    width = max(len(row.values) for row in rows)
    if width > limits.columns:
        raise TableTooLarge(rows=limits.rows, columns=limits.columns)
    hidden = frozenset(column for column in seen.hidden_columns if column < width)
    return Table(rows=rows, hidden_columns=hidden, sheet=worksheet.title, sheets=sheets)


def _rows(worksheet: _Sheet, limits: Limits) -> Iterator[Row]:
    """Yield the rows that hold a value, without what is empty at their end."""
    worksheet.reset_dimensions()  # what a file says about its own size is not believed
    cells = kept = 0
    for number, cells_of_row in enumerate(worksheet.iter_rows(values_only=True), start=1):
        cells += len(cells_of_row)
        if cells > limits.cells or number > _LAST_ROW:
            raise TableTooLarge(rows=limits.rows, columns=limits.columns)
        values = _trimmed(tuple(cell_value(value) for value in cells_of_row))
        if values:
            kept += 1
            if kept > limits.rows:
                raise TableTooLarge(rows=limits.rows, columns=limits.columns)
            yield Row(number, values)


def _trimmed(values: tuple[Value, ...]) -> tuple[Value, ...]:
    end = len(values)
    while end and (values[end - 1] is None or values[end - 1] == ""):
        end -= 1
    return values[:end]


def cell_value(value: object) -> Value:
    """Return what a cell holds as a value of ours: a float as the decimal shown, a moment as its day."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value
    if isinstance(value, float):
        number = Decimal(repr(value))
        if not number.is_finite():
            return str(value)
        return int(number) if value.is_integer() else number
    if isinstance(value, datetime):
        return value.date()
    return value if value is None or isinstance(value, int | date) else str(value)


def _with_formula_texts(rows: tuple[Row, ...], data: bytes, title: str, limits: Limits) -> tuple[Row, ...]:
    """Return the rows with the formula's own text where a program stored no value beside it.

    Such a cell would else look empty; as text it is refused where a number is expected, and shown.
    """
    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    formulas = {row.number: row.values for row in _rows(cast("_Sheet", workbook[title]), limits)}
    stored = {row.number: row.values for row in rows}
    return tuple(
        Row(number, _merged(stored.get(number, ()), formulas[number])) for number in sorted(formulas)
    )


def _merged(stored: tuple[Value, ...], formulas: tuple[Value, ...]) -> tuple[Value, ...]:
    padded = stored + (None,) * (len(formulas) - len(stored))
    return tuple(
        formula if value is None and isinstance(formula, str) else value
        for value, formula in zip(padded, formulas + (None,) * (len(padded) - len(formulas)), strict=True)
    )
