"""A sum in a bank's list and the rows below it that say only what it is made of -> one entry for each part."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from membership.domain.banking.lines import Entry
from membership.gateways.bank_files.csv_columns import Columns, Role
from membership.gateways.bank_files.csv_rows import Habits, read_row

_AMOUNTS = (Role.AMOUNT, Role.DEBIT, Role.CREDIT)


def is_part(cells: Sequence[str], columns: Columns) -> bool:
    """Return whether a row has no amount of its own, only one that is part of the sum above it."""
    place = columns.one(Role.PART)
    if place is None or place >= len(cells) or not cells[place].strip():
        return False
    own = [index for role in _AMOUNTS for index in columns.places.get(role, ())]
    return bool(own) and not any(cells[index].strip() for index in own if index < len(cells))


def parts_of(
    whole: Entry, rows: Sequence[tuple[Sequence[str], int]], columns: Columns, habits: Habits
) -> list[Entry] | None:
    """Return an entry for each part with the sign of the sum, None when they do not come to it.

    Raises `Trouble` for a part that cannot be read.
    """
    role = Role.AMOUNT if Role.AMOUNT in columns.places else Role.DEBIT if whole.amount < 0 else Role.CREDIT
    here, there = columns.one(Role.PART), columns.one(role)
    assert here is not None
    assert there is not None
    found = []
    for cells, line in rows:
        filled = list(cells)
        filled[there] = cells[here]
        _account, entry = read_row(filled, line, columns, habits)
        amount = abs(entry.amount) if whole.amount > 0 else -abs(entry.amount)
        found.append(entry._replace(amount=amount, status=whole.status))
    return found if sum((each.amount for each in found), Decimal()) == whole.amount else None
