"""Typed numbers, amounts, shares and days of a fee schedule, as the stored form writes them."""

from __future__ import annotations

import re
from datetime import date

from membership.domain.dues.document import MonthDay
from membership.domain.errors import N_, InputError
from membership.domain.money import decimal_text, parse_amount

_NUMBER = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+|\d{1,13})(?:,(\d{1,9}))?", re.ASCII)
_POINT = re.compile(r"(\d{1,13})\.(\d{1,9})", re.ASCII)
_SHARE = re.compile(r"(\d{1,6})\s?/\s?(\d{1,6})", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_LEAP_YEAR = 2028


class NumberUnreadable(InputError):
    """A typed bound or rate that is not clearly one number."""

    message = N_("“%(text)s” is not a number. Write it like 1.000 or 2,5.")
    code = "number"


class NotWhole(InputError):
    """A typed number of years or days that is not a whole one."""

    message = N_("“%(text)s” is not a whole number.")
    code = "whole_number"


class AmountNegative(InputError):
    """An amount below zero in a fee schedule."""

    message = N_("An amount of a fee schedule is not negative.")
    code = "amount_negative"


class DayOfYearWrong(InputError):
    """A typed day of every year cannot be read."""

    message = N_("“%(text)s” is not a day of the year. Write it like 31.01.")
    code = "day_of_year"


class DayWrong(InputError):
    """A typed day of the calendar cannot be read."""

    message = N_("“%(text)s” is not a day. Write it like 31.01.2027.")
    code = "day"


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


def parse_euros(text: str) -> str:
    """Return a typed amount, not negative, as a decimal string: `1.200,00` is `1200.00`."""
    cents = parse_amount(text)
    if cents < 0:
        raise AmountNegative
    return decimal_text(cents)


def parse_percent(text: str) -> str:
    """Return a typed percentage as a decimal string; a percent sign may stand behind it."""
    return parse_number(text.removesuffix("%").strip())


def parse_share(text: str) -> str:
    """Return a typed factor or weight: a number, or a fraction such as `1/3`."""
    match = _SHARE.fullmatch(text)
    return parse_number(text) if match is None else f"{match[1]}/{match[2]}"


def parse_whole(text: str) -> int:
    """Return a typed whole number."""
    if not _WHOLE.fullmatch(text):
        raise NotWhole(text=text)
    return int(text)


def parse_day_of_year(text: str) -> MonthDay:
    """Return a typed day of every year: `31.01.` or `31.1.`; raise `DayOfYearWrong`."""
    match = _DAY_AND_MONTH.fullmatch(text.strip())
    if match is None:
        raise DayOfYearWrong(text=text)
    day, month = int(match[1]), int(match[2])
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        raise DayOfYearWrong(text=text) from None
    return MonthDay(month, day)


def parse_month_day(text: str) -> str:
    """Return a typed day of every year as the stored form has it: `31.01.` is `01-31`."""
    day = parse_day_of_year(text)
    return f"{day.month:02d}-{day.day:02d}"


def parse_day(text: str) -> str:
    """Return a typed day of the calendar as ISO: `31.01.2027` or `2027-01-31`."""
    match = _DAY.fullmatch(text)
    try:
        found = date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text)
    except ValueError:
        raise DayWrong(text=text) from None
    return found.isoformat()


def day_text(stored: str) -> str:
    """Return a stored day of every year as people type it: `01-31` is `31.01.`."""
    month, _, day = stored.partition("-")
    return f"{day}.{month}."
