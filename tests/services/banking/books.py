"""Statements for tests, made without a file."""

from __future__ import annotations

import secrets
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from membership.domain.banking.lines import Balance, BankFile, Entry, Statement
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_lines
from membership.services.banking.importing import take_in

IBAN = "DE89370400440532013000"
PAYER = "DE02120300000000202051"
DAY = date(2027, 2, 3)


class Taken(NamedTuple):
    """What taking a file in did."""

    new: int
    known: int
    gap_cents: int


def entry(cents: int, text: str = "", *, day: date = DAY, **changes) -> Entry:
    """Return a booked entry."""
    given = {"name": "Hansa Blechformteile GmbH", "iban": PAYER, "currency": "EUR", **changes}
    return Entry(Decimal(cents) / 100, booked_on=day, remittance=text or None, **given)


def statement(
    *entries: Entry, opening: int | None = 0, closing: int | None = None, kind="camt.053.001.08", **changes
):
    """Return a statement; without `closing` its balances add up."""
    total = sum(int(each.amount * 100) for each in entries)
    end = total + (opening or 0) if closing is None else closing
    days = [each.booked_on for each in entries] or [DAY]
    balances = {} if opening is None else {
        "opening": Balance(Decimal(opening) / 100, "EUR", min(days)),
        "closing": Balance(Decimal(end) / 100, "EUR", max(days)),
    }  # fmt: skip
    return Statement(kind, **{"account": IBAN, "currency": "EUR", **balances, **changes}, entries=entries)


def taken_in(
    actor: Actor, *statements: Statement, accepted: str = "", file_hash: str = "", **changes
) -> Taken:
    """Take statements in as one file; return how many of their entries were new and how many known."""
    found = BankFile(statements[0].format, statements)
    named = {"file_hash": file_hash or secrets.token_hex(16), "file_name": "auszug.xml", "accepted": accepted}
    ids = write(actor, take_in, found, **named, **changes)
    kept = [bank_lines.get_statement(read_as(actor), each) for each in ids]
    return Taken(
        sum(each.line_count for each in kept), sum(each.known_count for each in kept), kept[-1].gap_cents
    )


def lines(actor: Actor) -> list[bank_lines.LineView]:
    """Return all lines."""
    return bank_lines.list_lines(read_as(actor))


def books_cents(actor: Actor, account_id: int = 1) -> int:
    """Return what the books hold on the main account."""
    return bank_lines.booked_cents(read_as(actor), account_id, is_main=True)
