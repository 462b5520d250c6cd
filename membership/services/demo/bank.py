"""The bank of the demonstration: the last dues year was paid through it, and one month waits to be taken in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from membership.domain.banking.statements import Category, Rest
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.persistence.queries.bank_known import list_payers
from membership.persistence.queries.invoicing import InvoiceView, list_invoices
from membership.services.bank_files import read_bank_file
from membership.services.banking.deciding import payout_line, post_line, return_line, set_aside
from membership.services.banking.importing import take_in
from membership.services.banking.matching import match_open, parts_of
from membership.services.demo.statements import Move, Owed, camt_file, running_costs, waiting_moves

_OPENING_CENTS: Final = 41_250_00
_CATEGORIES: Final = (Category.BANK_FEES, Category.SUPPLIER)
Match = Callable[[Actor, date], object]
"""Posts all sure matches; the command line brings it from `jobs`."""


@dataclass(slots=True)
class Account:
    """What the statements so far came to, and how many there were."""

    iban: str
    cents: int = _OPENING_CENTS
    count: int = 0


def keep_statement(actor: Actor, account: Account, moves: Sequence[Move], *, match: Match) -> None:
    """Take a statement of these movements in, post what is sure, and decide the rest as a treasurer would."""
    last = max(move.on for move in moves)
    costs = running_costs(last)
    file = _next_file(account, [*sorted(moves, key=lambda each: each.on), *costs])
    found = read_bank_file(file, filename="")
    name = f"kontoauszug-{account.count}.xml"
    write(actor, take_in, found, file_hash=sha256(file).hexdigest(), file_name=name)
    match(actor, last)
    _decide(actor, last)


def _decide(actor: Actor, today: date) -> None:
    costs = dict(zip((move.text for move in running_costs(today)), _CATEGORIES, strict=True))
    for found in match_open(read_as(actor), today=today):
        line_id = found.view.line.id
        if found.candidates and found.candidates[0].is_return:
            write(actor, return_line, line_id)
        elif found.view.line.amount_cents < 0:
            write(actor, set_aside, line_id, costs[found.view.line.remittance], always=True)
        elif found.candidates and found.candidates[0].payout:
            write(actor, payout_line, line_id, found.candidates[0].payout)
        elif found.candidates:
            best = found.candidates[0]
            rest = Rest.CREDIT if best.rest_cents else Rest.OPEN
            write(actor, post_line, line_id, parts_of(found, best), today=today, rest=rest)


def waiting_file(
    actor: Actor, account: Account, numbers: Collection[str], *, since: date, until: date
) -> bytes:
    """Return the statement that waits: these invoices paid, in every way that people pay."""
    session = read_as(actor)
    known = {payer.id for payer in list_payers(session, today=until) if payer.ibans}
    owed = [owed_of(view) for view in list_invoices(session) if view.invoice.number in numbers]
    return _next_file(account, waiting_moves(owed, known=known, since=since, until=until))


def owed_of(view: InvoiceView) -> Owed:
    """Return what is to be paid of an invoice."""
    invoice, member = view.invoice, view.member
    return Owed(invoice.number, invoice.reference, member.id, member.name, invoice.gross_cents)


def _next_file(account: Account, moves: Sequence[Move]) -> bytes:
    account.count += 1
    file = camt_file(moves, iban=account.iban, number=account.count, opening_cents=account.cents)
    account.cents += sum(move.cents for move in moves)
    return file
