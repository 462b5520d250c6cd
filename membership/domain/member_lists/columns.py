"""Which column of a list means what, and which of several columns for one field is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.member_lists.choices import Choices, heading_id
from membership.domain.member_lists.fields import LABELS, SEVERAL, Field, heading_year, is_english_heading
from membership.domain.member_lists.heads import column_letter, head_of
from membership.domain.member_lists.meanings import READ_USES, Use, meaning
from membership.domain.member_lists.values import cell_text
from membership.domain.tables import Table

_SAMPLES: Final = 3
_HALF: Final = 2
_POSTCODE: Final = re.compile(r"(?<!\d)\d{4,5}(?!\d)")
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


class FieldTwice(InputError):
    """Two columns are to fill one field; the value `column` is the second of them, counted from 0."""

    message = N_("Column %(other)s fills “%(field)s” already. Choose one of the two columns.")
    code = "field_twice"


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
        return self.field is not None and self.use in READ_USES

    @property
    def name(self) -> str:
        """Return the heading, else the letter by which a spreadsheet calls the column."""
        return self.heading or column_letter(self.index)


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
    head = head_of(table, choices)
    _check_chosen(head.headings, choices)
    samples = _samples(table, head.row)
    columns = [
        _column(index, heading, head.groups[index], choices, samples=samples.get(index, ()))
        for index, heading in enumerate(head.headings)
        if heading or samples.get(index)
    ]
    columns = _street_apart(columns)
    english = sum(is_english_heading(heading) for heading in head.headings)
    known = sum(column.field is not None for column in columns)
    return ColumnMapping(
        columns=tuple(_settle(columns, table.hidden_columns)),
        head_row=head.row,
        is_head_found=head.score > 0,
        is_english=english * _HALF > known,
        values=choices.values,
    )


def require_distinct(fields: Mapping[int, Field | None]) -> None:
    """Refuse two columns for one field, except where several may fill it."""
    first: dict[Field, int] = {}
    for index, chosen in sorted(fields.items()):
        if chosen is not None and chosen not in SEVERAL and first.setdefault(chosen, index) != index:
            raise FieldTwice(column=index, field=LABELS[chosen], other=column_letter(first[chosen]))


def require_columns(mapping: ColumnMapping) -> None:
    """Refuse a mapping without a company's name, or without both address and mail."""
    if not mapping.has(Field.NAME):
        raise NoCompanyColumn
    if not mapping.has(*REACHING):
        raise NoAddressColumn


def _column(
    index: int, heading: str, group: str, choices: Choices, *, samples: tuple[str, ...]
) -> ListColumn:
    found, use = meaning(index, heading, group, choices)
    return ListColumn(index, heading, found, use, heading_year(heading), samples)


def _check_chosen(headings: tuple[str, ...], choices: Choices) -> None:
    present = {heading_id(heading) for heading in headings if heading}
    for key, heading in choices.headings.items():
        if key not in present:
            raise HeadingMissing(heading=heading, where=f"/columns/{heading}")


def _street_apart(columns: list[ListColumn]) -> list[ListColumn]:
    """Return the columns with a heading such as “Anschrift” read as the street where the place stands elsewhere.

    That is so when a sample holds no postcode, and when postcode and city have columns of their own that are read.
    A person's choice, and a street in another column, are left alone.
    """
    known = {column.field for column in columns if column.is_used}
    if Field.STREET in known:
        return columns
    has_place = Field.PLACE in known or {Field.POSTCODE, Field.CITY} <= known
    return [
        replace(column, field=Field.STREET)
        if column.field is Field.ADDRESS
        and column.use is Use.TAKEN
        and _is_street(column, has_place=has_place)
        else column
        for column in columns
    ]


def _is_street(column: ListColumn, *, has_place: bool) -> bool:
    """Return whether samples are streets; whole addresses beside a column of the place stay whole addresses."""
    whole = sum(bool(_POSTCODE.search(sample)) for sample in column.samples)
    return bool(column.samples) and (whole == 0 or (has_place and whole * _HALF < len(column.samples)))


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
        if column is winner or (column.use is Use.CHOSEN and column.field in SEVERAL):
            yield column
        elif column.index in hidden and winner.index not in hidden:
            yield replace(column, use=Use.HIDDEN)
        elif column.field in SEVERAL and (column.year or 0) == (winner.year or 0):
            yield column
        else:
            older = (column.year or 0) < (winner.year or 0)
            yield replace(column, use=Use.OLDER if older else Use.DOUBLED)
