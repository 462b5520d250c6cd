"""Which document a member gets: its parts by tax treatment, its lines, and the state of an issued invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from membership.domain.bank_days import days_late, payable_until
from membership.domain.dues.assessment import Line, LineKind
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.ledger import Account, EntryKind, Posting, entry
from membership.domain.ledger import Entry as LedgerEntry


class InvoiceState(StrEnum):
    """The one state an invoice shows (`ux.md` 5.2); worked out from dates and the open amount, never kept."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    OVERDUE = "overdue"
    PAID = "paid"


class TaxPart(StrEnum):
    """The part of a member's dues that a document bills; O and taxed lines never share one (EIN-6)."""

    ALL = "all"
    NOT_TAXABLE = "O"
    TAXED = "S"


@dataclass(frozen=True, slots=True)
class BilledPart:
    """The lines of one document."""

    tax_part: TaxPart
    lines: tuple[Line, ...]

    @property
    def is_in_scope(self) -> bool:
        """Return whether a line is taxed or exempt, so that the document is an invoice under § 14 UStG."""
        return any(line.tax is not Treatment.NOT_TAXABLE for line in self.lines)

    @property
    def net_cents(self) -> int:
        """Return the sum before tax."""
        return sum(line.amount.cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        """Return the tax of the lines as they were assessed; it is never worked out a second time (INV-25)."""
        return sum(line.tax_amount.cents for line in self.lines)

    @property
    def gross_cents(self) -> int:
        """Return the total."""
        return self.net_cents + self.tax_cents


def billed_parts(lines: Sequence[Line]) -> list[BilledPart]:
    """Return one part, or two where taxed and untaxed lines meet (`decisions.md` 13)."""
    untaxed = tuple(line for line in lines if line.tax is Treatment.NOT_TAXABLE)
    taxed = tuple(line for line in lines if line.tax is not Treatment.NOT_TAXABLE)
    if untaxed and taxed:
        return [BilledPart(TaxPart.NOT_TAXABLE, untaxed), BilledPart(TaxPart.TAXED, taxed)]
    return [BilledPart(TaxPart.ALL, tuple(lines))]


_INCOME = {
    LineKind.DUES: Account.DUES_INCOME,
    LineKind.ADMISSION_FEE: Account.ADMISSION_INCOME,
    LineKind.LEVY: Account.LEVY_INCOME,
    LineKind.SERVICE_FEE: Account.SERVICE_INCOME,
    LineKind.VOLUNTARY: Account.VOLUNTARY_INCOME,
    LineKind.CREDIT: Account.CREDITS,
}


def entry_of(part: BilledPart, *, number: str, on: date, member_id: int, open_item_id: int) -> LedgerEntry:
    """Return the entry of an invoice: receivable against income by kind, and tax."""
    postings = [Posting(Account.RECEIVABLES, part.gross_cents, member_id, open_item_id)]
    income: dict[Account, int] = {}
    for line in part.lines:
        account = _INCOME[line.kind]
        income[account] = income.get(account, 0) + line.amount.cents
    postings += [Posting(account, -cents, member_id) for account, cents in income.items()]
    postings.append(Posting(Account.TAX_PAYABLE, -part.tax_cents))
    return entry(EntryKind.INVOICE, on, number, postings)


def invoice_state(*, gross_cents: int, open_cents: int, due_on: date, today: date) -> InvoiceState:
    """Return the state: paid before overdue before partly paid before open (`ux.md` 5.2, precedence; DUN-3)."""
    if open_cents == 0:
        return InvoiceState.PAID
    if payable_until(due_on) < today:
        return InvoiceState.OVERDUE
    return InvoiceState.PARTLY_PAID if open_cents < gross_cents else InvoiceState.OPEN


def days_overdue(*, open_cents: int, due_on: date, today: date) -> int:
    """Return how many days an open amount is overdue; 0 when it is paid or still in time."""
    return days_late(due_on, today) if open_cents else 0
