"""Numbers of a list (heads, turnover, square metres) and amounts, in German and English notation."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from membership.domain.errors import InputError
from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.member_lists.fields import Field
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.money import MAX_TYPED_CENTS, Money, parse_amount
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Value

MAX_BASIS: Final = 10**13
_GERMAN: Final = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+|\d{1,15})(?:,(\d{1,6}))?", re.ASCII)
_GERMAN_FOR_SURE: Final = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+|\d{1,15})(?:,(\d{1,2}))?", re.ASCII)
_ENGLISH: Final = re.compile(r"([1-9]\d{0,2}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)
_ENGLISH_FOR_SURE: Final = re.compile(r"([1-9]\d{0,2}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_SPACED: Final = re.compile(r"([1-9]\d{0,2}(?:[ '’]\d{3})+)(?:[.,](\d{1,2}))?", re.ASCII)
_SPACED_WHOLE: Final = re.compile(r"(?<!\d)[1-9]\d{0,2}(?:[ '’]\d{3})+(?!\d)", re.ASCII)
_OTHER_DECIMALS: Final = re.compile(r"0[.,]\d{3,}", re.ASCII)
_ABOUT: Final = re.compile(r"(?:ca\.?|circa|etwa|rund|ungefähr|approx\.?|about|~|≈)\s*(?=\d)", re.IGNORECASE)
_RANGE: Final = re.compile(r"\d\s*(?:-|–|—|bis|to|\.\.)\s*\d", re.IGNORECASE)
_UNITS: Final[dict[Field, str]] = {
    Field.HEADCOUNT: r"MA|Mitarbeiter(?:innen)?|Mitarbeitende|Beschäftigte|Personen|Pers\.?|Köpfe"
    r"|employees|staff|people",
    Field.FTE: r"VZÄ|VZK|FTE|MA|Vollzeitstellen|Stellen",
    Field.TURNOVER: r"€|EUR|Euro",
    Field.SITES: r"Standorte?|Filialen?|sites?",
    Field.AREA: r"m²|m2|qm|sqm",
    Field.INHABITANTS: r"EW|Einwohner|inhabitants",
}
_FACTORS: Final = (
    (re.compile(r"\s*(?:Mrd\.?|bn)\s*(?:€|EUR|Euro)?$", re.IGNORECASE), 10**9),
    (re.compile(r"\s*(?:Mio\.?|Millionen|million|m)\s*(?:€|EUR|Euro)?$", re.IGNORECASE), 10**6),
    (re.compile(r"\s*(?:T€|TEUR|Tsd\.?\s*(?:€|EUR|Euro)?|k€)$", re.IGNORECASE), 1000),
)
_UNCLEAR: Final = phrase("It is not clear whether the sign marks thousands or decimals.")
_EXPECTED: Final = phrase("a number such as 120 or 1.250")


def read_number(value: Value, field: Field, *, english: bool) -> Reading[Fraction]:
    """Return a basis value exactly; `ca. 120` with a warning, never a range, a percentage or less than nothing.

    `english` says that the headings are English: `1,250` is a thousand then. In a German list `1.250` is one,
    and the other notation is refused, never guessed.

    Source: `reliability.md` 5.12 no. 61 (a plain decimal up to 10¹³), `ux.md` 4 "Formats".
    """
    if isinstance(value, int | Decimal):
        return Reading(_in_range(Fraction(value)))
    text = cell_text(value)
    about = _ABOUT.match(text)
    bare = re.sub(
        rf"\s*(?:{_UNITS[field]})$", "", text[about.end() :] if about else text, flags=re.IGNORECASE
    )
    factor = 1
    if field is Field.TURNOVER:
        bare, factor = _without_factor(text[about.end() :] if about else text, bare)
    number = _in_range(_number(bare.strip(), english=english) * factor)
    warning = phrase("An approximate value, read as %(number)s.", number=number) if about else None
    return Reading(number, warning)


def _without_factor(text: str, bare: str) -> tuple[str, int]:
    for pattern, factor in _FACTORS:
        if match := pattern.search(text):
            return text[: match.start()], factor
    return bare, 1


def _in_range(number: Fraction) -> Fraction:
    if number < 0:
        raise _refused(phrase("A number below zero is not possible here."))
    if number > MAX_BASIS:
        raise _refused(phrase("The number is too large."))
    return number


def _number(text: str, *, english: bool) -> Fraction:
    """Return the number of a text; the other notation counts only where it cannot be mistaken."""
    own = _read_as(_ENGLISH if english else _GERMAN, text)
    other = _read_as(_GERMAN_FOR_SURE if english else _ENGLISH_FOR_SURE, text)
    if own is not None and other is not None and own != other and own.denominator != 1:
        raise _refused(_UNCLEAR)
    for reading in (own, other, _read_as(_SPACED, text)):
        if reading is not None:
            return reading
    raise _refused(_reason(text))


def _read_as(pattern: re.Pattern[str], text: str) -> Fraction | None:
    match = pattern.fullmatch(text)
    if match is None:
        return None
    whole, decimals = match.groups()
    digits = re.sub(r"\D", "", whole) + (decimals or "")
    return Fraction(int(digits), 10 ** len(decimals or ""))


def _reason(text: str) -> Phrase:
    """Return why a text is no number, in the words that help most."""
    if text.startswith(("-", "−")) and text[1:2].isdigit():
        return phrase("A number below zero is not possible here.")
    if _OTHER_DECIMALS.fullmatch(text):
        return _UNCLEAR
    if text.startswith("="):
        return phrase(
            "The formula has no stored value. Open the file in your spreadsheet program and save it."
        )
    if _RANGE.search(text):
        return phrase("A range is not a number.")
    if "%" in text:
        return phrase("A percentage is not a number of units.")
    return phrase("This is not a number.")


def _refused(problem: Phrase) -> Unreadable:
    return Unreadable(ProblemKind.NUMBER, problem, _EXPECTED)


_FREE: Final = frozenset({"frei", "beitragsfrei", "kostenfrei", "free"})
_AMOUNT_EXPECTED: Final = phrase("an amount such as 1.234,56")


def read_amount(value: Value, *, english: bool) -> Reading[Money]:
    """Return an amount of money; `1.234,56`, in an English list `1,234.56` too; `beitragsfrei` is zero."""
    text = cell_text(value).replace("\N{EURO SIGN}", " ").replace("EUR", " ").strip()
    if isinstance(value, int | Decimal):
        return Reading(Money(_cents(Fraction(value))))
    if text.casefold() in _FREE:
        return Reading(Money(0))
    packed = _SPACED_WHOLE.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    packed = packed.removesuffix(",-").removesuffix(",--").removesuffix(",–")
    if english and _ENGLISH.fullmatch(packed):
        packed = packed.replace(",", "")
    return Reading(Money(_guarded(parse_amount, packed)))


def _cents(amount: Fraction) -> int:
    cents = amount * 100
    if abs(cents) > MAX_TYPED_CENTS:
        raise Unreadable(ProblemKind.AMOUNT, phrase("The amount is too large."), _AMOUNT_EXPECTED)
    if cents.denominator != 1:
        raise Unreadable(ProblemKind.AMOUNT, phrase("An amount has at most two decimals."), _AMOUNT_EXPECTED)
    return cents.numerator


def _guarded(parse: Callable[[str], int], text: str) -> int:
    try:
        return parse(text)
    except InputError as error:
        raise Unreadable(ProblemKind.AMOUNT, phrase("This is not an amount."), _AMOUNT_EXPECTED) from error
