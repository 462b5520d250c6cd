"""Amounts, days and ids as bank files write them; what cannot be read is a `Trouble`, never a guess."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.errors import N_
from membership.domain.phrases import Phrase, phrase
from membership.gateways.bank_files.errors import Trouble

MISSING_AMOUNT: Final = Phrase(N_("the amount is missing"))
MISSING_SIGN: Final = Phrase(N_("it is not said whether this is a credit or a debit"))
_XML_AMOUNT: Final = re.compile(r"\+?(\d{1,18})?(?:([.,])(\d{0,5}))?", re.ASCII)
_AMBIGUOUS_PLACES: Final = 3
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*|Z|[+-]\d{2}:?\d{2})?", re.ASCII | re.DOTALL)
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_NO_ID: Final = frozenset({
    "NOTPROVIDED", "NOTAVAILABLE", "NOT PROVIDED", "NOTPROVIDE", "NONREF", "NICHT ANGEGEBEN",
    "KEINE INFORMATION VORHANDEN", "KREF+", "EREF+", "-",
})  # fmt: skip
_BLANKS: Final = re.compile(r"\s+")
_BREAK: Final = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_FEBRUARY: Final = 2
_SHORT_MONTH: Final = (28, 30)
_CENTURY_TURN: Final = 80
UNREADABLE_AMOUNT: Final = N_("“%(text)s” is no amount")
UNREADABLE_DAY: Final = N_("“%(text)s” is no day")
_LONGEST_QUOTE: Final = 40


def quoted(text: str) -> str:
    """Return a text short enough to be quoted in a sentence."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def xml_amount(text: str) -> Decimal:
    """Return an amount of an XML file: digits, a point, at most five places; a comma where it can mean nothing else."""
    match = _XML_AMOUNT.fullmatch(text)
    if match is None or not (match[1] or match[3]):
        raise Trouble(phrase(UNREADABLE_AMOUNT, text=quoted(text)))
    whole, mark, places = match.groups()
    if mark == "," and len(places) >= _AMBIGUOUS_PLACES:
        raise Trouble(phrase(UNREADABLE_AMOUNT, text=quoted(text)))
    return Decimal(f"{whole or 0}.{places or 0}")


def iso_day(text: str) -> date | None:
    """Return the day of an ISO date, or date and time, as it is written, whatever its zone; else None."""
    if len(text) == 10:  # noqa: PLR2004 - the usual form, read the quick way
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    match = _ISO_DAY.fullmatch(text)
    return day_of(int(match[1]), int(match[2]), int(match[3])) if match else None


def day_of(year: int, month: int, day: int) -> date | None:
    """Return the day, the last of February for its 29th or 30th in a year that has none.

    Banks that reckon interest by months of 30 days write 30 February. Any other day that does not exist is None.
    """
    if month == _FEBRUARY and _SHORT_MONTH[0] < day <= _SHORT_MONTH[1]:
        day = 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_year(two_digits: int) -> int:
    """Return the year of two digits: 1980 to 2079."""
    return two_digits + (1900 if two_digits >= _CENTURY_TURN else 2000)


def packed(text: str) -> str:
    """Return the text without any blank."""
    return _BLANKS.sub("", text)


def spaced(text: str | None) -> str | None:
    """Return the text with single blanks and none at its ends, None when nothing is left."""
    return (_BLANKS.sub(" ", text).strip() or None) if text else None


def unbroken(text: str) -> str | None:
    """Return a text without its line breaks, None when nothing is left."""
    if "\n" in text or "\r" in text:
        text = _BREAK.sub("", text)
    return text.strip() or None


def given_id(text: str | None) -> str | None:
    """Return an id, None for the words that say that there is none."""
    text = text.strip() if text else ""
    return None if not text or text.upper() in _NO_ID else text


def checked_iban(text: str | None) -> str | None:
    """Return a text that is an IBAN by its check digits, where nothing says that one stands there."""
    found = iban_in(text)
    if found is None:
        return None
    number = "".join(str(int(sign, 36)) for sign in found[4:] + found[:4])
    return found if int(number) % 97 == 1 else None


def iban_in(text: str | None) -> str | None:
    """Return the text without blanks when it has the shape of an IBAN: old account numbers are none."""
    found = packed(text).upper() if text else ""
    return found if _IBAN.fullmatch(found) else None
