"""A table of dues as somebody copied it: `0-10 300,00`, `bis 50 | 600 €`, `über 1.000: 4.800` (DUE-8).

Every line becomes a row that starts where it says, or after the upper bound of the line before it. What does not fit is
said: gaps, overlaps and lines that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from membership.domain.dues.editing.numbers import parse_euros, parse_number
from membership.domain.dues.editing.typed import Texts
from membership.domain.dues.report import exact_text
from membership.domain.errors import DomainError
from membership.domain.phrases import Phrase, phrase

MOST_LINES: Final = 40
_PLACES: Final = 15
"""More decimals than a printed table has."""
_NUMBER: Final = r"\d[\d.]*(?:,\d+)?"
_UNITS: Final = (
    "€|EUR|Euro|Mitarbeiter(?:innen)?|Beschäftigte|Mitarbeitende|MA|Personen|Vollzeitstellen|employees"
)
_UNIT: Final = rf"(?:\s*(?:{_UNITS}))?"
_BOUND: Final = rf"({_NUMBER}){_UNIT}"
_AMOUNT = re.compile(rf"({_NUMBER})\s*(?:€|EUR|Euro)?[\s|;]*\Z", re.IGNORECASE)
_RANGE = re.compile(
    rf"(?:von\s+|ab\s+|from\s+)?{_BOUND}\s*(?:-|–|—|bis|to|\.\.\.?|…)\s*(?:zu\s+)?{_BOUND}",
    re.IGNORECASE,
)
_UP_TO = re.compile(rf"(?:bis|up to|to|≤|<=)(?:\s+zu)?\s*{_BOUND}", re.IGNORECASE)
_BELOW = re.compile(rf"(?:unter|weniger als|below|under|less than|<)\s*{_BOUND}", re.IGNORECASE)
_ABOVE = re.compile(rf"(?:über|ueber|mehr als|over|above|more than|>)\s*{_BOUND}", re.IGNORECASE)
_FROM = re.compile(rf"(?:ab|from|≥|>=)?\s*{_BOUND}(?:\s*(?:und mehr|and more|\+))?", re.IGNORECASE)
_EDGES: Final = " \t|;:="


@dataclass(frozen=True, slots=True)
class _Row:
    """A line that was read: `above`, `below`: the bound itself is not in the row."""

    line: int
    amount: str
    start: Fraction | None
    end: Fraction | None
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Pasted:
    """The lines of the form that a pasted text gives, and what is to be said about it."""

    rows: list[Texts]
    remarks: list[Phrase]


def pasted_rows(text: str) -> Pasted:
    """Return the rows of a pasted table and its gaps, overlaps and unreadable lines; nothing is guessed."""
    rows: list[_Row] = []
    remarks: list[Phrase] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for number, line in lines[:MOST_LINES]:
        row = _read(number, line)
        if row is not None:
            rows.append(row)
        elif rows or any(letter.isdigit() for letter in line):
            remarks.append(
                phrase("Line %(n)s cannot be read as a row: “%(text)s”.", n=number, text=line[:60])
            )
    if len(lines) > MOST_LINES:
        remarks.append(phrase("Only the first %(n)s lines were read.", n=MOST_LINES))
    remarks.extend(_joints(rows))
    return Pasted(_texts(rows), remarks)


def _read(number: int, line: str) -> _Row | None:
    """Return a line as a row: what stands last is the amount, what stands before it the bounds."""
    last = _AMOUNT.search(line)
    if last is None:
        return None
    bounds = line[: last.start()].strip(_EDGES)
    try:
        amount = parse_euros(last[1])
        return _bounds(number, amount, bounds)
    except DomainError:
        return None


def _bounds(number: int, amount: str, text: str) -> _Row | None:
    if match := _RANGE.fullmatch(text) or re.fullmatch(rf"{_BOUND}[\s|;]+{_BOUND}", text):
        return _Row(number, amount, _number(match[1]), _number(match[2]))
    if match := _UP_TO.fullmatch(text):
        return _Row(number, amount, None, _number(match[1]))
    if match := _BELOW.fullmatch(text):
        return _Row(number, amount, None, _number(match[1]), below=True)
    if match := _ABOVE.fullmatch(text):
        return _Row(number, amount, _number(match[1]), None, above=True)
    if match := _FROM.fullmatch(text):
        return _Row(number, amount, _number(match[1]), None)
    return None


def _number(text: str) -> Fraction:
    return Fraction(parse_number(text))


def _texts(rows: list[_Row]) -> list[Texts]:
    found: list[Texts] = []
    for index, row in enumerate(rows):
        start, is_above = _start(rows, index)
        sign = "> " if is_above else ""
        found.append({"start": f"{sign}{exact_text(start, places=_PLACES, fewest=0)}", "amount": row.amount})
    return found


def _start(rows: list[_Row], index: int) -> tuple[Fraction, bool]:
    """Return where a row starts, and whether its bound belongs to the row before it."""
    row = rows[index]
    if row.start is not None:
        return row.start, row.above
    before = rows[index - 1] if index else None
    if before is None or before.end is None:
        return Fraction(0), False
    return before.end, not before.below


def _joints(rows: list[_Row]) -> Iterator[Phrase]:
    """Say where a row does not start right after the end of the one before it."""
    for before, row in pairwise(rows):
        if before.end is None or row.start is None or row.above:
            if row.start is not None and before.end is not None and row.start != before.end:
                yield _joint(before.end, row.start, is_overlap=row.start < before.end)
            continue
        next_one = before.end if before.below or before.end.denominator != 1 else before.end + 1
        if row.start > next_one:
            yield _joint(before.end, row.start, is_overlap=False)
        elif row.start < before.end or (row.start == before.end and not before.below):
            yield _joint(before.end, row.start, is_overlap=True)


def _joint(end: Fraction, start: Fraction, *, is_overlap: bool) -> Phrase:
    if is_overlap:
        return phrase(
            "Two rows overlap: one ends at %(end)s, the next one starts at %(start)s.", end=end, start=start
        )
    if start - end == 2 and end.denominator == 1:  # noqa: PLR2004 - one number lies between
        return phrase(
            "Between %(end)s and %(start)s %(missing)s is missing.", end=end, start=start, missing=end + 1
        )
    return phrase(
        "Between %(end)s and %(start)s something is missing; it belongs to the lower row.",
        end=end,
        start=start,
    )
