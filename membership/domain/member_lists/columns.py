"""Which column of a list means what: finds the head among titles, under group headings, or offers the first row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.member_lists.choices import Choices, heading_id
from membership.domain.member_lists.fields import (
    SEVERAL,
    Field,
    field_of_heading,
    heading_year,
    is_english_heading,
)
from membership.domain.member_lists.values import cell_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Row, Table, Value

_HEAD_WITHIN: Final = 40
_SAMPLES: Final = 3
_LEAST_FIELDS: Final = 2
_HALF: Final = 2
REACHING: Final = (
    Field.ADDRESS, Field.PLACE, Field.POSTCODE, Field.CITY, Field.STREET, Field.EMAIL, Field.INVOICE_EMAIL,
)  # fmt: skip
"""The columns by which a member can be reached: one of them is needed."""


class NoCompanyColumn(InputError):
    """The one column that every list needs is missing."""

    message = N_("No column with the names of the companies was found. Name it, for example “Firma”.")
    code = "no_name_column"


class NoAddressColumn(InputError):
    """Neither an address nor a mail address has a column."""

    message = N_("The list needs a column with the address or the e-mail address. None was found.")
    code = "no_address_column"


class HeadingMissing(InputError):
    """A mapping names a heading that is not in the file."""

    message = N_("The mapping names the column “%(heading)s”, which the file does not have.")
    code = "mapping_heading"


class Use(StrEnum):
    """What becomes of a column."""

    TAKEN = "taken"
    CHOSEN = "chosen"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    OLDER = "older"
    DOUBLED = "doubled"
    LEFT_OUT = "left_out"


USE_TEXTS: Final[Mapping[Use, Phrase]] = {
    Use.TAKEN: phrase("recognised"),
    Use.CHOSEN: phrase("chosen"),
    Use.UNKNOWN: phrase("not recognised, not imported"),
    Use.HIDDEN: phrase("hidden column, not imported"),
    Use.OLDER: phrase("an older year, not imported"),
    Use.DOUBLED: phrase("second column of its kind, not imported"),
    Use.LEFT_OUT: phrase("not imported by choice"),
}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: its place from 0, heading, what it means and what becomes of it, up to three sample values."""

    index: int
    heading: str
    field: Field | None
    use: Use
    year: int | None = None
    samples: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Return whether the column is read."""
        return self.field is not None and self.use in {Use.TAKEN, Use.CHOSEN}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What all columns mean.

    `head_row` is the number of the (last) head row; `is_head_found` is false when the first row was only offered.
    """

    columns: tuple[ListColumn, ...]
    head_row: int
    is_head_found: bool
    is_english: bool = False
    values: Mapping[Field, Mapping[str, str]] = field(default_factory=dict)
    _used: Mapping[Field, tuple[ListColumn, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        used: dict[Field, tuple[ListColumn, ...]] = {}
        for column in self.columns:
            if column.field is not None and column.is_used:
                used[column.field] = (*used.get(column.field, ()), column)
        object.__setattr__(self, "_used", used)

    @property
    def ignored(self) -> tuple[ListColumn, ...]:
        """Return the columns that are not read, in their order."""
        return tuple(column for column in self.columns if not column.is_used)

    def of(self, wanted: Field) -> tuple[ListColumn, ...]:
        """Return the columns that are read for a field, in their order; more than one only for mail and phone."""
        return self._used.get(wanted, ())

    def has(self, *fields: Field) -> bool:
        """Return whether one of the fields has a column."""
        return any(wanted in self._used for wanted in fields)


def recognise_columns(table: Table, *, choices: Choices | None = None) -> ColumnMapping:
    """Return the meaning of each column; what a person chose goes before what is recognised.

    Hidden columns lose against visible ones of the same field, of two years the newer counts, then the left one.

    Source: `ux.md` 6.4.
    """
    choices = choices or Choices()
    head = _find_head(table.rows, choices)
    _check_chosen(head.headings, choices)
    samples = _samples(table, head.row)
    columns = [
        _column(index, heading, head.groups[index], choices, samples=samples.get(index, ()))
        for index, heading in enumerate(head.headings)
        if heading or samples.get(index)
    ]
    english = sum(is_english_heading(heading) for heading in head.headings)
    known = sum(column.field is not None for column in columns)
    return ColumnMapping(
        columns=tuple(_settle(columns, table.hidden_columns)),
        head_row=head.row,
        is_head_found=head.score > 0,
        is_english=english * _HALF > known,
        values=choices.values,
    )


def require_columns(mapping: ColumnMapping) -> None:
    """Refuse a mapping without a company's name, or without both address and mail."""
    if not mapping.has(Field.NAME):
        raise NoCompanyColumn
    if not mapping.has(*REACHING):
        raise NoAddressColumn


@dataclass(frozen=True, slots=True)
class _Head:
    """One way to read the head: its last row, headings, group headings above them, number of fields found."""

    row: int
    headings: tuple[str, ...]
    groups: tuple[str, ...]
    score: int


def _find_head(rows: Sequence[Row], choices: Choices) -> _Head:
    """Return the row, or the two rows, with the most headings known; else the first row."""
    width = max((len(row.values) for row in rows), default=0)
    near = rows[:_HEAD_WITHIN]
    best: _Head | None = None
    for place, row in enumerate(near):
        for head in _readings(near, place, row, width=width, choices=choices):
            if head.score >= _least(width) and (best is None or head.score > best.score):
                best = head
    if best is not None:
        return best
    first = rows[0] if rows else Row(1, ())
    return _Head(first.number, _texts(first.values, width), ("",) * width, 0)


def _least(width: int) -> int:
    return min(_LEAST_FIELDS, width)


def _readings(near: Sequence[Row], place: int, row: Row, *, width: int, choices: Choices) -> Iterator[_Head]:
    """Yield the row as a head under the row above it, the row alone, and the row with the one below it."""
    if _has_data(row):
        return
    own = _texts(row.values, width)
    above = near[place - 1] if place else None
    if above is not None and above.number == row.number - 1 and not _has_data(above):
        yield _head(row.number, own, _filled_right(_texts(above.values, width)), choices)
    yield _head(row.number, own, ("",) * width, choices)
    below = near[place + 1] if place + 1 < len(near) else None
    if below is not None and below.number == row.number + 1 and _is_lower_head(below):
        lower = _texts(below.values, width)
        groups = tuple(group if text else "" for group, text in zip(_filled_right(own), lower, strict=True))
        headings = tuple(low or up for low, up in zip(lower, own, strict=True))
        yield _head(below.number, headings, groups, choices)


def _head(row: int, headings: tuple[str, ...], groups: tuple[str, ...], choices: Choices) -> _Head:
    known = {_meaning(heading, group, choices) for heading, group in zip(headings, groups, strict=True)}
    chosen = sum(choices.decides(heading) for heading in headings)
    return _Head(row, headings, groups, len(known - {None}) + chosen)


def _has_data(row: Row) -> bool:
    """Return whether a row holds a date or a number that is no year: then it is no head."""
    return any(_is_number(value) or isinstance(value, date) for value in row.values)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and heading_year(cell_text(value)) is None


def _is_lower_head(row: Row) -> bool:
    """Return whether a row under a head is its second part: at least half of its cells are headings or years."""
    texts = [cell_text(value) for value in row.values if cell_text(value)]
    known = [text for text in texts if field_of_heading(text) or heading_year(text)]
    return not _has_data(row) and len(known) >= _LEAST_FIELDS and len(known) * _HALF >= len(texts)


def _texts(values: Sequence[Value], width: int) -> tuple[str, ...]:
    texts = [cell_text(value) for value in values]
    return (*texts, *("",) * (width - len(texts)))


def _filled_right(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return group headings over all their columns: a merged cell holds its text in the first one only."""
    filled, last = [], ""
    for text in texts:
        last = text or last
        filled.append(last)
    return tuple(filled)


def _meaning(heading: str, group: str, choices: Choices) -> Field | None:
    """Return the field of a heading: by choice, with its group (“Ansprechpartner” over “Name”), alone."""
    if choices.decides(heading):
        return choices.field_of(heading)
    together = field_of_heading(f"{group} {heading}") if group and heading else None
    own = field_of_heading(heading) if heading else None
    by_year = field_of_heading(group) if group and heading_year(heading) and own is None else None
    return together or own or by_year


def _column(
    index: int, heading: str, group: str, choices: Choices, *, samples: tuple[str, ...]
) -> ListColumn:
    meaning = _meaning(heading, group, choices)
    if choices.decides(heading):
        use = Use.CHOSEN if meaning else Use.LEFT_OUT
    else:
        use = Use.TAKEN if meaning else Use.UNKNOWN
    return ListColumn(index, heading, meaning, use, heading_year(heading), samples)


def _check_chosen(headings: tuple[str, ...], choices: Choices) -> None:
    present = {heading_id(heading) for heading in headings if heading}
    for key, heading in choices.headings.items():
        if key not in present:
            raise HeadingMissing(heading=heading, where=f"/columns/{heading}")


def _samples(table: Table, head_row: int) -> dict[int, tuple[str, ...]]:
    """Return up to three values of each column below the head."""
    found: dict[int, tuple[str, ...]] = {}
    for row in table.rows:
        if row.number > head_row:
            for index, value in enumerate(row.values):
                text = cell_text(value)
                if text and len(found.get(index, ())) < _SAMPLES:
                    found[index] = (*found.get(index, ()), text)
    return found


def _settle(columns: list[ListColumn], hidden: frozenset[int]) -> Iterator[ListColumn]:
    """Yield the columns with one winner for each field that stands in one column only."""
    for column in columns:
        rivals = [other for other in columns if other.field is column.field]
        if column.field is None or len(rivals) == 1:
            yield column
            continue
        winner = max(
            rivals,
            key=lambda one: (one.use is Use.CHOSEN, one.index not in hidden, one.year or 0, -one.index),
        )
        if column is winner:
            yield column
        elif column.index in hidden and winner.index not in hidden:
            yield replace(column, use=Use.HIDDEN)
        elif column.field in SEVERAL and (column.year or 0) == (winner.year or 0):
            yield column
        else:
            older = (column.year or 0) < (winner.year or 0)
            yield replace(column, use=Use.OLDER if older else Use.DOUBLED)
