"""Field 61 of MT940: value date, entry date without a year, sign, amount, references, fees.

Source: BNK-5; SWIFT "MT940 customer statement message", field 61.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.mt940_text import Field
from membership.gateways.bank_files.values import day_of, full_year, given_id, quoted, spaced, xml_amount

_LINE: Final = re.compile(
    r"\s*(?P<value>\d{6})(?P<entry>\d{4})?\s*(?P<sign>RC|RD|EC|ED|C|D)(?P<funds>[A-Z]{0,3}?)\s*"
    r"(?P<amount>[\d.]+(?:,\d*)?|,\d+)(?=[NSF/\s]|$)\s*(?P<type>[NSF][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.DOTALL,
)
_ORIGINAL: Final = re.compile(r"/OCMT/([A-Z]{3})(\d+(?:,\d*)?)")
_CHARGES: Final = re.compile(r"/CHGS/([A-Z]{3})(\d+(?:,\d*)?)")
_MOST_PIECES: Final = 4
_HALF_YEAR: Final = timedelta(days=190)
_SUPPLEMENT: Final = re.compile(r"/[A-Z]{4}/")
UNREADABLE_LINE: Final = N_("“%(text)s” is no entry of an account")


class Line(NamedTuple):
    """What field 61 says."""

    amount: Decimal
    value_on: date | None
    booked_on: date | None
    is_reversal: bool
    is_expected: bool
    customer_reference: str | None
    bank_reference: str | None
    supplement: str | None
    original_amount: Decimal | None
    charges: Decimal | None
    line: int


def read_line(field: Field) -> Line:
    """Return what a field 61 says; raise `Trouble` when it cannot be read.

    The entry date has no year: that of the nearest such day counts, so that 31 December stands before 2 January.
    Without one the entry was made on the value date. RC and RD take back a credit or a debit: the sign is that of the
    movement.
    """
    first, more = _rows(field)
    match = _LINE.fullmatch(first)
    is_cut = field.is_torn and match is not None and match["type"] is None  # its amount may have gone on
    if match is None or is_cut:
        raise Trouble(phrase(UNREADABLE_LINE, text=quoted(field.text.strip())))
    amount = xml_amount(_point(match["amount"]))
    sign = match["sign"]
    is_debit = sign in {"D", "RC", "ED"}
    value_on = day_of(full_year(int(match["value"][:2])), int(match["value"][2:4]), int(match["value"][4:]))
    own, _, bank = match["rest"].partition("//")
    return Line(
        amount=-amount if is_debit else amount,
        value_on=value_on,
        booked_on=_booked_on(match["entry"], value_on, match["value"]),
        is_reversal=sign in {"RC", "RD"},
        is_expected=sign in {"EC", "ED"},
        customer_reference=given_id(own),
        bank_reference=given_id(bank),
        supplement=spaced(_SUPPLEMENT.split(more, maxsplit=1)[0]),
        original_amount=_amount(_ORIGINAL, more),
        charges=_amount(_CHARGES, more),
        line=field.line,
    )


def _rows(field: Field) -> tuple[str, str]:
    """Return the first line and the rest; a first line torn in a few is put together."""
    for count in range(1, min(len(field.lines), _MOST_PIECES) + 1):
        first = "".join(field.lines[:count])
        if _LINE.fullmatch(first):
            return first, "".join(field.lines[count:])
    return field.text, ""


def _booked_on(digits: str | None, value_on: date | None, value_digits: str) -> date | None:
    if digits is None:
        return value_on
    month, day = int(digits[:2]), int(digits[2:])
    if value_on is None:
        return day_of(full_year(int(value_digits[:2])), month, day)
    found = [
        candidate
        for year in (value_on.year - 1, value_on.year, value_on.year + 1)
        if (candidate := day_of(year, month, day)) is not None and abs(candidate - value_on) <= _HALF_YEAR
    ]
    return min(found, key=lambda candidate: abs(candidate - value_on), default=None)


def _point(text: str) -> str:
    """Return an amount with a decimal comma (or, against the standard, a point) as plain text."""
    return text.replace(".", "").replace(",", ".") if "," in text else text


def _amount(pattern: re.Pattern[str], text: str) -> Decimal | None:
    match = pattern.search(text)
    try:
        return xml_amount(_point(match[2])) if match else None
    except Trouble:
        return None
