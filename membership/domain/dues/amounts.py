"""The amounts and bounds of a draft that a simple form can change; everything else is edited as a file.

A place is named by its JSON pointer below `/categories`. Source: `decisions.md` 39, DUE-8.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from membership.domain.errors import N_, DomainError, InputError
from membership.domain.money import decimal_text, parse_amount
from membership.domain.phrases import Phrase, phrase

Document = dict[str, Any]
NEW: Final = "new"
MOST_ROWS: Final = 40
_NUMBER = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+|\d{1,13})(?:,(\d{1,9}))?", re.ASCII)
_POINT = re.compile(r"(\d{1,13})\.(\d{1,9})", re.ASCII)


class NumberUnreadable(InputError):
    """A typed bound or rate that is not clearly one number."""

    message = N_("“%(text)s” is not a number. Write it like 1.000 or 2,5.")
    code = "number"


class AmountNegative(InputError):
    """An amount below zero in a fee schedule."""

    message = N_("An amount of a fee schedule is not negative.")
    code = "amount_negative"


class RowHalfEmpty(InputError):
    """A row of a table with only one of its two values."""

    message = N_("This row needs both values. Empty both to leave the row out.")
    code = "row_half"


class NoRows(InputError):
    """All rows of a table were emptied."""

    message = N_("A table needs at least one row.")
    code = "no_rows"


@dataclass(frozen=True, slots=True)
class Place:
    """One value that can be changed: its name in the form and what stands there, as a decimal string."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """One row of a table; `is_exclusive`: the bound itself belongs to the row before."""

    start: Place
    amount: Place
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class CategoryPlaces:
    """What of one category can be changed."""

    code: str
    singles: tuple[tuple[Phrase, Place], ...]
    rows: tuple[RowPlaces, ...]
    has_rates: bool


_SINGLES: Final[tuple[tuple[str, str, Phrase], ...]] = (
    ("FIXED", "amount", phrase("Amount a year")),
    ("BANDS_MARGINAL", "base", phrase("Base amount")),
    ("BANDS_MARGINAL", "min", phrase("Minimum")),
    ("BANDS_MARGINAL", "cap", phrase("Maximum")),
    ("BANDS_FLAT", "min", phrase("Minimum")),
    ("BANDS_FLAT", "cap", phrase("Maximum")),
    ("AGREED", "min", phrase("Minimum")),
)
_FEE = phrase("Admission fee, once")
_TABLES: Final = {"BANDS_FLAT": "amount", "BANDS_MARGINAL": "rate"}


def places_of(document: Mapping[str, Any]) -> tuple[CategoryPlaces, ...]:
    """Return what can be changed, category by category; one row more than there is, for a new one."""
    return tuple(
        found
        for code, rule in document["categories"].items()
        if (found := _category(code, rule)).singles or found.rows
    )


def places_in(category: CategoryPlaces) -> Iterator[Place]:
    """Yield every value of a category that can be changed."""
    yield from (place for _label, place in category.singles)
    for row in category.rows:
        yield from (row.start, row.amount)


def _category(code: str, rule: Mapping[str, Any]) -> CategoryPlaces:
    singles = [
        (label, Place(f"{code}/{key}", str(rule[key])))
        for method, key, label in _SINGLES
        if rule.get("method") == method and isinstance(rule.get(key), str | int)
    ]
    if isinstance(rule.get("admission_fee"), str | int):
        singles.append((_FEE, Place(f"{code}/admission_fee", str(rule["admission_fee"]))))
    key = _TABLES.get(rule.get("method", ""))
    rows = tuple(_rows(code, rule["rows"], key)) if key and _is_simple(rule["rows"], key) else ()
    return CategoryPlaces(code, tuple(singles), rows, has_rates=key == "rate")


def _is_simple(rows: list[Mapping[str, Any]], key: str) -> bool:
    """Return whether a table has nothing but a bound and one value in each row."""
    known = {"from", "exclusive", "label", key} | ({"per"} if key == "rate" else set())
    return all(set(row) <= known for row in rows) and len(rows) < MOST_ROWS


def _rows(code: str, rows: list[Mapping[str, Any]], key: str) -> Iterator[RowPlaces]:
    for index, row in enumerate(rows):
        name = f"{code}/rows/{index}"
        yield RowPlaces(
            Place(f"{name}/from", str(row["from"])),
            Place(f"{name}/{key}", str(row[key])),
            is_exclusive=bool(row.get("exclusive")),
        )
    name = f"{code}/rows/{NEW}"
    yield RowPlaces(Place(f"{name}/from", ""), Place(f"{name}/{key}", ""))


def with_amounts(
    document: Mapping[str, Any], typed: Mapping[str, str]
) -> tuple[Document, dict[str, DomainError]]:
    """Return the document with what was typed, and what is wrong with it by the name of the place."""
    changed = copy.deepcopy(dict(document))
    errors: dict[str, DomainError] = {}
    for category in places_of(document):
        rule = changed["categories"][category.code]
        for _label, place in category.singles:
            text = typed.get(place.name, place.value).strip()
            _try(errors, place.name, rule, read=_amount, text=text)
        if category.rows:
            rule["rows"] = _typed_rows(category, rule["rows"], typed, errors)
    return changed, errors


def _try(
    errors: dict[str, DomainError], name: str, rule: Document, *, read: Callable[[str], str], text: str
) -> None:
    """Write what was read into the rule, below the last part of the place's name; else keep the error."""
    try:
        rule[_key_of(name)] = read(text)
    except DomainError as error:
        errors[name] = error


def _key_of(name: str) -> str:
    return name.rpartition("/")[2]


def _typed_rows(
    category: CategoryPlaces,
    rows: list[Document],
    typed: Mapping[str, str],
    errors: dict[str, DomainError],
) -> list[Document]:
    kept = []
    for index, row in enumerate(category.rows):
        start = typed.get(row.start.name, row.start.value).strip()
        value = typed.get(row.amount.name, row.amount.value).strip()
        if not start and not value:
            continue
        if not start or not value:
            errors[row.amount.name if start else row.start.name] = RowHalfEmpty()
            continue
        one = dict(rows[index]) if index < len(rows) else dict(_like(rows))
        if start != row.start.value:
            _try(errors, row.start.name, one, read=parse_number, text=start)
        if value != row.amount.value:
            read = parse_number if category.has_rates else _amount
            _try(errors, row.amount.name, one, read=read, text=value)
        kept.append(one)
    if not kept:
        errors[category.rows[0].start.name] = NoRows()
    return sorted(kept, key=_bound) if len(kept) > len(rows) else kept


def _bound(row: Document) -> Fraction:
    """Return where a row starts: a row that was typed into the last line finds its place by it."""
    try:
        return Fraction(str(row.get("from", 0)))
    except ValueError:
        return Fraction(0)


def _like(rows: list[Document]) -> Document:
    """Return what a new row takes from the last one: whether its bound is exclusive, and the unit of its rate."""
    return {key: value for key, value in rows[-1].items() if key in {"exclusive", "per"}}


def _amount(text: str) -> str:
    cents = parse_amount(text)
    if cents < 0:
        raise AmountNegative
    return decimal_text(cents)


def parse_number(text: str) -> str:
    """Return a typed number as a decimal string: `1.000` is a thousand, `2,5` and `2.5` are two and a half.

    `0.350` has three decimals: thousands do not begin with a zero.
    """
    german = _NUMBER.fullmatch(text)
    if german is not None:
        whole, fraction = german.groups()
        return f"{int(whole.replace('.', ''))}" + (f".{fraction}" if fraction else "")
    point = _POINT.fullmatch(text)
    if point is None:
        raise NumberUnreadable(text=text)
    return f"{int(point[1])}.{point[2]}"
