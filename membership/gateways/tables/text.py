"""CSV file -> table: encoding, separator and quotes are found, not asked for."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import Final

from membership.domain.tables import Row, Table
from membership.gateways.tables.errors import (
    CellTooLong,
    EmptyFile,
    EncodingUnknown,
    QuoteLeftOpen,
    TableTooLarge,
    UnknownContent,
)
from membership.gateways.tables.kinds import refuse_markup
from membership.gateways.tables.limits import Limits

SEPARATORS: Final = (";", "\t", ",", "|")
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE: Final = 64 * 1024
_SAMPLE_ROWS: Final = 60
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([;,|\t])"?\r?\n', re.IGNORECASE)
_END: Final = "\x00end\x00"
_ESCAPE: Final = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_UTF16_SHARE: Final = 0.3


def read_csv(data: bytes, *, encoding: str | None, separator: str | None, limits: Limits) -> Table:
    """Return the table of a CSV file; without a person's choice encoding and separator are found."""
    text, found = decode(data, encoding=encoding)
    if not text.strip():
        raise EmptyFile
    refuse_markup(text)
    if match := _SEPARATOR_LINE.match(text):
        text, separator = text[match.end() :], separator or match[1]
    chosen = separator or find_separator(text)
    rows = _rows(text, chosen, limits)
    if not rows:
        raise EmptyFile
    return Table(rows=rows, encoding=found, separator=chosen)


def decode(data: bytes, *, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding: by byte order mark, else UTF-16 by its zeros, UTF-8, Windows-1252."""
    for mark, name in _BOMS:
        if data.startswith(mark) and encoding in {None, name}:
            return _decoded(data[len(mark) :], name, is_marked=True), name
    if encoding is not None:
        return _decoded(data, encoding), encoding
    name = _utf16_by_zeros(data)
    if name:
        return _decoded(data, name), name
    if b"\x00" in data[:_SAMPLE]:
        raise UnknownContent
    try:
        return _decoded(data, "utf-8"), "utf-8"
    except EncodingUnknown:
        return _decoded(data, "cp1252"), "cp1252"


def _decoded(data: bytes, encoding: str, *, is_marked: bool = False) -> str:
    """Return the text; control characters are a sign of something else unless a mark says that it is text."""
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        tried = "UTF-8, Windows-1252" if encoding == "cp1252" else encoding.upper()
        raise EncodingUnknown(tried=tried) from error
    if "\x00" in text or (not is_marked and _BINARY.search(text)):
        raise UnknownContent
    return text


def _utf16_by_zeros(data: bytes) -> str:
    """Return the UTF-16 whose high bytes are mostly zero, else an empty string."""
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if half and not len(data) % 2:
        for name, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
            if sample[offset::2].count(0) > half * _UTF16_SHARE and not sample[1 - offset :: 2].count(0):
                return name
    return ""


def find_separator(text: str) -> str:
    """Return the sign that cuts the first rows into most and equally many columns; `;` for a single one."""
    return max(SEPARATORS, key=lambda sign: (_evenness(text[:_SAMPLE], sign), -SEPARATORS.index(sign)))


def _evenness(sample: str, separator: str) -> int:
    widths: list[int] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(record):
                widths.append(len(record))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return 0
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0
    width, rows = max(counts.items(), key=lambda item: (item[0] - 1) * item[1])
    head = (widths[0] == width) * len(widths)
    return (width - 1) * (rows + head)


def _rows(text: str, separator: str, limits: Limits) -> tuple[Row, ...]:
    """Return the records that hold a value, numbered as a spreadsheet numbers them."""
    closed = text if text.endswith(("\n", "\r")) else text + "\n"
    reader = csv.reader(io.StringIO(closed + _END, newline=""), delimiter=separator)
    rows: list[Row] = []
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if record == [_END]:
                return tuple(rows)
            values = tuple(_cell(cell) for cell in record)
            if any(values):
                rows.append(Row(number, values))
            if len(rows) > limits.rows or len(values) > limits.columns:
                raise TableTooLarge(rows=limits.rows, columns=limits.columns)
    except csv.Error as error:
        if closed.count('"') % 2:
            raise QuoteLeftOpen(row=str(number + 1), where=f"row {number + 1}") from error
        raise CellTooLong(limit=csv.field_size_limit()) from error
    raise QuoteLeftOpen(row=str(number), where=f"row {number}")


def _cell(text: str) -> str:
    """Return a cell without the apostrophe that a careful writer puts before `= + - @`.

    Source: `reliability.md` 5.12 no. 58.
    """
    return text[1:] if text.startswith("'") and _ESCAPE.match(text) else text
