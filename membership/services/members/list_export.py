"""The list of members as a file: the rows of the filter with their sums.

Columns in their order: number, company, street, postcode, city, e-mail for invoices, category, dues class, employees,
dues of the year, payment method, open amount, status, first day, last day.
Source: `ux.md` 4 "Exports"; INV-36.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

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
) -> File:
    """Return the rows as a file with a row of sums; `filters` says in words which rows they are."""
    title = words.text("Members %(year)s", year=str(year))
    totals: list[FileCell] = [None] * len(_COLUMNS)
    totals[0] = words.text("Sum")
    totals[9] = sum(line.row.dues_cents or 0 for line in lines)
    totals[11] = sum(line.row.open_cents for line in lines)
    return list_file(
        [Column(words.text(heading, year=str(year)), kind) for heading, kind in _COLUMNS],
        [line.cells() for line in lines],
        form=form,
        name=file_name(title, today),
        words=words,
        sheet=words.text("Members"),
        lines=(title, filters, words.text("As of %(day)s", day=today)),
        totals=totals,
        created=created,
    )


def note_export(session: Session, *, form: str, today: date) -> None:
    """Note in the audit log that the list was taken out."""
    require(actor_of(session), "report.members")
    facts = {"form": form, "as_of": today.isoformat()}
    chain.note(session, "member.export", "members", today.year, facts=facts)
