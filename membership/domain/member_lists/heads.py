"""Where the head of a list is: among titles, under group headings, in two rows, where a person says, or offered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.errors import N_, InputError
from membership.domain.member_lists.choices import Choices
from membership.domain.member_lists.fields import field_of_heading, heading_year
from membership.domain.member_lists.meanings import meaning
from membership.domain.member_lists.values import cell_text
from membership.domain.tables import Row, Table, Value

_HEAD_WITHIN: Final = 40
_LEAST_FIELDS: Final = 2
_HALF: Final = 2
_LETTERS: Final = 26
_DIGITS: Final = re.compile(r"\d{5,}")


class HeadRowMissing(InputError):
    """A person names a head row that the sheet does not have."""

    message = N_("There is nothing in row %(row)s. Choose the row with the headings.")
    code = "no_head_row"


def column_letter(index: int) -> str:
    """Return how a spreadsheet calls a column counted from 0: A, B, … Z, AA."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % _LETTERS) + letters
        index = index // _LETTERS - 1
    return letters


@dataclass(frozen=True, slots=True)
class Head:
    """One way to read the head: its last row, headings, group headings above them, number of fields found."""

    row: int
    headings: tuple[str, ...]
    groups: tuple[str, ...]
    score: int


def head_of(table: Table, choices: Choices) -> Head:
    """Return the head that a person named, else the one that is found; places say nothing about where it is."""
    by_heading = replace(choices, places={})
    if choices.head_row is None:
        return _find_head(table.rows, by_heading, table.width)
    if choices.head_row == 0:
        return _no_head(table.width, score=1)
    return _named_head(table, choices.head_row, by_heading)


def _named_head(table: Table, number: int, choices: Choices) -> Head:
    """Return the best reading of the head that ends with a row; a row that looks like data is taken at its word."""
    places = [place for place, row in enumerate(table.rows) if row.number == number]
    if not places:
        raise HeadRowMissing(row=str(number))
    place = places[0]
    readings = [
        head
        for at in range(max(0, place - 1), place + 1)
        for head in _readings(table.rows, at, table.rows[at], width=table.width, choices=choices)
        if head.row == number
    ]
    texts = _texts(table.rows[place].values, table.width)
    best = max(
        readings, key=lambda head: head.score, default=_head(number, texts, ("",) * table.width, choices)
    )
    return replace(best, score=max(1, best.score))


def _find_head(rows: Sequence[Row], choices: Choices, width: int) -> Head:
    """Return the row, or the two rows, with the most headings known; else the first that could be a head, or none."""
    near = rows[:_HEAD_WITHIN]
    best: Head | None = None
    for place, row in enumerate(near):
        for head in _readings(near, place, row, width=width, choices=choices):
            if head.score >= _least(width) and (best is None or head.score > best.score):
                best = head
    if best is not None:
        return best
    offered = next((row for row in near if _could_be_head(row, width)), None)
    if offered is None:
        return _no_head(width, score=0)
    return Head(offered.number, _texts(offered.values, width), ("",) * width, 0)


def _no_head(width: int, *, score: int) -> Head:
    return Head(0, tuple(column_letter(index) for index in range(width)), ("",) * width, score)


def _could_be_head(row: Row, width: int) -> bool:
    """Return whether a row has words over at least half of the columns: a title has not, a member is no heading."""
    texts = [text for text in _texts(row.values, width) if text]
    is_member = _has_data(row) or any("@" in text or _DIGITS.fullmatch(text) for text in texts)
    return not is_member and len(texts) * _HALF >= width


def _least(width: int) -> int:
    return min(_LEAST_FIELDS, width)


def _readings(near: Sequence[Row], place: int, row: Row, *, width: int, choices: Choices) -> Iterator[Head]:
    """Yield the row as a head under the row above it, the row alone, and the row with the one below it."""
    if _has_data(row):
        return
    own = _texts(row.values, width)
    above = near[place - 1] if place else None
    if above is not None and above.number == row.number - 1 and not _has_data(above):
        yield _head(row.number, own, _filled_right(_texts(above.values, width)), choices)
    yield _head(row.number, own, ("",) * width, choices)
    below = near[place + 1] if place + 1 < len(near) else None
    if below is not None and below.number == row.number + 1 and _is_lower_head(below):
        lower = _texts(below.values, width)
        groups = tuple(group if text else "" for group, text in zip(_filled_right(own), lower, strict=True))
        headings = tuple(low or up for low, up in zip(lower, own, strict=True))
        yield _head(below.number, headings, groups, choices)


def _head(row: int, headings: tuple[str, ...], groups: tuple[str, ...], choices: Choices) -> Head:
    known = {
        meaning(index, heading, group, choices)[0]
        for index, (heading, group) in enumerate(zip(headings, groups, strict=True))
    }
    chosen = sum(choices.decides(heading) or choices.remembers(heading) for heading in headings)
    return Head(row, headings, groups, len(known - {None}) + chosen)


def _has_data(row: Row) -> bool:
    """Return whether a row holds a date or a number that is no year: then it is no head."""
    return any(_is_number(value) or isinstance(value, date) for value in row.values)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and heading_year(cell_text(value)) is None


def _is_lower_head(row: Row) -> bool:
    """Return whether a row under a head is its second part: at least half of its cells are headings or years."""
    texts = [cell_text(value) for value in row.values if cell_text(value)]
    known = [text for text in texts if field_of_heading(text) or heading_year(text)]
    return not _has_data(row) and len(known) >= _LEAST_FIELDS and len(known) * _HALF >= len(texts)


def _texts(values: Sequence[Value], width: int) -> tuple[str, ...]:
    texts = [cell_text(value) for value in values]
    return (*texts, *("",) * (width - len(texts)))


def _filled_right(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return group headings over all their columns: a merged cell holds its text in the first one only."""
    filled, last = [], ""
    for text in texts:
        last = text or last
        filled.append(last)
    return tuple(filled)
