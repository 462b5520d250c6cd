"""Numbers as people type them into a field: `1.234`, `12,5`, `1234.56`; what could mean two things is refused.

Source: `ux.md` 4 "Formats".
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from membership.domain.errors import N_, InputError

_GERMAN: Final = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+|\d{1,15})(?:,(\d{1,2}))?", re.ASCII)
_PLAIN: Final = re.compile(r"(\d{1,15})\.(\d{1,2})", re.ASCII)

_EXACT: Final = re.compile(r"\d{1,15}(?:\.\d{1,9}|/[1-9]\d{0,8})?", re.ASCII)


class NumberWrong(InputError):
    """A typed number that is not clearly one."""

    message = N_("“%(text)s” is not a number. Write it like 1.234 or 12,5.")
    code = "number"


def typed_number(text: str) -> Fraction:
    """Return the number of at most two decimals that was typed; raise `NumberWrong` for anything else."""
    match = _GERMAN.fullmatch(text.strip()) or _PLAIN.fullmatch(text.strip())
    if match is None:
        raise NumberWrong(text=text)
    whole, decimals = match.groups()
    return Fraction(f"{whole.replace('.', '')}.{decimals or 0}")


def exact_number(text: str) -> Fraction:
    """Return a number as the program itself writes it into an address: `37`, `12.5`, `7/2`; raise `NumberWrong`.

    `Fraction()` alone would take `1e999999999` and work on it for hours.
    """
    if _EXACT.fullmatch(text) is None:
        raise NumberWrong(text=text[:100])
    return Fraction(text)
