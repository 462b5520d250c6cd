"""Amounts, numbers and dates as people read them, in German and English.

Source: `ux.md` 4 "Formats": no-break space before the sign of a unit, U+2212 as minus.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

Language = Literal["de", "en"]

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def _grouped(whole: int, language: Language) -> str:
    text = f"{whole:,}"
    return text.replace(",", ".") if language == "de" else text


def plain_amount(cents: int, language: Language) -> str:
    """Return `1.234,56` or `1,234.56`, without a sign of currency."""
    whole, rest = divmod(abs(cents), 100)
    comma = "," if language == "de" else "."
    return f"{MINUS if cents < 0 else ''}{_grouped(whole, language)}{comma}{rest:02d}"


def amount(cents: int, language: Language) -> str:
    """Return `1.234,56 €` or `€1,234.56`; a negative amount carries U+2212."""
    text = plain_amount(cents, language)
    if language == "de":
        return f"{text}{NBSP}€"
    return f"{MINUS}€{text[1:]}" if cents < 0 else f"€{text}"


def number(value: Decimal | Fraction | int, language: Language) -> str:
    """Return a number with its decimals, at most six places and no trailing zeros: `1.234,5`."""
    exact = Fraction(value)
    micros = round(abs(exact) * 1_000_000)
    whole, rest = divmod(micros, 1_000_000)
    decimals = f"{rest:06d}".rstrip("0")
    comma = "," if language == "de" else "."
    sign = MINUS if exact < 0 else ""
    return f"{sign}{_grouped(whole, language)}{comma + decimals if decimals else ''}"


def short_date(day: date, language: Language) -> str:
    """Return `16.02.2027` or `16 Feb 2027`."""
    if language == "de":
        return f"{day.day:02d}.{day.month:02d}.{day.year}"
    return f"{day.day}{NBSP}{_MONTHS['en'][day.month - 1][:3]}{NBSP}{day.year}"


def long_date(day: date, language: Language) -> str:
    """Return `16. Februar 2027` or `16 February 2027`."""
    dot = "." if language == "de" else ""
    return f"{day.day}{dot}{NBSP}{_MONTHS[language][day.month - 1]}{NBSP}{day.year}"


def month_name(day: date, language: Language) -> str:
    """Return the month of a day: `Januar`."""
    return _MONTHS[language][day.month - 1]


def in_fours(text: str) -> str:
    """Return an IBAN or RF reference in groups of four."""
    packed = text.replace(" ", "")
    return " ".join(packed[i : i + 4] for i in range(0, len(packed), 4))
