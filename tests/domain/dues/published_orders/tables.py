"""Rows as a published order prints them."""

from __future__ import annotations

HALF = {"join": "HALF", "cutoff": "06-30"}


def rows(*pairs, over=False):
    """Rows from (bound, amount); `over`: bounds are "up to and including", so each row starts above the one before."""
    table = []
    for bound, amount in pairs:
        row = {"from": bound, "amount": f"{amount}.00" if isinstance(amount, int) else amount}
        table.append({**row, "exclusive": True} if over and bound else row)
    return table


def flat(basis, *pairs, over=False, **options):
    return {"method": "BANDS_FLAT", "basis": basis, "rows": rows(*pairs, over=over), **options}
