"""Who has declared what for a dues year, at the end of a day.

Source: REP-11; `ux.md` 8.2 "Self-declarations".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from membership.domain.declarations.states import DeclarationState
from membership.domain.errors import N_
from membership.domain.phrases import Phrase
from membership.domain.reports.tables import Column, Kind, Table


@dataclass(frozen=True, slots=True)
class DeclaredSize:
    """One size of one member: what was known before, what it declared or what counts instead, and its dues class.

    `declared` is None while nothing counts for the year.
    """

    member: str
    name: str
    basis: str
    previous: Fraction | None
    declared: Fraction | None
    band_from: Phrase | None
    band_to: Phrase | None
    state: DeclarationState


COLUMNS: Final = (
    Column("member", N_("Member no.")),
    Column("name", N_("Company")),
    Column("basis", N_("Size")),
    Column("previous", N_("Before"), Kind.SIZE),
    Column("declared", N_("Declared"), Kind.SIZE),
    Column("band_from", N_("Dues class before")),
    Column("band_to", N_("Dues class")),
    Column("state", N_("Status")),
)


def declarations_table(rows: Iterable[DeclaredSize]) -> Table:
    """Return REP-11: one row a member and size, by member number; nothing is added up."""
    found = sorted(rows, key=lambda row: (row.member, row.basis))
    cells = tuple(
        (
            row.member, row.name, row.basis, row.previous, row.declared, row.band_from, row.band_to,
            str(row.state),
        )
        for row in found
    )  # fmt: skip
    return Table(COLUMNS, cells, (None,) * len(COLUMNS))
