"""A bank file is taken in whole or not at all: read before, checked against what is known, kept in one transaction.

What it would do is shown by a rehearsal of the same function. Source: `reliability.md` 39, INV-34, FI-43, FI-44; BNK-3.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.banking.lines import Balance, BankFile, Entry, Statement, Status
from membership.domain.banking.statements import (
    AccountContradicts,
    AccountNotSaid,
    Balances,
    DayUnsaid,
    ForeignAccount,
    ForeignCurrency,
    NothingBooked,
    StatementDiffers,
    StatementKnown,
    brought_gap,
    opening_entry,
)
from membership.domain.banking.twins import Trace, family_of, known_places
from membership.domain.members import hidden_iban
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard
from membership.persistence.models.bank import BankLine, BankStatement
from membership.persistence.queries import bank_lines as queries
from membership.persistence.queries.bank import Account, list_accounts
from membership.persistence.queries.settings import get_settings
from membership.services import ledger

CURRENCY: Final = "EUR"
GUARD: Final = "bank_lines"
_DETAILS_ONLY: Final = "camt.054"
_INTRADAY: Final = ("camt.052", "mt942")
_GERMAN: Final = re.compile(r"(?P<bank>\d{8})/(?P<account>\d{1,10})")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What taking in one statement does.

    Args:
        days: the first and the last day that its entries and its closing balance tell.
        new: how many entries are kept; `known` were there before, `pending` have not moved money yet.
        difference_cents: opening plus entries minus closing; 0 also when that cannot be told.
        gap_cents: what is missing between this statement and the others of the account.
    """

    account: Account
    statement: Statement
    days: tuple[date | None, date | None]
    new: int
    known: int
    pending: int
    difference_cents: int
    gap_cents: int

    @property
    def doubt(self) -> Phrase | None:
        """Return what a person must accept before this is taken in, None when nothing speaks against it."""
        if self.difference_cents:
            return phrase(
                "Opening balance and entries differ from the closing balance by %(amount)s.",
                amount=Money(abs(self.difference_cents)),
            )
        if self.gap_cents:
            return phrase(
                "Between this statement and the others of the account %(amount)s are missing.",
                amount=Money(abs(self.gap_cents)),
            )
        if self.is_cut:
            return phrase("The closing balance is missing: the file may be cut off.")
        return next((each.text for each in self.statement.findings if each.is_control), None)

    @property
    def is_cut(self) -> bool:
        """Return whether the statement begins with a balance and ends without one (FI-55)."""
        begins, ends = self.statement.opening is not None, self.statement.closing is not None
        return begins and not ends and not self.statement.format.startswith(_INTRADAY)


def take_in(
    session: Session,
    found: BankFile,
    *,
    file_hash: str,
    file_name: str,
    account_id: int | None = None,
    accepted: str = "",
) -> list[int]:
    """Keep all statements of a file with their new entries, or none; return their ids, in the order of their days.

    Args:
        session: the session of the unit of work.
        found: what was read from the file.
        file_hash: SHA-256 of the file, hex.
        file_name: as the person named it.
        account_id: the account of a list that names none.
        accepted: why a difference or a gap is accepted.

    Raises `StatementKnown` (the very same file), `StatementDiffers` (without `accepted`), `ForeignAccount`,
    `AccountNotSaid`, `ForeignCurrency`, `NothingBooked`, `DayUnsaid`, `PeriodClosed`.
    """
    kept = _kept(session, found, _Kept(file_hash, file_name, 0, accepted), account_id)
    return [statement_id for _sheet, statement_id in kept]


def preview(
    session: Session, found: BankFile, *, file_hash: str, account_id: int | None = None
) -> list[Sheet]:
    """Return what taking a file in would do; for `rehearse` alone. Raises as `take_in`, but not `StatementDiffers`."""
    return [sheet for sheet, _id in _kept(session, found, _Kept(file_hash, "", 0, "?"), account_id)]


def list_known(session: Session, found: BankFile, *, account_id: int | None = None) -> list[int]:
    """Return the lines, kept before, that entries of a file are; raises what `take_in` raises for a foreign file."""
    require(actor_of(session), "bank.read")
    accounts = list_accounts(session)
    known: list[int | None] = []
    for statement in found.statements:
        account = _account_of(statement, accounts, account_id)
        _require_bookable(statement)
        booked = [each for each in statement.entries if _is_booked(each)]
        known += _lines_of(session, account, statement.format, booked)
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


def _kept(session: Session, found: BankFile, kept: _Kept, account_id: int | None) -> list[tuple[Sheet, int]]:
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    first = queries.find_file(session, kept.file_hash)
    if first is not None:
        raise StatementKnown(day=first.at.date())
    accounts = list_accounts(session)
    done = []
    ordered = sorted(found.statements, key=lambda each: _days_of(each)[0] or date.min)
    for position, statement in enumerate(ordered, start=1):
        account = _account_of(statement, accounts, account_id)
        _require_bookable(statement)
        done.append(_keep(session, account, statement, replace(kept, position=position)))
    return done


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a statement stands: its file, its place in it, and why a doubt is accepted."""

    file_hash: str
    file_name: str
    position: int
    accepted: str


def _account_of(statement: Statement, accounts: Sequence[Account], chosen: int | None) -> Account:
    said = (statement.account or "").replace(" ", "").upper()
    if said:
        for account in accounts:
            if said == account.iban or _is_german(said, account.iban):
                return account
        raise ForeignAccount(account=statement.account)
    if chosen is not None:
        return next(account for account in accounts if account.id == chosen)
    if len(accounts) == 1:
        return accounts[0]
    raise AccountNotSaid


def _is_german(said: str, iban: str) -> bool:
    """Return whether bank code and account number (MT940) are those of a German IBAN."""
    found = _GERMAN.fullmatch(said)
    if found is None:
        return False
    return iban[:2] == "DE" and iban[4:] == found["bank"] + found["account"].zfill(10)


def _require_bookable(statement: Statement) -> None:
    if statement.format.startswith(_DETAILS_ONLY):
        raise NothingBooked(format=statement.format)
    if statement.currency not in {None, CURRENCY}:
        raise ForeignCurrency(currency=statement.currency)
    for number, each in enumerate(statement.entries, start=1):
        if _is_booked(each) and each.booked_on is None:
            raise DayUnsaid(number=number)


def _is_booked(each: Entry) -> bool:
    return each.status is Status.BOOKED and each.currency in {None, CURRENCY} and cents_of(each) != 0


def cents_of(each: Entry) -> int:
    """Return the amount of a booked entry in cents."""
    return int(each.amount * 100)


def _days_of(statement: Statement) -> tuple[date | None, date | None]:
    booked = [each.booked_on for each in statement.entries if _is_booked(each) and each.booked_on]
    closing = [statement.closing.day] if statement.closing and statement.closing.day else []
    opening = [statement.opening.day] if statement.opening and statement.opening.day else []
    return (min(booked or opening or closing, default=None), max([*booked, *closing], default=None))


def _keep(session: Session, account: Account, statement: Statement, kept: _Kept) -> tuple[Sheet, int]:
    booked = [each for each in statement.entries if _is_booked(each)]
    lines = _lines_of(session, account, statement.format, booked)
    new = [each for each, line_id in zip(booked, lines, strict=True) if line_id is None]
    days = _days_of(statement)
    before = queries.balances_of(session, account.id)
    told = _balances(statement, days)
    sheet = Sheet(
        account, statement, days, len(new), len(booked) - len(new), len(statement.entries) - len(booked),
        _whole_cents(statement), _gap(session, account, before, told, new),
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
    rows = (_row(session, each, account.id, statement_id, place) for place, each in enumerate(new, start=1))
    chain.append_all(session, BankLine, list(rows))
    facts = {"account": account.id, "new": sheet.new, "known": sheet.known, "gap": sheet.gap_cents}
    values = {"accepted": (None, kept.accepted)} if sheet.doubt is not None else None
    chain.note(session, "bank.import", "bank_statement", statement_id, facts=facts, values=values)
    return sheet, statement_id


def _lines_of(session: Session, account: Account, kind: str, booked: Sequence[Entry]) -> list[int | None]:
    """Return for each booked entry the line that it is, None when it is new."""
    if not booked:
        return []
    traces = [_trace(session, each, kind) for each in booked]
    since, until = queries.period_around([trace.booked_on for trace in traces])
    old = queries.list_traces(session, account.id, since=since, until=until)
    places = known_places(traces, [trace for _line_id, trace in old])
    return [None if place is None else old[place][0] for place in places]


def _trace(session: Session, each: Entry, kind: str) -> Trace:
    assert each.booked_on is not None, each
    return Trace(
        each.booked_on, cents_of(each), family_of(kind), each.bank_reference or "", _iban_key(session, each) or "",
        each.end_to_end_id or "", each.name or "", each.remittance or each.creditor_reference or "",
    )  # fmt: skip


def _iban_key(session: Session, each: Entry) -> str | None:
    return crypto.search_key(session, each.iban) if each.iban else None


def _cents(balance: Balance | None) -> int | None:
    return None if balance is None or balance.currency not in {None, CURRENCY} else int(balance.amount * 100)


def _balances(statement: Statement, days: tuple[date | None, date | None]) -> Balances:
    """Return the balances that a statement proves: none of an intraday report, none where one is missing (BNK-1)."""
    opening, closing = _cents(statement.opening), _cents(statement.closing)
    if statement.format.startswith(_INTRADAY) or opening is None or closing is None or days[0] is None:
        return Balances()
    return Balances(days[0], opening, days[1], closing)


def _whole_cents(statement: Statement) -> int:
    is_proof = not statement.format.startswith(_INTRADAY)
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


def _row(
    session: Session, each: Entry, account_id: int, statement_id: int, position: int
) -> dict[str, object]:
    uid = secrets.token_hex(8)
    sealed = (
        crypto.seal(session, each.iban, table="bank_lines", column="iban_sealed", uid=uid)
        if each.iban
        else None
    )
    return {
        "statement_id": statement_id, "account_id": account_id, "position": position, "uid": uid,
        "booked_on": each.booked_on, "value_on": each.value_on, "amount_cents": cents_of(each),
        "reversal": each.reversal, "bank_reference": each.bank_reference or "", "code": each.code or "",
        "name": each.name or "", "ultimate_name": each.ultimate_name or "", "iban_sealed": sealed,
        "iban_key": _iban_key(session, each), "iban_shown": hidden_iban(each.iban) if each.iban else "",
        "remittance": each.remittance or "", "booking_text": each.booking_text or "",
        "creditor_reference": each.creditor_reference or "", "end_to_end_id": each.end_to_end_id or "",
        "mandate_id": each.mandate_id or "", "payment_id": each.payment_id or "", "batch": each.batch or "",
        "return_reason": each.return_reason or "", "charges_cents": int((each.charges or 0) * 100),
    }  # fmt: skip
