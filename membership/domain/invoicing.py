"""Which document a member gets: its parts by tax treatment, its lines, and the state of an issued invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

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
    DEFERRED = "deferred"
    CANCELLED = "cancelled"
    WAIVED = "waived"
    WRITTEN_OFF = "written_off"


class InvoiceKind(StrEnum):
    """What a document is: an invoice (380), what takes back all or a part (381), what replaces another (384)."""

    INVOICE = "invoice"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"
    CORRECTED = "corrected"


ASKING: Final = frozenset({InvoiceKind.INVOICE, InvoiceKind.CORRECTED})
"""Documents that ask for money; each has an open item. The others take off what these asked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a document: the amounts of its open item, and its due date, moved by a deferral or a plan."""

    original_cents: int
    open_cents: int
    due_on: date
    credited_cents: int = 0
    waived_cents: int = 0
    written_off_cents: int = 0
    first_due_on: date | None = None

    @property
    def counted_cents(self) -> int:
        """Return what the document counts after its corrections."""
        return self.original_cents - self.credited_cents

    @property
    def paid_cents(self) -> int:
        """Return what has been paid of it."""
        return self.counted_cents - self.waived_cents - self.written_off_cents - self.open_cents

    @property
    def is_cancelled(self) -> bool:
        """Return whether all of it was credited."""
        return self.credited_cents > 0 and self.counted_cents == 0

    @property
    def is_deferred(self) -> bool:
        """Return whether its due date was moved to a later day."""
        return self.first_due_on is not None and self.first_due_on < self.due_on

    def state(self, today: date) -> InvoiceState:
        """Return the one state it shows, by the precedence of `ux.md` 5.2."""
        if self.is_cancelled:
            return InvoiceState.CANCELLED
        if not self.open_cents:
            return self._settled_state()
        if payable_until(self.due_on) < today:
            return InvoiceState.OVERDUE
        if self.is_deferred:
            return InvoiceState.DEFERRED
        return InvoiceState.PARTLY_PAID if self.paid_cents > 0 else InvoiceState.OPEN

    def _settled_state(self) -> InvoiceState:
        if self.waived_cents:
            return InvoiceState.WAIVED
        return InvoiceState.WRITTEN_OFF if self.written_off_cents else InvoiceState.PAID


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


def billed_part(lines: Sequence[Line], tax_part: str) -> BilledPart:
    """Return the part of the lines that a document with this tax part bills."""
    part = TaxPart(tax_part)
    is_untaxed = {TaxPart.NOT_TAXABLE: True, TaxPart.TAXED: False}.get(part)
    own = (line for line in lines if is_untaxed in {None, line.tax is Treatment.NOT_TAXABLE})
    return BilledPart(part, tuple(own))


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


def days_overdue(*, open_cents: int, due_on: date, today: date) -> int:
    """Return how many days an open amount is overdue; 0 when it is paid or still in time."""
    return days_late(due_on, today) if open_cents else 0
