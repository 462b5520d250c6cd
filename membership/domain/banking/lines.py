"""What a bank file says, whatever its format: statements with balances and entries.

Amounts are exact decimals with the sign of the account holder: a file may hold any currency, with no, two or three
places. Only what is booked in the currency of the books becomes cents.

Source: `interfaces.md` "bank read", `domain.md` BNK-2 to BNK-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.phrases import Phrase

PLACES: Final = 2


class Status(StrEnum):
    """Whether money has moved. Announced, expected and merely informative entries are all pending: never booked."""

    BOOKED = "booked"
    PENDING = "pending"


class Balance(NamedTuple):
    """A balance with the sign of the account holder; `day` is None when the file names none that exists."""

    amount: Decimal
    currency: str | None
    day: date | None


class Entry(NamedTuple):
    """One movement. What the file does not say is None.

    Args:
        amount: with the sign of the account holder.
        name: the other side: payer of a credit, payee of a debit; the debtor of a returned direct debit.
        remittance: the unstructured lines joined without additions.
        code: ISO code of the transaction as `PMNT/RDDT/UPDD`, else the bank's own; MT940: the German GVC.
        return_reason: ISO code; MT940: the key of sub-field 34.
        batch: the bank's reference of the batch this belongs to, else the file's own number of it.
        payment_id: number of the payment block in the payer's file (`PmtInfId`), else of that file; also for a batch
            that stays one.
        original_amount: what was to be moved before fees or in another currency, without sign.
        charges: fees of the banks, without sign.
        line: where the entry begins in its file, counted from 1.
        place: which entry of its file it is a part of, counted from 1: what a batch holds shares it; 0 where nothing is
            divided.
    """

    amount: Decimal
    currency: str | None = None
    status: Status = Status.BOOKED
    booked_on: date | None = None
    value_on: date | None = None
    reversal: bool = False
    bank_reference: str | None = None
    code: str | None = None
    name: str | None = None
    iban: str | None = None
    remittance: str | None = None
    creditor_reference: str | None = None
    end_to_end_id: str | None = None
    mandate_id: str | None = None
    return_reason: str | None = None
    batch: str | None = None
    ultimate_name: str | None = None
    booking_text: str | None = None
    payment_id: str | None = None
    original_amount: Decimal | None = None
    charges: Decimal | None = None
    line: int = 0
    place: int = 0


class Finding(NamedTuple):
    """Something that does not add up, in a file that could be read.

    `is_control`: the file's own count or sum of its entries is not met, so some may be missing.
    """

    where: str
    text: Phrase
    is_control: bool = False


class Statement(NamedTuple):
    """One statement of one account; `number` is what the bank counts it as."""

    format: str
    account: str | None = None
    currency: str | None = None
    number: str | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    entries: Sequence[Entry] = ()
    findings: Sequence[Finding] = ()

    @property
    def difference(self) -> Decimal | None:
        """Return opening plus booked entries minus closing, None when that cannot be told.

        Entries in another currency than the account's do not count.
        """
        booked = (each for each in self.entries if each.status is Status.BOOKED)
        own = (each.amount for each in booked if each.currency in {None, self.currency})
        return difference_of(self.opening, self.closing, self.currency, sum(own, Decimal()))


class BankFile(NamedTuple):
    """All that one file holds; `format` is that of its statements, `zip` when an archive mixes them."""

    format: str
    statements: tuple[Statement, ...]


def difference_of(
    opening: Balance | None, closing: Balance | None, currency: str | None, booked: Decimal
) -> Decimal | None:
    """Return opening plus booked minus closing, None when one is missing or they are not in one currency."""
    if opening is None or closing is None or not opening.currency == closing.currency == currency:
        return None
    return opening.amount + booked - closing.amount


def decimal_text(amount: Decimal) -> str:
    """Return the amount as JSON prints it: two places, more only where the amount has them."""
    places = max(PLACES, -int(amount.normalize().as_tuple().exponent))
    text = f"{amount:.{places}f}"
    return text.removeprefix("-") if not amount else text
