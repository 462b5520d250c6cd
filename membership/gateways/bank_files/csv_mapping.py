"""A mapping file for a bank whose headings are not known.

[columns]               # heading, or number of the column from 1 when there are no headings
"Buchung am" = "booked"
"Summe" = "amount"
[format]
headings = 5            # the row of the headings (found when left out); 0: there are none
decimal = ","           # what stands before the cents
days = "dmy"            # order of days written with slashes: dmy or mdy
currency = "EUR"        # when no column says it
account = "DE89…"       # when the file does not say it
separator = ";"
encoding = "cp1252"
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from membership.domain.phrases import phrase
from membership.gateways.bank_files.csv_columns import Columns, Role, heading_key
from membership.gateways.bank_files.errors import MappingWrong

_TEXTS: Final = {
    "decimal": (",", "."), "days": ("dmy", "mdy"), "currency": (), "account": (), "separator": (), "encoding": (),
}  # fmt: skip
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """What a person says about a list; empty values are found out."""

    columns: Mapping[str, Role] = field(default_factory=dict)
    headings: int | None = None
    decimal: str = ""
    days: str = ""
    currency: str = ""
    account: str = ""
    separator: str = ""
    encoding: str = ""


def read_mapping(text: str) -> CsvMapping:
    """Return the mapping of a TOML text; raise `MappingWrong` with what is wrong and where."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingWrong(why=str(error)) from error
    for key in document:
        if key not in {"columns", "format"} or not isinstance(document[key], dict):
            raise MappingWrong(why=phrase("there is no table [%(name)s]", name=key[:_LONGEST]))
    return CsvMapping(columns=_columns(document.get("columns", {})), **_format(document.get("format", {})))


def _columns(table: Mapping[str, Any]) -> dict[str, Role]:
    columns = {}
    for heading, word in table.items():
        if word not in list(Role):
            said, known = str(word)[:_LONGEST], ", ".join(Role)
            why = phrase("“%(word)s” is no meaning of a column; there is %(known)s", word=said, known=known)
            raise MappingWrong(why=why)
        columns[heading] = Role(word)
    return columns


def _format(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        choices = _TEXTS.get(key)
        is_number = key == "headings" and type(value) is int and value >= 0
        is_text = choices is not None and isinstance(value, str) and (not choices or value in choices)
        if not is_number and not is_text:
            raise _refused(key, value)
        found[key] = value
    if len(found.get("separator", ";")) != 1:
        raise _refused("separator", found["separator"])
    try:
        codecs.lookup(found.get("encoding", "utf-8"))
    except LookupError as error:
        raise _refused("encoding", found["encoding"]) from error
    return found


def _refused(key: str, value: object) -> MappingWrong:
    said = {"key": key[:_LONGEST], "value": str(value)[:_LONGEST]}
    return MappingWrong(why=phrase("[format] cannot have %(key)s = %(value)s", **said))


def mapped(found: Columns, mapping: CsvMapping) -> Columns:
    """Return the columns with what the mapping says about them; its word counts before the headings."""
    if not mapping.columns:
        return found
    places: dict[Role, tuple[int, ...]] = {}
    width = found.width
    for heading, role in mapping.columns.items():
        index = _place(found, heading, mapping)
        places[role] = (*places.get(role, ()), index)
        width = max(width, index + 1)
    taken = {index for indexes in places.values() for index in indexes}
    for role, indexes in found.places.items():
        free = tuple(index for index in indexes if index not in taken)
        if free and role not in places:
            places[role] = free
    return Columns(places, width, found.currency, found.headings)


def _place(found: Columns, heading: str, mapping: CsvMapping) -> int:
    keys = [heading_key(each) for each in found.headings]
    if mapping.headings != 0 and heading_key(heading) in keys:
        return keys.index(heading_key(heading))
    if heading.isascii() and heading.isdigit() and 0 < int(heading[:3]) <= 500:  # noqa: PLR2004 - widest list
        return int(heading[:3]) - 1
    raise MappingWrong(why=phrase("the file has no column “%(name)s”", name=heading[:_LONGEST]))
