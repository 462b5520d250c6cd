"""The ledger's rules: an entry that does not balance cannot be built; a reversal is the entry with other signs.

Debit is positive, credit negative. Source: `reliability.md` INV-01, INV-02, INV-16; `domain.md` 8.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from membership.domain.errors import N_, DomainError


class EntryUnbalanced(DomainError):
    """The lines of an entry do not sum to 0, or there are fewer than two."""

    message = N_("The entry “%(text)s” does not balance: its lines sum to %(sum)s.")
    code = "unbalanced"


class Account(StrEnum):
    """Accounts by role; their numbers stand in `config/chart_of_accounts.toml`."""

    RECEIVABLES = "receivables"
    CREDITS = "credits"
    DUES_INCOME = "dues_income"
    ADMISSION_INCOME = "admission_income"
    LEVY_INCOME = "levy_income"
    SERVICE_INCOME = "service_income"
    VOLUNTARY_INCOME = "voluntary_income"
    TAX_PAYABLE = "tax_payable"
    BANK = "bank"
    CASH = "cash"
    CARD = "card"
    ONLINE = "online"
    OFFSET = "offset"
    OPENING = "opening"
    WAIVED_DUES = "waived_dues"
    BAD_DEBTS = "bad_debts"
    BANK_FEES = "bank_fees"
    TRANSIT = "transit"
    OTHER_INCOME = "other_income"
    OTHER_EXPENSE = "other_expense"


class EntryKind(StrEnum):
    """What an entry records."""

    OPENING = "opening"
    INVOICE = "invoice"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    REVERSAL = "reversal"
    CREDIT_NOTE = "credit_note"
    WAIVER = "waiver"
    WRITE_OFF = "write_off"
    BANK = "bank"
    RETURN_FEE = "return_fee"
    REFUND = "refund"
    ONLINE_FEE = "online_fee"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: an account, its amount in cents, and for personal accounts the member and the open item."""

    account: Account
    cents: int
    member_id: int | None = None
    open_item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced set of postings on one day."""

    kind: EntryKind
    posted_on: date
    text: str
    postings: tuple[Posting, ...]
    reverses_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse an entry that does not balance or has empty lines."""
        total = sum(posting.cents for posting in self.postings)
        has_zero = any(posting.cents == 0 for posting in self.postings)
        if total != 0 or has_zero or len(self.postings) < 2:  # noqa: PLR2004 - from one account to another
            raise EntryUnbalanced(text=self.text, sum=total)


def entry(kind: EntryKind, posted_on: date, text: str, postings: Iterable[Posting]) -> Entry:
    """Return an entry of all postings that move something."""
    return Entry(kind, posted_on, text, tuple(posting for posting in postings if posting.cents))


def reversal(booked: Entry, entry_id: int, *, on: date, text: str) -> Entry:
    """Return the entry that takes another back: the same postings with the opposite signs."""
    postings = tuple(replace(posting, cents=-posting.cents) for posting in booked.postings)
    return Entry(EntryKind.REVERSAL, on, text, postings, reverses_id=entry_id)


def balance(postings: Iterable[Posting]) -> int:
    """Return the sum of postings in cents."""
    return sum(posting.cents for posting in postings)
