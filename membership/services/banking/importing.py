"""A bank file is taken in whole or not at all: read before, checked against what is known, kept in one transaction.

What it would do is shown by a rehearsal of the same function. Source: `reliability.md` 39, INV-34, FI-43, FI-44; BNK-3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.banking.lines import Balance, BankFile, Entry, Statement
from membership.domain.banking.statements import (
    AccountContradicts,
    AccountNotSaid,
    Balances,
    DayUnsaid,
    ForeignAccount,
    ForeignCurrency,
    StatementDiffers,
    StatementKnown,
    brought_gap,
    opening_entry,
    require_plausible,
)
from membership.domain.members import hidden_iban
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard
from membership.persistence.models.bank import BankLine, BankStatement
from membership.persistence.queries import bank_lines as queries
from membership.persistence.queries.bank import Account, list_accounts
from membership.persistence.queries.settings import get_settings
from membership.services import ledger
from membership.services.banking.dividing import divide, keep_details
from membership.services.banking.joining import Shown, find_joined, keep_joined
from membership.services.banking.keeping import (
    CURRENCY,
    INTRADAY,
    Kept,
    Sheet,
    cents_of,
    days_of,
    is_booked,
    lines_of,
    row_of,
)

GUARD: Final = "bank_lines"
_DETAILS_ONLY: Final = "camt.054"
_GERMAN: Final = re.compile(rf"(?:(?P<bank>\d{{8}})/)?(?P<account>\d{{1,10}})(?:{CURRENCY})?", re.ASCII)


def take_in(
    session: Session,
    found: BankFile,
    *,
    file_hash: str,
    file_name: str,
    account_id: int | None = None,
    accepted: str = "",
) -> list[int]:
    """Keep all statements of a file with their new entries, or none; return their ids by their days.

    Notifications stand last, and sums that they explain are divided.

    Args:
        session: the session of the unit of work.
        found: what was read from the file.
        file_hash: SHA-256 of the file, hex.
        file_name: as the person named it.
        account_id: the account of a list that names none.
        accepted: why a difference or a gap is accepted.

    Raises `StatementKnown` (the very same file), `StatementDiffers` (without `accepted`), `ForeignAccount`,
    `AccountNotSaid`, `ForeignCurrency`, `NothingBooked` (a notification without details), `DayUnsaid`, `PeriodClosed`,
    `StatementEmpty`, `DayImplausible`, `AmountUneven`.
    """
    kept = _kept(session, found, Kept(file_hash, file_name, 0, accepted), account_id)
    return [statement_id for _sheet, statement_id in kept]


def preview(
    session: Session, found: BankFile, *, file_hash: str, account_id: int | None = None
) -> list[Sheet]:
    """Return what taking a file in would do; for `rehearse` alone. Raises as `take_in`, but not `StatementDiffers`."""
    return [sheet for sheet, _id in _kept(session, found, Kept(file_hash, "", 0, "?"), account_id)]


def list_known(session: Session, found: BankFile, *, account_id: int | None = None) -> list[int]:
    """Return the lines, kept before, that entries of a file are; raises what `take_in` raises for a foreign file."""
    require(actor_of(session), "bank.read")
    accounts = list_accounts(session)
    known: list[int | None] = []
    for statement in found.statements:
        account = _account_of(statement, accounts, account_id)
        if _is_detail(statement):
            continue
        require_plausible(statement, currency=CURRENCY)
        _require_bookable(statement)
        booked = [each for each in statement.entries if is_booked(each)]
        known += lines_of(session, account, statement.format, booked)
    return sorted({line_id for line_id in known if line_id is not None})


def require_account(session: Session, found: BankFile, account_id: int | None) -> None:
    """Raise `AccountContradicts` when a file names another account than the one that a person named."""
    if account_id is None:
        return
    accounts = list_accounts(session)
    named = next(account for account in accounts if account.id == account_id)
    for statement in found.statements:
        account = _account_of(statement, accounts, account_id)
        if account.id != account_id:
            raise AccountContradicts(account=hidden_iban(account.iban), named=hidden_iban(named.iban))


def _kept(session: Session, found: BankFile, kept: Kept, account_id: int | None) -> list[tuple[Sheet, int]]:
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    first = queries.find_file(session, kept.file_hash)
    if first is not None:
        raise StatementKnown(day=first.at.date())
    accounts = list_accounts(session)
    done = []
    ordered = sorted(found.statements, key=lambda each: (_is_detail(each), days_of(each)[0] or date.min))
    for position, statement in enumerate(ordered, start=1):
        account = _account_of(statement, accounts, account_id)
        require_plausible(statement, currency=CURRENCY)
        keep = keep_details if _is_detail(statement) else _keep
        done.append(keep(session, account, statement, replace(kept, position=position)))
    for touched in dict.fromkeys(sheet.account.id for sheet, _id in done):
        divide(session, touched)
    return done


def _is_detail(statement: Statement) -> bool:
    """Return whether this is a notification, which books nothing and explains the entries of a statement (BNK-1)."""
    return statement.format.startswith(_DETAILS_ONLY)


def _account_of(statement: Statement, accounts: Sequence[Account], chosen: int | None) -> Account:
    said = (statement.account or "").replace(" ", "").upper()
    named = [each for each in accounts if _is_named(said, each.iban)] if said else accounts
    if said and not named:
        raise ForeignAccount(account=statement.account)
    found = named[0] if len(named) == 1 else next((each for each in named if each.id == chosen), None)
    if found is None:
        raise AccountNotSaid
    return found


def _is_named(said: str, iban: str) -> bool:
    """Return whether an account is meant: by IBAN, or as old files name it, by bank code and number or number alone.

    The currency of the account may follow.
    """
    if said in {iban, iban + CURRENCY}:
        return True
    found = _GERMAN.fullmatch(said)
    if found is None or iban[:2] != "DE":
        return False
    return iban[4:12] == (found["bank"] or iban[4:12]) and iban[12:] == found["account"].zfill(10)


def _require_bookable(statement: Statement) -> None:
    if statement.currency not in {None, CURRENCY}:
        raise ForeignCurrency(currency=statement.currency)
    for number, each in enumerate(statement.entries, start=1):
        if is_booked(each) and each.booked_on is None:
            raise DayUnsaid(number=number)


def _keep(session: Session, account: Account, statement: Statement, kept: Kept) -> tuple[Sheet, int]:
    _require_bookable(statement)
    booked = [each for each in statement.entries if is_booked(each)]
    lines = lines_of(session, account, statement.format, booked)
    days = days_of(statement)
    before = queries.balances_of(session, account.id)
    told = _balances(statement, days)

    def gap(moved: Iterable[Entry]) -> int:
        return _gap(session, account, before, told, moved)

    shown = Shown(booked, lines)
    joined = find_joined(session, account.id, shown, gap)
    new = joined.kept(shown)
    gap_cents = gap(joined.moving(shown))
    sheet = Sheet(
        account, statement, days, len(new), len(booked) - len(new), len(statement.entries) - len(booked),
        _whole_cents(statement), gap_cents,
    )  # fmt: skip
    if sheet.doubt is not None and not kept.accepted.strip():
        raise StatementDiffers(why=sheet.doubt)
    entry_id = _open_books(session, account, before, told)
    statement_id = chain.append(
        session, BankStatement, account_id=account.id, file_hash=kept.file_hash, file_name=kept.file_name,
        position=kept.position, format=statement.format, number=statement.number or "", from_on=days[0],
        until_on=days[1], opening_cents=told.opening_cents if told.first_on else None,
        closing_cents=told.closing_cents if told.last_on else None, line_count=sheet.new,
        known_count=sheet.known, pending_count=sheet.pending, difference_cents=sheet.difference_cents,
        gap_cents=sheet.gap_cents, accepted=kept.accepted.strip() if sheet.doubt is not None else "", entry_id=entry_id,
        actor_name=actor_of(session).name, at=actor_of(session).at,
    )  # fmt: skip
    rows = (row_of(session, each, account.id, statement_id, place) for place, each in enumerate(new, start=1))
    ids = chain.append_all(session, BankLine, list(rows))
    keep_joined(session, statement_id, account.id, joined, dict(zip(joined.places(shown), ids, strict=True)))
    facts = {"account": account.id, "new": sheet.new, "known": sheet.known, "gap": sheet.gap_cents}
    values = {"accepted": (None, kept.accepted)} if sheet.doubt is not None else None
    chain.note(session, "bank.import", "bank_statement", statement_id, facts=facts, values=values)
    return sheet, statement_id


def _cents(balance: Balance | None) -> int | None:
    return None if balance is None or balance.currency not in {None, CURRENCY} else int(balance.amount * 100)


def _balances(statement: Statement, days: tuple[date | None, date | None]) -> Balances:
    """Return the balances that a statement proves: none of an intraday report, none where one is missing (BNK-1)."""
    opening, closing = _cents(statement.opening), _cents(statement.closing)
    if statement.format.startswith(INTRADAY) or opening is None or closing is None or days[0] is None:
        return Balances()
    return Balances(days[0], opening, days[1], closing)


def _whole_cents(statement: Statement) -> int:
    is_proof = not statement.format.startswith(INTRADAY)
    return int(statement.difference * 100) if is_proof and statement.difference is not None else 0


def _gap(session: Session, account: Account, before: Balances, told: Balances, new: Iterable[Entry]) -> int:
    joined = before.joined(told)
    added = sum(
        cents_of(each)
        for each in new
        if joined.last_on and each.booked_on and each.booked_on <= joined.last_on
    )
    moved = queries.moved_until(session, account.id, joined.last_on) + added
    return brought_gap(
        before.gap_cents(queries.moved_until(session, account.id, before.last_on)), joined.gap_cents(moved)
    )


def _open_books(session: Session, account: Account, before: Balances, told: Balances) -> int | None:
    """Bring the books of an account to what its first statement opens with; None when they stand there."""
    if told.first_on is None or (before.first_on is not None and before.first_on <= told.first_on):
        return None
    if before.first_on is None:
        is_main = account.iban == get_settings(session).text("bank.iban")
        present = queries.booked_cents(session, account.id, is_main=is_main, before=told.first_on)
    else:
        present = before.opening_cents
    cents = told.opening_cents - present
    if not cents:
        return None
    return ledger.book(session, opening_entry(cents, on=told.first_on, text=account.label or account.iban))
