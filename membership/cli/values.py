"""Values on the command line: days, years and amounts, each refused with one sentence."""

from __future__ import annotations

import argparse
from datetime import date

from membership.domain.dues.facts import FIRST_YEAR, LAST_YEAR
from membership.domain.errors import InputError
from membership.domain.money import parse_amount

_DIGITS = 4


def day(text: str) -> date:
    """Return a day written as 2027-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"“{text}” is not a day like 2027-01-31"
        raise argparse.ArgumentTypeError(message) from None


def cents(text: str) -> int:
    """Return the cents of an amount: 1234.56, 1234,56 or 1.234,56."""
    try:
        return parse_amount(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def dues_year(text: str) -> int:
    """Return a dues year from 1900 to 2999, written with four digits."""
    year = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"“{text}” is not a year like 2027"
        raise argparse.ArgumentTypeError(message)
    return year
