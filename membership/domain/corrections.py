"""Credit notes: what is left of each line of an invoice, how a part is taken off it, and which payments come free.

Amounts of a credit note are positive; its kind says that they are taken off. Source: D-INV-14, D-INV-15; EIN-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.dues.assessment import Line
from membership.domain.errors import N_, AlreadyDone, DomainError, InputError
from membership.domain.invoicing import BilledPart, TaxPart, entry_of
from membership.domain.ledger import Entry, EntryKind, entry
from membership.domain.money import Money

KO: Final = "KO"
"""The series of cancellations and corrections (D-INV-11)."""


class Cause(StrEnum):
    """Why an invoice is taken back or corrected (`ux.md` 6.7)."""

    WRONG_AMOUNT = "wrong_amount"
    WRONG_RECIPIENT = "wrong_recipient"
    LEFT = "left"
    LATE_SIZE = "late_size"
    OTHER = "other"


CAUSE_NAMES: Final = {
    Cause.WRONG_AMOUNT: N_("Wrong amount"),
    Cause.WRONG_RECIPIENT: N_("Wrong recipient"),
    Cause.LEFT: N_("Membership ended"),
    Cause.LATE_SIZE: N_("Size reported late"),
    Cause.OTHER: N_("Other reason"),
}


class PaidMoney(StrEnum):
    """What becomes of money that was already paid and is no longer owed (D-INV-15)."""

    CREDIT = "credit"
    SETTLE = "settle"


class AlreadyCancelled(AlreadyDone):
    """The invoice was taken back before."""

    message = N_("%(number)s was cancelled already, with %(document)s.")
    code = "already_cancelled"


class NothingLeft(DomainError):
    """Nothing of the invoice is left that could be taken back."""

    message = N_("Nothing is left of %(number)s that could be taken back.")
    code = "nothing_left"


class CorrectionTooLarge(DomainError):
    """A correction of all that is left, or of more."""

    message = N_(
        "%(number)s still counts %(rest)s. A correction takes less than that; to take back all of it, cancel the"
        " invoice."
    )
    code = "correction_too_large"


class ReasonMissing(InputError):
    """A change of a claim without a reason."""

    message = N_("Please say why.")
    code = "reason_missing"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is corrected: the cause, and words of one's own."""

    cause: Cause
    words: str = ""

    def __post_init__(self) -> None:
        """Refuse "other" without words."""
        if self.cause is Cause.OTHER and not self.words.strip():
            raise ReasonMissing


Taken = Sequence[tuple[int, int]]
"""Net and tax, in cents, taken off each line of an invoice, in the order of its lines."""


def rest_of(lines: Sequence[Line], taken: Sequence[Taken]) -> tuple[Line, ...]:
    """Return what is left of each line, in the order of the lines; a line that is used up has 0."""
    rest = list(lines)
    for each in taken:
        assert len(each) == len(rest), (len(each), len(rest))
        rest = [
            line._replace(amount=line.amount - Money(net), tax_amount=line.tax_amount - Money(tax))
            for line, (net, tax) in zip(rest, each, strict=True)
        ]
    return tuple(rest)


def gross_of(lines: Sequence[Line]) -> int:
    """Return the cents of lines with their tax."""
    return sum(line.amount.cents + line.tax_amount.cents for line in lines)


def part_of(rest: Sequence[Line], cents: int, *, number: str) -> tuple[Line, ...]:
    """Return what a correction of an amount with tax takes off each line: the first lines first.

    Raises `CorrectionTooLarge` for all that is left, or more: that is a cancellation.
    """
    whole = gross_of(rest)
    if not whole:
        raise NothingLeft(number=number)
    if cents >= whole:
        raise CorrectionTooLarge(number=number, rest=Money(whole))
    left = cents
    parts = []
    for line in rest:
        part = _off(line, min(left, max(0, gross_of([line]))))
        left -= gross_of([part])
        parts.append(part)
    assert left == 0, (cents, left)
    return tuple(parts)


def _off(line: Line, cents: int) -> Line:
    """Return the part of a line that comes to an amount with tax.

    What is left has the tax of its own amount, so that after any number of parts neither a part nor the rest is more
    than about a cent away from its rate.
    """
    left = with_gross(line, gross_of([line]) - cents)
    tax = Money(min(max(line.tax_amount.cents - left.tax_amount.cents, 0), cents))
    return replace(line, amount=Money(cents) - tax, tax_amount=tax)


def with_gross(line: Line, cents: int) -> Line:
    """Return a line that comes to an amount with the tax of its rate in it."""
    rate = line.tax_rate or Fraction(0)
    tax = Money(cents).times(rate / (1 + rate)) if line.tax_amount else Money(0)
    return line._replace(amount=Money(cents) - tax, tax_amount=tax)


def taken_by(lines: Sequence[Line]) -> list[list[int]]:
    """Return what lines take off, as it is frozen with the document."""
    return [[line.amount.cents, line.tax_amount.cents] for line in lines]


def credit_entry(
    lines: Sequence[Line], *, text: str, on: date, member_id: int, open_item_id: int, tax_part: TaxPart
) -> Entry:
    """Return the entry of a credit note: the income and tax of its lines against the receivable."""
    part = BilledPart(tax_part, tuple(lines))
    billed = entry_of(part, number=text, on=on, member_id=member_id, open_item_id=open_item_id)
    postings = [replace(posting, cents=-posting.cents) for posting in billed.postings]
    return entry(EntryKind.CREDIT_NOTE, on, text, postings)


@dataclass(frozen=True, slots=True)
class Freed:
    """A payment's part of a document that is taken off, and how much of it goes back on."""

    allocation_id: int
    keeps_cents: int


def freed(cents: int, allocations: Sequence[tuple[int, int]]) -> list[Freed]:
    """Return which (allocation, cents) are taken off to free an amount; the last one of them may keep a part.

    Args:
        cents: what must come free, 0 or more.
        allocations: in the order in which they are taken off.
    """
    found = []
    for allocation_id, part in allocations:
        if cents <= 0:
            break
        found.append(Freed(allocation_id, max(0, part - cents)))
        cents -= part
    assert cents <= 0, cents
    return found
