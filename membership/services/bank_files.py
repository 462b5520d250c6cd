"""Bank files as the outside asks for them: read without a database.

Source: `interfaces.md` "bank read".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from membership.domain.banking.lines import BankFile
from membership.domain.errors import N_
from membership.domain.member_lists.values import cell_text
from membership.gateways import bank_files
from membership.gateways.bank_files import errors
from membership.gateways.tables import read_table

UnknownFile = errors.UnknownFile
COMMAND_LIMIT = bank_files.Limits().file_bytes
SHOWN: Final = 12
"""So many rows of a list are shown where its columns are chosen."""
FEWEST: Final = 2
"""A list of entries has a day and an amount at least."""
COLUMN_ROLES: Final = {
    "booked": N_("Booking day"),
    "value": N_("Value date"),
    "amount": N_("Amount"),
    "debit": N_("Amount that went out"),
    "credit": N_("Amount that came in"),
    "sign": N_("Debit or credit"),
    "currency": N_("Currency"),
    "name": N_("Name of the other side"),
    "iban": N_("IBAN of the other side"),
    "text": N_("Text of the transfer"),
    "booking_text": N_("Kind of entry"),
    "end_to_end_id": N_("Reference of the payer"),
}
"""What a column can mean, in the words of a mapping file -> how a page says it."""


def read_bank_file(data: bytes, *, filename: str, mapping: str = "") -> BankFile:
    """Return what a bank file holds; `mapping` is the text of a mapping file for CSV lists that are not known.

    Raises one `InputError` for what is no bank file, and for a file with an entry that cannot be read.
    """
    chosen = bank_files.read_mapping(mapping) if mapping else None
    return bank_files.read_bank_file(data, filename=filename, mapping=chosen)


def list_cells(data: bytes, *, filename: str) -> list[tuple[int, list[str]]]:
    """Return the first rows of a CSV list as they stand there, each with its number; none of what is no such list."""
    table = read_table(data, filename=filename)
    if not table.separator or table.width < FEWEST:
        return []
    return [
        (row.number, [*map(cell_text, row.values), *[""] * (table.width - len(row.values))])
        for row in table.rows[:SHOWN]
    ]


def mapping_of(roles: Mapping[int, str], cells: Sequence[tuple[int, list[str]]], *, heading_row: int) -> str:
    """Return the text of a mapping file: what each column means, by its heading where that is one of a kind.

    Args:
        roles: place of a column, from 0 -> what it means (`COLUMN_ROLES`).
        cells: the first rows of the list.
        heading_row: the number of the row with the headings; 0: there are none.
    """
    heads = next((values for number, values in cells if number == heading_row), [])
    lines = ["[columns]"]
    for place, role in sorted(roles.items()):
        heading = heads[place] if place < len(heads) else ""
        is_name = heading and heads.count(heading) == 1 and not heading.isdigit()
        lines.append(
            f"{json.dumps(heading if is_name else str(place + 1), ensure_ascii=False)} = {json.dumps(role)}"
        )
    return "\n".join([*lines, "[format]", f"headings = {heading_row}", ""])
