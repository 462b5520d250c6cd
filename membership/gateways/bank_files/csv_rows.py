"""One row of a bank's CSV list -> an entry.

Source: `interfaces.md` "bank read".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from membership.domain.banking.lines import Entry, Status
from membership.domain.phrases import phrase
from membership.gateways.bank_files.csv_columns import Columns, Role, currency_code, pieces_in
from membership.gateways.bank_files.csv_labels import read_labels
from membership.gateways.bank_files.csv_mapping import CsvMapping
from membership.gateways.bank_files.csv_values import (
    decimal_mark,
    is_month_first,
    is_pending_word,
    list_amount,
    list_day,
    list_status,
    with_sign,
)
from membership.gateways.bank_files.errors import Trouble
from membership.gateways.bank_files.sepa_tokens import listed_ids, read_tokens
from membership.gateways.bank_files.values import (
    MISSING_AMOUNT,
    MISSING_SIGN,
    given_id,
    iban_in,
    packed,
    quoted,
    spaced,
    unbroken,
)

_AMOUNT_ROLES: Final = (Role.AMOUNT, Role.DEBIT, Role.CREDIT)
_GERMAN: Final = re.compile(r"buchung|betrag|umsatz|valuta|wert|soll|haben|waehrung|währung", re.IGNORECASE)
_STARTS_WITH_TOKEN: Final = re.compile(r"\s*(?:EREF|KREF|MREF|CRED|SVWZ|ABWA)\+")
_NO_DAY: Final = frozenset({"", "-", "--", "---"})


class Habits(NamedTuple):
    """How this list writes: decimal sign, order of days with slashes, the currency where no column says it."""

    mark: str
    month_first: bool | None
    currency: str | None


def habits_of(columns: Columns, rows: Sequence[Sequence[str]], mapping: CsvMapping) -> Habits:
    """Return how the list writes, by the mapping, else by its own rows, else by the language of its headings."""
    places = [index for role in _AMOUNT_ROLES for index in columns.places.get(role, ())]
    amounts = (row[index] for row in rows for index in places if index < len(row))
    is_german = any(_GERMAN.search(heading) for heading in columns.headings) or not columns.headings
    mark = mapping.decimal or decimal_mark(amounts) or ("," if is_german else ".")
    day_places = [index for role in (Role.BOOKED, Role.VALUE) for index in columns.places.get(role, ())]
    if mapping.days:
        month_first: bool | None = mapping.days == "mdy"
    else:
        month_first = is_month_first(row[index] for row in rows for index in day_places if index < len(row))
        month_first = False if month_first is None and is_german else month_first
    return Habits(mark, month_first, mapping.currency or columns.currency)


def read_row(cells: Sequence[str], line: int, columns: Columns, habits: Habits) -> tuple[str | None, Entry]:
    """Return own account (None when no column says it) and entry of a row; raise `Trouble` when it cannot be read."""
    if len(cells) < columns.width:
        there, wanted = len(cells), columns.width
        raise Trouble(
            phrase("the row ends too early: %(there)s of %(wanted)s fields", there=there, wanted=wanted)
        )
    if any(cell.strip() for cell in cells[max(columns.width, len(columns.headings)) :]):
        raise Trouble(phrase("the row has more fields than there are headings"))
    currency = _currency(cells, columns, habits)
    amount = _amount(cells, columns, habits, currency)
    booked_on, status = _when(cells, columns, habits)
    credit = amount > 0
    labelled = read_labels(texts[0]) if len(texts := _texts(cells, columns)) == 1 else None
    remittance, end_to_end, mandate, ultimate = _words([labelled.text] if labelled else texts)
    account = packed(_cell(cells, columns, Role.ACCOUNT) or "").strip("'\"") or None
    return account, Entry(
        amount=amount,
        currency=currency,
        status=status,
        booked_on=booked_on,
        value_on=_value_on(cells, columns, habits),
        name=_name(cells, columns, is_credit=credit) or (labelled.name if labelled else None),
        iban=_iban(cells, columns, is_credit=credit) or (labelled.iban if labelled else None),
        remittance=remittance,
        end_to_end_id=given_id(_cell(cells, columns, Role.END_TO_END)) or end_to_end,
        mandate_id=given_id(_cell(cells, columns, Role.MANDATE)) or mandate,
        batch=given_id(_cell(cells, columns, Role.BATCH)),
        ultimate_name=spaced(_cell(cells, columns, Role.ULTIMATE)) or ultimate,
        booking_text=spaced(_cell(cells, columns, Role.BOOKING_TEXT)),
        original_amount=_optional(cells, columns, Role.ORIGINAL, habits),
        charges=_optional(cells, columns, Role.CHARGES, habits),
        line=line,
    )


def is_sum(cells: Sequence[str], entries: Sequence[Entry], habits: Habits) -> bool:
    """Return whether a row holds nothing but the sums of all entries: of credits, of debits, of both."""
    filled = [cell for cell in cells if cell.strip() and currency_code(cell) is None]
    gained = sum((entry.amount for entry in entries if entry.amount > 0), Decimal())
    lost = sum((entry.amount for entry in entries if entry.amount < 0), Decimal())
    try:
        amounts = [list_amount(cell, habits.mark, habits.currency) for cell in filled]
    except Trouble:
        return False
    return bool(amounts) and bool(entries) and set(amounts) <= {gained, lost, -lost, gained + lost}


def is_cut(cells: Sequence[str], columns: Columns, elder: Sequence[Sequence[str]]) -> bool:
    """Return whether a row in which the file ends stops in an amount: it has fewer places than all before it."""
    last = len(cells) - 1
    if not any(last in columns.places.get(role, ()) for role in _AMOUNT_ROLES):
        return False
    places = {_places(row[last]) for row in elder if len(row) > last and row[last].strip()}
    return len(places) == 1 and _places(cells[last]) < places.pop()


def _places(text: str) -> int:
    return len(text.rstrip()) - 1 - max(text.rfind(","), text.rfind(".")) if "," in text or "." in text else 0


def _cell(cells: Sequence[str], columns: Columns, role: Role) -> str | None:
    index = columns.one(role)
    return cells[index] if index is not None else None


def _currency(cells: Sequence[str], columns: Columns, habits: Habits) -> str | None:
    text = _cell(cells, columns, Role.CURRENCY)
    if text is None or not text.strip():
        return habits.currency
    code = currency_code(text)
    if code is None:
        raise Trouble(phrase("“%(text)s” is no currency", text=quoted(text)))
    return code


def _amount(cells: Sequence[str], columns: Columns, habits: Habits, currency: str | None) -> Decimal:
    if Role.AMOUNT in columns.places:
        amount = list_amount(_cell(cells, columns, Role.AMOUNT) or "", habits.mark, currency)
        word = _cell(cells, columns, Role.SIGN)
        if word is None:
            return amount
        if not word.strip():
            raise Trouble(MISSING_SIGN)
        return with_sign(amount, word)
    debit, credit = (
        list_amount(text, habits.mark, currency)
        if (text := _cell(cells, columns, role) or "").strip()
        else None
        for role in (Role.DEBIT, Role.CREDIT)
    )
    if debit and credit:
        raise Trouble(phrase("there is both a credit and a debit"))
    if debit is None and credit is None:
        raise Trouble(MISSING_AMOUNT)
    return -abs(debit) if debit else (credit or Decimal())


def _when(cells: Sequence[str], columns: Columns, habits: Habits) -> tuple[date | None, Status]:
    text = _cell(cells, columns, Role.BOOKED) or ""
    status = list_status(_cell(cells, columns, Role.STATUS) or "")
    if is_pending_word(text) or (status is Status.PENDING and text.strip() in _NO_DAY):
        return None, Status.PENDING
    return list_day(text, month_first=habits.month_first), status


def _value_on(cells: Sequence[str], columns: Columns, habits: Habits) -> date | None:
    text = _cell(cells, columns, Role.VALUE) or ""
    if text.strip() in _NO_DAY or is_pending_word(text):
        return None
    return list_day(text, month_first=habits.month_first)


def _name(cells: Sequence[str], columns: Columns, *, is_credit: bool) -> str | None:
    roles = (Role.PAYER, Role.PAYEE) if is_credit else (Role.PAYEE, Role.PAYER)
    if Role.NAME in columns.places:
        return spaced(_cell(cells, columns, Role.NAME))
    if Role.PAYER in columns.places and Role.PAYEE in columns.places:
        return spaced(_cell(cells, columns, roles[0]))
    return spaced(_cell(cells, columns, roles[0]) or _cell(cells, columns, roles[1]))


def _iban(cells: Sequence[str], columns: Columns, *, is_credit: bool) -> str | None:
    """Return the IBAN of the other side: of two columns the first is the payer's, the second the payee's."""
    places = columns.places.get(Role.IBAN, ())
    return iban_in(cells[places[0 if is_credit else -1]]) if places else None


def _texts(cells: Sequence[str], columns: Columns) -> list[str]:
    """Return the texts of a row; one that is no piece of the text before it is set apart by a blank."""
    texts: list[str] = []
    pieces = pieces_in(columns.headings)
    for index in columns.places.get(Role.TEXT, ()):
        is_apart = bool(texts) and index not in pieces and cells[index].strip()
        texts.append(f" {cells[index].strip()}" if is_apart else cells[index])
    return texts


def _words(texts: Sequence[str]) -> tuple[str | None, str | None, str | None, str | None]:
    """Return remittance, end-to-end id, mandate, ultimate party: SEPA words count where a text begins with one."""
    lines = [unbroken(text) or "" if "\n" in text or "\r" in text else text for text in texts]
    whole = "".join(lines)
    if _STARTS_WITH_TOKEN.match(whole):
        values = read_tokens(lines).values
        text = values.get("SVWZ")
        return (
            unbroken(text) if text else None,
            given_id(values.get("EREF")),
            given_id(values.get("MREF")),
            spaced(values.get("ABWA") or values.get("ABWE")),
        )
    end_to_end, mandate = listed_ids(whole)
    return unbroken(whole), given_id(end_to_end), given_id(mandate), None


def _optional(cells: Sequence[str], columns: Columns, role: Role, habits: Habits) -> Decimal | None:
    text = _cell(cells, columns, role) or ""
    try:
        return abs(list_amount(text, habits.mark, None)) or None if text.strip() else None
    except Trouble:
        return None
