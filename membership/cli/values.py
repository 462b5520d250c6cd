"""Values on the command line: days, years, ids, ports and amounts, each refused with one sentence.

An `InputError` passes through the parser as it is, so that the sentence has the language that was asked for.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from membership.domain.dues.facts import FIRST_YEAR, LAST_YEAR
from membership.domain.errors import N_, InputError
from membership.domain.money import parse_amount

_DIGITS: Final = 4
_MOST_DIGITS: Final = 19
_LARGEST_ID: Final = 2**63 - 1
_LARGEST_PORT: Final = 65_535


class DayWrong(InputError):
    """A word is no day."""

    message = N_("“%(text)s” is not a day. Write it like 2027-01-31.")
    code = "day"


class YearWrong(InputError):
    """A word is no year."""

    message = N_("“%(text)s” is not a year. Write it like 2027.")
    code = "year"


class IdWrong(InputError):
    """A word is no id of a record."""

    message = N_("“%(text)s” is not a number of a record. It is a whole number from 1, as the lists show it.")
    code = "id"


class PortWrong(InputError):
    """A word is no port."""

    message = N_("“%(text)s” is not a port. There are those from 1 to 65535.")
    code = "port_wrong"


class PartWrong(InputError):
    """A word does not say how much of which document."""

    message = N_("“%(text)s” does not say how much of which invoice. Write it like RE2027-0001=600.00.")
    code = "part"


def day(text: str) -> date:
    """Return a day written as 2027-01-31, in a year that may be a dues year."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise DayWrong(text=text) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise DayWrong(text=text)
    return found


def days(text: str) -> list[date]:
    """Return days written as 2027-03-01,2027-04-01."""
    return [day(part.strip()) for part in text.split(",")]


def cents(text: str) -> int:
    """Return the cents of an amount: 1234.56, 1234,56 or 1.234,56."""
    return parse_amount(text)


def dues_year(text: str) -> int:
    """Return a dues year from 1900 to 2999, written with four digits."""
    year = _whole(text, digits=_DIGITS)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearWrong(text=text)
    return year


def row_id(text: str) -> int:
    """Return the id of a record, as large as the database can hold."""
    found = _whole(text, digits=_MOST_DIGITS)
    if not 1 <= found <= _LARGEST_ID:
        raise IdWrong(text=text)
    return found


def port_number(text: str) -> int:
    """Return a port to listen at."""
    found = _whole(text, digits=_MOST_DIGITS)
    if not 1 <= found <= _LARGEST_PORT:
        raise PortWrong(text=text)
    return found


def part(text: str) -> tuple[str, int]:
    """Return the number and the cents of `RE2027-0001=600.00`."""
    number, equals, amount = text.partition("=")
    if not equals or not number:
        raise PartWrong(text=text)
    return number, cents(amount)


def _whole(text: str, *, digits: int) -> int:
    """Return a whole number written with ASCII digits, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else 0
