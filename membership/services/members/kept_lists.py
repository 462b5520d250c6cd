"""A kept list with what a person decided about it: read accordingly, compared with the books, taken in as it was seen.

Source: `ux.md` 6.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict
from membership.domain.member_lists import (
    Choices,
    ColumnMapping,
    Field,
    recognise_columns,
    require_columns,
    require_distinct,
)
from membership.domain.policy import require
from membership.domain.tables import Table
from membership.persistence.db import actor_of
from membership.services import uploads
from membership.services.members import files
from membership.services.members.comparing import ImportRules, KnownMembers
from membership.services.members.importing import IMPORT, ListFile, import_members


class PlanChanged(Conflict):
    """The books are not those that the check page was made of."""

    message = N_(
        "Members were changed in the meantime, so the list would do something else now. Please check it again."
    )
    code = "plan_changed"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided about a list so far; empty values are found out.

    Args:
        sheet: name of the sheet.
        encoding: of a CSV file.
        separator: of a CSV file.
        head_row: number of the row with the headings, 0 for none.
        is_head_offered: the head row is a guess that nothing confirms yet.
        columns: column from 0 -> field, None for a column that is left out; all columns, or none before the choice.
        known: what happens with members in the books.
        category: the category of members for whom the list names none.
        sizes_on: the day of which the sizes are whose heading names no year.
        cells: (row number, column from 0) -> text as a person corrected it.
        words: key of a word of the list -> code of the category it means.
    """

    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    head_row: int | None = None
    is_head_offered: bool = False
    columns: Mapping[int, Field | None] = field(default_factory=dict)
    known: KnownMembers = KnownMembers.UPDATE
    category: str | None = None
    sizes_on: date | None = None
    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return the decisions as JSON."""
        return {
            "sheet": self.sheet,
            "encoding": self.encoding,
            "separator": self.separator,
            "head_row": self.head_row,
            "is_head_offered": self.is_head_offered,
            "columns": {str(index): chosen.value if chosen else "" for index, chosen in self.columns.items()},
            "known": str(self.known),
            "category": self.category,
            "sizes_on": self.sizes_on.isoformat() if self.sizes_on else None,
            "cells": [[row, column, text] for (row, column), text in self.cells.items()],
            "words": dict(self.words),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Decisions:
        """Return stored decisions."""
        if not kept:
            return cls()
        sizes_on = kept.get("sizes_on")
        return cls(
            **{
                **kept,
                "sizes_on": date.fromisoformat(sizes_on) if sizes_on else None,
                "columns": {int(key): Field(word) if word else None for key, word in kept["columns"].items()},
                "known": KnownMembers(kept["known"]),
                "cells": {(row, column): text for row, column, text in kept["cells"]},
            }
        )

    def reading(self, remembered: files.Remembered) -> files.Reading:
        """Return how the file is to be read; what was decided for this list goes before what is remembered."""
        words = {**remembered.words, **self.words}
        choices = Choices(
            values={Field.CATEGORY: words} if words else {},
            remembered=remembered.columns,
            places=self.columns,
            head_row=self.head_row,
        )
        return files.Reading(self.sheet, self.encoding, self.separator, choices, self.cells)


@dataclass(frozen=True, slots=True)
class ListColumns:
    """A kept list before its rows are read: cells, what its columns mean now, and what was offered for them."""

    name: str
    decisions: Decisions
    table: Table
    mapping: ColumnMapping
    offered: ColumnMapping


@dataclass(frozen=True, slots=True)
class KeptList:
    """A kept list as it was read; what names it (token and decisions) is its fingerprint."""

    token: str
    decisions: Decisions
    file: ListFile = field(repr=False)
    found: files.ReadList = field(repr=False)
    rules: ImportRules = field(repr=False)


def keep_list(session: Session, folder: Path, name: str, content: bytes) -> str:
    """Keep a file that can be read and return its token; a head that is only offered is noted as the choice so far."""
    remembered = files.remembered_choices(session)
    _table, mapping = files.read_file(content, Decisions().reading(remembered), filename=name)
    token = uploads.keep_upload(session, folder, name, content, right=IMPORT)
    if not mapping.is_head_found:
        offered = Decisions(head_row=mapping.head_row, is_head_offered=True)
        uploads.keep_decisions(session, folder, token, offered.stored(), right=IMPORT)
    return token


def decide(session: Session, folder: Path, token: str, decisions: Decisions) -> None:
    """Keep what was decided about a list."""
    uploads.keep_decisions(session, folder, token, decisions.stored(), right=IMPORT)


def decide_reading(session: Session, folder: Path, token: str, wanted: Decisions) -> Decisions:
    """Keep how a file is to be read, and return it; columns and corrections of another reading are forgotten.

    Raises what makes the file unreadable this way, and keeps nothing then. The head is looked for when none is named.
    """
    upload = uploads.get_upload(session, folder, token, right=IMPORT)
    remembered = files.remembered_choices(session)
    fresh = replace(wanted, columns={}, cells={}, words={}, is_head_offered=False)
    _table, mapping = files.read_file(upload.content, fresh.reading(remembered), filename=upload.name)
    if not mapping.is_head_found:
        fresh = replace(fresh, head_row=mapping.head_row, is_head_offered=True)
    decide(session, folder, token, fresh)
    return fresh


def decide_columns(session: Session, folder: Path, token: str, kept: ListColumns, wanted: Decisions) -> None:
    """Keep what the columns mean; refuse two columns for one field, and a list without what every list needs."""
    require_distinct(wanted.columns)
    require_columns(recognise_columns(kept.table, choices=wanted.reading(files.Remembered()).choices))
    decide(session, folder, token, replace(wanted, is_head_offered=False))


def get_columns(session: Session, folder: Path, token: str) -> ListColumns:
    """Return a kept list with its columns; rows are not looked at."""
    upload = uploads.get_upload(session, folder, token, right=IMPORT)
    decisions = Decisions.of(upload.decisions)
    reading = decisions.reading(files.remembered_choices(session))
    table, mapping = files.read_file(upload.content, reading, filename=upload.name)
    offered = recognise_columns(table, choices=replace(reading.choices, places={}))
    return ListColumns(upload.name, decisions, table, mapping, offered)


def get_list(session: Session, folder: Path, token: str, *, today: date) -> KeptList:
    """Return a kept list with its rows; raises when a column that every list needs is not assigned."""
    upload = uploads.get_upload(session, folder, token, right=IMPORT)
    decisions = Decisions.of(upload.decisions)
    reading = decisions.reading(files.remembered_choices(session))
    found = files.read_list(session, upload.content, reading, filename=upload.name, today=today)
    rules = ImportRules(
        today=today,
        category=decisions.category,
        known=decisions.known,
        value_days=files.value_days(session, found.mapping, today, said=decisions.sizes_on),
        named_years=files.named_years(found.mapping, said=decisions.sizes_on),
    )
    chosen = files.chosen_columns(found.table, reading.choices)
    file = ListFile(upload.name, upload.content, chosen, decisions.words)
    return KeptList(token, decisions, file, found, rules)


def import_list(session: Session, kept: KeptList, *, new: int, changed: int) -> dict[str, Any]:
    """Take a list in as `import_members` does; raise `PlanChanged` when it would not do what the person has seen."""
    require(actor_of(session), IMPORT)
    done = import_members(session, kept.found.members, file=kept.file, rules=kept.rules)
    if (done["new"], done["changed"]) != (new, changed):
        raise PlanChanged
    return done
