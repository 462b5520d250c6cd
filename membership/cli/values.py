"""Values on the command line: days and amounts, each refused with one sentence."""

from __future__ import annotations

import argparse
from datetime import date

from membership.domain.errors import InputError
from membership.domain.money import parse_amount


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
