"""Days of a list: `1.4.14`, `04/2014`, `April 2014`, `2009`, 2014-04-01 and what spreadsheets make of them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.member_lists.fields import plain_key
from membership.domain.member_lists.values import Reading, Unreadable, cell_text
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Value

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2199
_TYPED_AS_YEAR: Final = (date(1905, 3, 14), date(1905, 12, 31))
_YEARS_AHEAD: Final = 10
_CENTURY: Final = 100
_MONTHS_IN_YEAR: Final = 12
_DAY_NUMBERS: Final = range(10_000, 80_000)
_EXPECTED: Final = phrase("a date such as 01.04.2014")
_MONTH_NAMES: Final = (
    "januar january jan jaenner", "februar february feb", "maerz march mar maer mrz", "april apr", "mai may",
    "juni june jun", "juli july jul", "august aug", "september sep sept", "oktober october okt oct",
    "november nov", "dezember december dez dec",
)  # fmt: skip
_MONTHS: Final = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_LEAD: Final = re.compile(
    r"(?:seit|ab|vom|zum|bis|am|per|since|from|until|on)\.?\s+(?:dem\s+)?", re.IGNORECASE
)
_TIME: Final = re.compile(r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*Uhr|Z)?$")
_FORMS: Final = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})",
        r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2})",
        r"(?P<m>\d{1,2})[./](?P<y>\d{4})",
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})",
        r"(?P<y>\d{4})",
    )
)
_WORDED: Final = (
    re.compile(r"(?:(?P<d>\d{1,2})\.?\s+)?(?P<name>[^\W\d_]{3,9})\.?\s+(?P<y>\d{4})"),
    re.compile(r"(?P<name>[^\W\d_]{3,9})\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})"),
)


def read_day(value: Value, *, today: date) -> Reading[date]:
    """Return the day; a missing day is the first of the month, a missing month January.

    A year of two digits is the one that lies nearest before `today` plus ten years. What fits two days
    (`04/05/2014`) is refused, and so is a day number of a spreadsheet without a date format.
    """
    if isinstance(value, date):
        return Reading(_day_of_cell(value))
    if isinstance(value, int | Decimal):
        return Reading(_day_of_number(value))
    text = _TIME.sub("", _LEAD.sub("", cell_text(value), count=1)).strip()
    parts = _worded(text) or _written(text)
    if parts is None:
        raise _refused(phrase("This is not a date."))
    year, month, day = parts
    return Reading(_day(_full_year(year, today), month, day, text=text))


def _day_of_cell(day: date) -> date:
    """Return the day of a date cell, but not one that comes from a year typed into a date format."""
    first, last = _TYPED_AS_YEAR
    if first <= day <= last:
        raise _refused(
            phrase("The cell has a date format and shows a day of 1905; probably only a year was typed.")
        )
    return _in_range(day)


def _day_of_number(number: int | Decimal) -> date:
    if number != int(number):
        raise _refused(phrase("This is not a date."))
    if number in _DAY_NUMBERS:
        raise _refused(phrase("This is a day number of the spreadsheet. Give the cells a date format."))
    parts = _written(str(int(number)))
    if parts is None:
        raise _refused(phrase("This is not a date."))
    return _day(*(int(part) for part in parts), text=str(number))


def _written(text: str) -> tuple[str, int, int] | None:
    """Return year, month and day of a date in digits."""
    for form in _FORMS:
        if match := form.fullmatch(text):
            found = match.groupdict()
            if "a" in found:
                return (found["y"], *_month_and_day(int(found["a"]), int(found["b"])))
            return found["y"], int(found.get("m") or 1), int(found.get("d") or 1)
    return None


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    """Return month and day of `first/second` when only one order is possible."""
    if first == second or first > _MONTHS_IN_YEAR:
        return second, first
    if second > _MONTHS_IN_YEAR:
        return first, second
    raise _refused(phrase("Day and month cannot be told apart."))


def _worded(text: str) -> tuple[str, int, int] | None:
    """Return year, month and day of a date with the month as a word."""
    for form in _WORDED:
        match = form.fullmatch(text)
        month = _MONTHS.get(plain_key(match["name"])) if match else None
        if match and month:
            return match["y"], month, int(match["d"] or 1)
    return None


def _full_year(text: str, today: date) -> int:
    year = int(text)
    if len(text) > 2:  # noqa: PLR2004 - two digits are what this is about
        return year
    latest = today.year + _YEARS_AHEAD
    return latest - (latest - year) % _CENTURY


def _day(year: int, month: int, day: int, *, text: str) -> date:
    try:
        return _in_range(date(year, month, day))
    except ValueError as error:
        raise _refused(phrase("The day %(text)s does not exist.", text=text)) from error


def _in_range(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _refused(phrase("The year cannot be right."))
    return day


def _refused(problem: Phrase) -> Unreadable:
    return Unreadable(ProblemKind.DATE, problem, _EXPECTED)
