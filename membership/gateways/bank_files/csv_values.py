"""Amounts, days, signs and states as banks' lists write them: the column as a whole decides what a comma means.

What can mean two things is a `Trouble`, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from membership.domain.banking.lines import Status
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.values import (
    MISSING_AMOUNT,
    UNREADABLE_AMOUNT,
    UNREADABLE_DAY,
    day_of,
    full_year,
    quoted,
)

_CLUTTER: Final = re.compile(r"[\s\u00a0\u202f'’]|EUR|CHF|USD|GBP|€|\$|£", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)([+-]?)([SHDC]?)", re.ASCII)
_GROUPS: Final = {mark: re.compile(rf"\d{{1,3}}(?:\{mark}\d{{3}})+", re.ASCII) for mark in ".,"}
_THREE: Final = 3
_MOST_DIGITS: Final = 18
_POINT_DAY: Final = re.compile(
    r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?:[\sT,].*)?", re.ASCII | re.DOTALL
)
_ISO_DAY: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T].*)?", re.ASCII)
_SLASH_DAY: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?:[ T].*)?", re.ASCII)
_THREE_PLACES: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_MONTHS: Final = 12
CREDIT_WORDS: Final = frozenset(
    ["h", "haben", "c", "cr", "credit", "crdt", "gutschrift", "eingang", "+", "incoming"]
)
DEBIT_WORDS: Final = frozenset(
    ["s", "soll", "d", "dr", "debit", "dbit", "lastschrift", "belastung", "ausgang", "-", "outgoing"]
)
_PENDING_WORDS: Final = re.compile(
    r"vorgemerkt|vormerk|offen|pending|open|nicht gebucht|reserv|bearbeitung|declined|reverted|abgelehnt|storniert|"
    r"cancel|failed|ausstehend",
    re.IGNORECASE,
)
_BOOKED_WORDS: Final = re.compile(
    r"gebucht|booked|completed|abgeschlossen|posted|ausgef|settled|cleared", re.IGNORECASE
)
UNKNOWN_SIGN: Final = N_("“%(text)s” does not say whether this is a credit or a debit")
SIGNS_CONTRADICT: Final = N_("the sign of the amount and the word beside it contradict each other")
TOO_EXACT: Final = N_("“%(text)s” has more places than the currency has")


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return the sign before the cents in a column of amounts, None when no amount in it tells or they differ."""
    found = {mark for text in texts if (mark := _mark_of(_bare(text))) is not None}
    return found.pop() if len(found) == 1 else None


def _mark_of(text: str) -> str | None:
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    mark, other = (",", ".") if comma >= 0 else (".", ",")
    if mark not in text:
        return None
    if text.count(mark) > 1:
        return other
    return None if len(text) - 1 - text.rfind(mark) == _THREE else mark


def _bare(text: str) -> str:
    return _CLUTTER.sub("", text.replace("−", "-").replace("–", "-")).strip("+-SHDC()")


def list_amount(text: str, mark: str, currency: str | None) -> Decimal:
    """Return an amount with its sign; `mark` stands before the cents. Raise `Trouble` for what is no amount."""
    bare = _CLUTTER.sub("", text.replace("−", "-").replace("–", "-"))
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    if not bare:
        raise Trouble(MISSING_AMOUNT)
    match = _AMOUNT.fullmatch(bare)
    if match is None or (match[1] and match[3]):
        raise Trouble(phrase(UNREADABLE_AMOUNT, text=quoted(text)))
    value = _figures(match[2], _mark_of(match[2]) or mark, text)
    if -int(value.as_tuple().exponent) > (_THREE if currency in _THREE_PLACES else 2):
        raise Trouble(phrase(TOO_EXACT, text=quoted(text)))
    return with_sign(-value if "-" in {match[1], match[3]} else value, match[4])


def _figures(text: str, mark: str, shown: str) -> Decimal:
    grouping = "." if mark == "," else ","
    whole, _, places = text.partition(mark)
    is_grouped = grouping in whole
    if (
        grouping in places
        or mark in places
        or (is_grouped and not _GROUPS[grouping].fullmatch(whole))
        or len(text) > _MOST_DIGITS + 6
    ):
        raise Trouble(phrase(UNREADABLE_AMOUNT, text=quoted(shown)))
    return Decimal(f"{whole.replace(grouping, '') or 0}.{places or 0}")


def with_sign(amount: Decimal, word: str) -> Decimal:
    """Return the amount with the sign that a word beside it gives (`S`, `H`, `Soll` …); empty says nothing."""
    key = word.strip().casefold()
    if not key:
        return amount
    if key in CREDIT_WORDS:
        if amount < 0:
            raise Trouble(phrase(SIGNS_CONTRADICT))
        return amount
    if key in DEBIT_WORDS:
        return -abs(amount)
    raise Trouble(phrase(UNKNOWN_SIGN, text=quoted(word)))


def is_month_first(texts: Iterable[str]) -> bool | None:
    """Return whether days with slashes begin with the month, None when no day in the column tells."""
    for text in texts:
        if match := _SLASH_DAY.fullmatch(text.strip()):
            if int(match[1]) > _MONTHS:
                return False
            if int(match[2]) > _MONTHS:
                return True
    return None


def list_day(text: str, *, month_first: bool | None) -> date:
    """Return the day of a list: `31.12.2027`, `31.12.27`, ISO, or with slashes where the column tells the order."""
    day = None
    stripped = text.strip()
    if match := _POINT_DAY.fullmatch(stripped):
        day = day_of(_year(match[3]), int(match[2]), int(match[1]))
    elif match := _ISO_DAY.fullmatch(stripped):
        day = day_of(int(match[1]), int(match[2]), int(match[3]))
    elif (match := _SLASH_DAY.fullmatch(stripped)) and month_first is not None:
        first, second = int(match[1]), int(match[2])
        month, number = (first, second) if month_first else (second, first)
        day = day_of(_year(match[3]), month, number)
    if day is None:
        raise Trouble(phrase(UNREADABLE_DAY, text=quoted(text)))
    return day


def looks_like_day(text: str) -> bool:
    """Return whether a cell has the shape of a day."""
    stripped = text.strip()
    return any(each.fullmatch(stripped) for each in (_POINT_DAY, _ISO_DAY, _SLASH_DAY))


def looks_like_amount(text: str) -> bool:
    """Return whether a cell has the shape of an amount."""
    return bool(_AMOUNT.fullmatch(_CLUTTER.sub("", text)))


def _year(digits: str) -> int:
    return int(digits) if len(digits) > 2 else full_year(int(digits))  # noqa: PLR2004 - two digits


def is_pending_word(text: str) -> bool:
    """Return whether a word says that no money has moved yet."""
    return bool(_PENDING_WORDS.search(text))


def list_status(text: str) -> Status:
    """Return the state of a row; a word that is not known raises `Trouble`."""
    if not text.strip() or (_BOOKED_WORDS.search(text) and "nicht" not in text.casefold()):
        return Status.BOOKED
    if is_pending_word(text):
        return Status.PENDING
    raise Trouble(phrase("“%(text)s” is no status of an entry", text=quoted(text)))
