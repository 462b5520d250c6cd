"""Where an account lies: within the EEA, elsewhere in the SEPA (a BIC and an address are needed then), or outside.

Source: EPC409-09 (countries of the SEPA schemes, 2026); SEPA-3, SEPA-10.
"""

from __future__ import annotations

from typing import Final

EEA: Final = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""The countries of the European Economic Area, by the first two signs of an IBAN."""
_OTHERS: Final = frozenset({"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"})


def is_in_eea(iban: str) -> bool:
    """Return whether an account lies within the EEA: then neither BIC nor address is needed."""
    return iban[:2] in EEA


def is_in_sepa(iban: str) -> bool:
    """Return whether an account can be debited at all."""
    return iban[:2] in EEA | _OTHERS
