"""What members still owed when the books were opened, as a list: one row for each document, read and checked.

All rows are taken over or none. Source: PAY-1, `ux.md` 6.9 (a migration); `architecture.md` "Errors" (bad rows).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, DomainError, InputError
from membership.domain.member_lists.dates import read_day
from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.member_lists.numbers import read_amount
from membership.domain.member_lists.values import Unreadable, cell_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Row, Table, Value

MOST: Final = 5000
_LONGEST: Final = 30
_OLDEST: Final = 1990
_YEAR: Final = re.compile(r"[12]\d{3}", re.ASCII)


class Column(StrEnum):
    """What a column says."""

    MEMBER = "member"
    NUMBER = "number"
    DATED = "date"
    DUE = "due"
    AMOUNT = "amount"
    YEAR = "year"


_SPELLED: Final[Mapping[Column, tuple[str, ...]]] = {
    Column.MEMBER: ("mitglied", "mitgliedsnummer", "mitgliedsnr", "kundennummer", "member", "memberno"),
    Column.NUMBER: ("nummer", "rechnung", "rechnungsnummer", "rechnungsnr", "beleg", "number", "invoice"),
    Column.DATED: ("datum", "rechnungsdatum", "belegdatum", "date"),
    Column.DUE: ("faellig", "faelligam", "faelligkeit", "due", "dueon"),
    Column.AMOUNT: ("betrag", "offen", "offenerbetrag", "restbetrag", "amount", "open"),
    Column.YEAR: ("jahr", "beitragsjahr", "year", "duesyear"),
}
_HEADINGS: Final = {text: column for column, texts in _SPELLED.items() for text in texts}
_NEEDED: Final = (Column.MEMBER, Column.NUMBER, Column.DATED, Column.AMOUNT)


class HeadingsMissing(InputError):
    """The list has no row with the headings that are needed."""

    message = N_("The list needs a row of headings with member number, invoice number, date and amount.")
    code = "headings_missing"


class OpeningListWrong(DomainError):
    """A row cannot be taken over, so none was."""

    message = N_("Nothing was taken over. Row %(row)s: %(why)s")
    code = "opening_list"


class OpeningListLong(InputError):
    """More rows than one list may have."""

    message = N_("The list has more than %(most)s rows. Divide it.")
    code = "opening_list_long"


class NoOpeningItem(DomainError):
    """What was to be taken back was not taken over as open amount, or not any more."""

    message = N_("%(number)s was not taken over as an open amount, or is taken back already.")
    code = "no_opening_item"


class OpeningItemMoved(DomainError):
    """Something was paid of it."""

    message = N_("Something of %(number)s is paid or waived. Take that back first.")
    code = "opening_item_moved"


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One document of the list; `row` is its place in the file."""

    row: int
    member: str
    number: str
    dated_on: date
    due_on: date
    cents: int
    year: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken over."""

    row: int
    why: Phrase


def read_opening_items(table: Table, *, today: date) -> tuple[list[OpeningRow], list[Problem]]:
    """Return the documents of a list and the rows that cannot be read, each with its reason.

    The date is needed, the due day is that date where it is not said, the dues year that of the date. A number that
    stands there twice is a problem.
    """
    place, columns = _headings(table)
    rows = table.rows[place + 1 :]
    if len(rows) > MOST:
        raise OpeningListLong(most=MOST)
    found: list[OpeningRow] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for row in rows:
        try:
            made = _row(row, columns, today=today)
        except Unreadable as error:
            problems.append(Problem(row.number, error.problem))
            continue
        if made.number in seen:
            problems.append(Problem(row.number, phrase("The number stands in the list twice.")))
            continue
        seen.add(made.number)
        found.append(made)
    return found, problems


def _headings(table: Table) -> tuple[int, dict[Column, int]]:
    for place, row in enumerate(table.rows[:20]):
        columns: dict[Column, int] = {}
        for at, value in enumerate(row.values):
            known = _HEADINGS.get(_folded(cell_text(value)))
            if known is not None:
                columns.setdefault(known, at)
        if all(column in columns for column in _NEEDED):
            return place, columns
    raise HeadingsMissing


def _folded(text: str) -> str:
    text = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if sign.isalnum())


def _row(row: Row, columns: Mapping[Column, int], *, today: date) -> OpeningRow:
    def value(column: Column) -> Value:
        at = columns.get(column)
        return row.values[at] if at is not None and at < len(row.values) else None

    member, number = cell_text(value(Column.MEMBER)), cell_text(value(Column.NUMBER)).upper()
    if not member or not number:
        raise _wrong(phrase("Member number and invoice number are needed."))
    if len(number) > _LONGEST:
        raise _wrong(phrase("The invoice number is too long."))
    dated_on = read_day(value(Column.DATED), today=today).value
    due = value(Column.DUE)
    due_on = read_day(due, today=today).value if cell_text(due) else dated_on
    if dated_on > today:
        raise _wrong(phrase("The date lies in the future."))
    if due_on < dated_on:
        raise _wrong(phrase("The due day lies before the date."))
    cents = read_amount(value(Column.AMOUNT), english=False).value.cents
    if cents <= 0:
        raise _wrong(phrase("The amount must be more than 0.00."))
    return OpeningRow(
        row.number, member, number, dated_on, due_on, cents, _year(value(Column.YEAR), dated_on, today)
    )


def _year(value: Value, dated_on: date, today: date) -> int:
    text = cell_text(value)
    if not text:
        return dated_on.year
    if not _YEAR.fullmatch(text) or not _OLDEST <= int(text) <= today.year + 1:
        raise _wrong(phrase("This is not a dues year."))
    return int(text)


def _wrong(why: Phrase) -> Unreadable:
    return Unreadable(ProblemKind.NUMBER, why)
