"""A member's account on paper: the running account of a range, or the balance of a day to be confirmed.

It stands in the same letter as an invoice, but asks for no payment and takes no number. It checks its own sums.
Source: `ux.md` 6.3 "Beitragskonto".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from invoices.formats import Language
from invoices.glyphs import missing_glyphs
from invoices.parties import Issuer, Recipient, require

AccountKind = Literal["statement", "confirmation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One entry; a debit is positive. `detail` is the small line below its text."""

    day: date
    text: str
    cents: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """The account of a member from a day to a day.

    `opening_cents` is what the member owed before the first day, `closing_cents` what it owes after the last; less
    than 0 is its credit balance. A confirmation has the rows that are open, and no opening balance.
    """

    kind: AccountKind
    language: Language
    issued_on: date
    period_from: date
    period_to: date
    issuer: Issuer
    recipient: Recipient
    subject: str
    salutation: str
    intro: str
    rows: tuple[AccountRow, ...]
    opening_cents: int
    closing_cents: int

    number: ClassVar[None] = None
    refers_to: ClassVar[None] = None
    due_on: ClassVar[None] = None
    exchange: ClassVar[None] = None
    is_draft: ClassVar[bool] = False
    is_dues: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse sums that do not belong together, and signs that cannot be printed."""
        worked_out = self.opening_cents + sum(row.cents for row in self.rows)
        require(
            worked_out == self.closing_cents,
            f"the rows lead to {worked_out} cents, the balance says {self.closing_cents}",
        )
        require(self.period_from <= self.period_to, "the range ends before it begins")
        texts = [self.subject, self.salutation, *self.intro.split("\n"), *self.recipient.address]
        texts += [text for row in self.rows for text in (row.text, row.detail)]
        missing = missing_glyphs("".join(texts))
        require(not missing, f"these signs cannot be printed: {missing!r}")
