"""`membership bank read FILE`: what a bank file holds; no database is opened.

Source: `interfaces.md` "bank read".
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, FileMissing, read_file
from membership.domain.banking.lines import Balance, BankFile, Entry, Statement, Status, decimal_text
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.services.bank_files import COMMAND_LIMIT, read_bank_file
from membership.wording import Wording

_LARGEST_MAPPING: Final = 1_048_576
_AMOUNT_WIDTH: Final = 14


def add_read(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bank read`; it opens no database."""
    asked = verb(
        verbs, "read", _read, purpose="say what a bank file holds: CAMT, MT940, CSV or a ZIP of them"
    )
    asked.add_argument("file", metavar="FILE", help="- is standard input")
    asked.add_argument("--mapping", metavar="FILE.toml", help="what the columns of an unknown CSV list mean")


def _read(args: argparse.Namespace, out: Out) -> int:
    data = read_file(args.file, limit=COMMAND_LIMIT)
    found = read_bank_file(data, filename=name_of(args.file), mapping=mapping_text(args.mapping))
    out.emit_long(json_pieces(found, out.words), _lines(found, out.words))
    return DONE


def name_of(file: str) -> str:
    """Return the name of a file without its folder; empty for standard input."""
    return "" if file == STANDARD else PurePath(file).name


def mapping_text(name: str | None) -> str:
    """Return the text of a mapping file, empty without one; raise `FileMissing`."""
    if name is None:
        return ""
    try:
        return read_file(name, limit=_LARGEST_MAPPING).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileMissing(name=name, why=phrase("it is not UTF-8")) from error


def json_pieces(found: BankFile, words: Wording) -> Iterator[str]:
    """Yield the document of `interfaces.md`, with a few keys more: findings, fees, booking text.

    The entries of a long statement are never held as JSON all at once: each is a line of its own.
    """
    yield f'{{"format": {_dumped(found.format)}, "statements": ['
    for number, statement in enumerate(found.statements):
        yield ("," if number else "") + "\n" + _dumped(_head(statement, words))[:-1] + ', "entries": ['
        for place, entry in enumerate(statement.entries):
            yield ("," if place else "") + "\n" + _dumped(_entry(entry))
        yield "]}"
    yield "]}"


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _head(statement: Statement, words: Wording) -> dict[str, Any]:
    return {
        "account": statement.account,
        "currency": statement.currency,
        "opening": _balance(statement.opening),
        "closing": _balance(statement.closing),
        "difference": _text(statement.difference),
        "format": statement.format,
        "number": statement.number,
        "findings": [
            {"where": each.where or None, "text": words.value(each.text)} for each in statement.findings
        ],
    }


def _balance(balance: Balance | None) -> dict[str, Any] | None:
    if balance is None:
        return None
    return {"amount": decimal_text(balance.amount), "currency": balance.currency, "date": _day(balance.day)}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "amount": decimal_text(entry.amount),
        "currency": entry.currency,
        "status": entry.status.value,
        "booked_on": _day(entry.booked_on),
        "value_on": _day(entry.value_on),
        "reversal": entry.reversal,
        "bank_reference": entry.bank_reference,
        "code": entry.code,
        "name": entry.name,
        "iban": entry.iban,
        "remittance": entry.remittance,
        "creditor_reference": entry.creditor_reference,
        "end_to_end_id": entry.end_to_end_id,
        "mandate_id": entry.mandate_id,
        "return_reason": entry.return_reason,
        "batch": entry.batch,
        "ultimate_name": entry.ultimate_name,
        "booking_text": entry.booking_text,
        "payment_id": entry.payment_id,
        "original_amount": _text(entry.original_amount),
        "charges": _text(entry.charges),
        "line": entry.line,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)


def _lines(found: BankFile, words: Wording) -> Iterator[str]:
    for number, statement in enumerate(found.statements):
        if number:
            yield ""
        yield words.text(
            "%(format)s, account %(account)s, statement %(number)s",
            format=statement.format,
            account=statement.account or "?",
            number=statement.number or "?",
        )
        yield from _balance_lines(statement, words)
        for entry in statement.entries:
            yield from _entry_lines(entry, words)
        for finding in statement.findings:
            place = f" ({finding.where})" if finding.where else ""
            yield words.text("Note: %(text)s", text=finding.text) + place


def _balance_lines(statement: Statement, words: Wording) -> Iterator[str]:
    for label, balance in (
        (N_("Opening balance"), statement.opening),
        (N_("Closing balance"), statement.closing),
    ):
        if balance is not None:
            amount = _amount(balance.amount, balance.currency, words)
            yield f"  {words.text(label)}: {amount}  {words.value(balance.day) if balance.day else ''}".rstrip()
    if statement.difference is None:
        yield "  " + words.text("A balance is missing: whether the file adds up cannot be told.")
    elif statement.difference:
        amount = _amount(statement.difference, statement.currency, words)
        yield "  " + words.text("The file does not add up: a difference of %(amount)s.", amount=amount)
    else:
        yield "  " + words.text("The file adds up.")


def _entry_lines(entry: Entry, words: Wording) -> Iterator[str]:
    day = words.value(entry.booked_on) if entry.booked_on else "—"
    amount = f"{_amount(entry.amount, entry.currency, words):>{_AMOUNT_WIDTH}}"
    pending = words.text("pending") if entry.status is Status.PENDING else None
    reason = words.text("returned: %(reason)s", reason=entry.return_reason) if entry.return_reason else None
    parts = [entry.name, entry.remittance or entry.creditor_reference or entry.booking_text, reason, pending]
    yield f"  {day:<10}  {amount}  " + " · ".join(part for part in parts if part)


def _amount(amount: Decimal, currency: str | None, words: Wording) -> str:
    """Return an exact amount of any currency as the language writes it."""
    whole, _, places = decimal_text(abs(amount)).partition(".")
    grouped = f"{int(whole):,}"
    if words.language == "de":
        grouped, mark = grouped.replace(",", "."), ","
    else:
        mark = "."
    sign = "−" if amount < 0 else ""
    return f"{sign}{grouped}{mark}{places}" + (f"\u00a0{currency}" if currency else "")
