"""The bank behind an IBAN: name and BIC from the directory that `schwifty` carries; nothing is asked on the net."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException


@dataclass(frozen=True, slots=True)
class Bank:
    """Name and BIC of a bank."""

    name: str
    bic: str


@cache
def find_bank(iban: str) -> Bank | None:
    """Return the bank of an IBAN, None when the directory does not know it."""
    try:
        known = IBAN(iban)
        name, bic = known.bank_short_name or known.bank_name, known.bic
    except (SchwiftyException, ValueError):
        return None
    return Bank(name=name or "", bic=str(bic) if bic else "") if name or bic else None
