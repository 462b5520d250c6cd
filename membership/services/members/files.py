"""Member lists as files: read and understood, and the rows that stay out written as a file to correct.

Source: `ux.md` 6.4; `interfaces.md` "members import".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.dues.schedule.bases import default_basis
from membership.domain.member_lists import (
    BASES,
    LABELS,
    Choices,
    ColumnMapping,
    Field,
    ListColumn,
    MemberList,
    read_members,
    recognise_columns,
    rejected_rows_table,
)
from membership.domain.member_lists.choices import heading_id
from membership.domain.member_lists.fields import field_of_word
from membership.domain.reference_days import day_meant
from membership.domain.tables import Table, with_corrections
from membership.gateways.tables import Limits, read_table
from membership.persistence.queries import members as queries
from membership.services.dues import known_sizes
from membership.services.exports import Column, File, Format, Kind, list_file
from membership.services.members.planning import ImportPlan
from membership.wording import Wording

PAGE_LIMIT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read; empty values are found out.

    Args:
        sheet: name of a sheet of an XLSX file.
        encoding: of a CSV file.
        separator: of a CSV file.
        choices: what a person decided about columns and words.
        corrections: (row number, column from 0) -> new text of a cell.
    """

    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    choices: Choices = field(default_factory=Choices)
    corrections: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadList:
    """A file as it was understood: its cells, the meaning of its columns, its members."""

    table: Table
    mapping: ColumnMapping
    members: MemberList


def read_file(
    data: bytes, reading: Reading, *, filename: str, max_bytes: int = PAGE_LIMIT
) -> tuple[Table, ColumnMapping]:
    """Return the cells of a file and what its columns mean; every unreadable file raises one `InputError`."""
    table = read_table(
        data,
        filename=filename,
        sheet=reading.sheet,
        encoding=reading.encoding,
        separator=reading.separator,
        limits=Limits(file_bytes=max_bytes),
    )
    table = with_corrections(table, reading.corrections)
    return table, recognise_columns(table, choices=reading.choices)


def read_list(
    session: Session,
    data: bytes,
    reading: Reading,
    *,
    filename: str,
    today: date,
    max_bytes: int = PAGE_LIMIT,
) -> ReadList:
    """Return the members of a file: good rows as drafts, the others with their problems."""
    table, mapping = read_file(data, reading, filename=filename, max_bytes=max_bytes)
    members = read_members(table, mapping, categories=category_words(session), today=today)
    return ReadList(table, mapping, members)


def category_words(session: Session) -> dict[str, tuple[str, ...]]:
    """Return code -> names of each category, by which a list may call it."""
    return {row.code: (row.name_de, row.name_en) for row in queries.list_categories(session)}


def named_years(mapping: ColumnMapping, *, said: date | None = None) -> frozenset[str]:
    """Return the bases whose column names a year; with a day that a person said, those are all."""
    return frozenset(basis.value for basis in BASES if said or _year_of(mapping, basis) is not None)


def value_days(
    session: Session, mapping: ColumnMapping, today: date, *, said: date | None = None
) -> dict[str, date]:
    """Return basis -> the day its column speaks of: the reference day of the year in its heading, else the last one.

    Without a fee schedule, and where it names no day, that is the end of a year. `said` is the day that a person
    names for the columns without a year.
    """
    known = known_sizes(session, today.year)

    def day(basis: Field) -> date:
        year = _year_of(mapping, basis)
        if said is not None and year is None:
            return said
        return day_meant(known.get(basis.value) or default_basis(basis.value), today, year=year)

    return {basis.value: day(basis) for basis in BASES}


def undated_size(mapping: ColumnMapping) -> str | None:
    """Return the first basis whose column names no year; None when there is no such column."""
    return next((b.value for b in BASES if mapping.of(b) and _year_of(mapping, b) is None), None)


def _year_of(mapping: ColumnMapping, basis: Field) -> int | None:
    columns = mapping.of(basis)
    return columns[0].year if columns else None


def chosen_columns(table: Table, choices: Choices) -> dict[str, str]:
    """Return heading -> word of the field (empty: left out) of each column about which a person decided.

    That is where it differs from what the headings alone say, or from what was offered. A heading that stands in the
    list twice says nothing about the next list.
    """
    final = recognise_columns(table, choices=choices)
    offered = recognise_columns(table, choices=replace(choices, places={}))
    plain = recognise_columns(
        table, choices=Choices(head_row=final.head_row if final.is_head_found else None)
    )
    headings = [column.heading for column in final.columns]
    return {
        column.heading: _word(column)
        for column, guess, bare in zip(final.columns, offered.columns, plain.columns, strict=True)
        if headings.count(column.heading) == 1
        and column.heading
        and {_word(guess), _word(bare)} != {_word(column)}
    }


def _word(column: ListColumn) -> str:
    return column.field.value if column.field is not None and column.is_used else ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What people decided for earlier lists, the newest decision of each: what was undone says nothing.

    Args:
        columns: key of a heading -> field, None for a column that is left out.
        words: key of a word -> code of the category it means.
    """

    columns: Mapping[str, Field | None] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


def choices_as_remembered(session: Session) -> Choices:
    """Return the choices for a list about which nobody decides anything: what was decided for earlier ones."""
    remembered = remembered_choices(session)
    values = {Field.CATEGORY: remembered.words} if remembered.words else {}
    return Choices(values=values, remembered=remembered.columns)


def remembered_choices(session: Session) -> Remembered:
    """Return what the last imports say about headings and words."""
    columns: dict[str, Field | None] = {}
    words: dict[str, str] = {}
    for row in queries.list_imports(session):
        if row.undone_at is None:
            for heading, word in row.counts.get("columns", {}).items():
                columns.setdefault(heading_id(heading), field_of_word(word) if word else None)
            words = {**row.counts.get("words", {}), **words}
    return Remembered(columns, words)


def rejected_file(found: ReadList, plan: ImportPlan, *, words: Wording, name: str, created: datetime) -> File:
    """Return the rows that stay out as XLSX, with their cells and a last column “Problem”."""
    members = replace(found.members, problems=plan.problems)
    rejected = rejected_rows_table(found.table, found.mapping, members, worded=words.value)
    columns = [Column(heading, Kind.ANY) for heading in rejected.headings[:-1]]
    columns.append(Column(rejected.headings[-1], Kind.TEXT, 60))
    return list_file(
        columns,
        rejected.rows,
        form=Format.XLSX,
        name=name,
        words=words,
        sheet=words.text("Rejected rows"),
        created=created,
    )


_SAMPLE: Final = (
    ("M0001", "Muster Blechformteile GmbH", "Ordentliches Mitglied", "Werftstraße 12", "26382", "Musterhafen",
     "buchhaltung@muster-blech.example", "Maren Brandt", 126, date(2014, 4, 1), 180000, None),
    ("M0002", "Hochschule Musterhafen", "Wissenschaft", "Am Campus 1", "26382", "Musterhafen",
     "rechnung@hs-musterhafen.example", "Dr. Heiko Cordes", None, date(2021, 1, 1), 50000, 50000),
)  # fmt: skip
_SAMPLE_FIELDS: Final = (
    Field.NUMBER, Field.NAME, Field.CATEGORY, Field.STREET, Field.POSTCODE, Field.CITY, Field.INVOICE_EMAIL,
    Field.CONTACT, Field.HEADCOUNT, Field.START, Field.PREVIOUS, Field.OPEN,
)  # fmt: skip
_SAMPLE_KINDS: Final = {
    Field.HEADCOUNT: Kind.NUMBER,
    Field.START: Kind.DATE,
    Field.PREVIOUS: Kind.AMOUNT,
    Field.OPEN: Kind.AMOUNT,
}


def sample_file(words: Wording) -> File:
    """Return a small list as people may fill it in; it can be imported as it stands."""
    columns = [Column(words.value(LABELS[one]), _SAMPLE_KINDS.get(one, Kind.TEXT)) for one in _SAMPLE_FIELDS]
    sheet = words.text("Members")
    return list_file(
        columns, _SAMPLE, form=Format.XLSX, name=words.text("member-list-sample"), words=words, sheet=sheet
    )
