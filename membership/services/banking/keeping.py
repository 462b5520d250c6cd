"""What is kept of a bank file: one row for each entry, and what tells it from the entries that were there before.

Source: `reliability.md` 39, FI-43, FI-44; BNK-3.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.banking.lines import Entry, Statement, Status
from membership.domain.banking.twins import Trace, family_of, known_places
from membership.domain.members import hidden_iban
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.persistence import crypto
from membership.persistence.queries.bank import Account
from membership.persistence.queries.bank_traces import list_divided, list_traces, period_around

CURRENCY: Final = "EUR"
INTRADAY: Final = ("camt.052", "mt942")


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
        return begins and not ends and not self.statement.format.startswith(INTRADAY)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a statement stands: its file, its place in it, and why a doubt is accepted."""

    file_hash: str
    file_name: str
    position: int
    accepted: str


def is_booked(each: Entry) -> bool:
    """Return whether an entry has moved money in the currency of the books."""
    return each.status is Status.BOOKED and each.currency in {None, CURRENCY} and cents_of(each) != 0


def cents_of(each: Entry) -> int:
    """Return the amount of a booked entry in cents."""
    return int(each.amount * 100)


def days_of(statement: Statement) -> tuple[date | None, date | None]:
    """Return the first and the last day that the entries and balances of a statement tell."""
    booked = [each.booked_on for each in statement.entries if is_booked(each) and each.booked_on]
    closing = [statement.closing.day] if statement.closing and statement.closing.day else []
    opening = [statement.opening.day] if statement.opening and statement.opening.day else []
    return (min(booked or opening or closing, default=None), max([*booked, *closing], default=None))


def lines_of(session: Session, account: Account, kind: str, booked: Sequence[Entry]) -> list[int | None]:
    """Return for each booked entry the line that it is, None when it is new.

    A sum that is divided is known as the sum, or by all its parts together where a statement shows these in its stead.
    """
    if not booked:
        return []
    traces = [trace_of(session, each, kind) for each in booked]
    since, until = period_around([trace.booked_on for trace in traces])
    old = list_traces(session, account.id, since=since, until=until)
    found = [
        None if place is None else old[place][0]
        for place in known_places(traces, [trace for _id, trace in old])
    ]
    left = [position for position, line_id in enumerate(found) if line_id is None]
    for sum_id, parts in list_divided(session, account.id, since=since, until=until).items():
        places = known_places([trace for _line_id, trace in parts], [traces[position] for position in left])
        shown = [left[place] for place in places if place is not None]
        if sum_id in found or len(shown) < len(parts):
            continue
        for (line_id, _trace), position in zip(parts, shown, strict=True):
            found[position] = line_id
        left = [position for position in left if found[position] is None]
    return found


def shown_lines(session: Session, account_id: int, traces: Sequence[Trace]) -> list[int | None]:
    """Return for each entry of notifications the line by which a statement itself shows whose it is, else None."""
    since, until = period_around([trace.booked_on for trace in traces])
    old = list_traces(session, account_id, since=since, until=until)
    places = known_places(traces, [trace for _line_id, trace in old])
    says = {line_id for line_id, trace in old if trace.end_to_end_id or trace.name}
    lines = [None if place is None else old[place][0] for place in places]
    return [line_id if line_id in says else None for line_id in lines]


def trace_of(session: Session, each: Entry, kind: str) -> Trace:
    """Return what tells a booked entry of a file from others."""
    assert each.booked_on is not None, each
    return Trace(
        each.booked_on, cents_of(each), family_of(kind), each.bank_reference or "", _iban_key(session, each) or "",
        each.end_to_end_id or "", each.name or "", each.remittance or each.creditor_reference or "",
    )  # fmt: skip


def _iban_key(session: Session, each: Entry) -> str | None:
    return crypto.search_key(session, each.iban) if each.iban else None


def row_of(
    session: Session, each: Entry, account_id: int, statement_id: int, position: int
) -> dict[str, object]:
    """Return the row of an entry; the other side's account is sealed in it."""
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
