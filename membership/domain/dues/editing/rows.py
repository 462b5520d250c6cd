"""The rows of a table: from, amount, rate, label; the upper bound follows from the next row (DUE-8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from membership.domain.dues.editing.numbers import parse_euros, parse_number
from membership.domain.dues.editing.typed import Document, Texts, Typed, as_text, just, put
from membership.domain.errors import N_, InputError

MOST_ROWS: Final = 40
_ABOVE = re.compile(r"(?:>|über|ueber|mehr als|over|above|more than)\s*(.+)", re.IGNORECASE)
_SHOWN = frozenset({"from", "exclusive", "amount", "rate", "per", "label"})
_WITHOUT_AMOUNT = frozenset({"open", "agreed"})
"""Words of 2.11 in the place of an amount."""


class RowHalfEmpty(InputError):
    """A row of a table with only one of its two values."""

    message = N_("This row needs both values. Empty both to leave the row out.")
    code = "row_half"


class NoRows(InputError):
    """All rows of a table were emptied."""

    message = N_("A table needs at least one row.")
    code = "no_rows"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table that was typed, and for each of them its line in the form."""

    rows: list[Document]
    lines: list[int]


def row_texts(rows: Sequence[Mapping[str, Any]]) -> list[Texts]:
    """Return the lines of a form for the rows of a table; `was` is the row a line came from."""
    return [
        {
            "start": f"> {row['from']}" if row.get("exclusive") else str(row["from"]),
            "amount": as_text(row.get("amount")),
            "rate": as_text(row.get("rate")),
            "per": "" if row.get("per") in (None, 1, "1") else str(row["per"]),
            "label": as_text(row.get("label")),
            "was": str(index),
        }
        for index, row in enumerate(rows)
    ]


def typed_rows(typed: Typed, before: Sequence[Mapping[str, Any]], *, value: str) -> Rows:
    """Return the rows of a form; `value` is what a row must have: `amount` or `rate`.

    Lines without anything are left out. A row that is new finds its place by its bound.
    """
    kept: list[tuple[int, Document]] = []
    has_new, first = False, 0
    for index, line in typed.lines("rows"):
        if not any(line.typed(name) for name in ("start", "amount", "rate")):
            continue
        origin = _origin(line, before)
        has_new |= origin is None
        kept.append((index, _row(line, origin or {}, value=value)))
        first = first or index
    if not kept:
        typed.refuse("rows-0-start", NoRows())
    if has_new:
        kept.sort(key=lambda pair: _bound(pair[1]))
    return Rows([row for _line, row in kept], [line for line, _row_ in kept])


def _origin(line: Typed, before: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    was = line.typed("was")
    return before[int(was)] if was.isascii() and was.isdigit() and int(was[:4]) < len(before) else None


def _row(line: Typed, origin: Mapping[str, Any], *, value: str) -> Document:
    row: Document = {key: item for key, item in origin.items() if key not in _SHOWN}
    put(row, "from", line.need("start", lambda text: parse_number(_without_word(text)), "0"))
    if _ABOVE.fullmatch(line.typed("start")):
        row["exclusive"] = True
    rate = line.optional("rate", parse_number)
    amount = line.optional("amount", parse_euros) if value == "amount" else None
    put(row, "amount", amount)
    put(row, "rate", rate)
    put(row, "per", line.optional("per", parse_number) if rate is not None else None)
    put(row, "label", line.optional("label", just))
    if line.typed("amount") or line.typed("rate"):
        for word in _WITHOUT_AMOUNT | {"min"}:
            row.pop(word, None)
    elif not _WITHOUT_AMOUNT & set(row):
        line.refuse(value, RowHalfEmpty())
    if rate is None:
        row.pop("on", None)
    return row


def _without_word(text: str) -> str:
    match = _ABOVE.fullmatch(text)
    return match[1].strip() if match else text


def _bound(row: Document) -> tuple[Fraction, bool]:
    return Fraction(str(row["from"])), bool(row.get("exclusive"))
