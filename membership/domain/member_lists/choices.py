"""What a person decides about the columns of a list: heading -> field, word of the list -> word of ours.

The file is TOML, a table `[columns]` heading = field and `[values.category]` word = code (`interfaces.md`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.member_lists.fields import Field, field_of_word, plain_key


class MappingWrong(InputError):
    """A mapping file that is no TOML or has another shape."""

    message = N_(
        "The mapping is wrong at “%(place)s”. It has tables [columns] and [values.…] with text in them."
    )
    code = "mapping"


class FieldUnknown(InputError):
    """A mapping names a field that does not exist."""

    message = N_("The mapping gives the column “%(heading)s” the field “%(word)s”. Known fields: %(fields)s.")
    code = "mapping_field"


_LEFT_OUT: Final = frozenset(
    {"", "ignore", "ignorieren", "skip", "none", "nichtuebernehmen", "leaveout", "donotimport"}
)


@dataclass(frozen=True, slots=True)
class Choices:
    """The decisions about a list; a field of None leaves a column out.

    Args:
        columns: key of a heading -> field.
        values: field -> key of a word -> word of ours.
        headings: key of a heading -> heading, of those that the file must have.
        remembered: key of a heading -> field, as chosen for an earlier list; where it is missing, nothing is said.
        places: column from 0 -> field; goes before everything else.
        head_row: number of the row with the headings, 0 when there is none; None: it is found.
    """

    columns: Mapping[str, Field | None] = field(default_factory=dict)
    values: Mapping[Field, Mapping[str, str]] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, Field | None] = field(default_factory=dict)
    places: Mapping[int, Field | None] = field(default_factory=dict)
    head_row: int | None = None

    def field_of(self, heading: str) -> Field | None:
        """Return the field chosen for a heading; ask `decides` first."""
        return self.columns[heading_id(heading)]

    def decides(self, heading: str) -> bool:
        """Return whether the person decided about this heading."""
        return bool(heading) and heading_id(heading) in self.columns

    def remembers(self, heading: str) -> bool:
        """Return whether somebody decided about this heading in an earlier list."""
        return bool(heading) and heading_id(heading) in self.remembered


def heading_id(heading: str) -> str:
    """Return what makes two spellings of one heading the same; years count."""
    return plain_key(heading) or heading.strip()


def read_choices(text: str) -> Choices:
    """Return the choices of a mapping file."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingWrong(place=str(error), where="mapping") from error
    return choices_of(document)


def choices_of(document: Mapping[str, object]) -> Choices:
    """Return the choices of a parsed mapping: `{"columns": {heading: field}, "values": {field: {word: code}}}`."""
    for key in document:
        if key not in {"columns", "values"}:
            raise MappingWrong(place=key, where=f"/{key}")
    columns: dict[str, Field | None] = {}
    headings: dict[str, str] = {}
    for heading, word in _texts(document.get("columns", {}), "columns").items():
        columns[heading_id(heading)] = _field(heading, word)
        headings[heading_id(heading)] = heading
    values: dict[Field, Mapping[str, str]] = {}
    tables = document.get("values", {})
    if not isinstance(tables, dict):
        raise MappingWrong(place="values", where="/values")
    for name, table in tables.items():
        target = _field(str(name), str(name))
        if target is None:
            raise MappingWrong(place=f"values.{name}", where=f"/values/{name}")
        values[target] = {word_id(word): code for word, code in _texts(table, f"values.{name}").items()}
    return Choices(columns, values, headings)


def word_id(word: str) -> str:
    """Return what makes two spellings of one word in a cell the same."""
    return " ".join(word.casefold().split())


def _field(heading: str, word: str) -> Field | None:
    if plain_key(word) in _LEFT_OUT:
        return None
    found = field_of_word(word)
    if found is None:
        fields = ", ".join(known.value for known in Field)
        raise FieldUnknown(heading=heading, word=word, fields=fields, where=f"/columns/{heading}")
    return found


def _texts(table: object, place: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise MappingWrong(place=place, where="/" + place.replace(".", "/"))
    for key, value in table.items():
        if not isinstance(value, str):
            raise MappingWrong(place=f"{place}.{key}", where=f"/{place.replace('.', '/')}/{key}")
    return table
