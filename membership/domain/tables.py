"""A list as a table of values: what a spreadsheet or CSV file holds, before anybody knows what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

Value = str | int | Decimal | date | None
"""What a cell holds: text, a number as it stands, a day, or nothing. A CSV file holds text only."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (from 1; of a CSV file: the record) and its values."""

    number: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet, empty ones left out, and how they were found.

    `hidden_columns` counts from 0. `sheet` and `sheets` are empty for CSV, `encoding` and `separator` for
    XLSX.
    """

    rows: tuple[Row, ...]
    hidden_columns: frozenset[int] = frozenset()
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    encoding: str = ""
    separator: str = ""

    @property
    def width(self) -> int:
        """Return the number of columns: that of the widest row."""
        return max((len(row.values) for row in self.rows), default=0)


def with_corrections(table: Table, corrections: Mapping[tuple[int, int], str]) -> Table:
    """Return the table with the cells a person has corrected: (row number, column from 0) -> new text."""
    rows = list(table.rows)
    for index, row in enumerate(rows):
        changes = {column: text for (number, column), text in corrections.items() if number == row.number}
        if changes:
            width = max(len(row.values), max(changes) + 1)
            values = row.values + (None,) * (width - len(row.values))
            rows[index] = Row(row.number, tuple(changes.get(i, value) for i, value in enumerate(values)))
    return replace(table, rows=tuple(rows))
