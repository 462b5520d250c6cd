"""What stands around the rows of a bank's CSV list: account, balances, remarks.

Only balances that are called opening and closing are taken: what an account holds today proves nothing about the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from membership.domain.banking.lines import Balance
from membership.gateways.bank_files.csv_columns import currency_code, heading_key
from membership.gateways.bank_files.csv_values import (
    CREDIT_WORDS,
    DEBIT_WORDS,
    list_amount,
    list_day,
    looks_like_amount,
    looks_like_day,
    with_sign,
)
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.values import packed

_IBAN: Final = re.compile(r"([A-Z]{2}\d{2}[A-Z0-9]{11,30})(?![A-Z0-9])")
_IBAN_TEXT: Final = re.compile(r"\s*[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}\s*(?:/.*)?")
_ACCOUNT_LABELS: Final = frozenset({"konto", "kontonummer", "iban", "kontonr", "account", "accountnumber"})
_CURRENCY_LABELS: Final = frozenset({
    "waehrung", "kontowaehrung", "bewertetin", "currency", "valuedin", "accountcurrency",
})  # fmt: skip
_OPENING: Final = frozenset(
    {"anfangssaldo", "alterkontostand", "startsaldo", "openingbalance", "saldovortrag"}
)
_CLOSING: Final = frozenset({"endsaldo", "neuerkontostand", "schlusssaldo", "closingbalance"})
_BALANCES: Final = _OPENING | _CLOSING
_FOOTERS: Final = frozenset({
    "kontostand", "saldo", "summe", "gesamt", "total", "gesamtsumme", "umsaetzegesamt", "letzterkontostand", "summen",
    "aktuellerkontostand", "zwischensumme", "summesoll", "summehaben", "balance", "gesamtumsatz", "saldoderumsaetze",
})  # fmt: skip
_LABEL: Final = re.compile(
    "saldo|kontostand|balance|^(?:summe|summen|gesamt|gesamtsumme|total|umsätze gesamt|gesamtumsatz)",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_REMARK_CELLS: Final = 2
_CURRENCY_AT_END: Final = re.compile(r"([A-Z]{3}|€)\s*$")


def account_in(rows: Sequence[Sequence[str]]) -> str | None:
    """Return the account that the rows before the headings name: an IBAN, else what stands beside “Konto”."""
    for cells in rows:
        for cell in cells:
            if _IBAN_TEXT.fullmatch(cell.upper()) and (
                found := _IBAN.match(packed(cell.split("/")[0]).upper())
            ):
                return found[1]
    for cells in rows:
        for label, value in pairwise(cells):
            if heading_key(label) in _ACCOUNT_LABELS and any(sign.isdigit() for sign in value):
                return packed(value.split("/")[0]) or None
    return None


def currency_in(rows: Sequence[Sequence[str]]) -> str | None:
    """Return the currency that the rows before the headings name for all of the list."""
    for cells in rows:
        for label, value in pairwise(cells):
            if heading_key(label) in _CURRENCY_LABELS and (found := currency_code(value)):
                return found
    return None


def is_remark(cells: Sequence[str], *, is_dated: bool) -> bool:
    """Return whether a row below the headings is no entry: a balance, a sum, a remark.

    A row that has its day in the right column (`is_dated`) is an entry unless it holds nothing but a balance: a payer
    may write “Endsaldo”, or be called “Summer”.
    """
    if is_dated and not _LABEL.search("\n".join(cells)):
        return False
    filled = [cell.strip() for cell in cells if cell.strip()]
    keys = [heading_key(cell) for cell in filled]
    if _BALANCES & set(keys):
        return not is_dated or sum(not _is_figure(cell) for cell in filled) == 1
    if is_dated:
        return keys[0] in _FOOTERS and all(_is_figure(cell) for cell in filled[1:])
    if looks_like_day(filled[0]):
        return False
    if keys[0] in _FOOTERS or any(
        keys[0].startswith(word) for word in ("kontostandvom", "kontostandam", "saldovom", "summe")
    ):
        return True
    return len(filled) <= _MOST_REMARK_CELLS and not any(looks_like_amount(cell) for cell in filled)


def _is_figure(cell: str) -> bool:
    """Return whether a cell holds a day, an amount, a currency or a sign: all that a balance needs beside its name."""
    is_sign = cell.casefold() in CREDIT_WORDS | DEBIT_WORDS
    return is_sign or looks_like_day(cell) or looks_like_amount(cell) or currency_code(cell) is not None


def balance_in(cells: Sequence[str], currency: str | None) -> tuple[str, Balance] | None:
    """Return “opening” or “closing” and the balance that a row names, None when it names none."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    place = next((index for index, cell in enumerate(filled) if heading_key(cell) in _BALANCES), None)
    beside = [] if place is None else [cell for cell in filled[place + 1 :] if currency_code(cell) is None]
    if place is None or not beside:
        return None
    text, after = beside[0], beside[1:2]
    word = after[0] if after else ""
    named = _CURRENCY_AT_END.search(text)
    codes = [code for cell in filled if (code := currency_code(cell))]
    found = currency_code(named[1]) if named else (codes[0] if codes else currency)
    try:
        amount = with_sign(list_amount(text, ",", found), word)
    except Trouble:
        return None
    kind = "opening" if heading_key(filled[place]) in _OPENING else "closing"
    return kind, Balance(amount, found, _day(filled))


def _day(cells: Sequence[str]) -> date | None:
    text = next((cell for cell in cells if looks_like_day(cell)), None)
    try:
        return list_day(text, month_first=None) if text else None
    except Trouble:
        return None
