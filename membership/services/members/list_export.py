"""The list of members as a file: the rows of the filter with their sums.

Columns in their order: number, company, street, postcode, city, e-mail for invoices, category, dues class, employees,
dues of the year, payment method, open amount, status, first day, last day.
Source: `ux.md` 4 "Exports"; INV-36.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from membership.domain.errors import N_
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries.members import MemberLine
from membership.services.exports import Column, File, FileCell, Format, Kind, file_name, list_file
from membership.wording import Wording

_COLUMNS: Final = (
    (N_("Number"), Kind.TEXT),
    (N_("Company"), Kind.TEXT),
    (N_("Street"), Kind.TEXT),
    (N_("Postcode"), Kind.TEXT),
    (N_("City"), Kind.TEXT),
    (N_("E-mail for invoices"), Kind.TEXT),
    (N_("Category"), Kind.TEXT),
    (N_("Dues class"), Kind.TEXT),
    (N_("Employees"), Kind.NUMBER),
    (N_("Dues for %(year)s"), Kind.AMOUNT),
    (N_("Payment method"), Kind.TEXT),
    (N_("Open"), Kind.AMOUNT),
    (N_("Status"), Kind.TEXT),
    (N_("Member since"), Kind.DATE),
    (N_("Last day"), Kind.DATE),
)


class FileColumn(NamedTuple):
    """A column that a person chose: its heading, already worded, its kind, and its cell."""

    heading: str
    kind: Kind
    cell: Callable[[WordedLine], FileCell]


_FIXED: Final = 2
"""Number and name stand first in each choice of columns."""


@dataclass(frozen=True, slots=True)
class WordedLine:
    """A row with the words for its codes."""

    row: MemberLine
    category: str
    method: str
    state: str

    def cells(self) -> tuple[FileCell, ...]:
        """Return the cells in the order of the columns."""
        row = self.row
        return (
            row.number, row.name, row.street, row.postcode, row.city, row.email, self.category, row.dues_class or "",
            row.headcount, row.dues_cents, self.method, row.open_cents, self.state, row.start, row.end,
        )  # fmt: skip


def member_file(
    lines: Sequence[WordedLine],
    *,
    form: Format,
    year: int,
    filters: str,
    words: Wording,
    today: date,
    created: datetime,
    columns: Sequence[FileColumn] | None = None,
) -> File:
    """Return the rows as a file with a row of sums; `filters` says in words which rows they are.

    `columns` stand behind number and name; without them the file has all columns.
    """
    title = words.text("Members %(year)s", year=str(year))
    heads = [Column(words.text(heading, year=str(year)), kind) for heading, kind in _COLUMNS]
    rows: list[tuple[FileCell, ...]] = [line.cells() for line in lines]
    if columns is not None:
        heads = [*heads[:_FIXED], *(Column(column.heading, column.kind) for column in columns)]
        rows = [(*line.cells()[:_FIXED], *(column.cell(line) for column in columns)) for line in lines]
    return list_file(
        heads,
        rows,
        form=form,
        name=file_name(title, today),
        words=words,
        sheet=words.text("Members"),
        lines=(title, filters, words.text("As of %(day)s", day=today)),
        totals=_totals(heads, rows, words),
        created=created,
    )


def _totals(heads: Sequence[Column], rows: Sequence[Sequence[FileCell]], words: Wording) -> list[FileCell]:
    """Return the row of sums: of amounts only."""
    totals: list[FileCell] = [None] * len(heads)
    for place, head in enumerate(heads):
        if head.kind is Kind.AMOUNT:
            totals[place] = sum(cents for row in rows if isinstance(cents := row[place], int))
    totals[0] = words.text("Sum")
    return totals


def note_export(session: Session, *, form: str, today: date) -> None:
    """Note in the audit log that the list was taken out."""
    require(actor_of(session), "report.members")
    facts = {"form": form, "as_of": today.isoformat()}
    chain.note(session, "member.export", "members", today.year, facts=facts)
