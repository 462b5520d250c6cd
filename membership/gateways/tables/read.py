"""Bytes of an uploaded file -> table, by content and never by name."""

from __future__ import annotations

from membership.domain.errors import InputError
from membership.domain.tables import Table
from membership.gateways.tables.errors import EmptyFile, FileTooLarge
from membership.gateways.tables.kinds import ZIP, refuse_other_kinds
from membership.gateways.tables.limits import Limits
from membership.gateways.tables.text import read_csv
from membership.gateways.tables.xlsx import read_xlsx

_MB = 1024 * 1024


def read_table(
    data: bytes,
    *,
    filename: str = "",
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Return the table of an XLSX or CSV file; every other or broken file raises one `InputError`.

    Args:
        data: The whole file.
        filename: Stands as the place in an error; it decides nothing.
        sheet: Name of a sheet; else the first visible one with data.
        encoding: What a person chose for a CSV file (`utf-8`, `utf-16-le`, `cp1252`, …); else it is found.
        separator: What a person chose for a CSV file; else it is found.
        limits: How large the file may be.

    Source: `ux.md` 6.4, `reliability.md` 5.12 no. 57, SEC-56, SEC-57.
    """
    try:
        return _read(data, sheet, encoding=encoding, separator=separator, limits=limits or Limits())
    except InputError as error:
        error.where = error.where or filename or None
        raise


def _read(
    data: bytes, sheet: str | None, *, encoding: str | None, separator: str | None, limits: Limits
) -> Table:
    if len(data) > limits.file_bytes:
        raise FileTooLarge(size=len(data) // _MB, limit=limits.file_bytes // _MB)
    if not data.strip(b" \t\r\n"):
        raise EmptyFile
    refuse_other_kinds(data)
    if data.startswith(ZIP):
        return read_xlsx(data, sheet=sheet, limits=limits)
    return read_csv(data, encoding=encoding, separator=separator, limits=limits)
