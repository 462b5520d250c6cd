"""A member's own view of its dues: what each document says today, and the running account.

Source: `ux.md` 5.2, 7 "Home"; PAY-6 (the date beside the status); REP-13.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from membership.domain.bank_days import payable_until
from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceState, Standing
from membership.domain.ledger import EntryKind

ENTRY_WORDS: Final = {
    EntryKind.OPENING: N_("Opening balance"),
    EntryKind.INVOICE: N_("Dues invoice"),
    EntryKind.PAYMENT: N_("Payment"),
    EntryKind.CREDIT_NOTE: N_("Cancellation or correction"),
    EntryKind.WAIVER: N_("Waived"),
    EntryKind.WRITE_OFF: N_("Written off"),
    EntryKind.RETURN_FEE: N_("Fee of a return debit"),
    EntryKind.REFUND: N_("Refund"),
}
TAKEN_BACK_WORDS: Final = {
    EntryKind.OPENING: N_("Opening balance taken back"),
    EntryKind.INVOICE: N_("Dues invoice taken back"),
    EntryKind.PAYMENT: N_("Payment taken back"),
    EntryKind.WAIVER: N_("Waiver taken back"),
    EntryKind.WRITE_OFF: N_("Write-off taken back"),
    EntryKind.RETURN_FEE: N_("Fee of a return debit taken back"),
    EntryKind.REFUND: N_("Refund withdrawn"),
}


def entry_words(kind: EntryKind, reversed_kind: EntryKind | None) -> str:
    """Return what an entry of a member's account is called (message id)."""
    if reversed_kind is not None:
        return TAKEN_BACK_WORDS.get(reversed_kind, N_("Booking"))
    return ENTRY_WORDS.get(kind, N_("Booking"))


@dataclass(frozen=True, slots=True)
class Correction:
    """What takes something off a document: a cancellation or a correction."""

    number: str
    is_whole: bool
    issued_on: date
    cents: int
    has_pdf: bool


@dataclass(frozen=True, slots=True)
class Document:
    """What a member was billed; without an invoice it was owed when the books were opened.

    `title` is that of an invoice that is not about the dues of a year (of a levy, say), in its own language; `paid_on`
    the day of the last payment for it, `has_pdf` whether its PDF has been made.
    """

    number: str
    has_invoice: bool
    reference: str
    dues_year: int
    dated_on: date
    standing: Standing
    paid_on: date | None
    has_pdf: bool
    corrections: tuple[Correction, ...] = ()
    title: str = ""

    @property
    def due_on(self) -> date:
        """Return the day on which it is due, after a deferral the later one."""
        return self.standing.due_on

    @property
    def original_cents(self) -> int:
        """Return what it was issued with."""
        return self.standing.original_cents

    @property
    def counted_cents(self) -> int:
        """Return what it counts after its corrections."""
        return self.standing.counted_cents

    @property
    def open_cents(self) -> int:
        """Return what is open of it."""
        return self.standing.open_cents

    @property
    def paid_cents(self) -> int:
        """Return what has been paid of it."""
        return self.standing.paid_cents

    @property
    def overdue_since(self) -> date:
        """Return the first day on which what is open of it is overdue."""
        return payable_until(self.due_on) + timedelta(days=1)

    def state(self, today: date) -> InvoiceState:
        """Return the status that its badge shows."""
        return self.standing.state(today)


class HomeState(StrEnum):
    """What the member's home page says first."""

    OWED = "owed"
    PAID = "paid"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    FREE = "free"
    NOTHING_YET = "nothing_yet"


def home_state(documents: Sequence[Document], *, year: int, is_free: bool = False) -> HomeState:
    """Return whether something is owed, else what became of the dues of the year.

    `SETTLED`: nothing was paid for them and nothing is to be paid, for they were waived or come to 0. `is_free`: the
    run of the year found that the company owes none. What is not about dues says nothing of them.
    """
    if any(document.open_cents for document in documents):
        return HomeState.OWED
    dues = [document for document in documents if document.dues_year == year and not document.title]
    standing = [document for document in dues if not document.standing.is_cancelled]
    if standing:
        return HomeState.PAID if any(document.paid_cents for document in standing) else HomeState.SETTLED
    if is_free:
        return HomeState.FREE
    return HomeState.CANCELLED if dues else HomeState.NOTHING_YET


def shown_year(today: date, member: Belonging | None) -> int:
    """Return the dues year of the home page: this one, for who joins later that in which the membership begins."""
    begins = member.since if member else None
    return max(today.year, begins.year) if begins else today.year


def month_expected(issued_before: date | None, *, today: date) -> date | None:
    """Return the first day of the month in which an invoice is to be expected, None when that month is over.

    `issued_before` is the day on which the invoices of the year before were issued, None when there were none.
    """
    if issued_before is None:
        return None
    month = date(issued_before.year + 1, issued_before.month, 1)
    return month if month >= today.replace(day=1) else None


def owed(documents: Iterable[Document]) -> list[Document]:
    """Return what is open, the oldest due date first."""
    found = [document for document in documents if document.open_cents]
    return sorted(found, key=lambda document: (document.due_on, document.number))


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of a member's account: debit is positive; `takes_back` says that it reverses one of its kind."""

    entry_id: int
    posted_on: date
    kind: EntryKind
    takes_back: bool
    document: str
    cents: int


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A movement and what the member owes after it; less than 0 is its credit balance."""

    movement: Movement
    balance_cents: int


def running(movements: Iterable[Movement]) -> list[AccountLine]:
    """Return the movements by day with the balance after each."""
    balance = 0
    lines = []
    for movement in sorted(movements, key=lambda each: (each.posted_on, each.entry_id)):
        balance += movement.cents
        lines.append(AccountLine(movement, balance))
    return lines


@dataclass(frozen=True, slots=True)
class Belonging:
    """Since when a company is a member, and until when if an end is known."""

    since: date | None
    until: date | None

    def has_ended(self, today: date) -> bool:
        """Return whether the company is a member no more."""
        return self.until is not None and self.until < today


def belonging(periods: Sequence[tuple[date | None, date | None]]) -> Belonging | None:
    """Return the newest period of membership; None when there has been none."""
    if not periods:
        return None
    start, end = max(periods, key=lambda period: period[0] or date.min)
    return Belonging(start, end)
