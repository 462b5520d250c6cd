"""What matching knows and what it answers: open items, payers, own files; candidates with signs in words.

Source: `domain.md` BNK-8 to BNK-10, `ux.md` 6.9.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import IntEnum, StrEnum
from typing import NamedTuple

from membership.domain.phrases import Phrase


class OpenItem(NamedTuple):
    """A document that can be paid; with `open_cents` 0 it is settled and only tells that somebody paid twice."""

    id: int
    number: str
    member_id: int
    open_cents: int
    due_on: date
    year: int


class Payer(NamedTuple):
    """A member as a bank line may show it.

    Args:
        names: of the company, also former ones; of its group they stand with the other members of the group.
        ibans: learned from confirmed payments and from mandates.
        habits: names of accounts that paid for this member in earlier years.
    """

    id: int
    number: str
    names: tuple[str, ...]
    group: int | None = None
    ibans: tuple[str, ...] = ()
    mandates: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()


class OwnDebit(NamedTuple):
    """One item of an own direct debit collection: its end-to-end id, the payment block it stood in, what it debits.

    `collection` is the number of its file, `due_on` the day on which the bank credits it; `is_credited`: it did.
    """

    end_to_end_id: str
    payment_id: str
    item_id: int
    cents: int
    collection: str = ""
    due_on: date | None = None
    is_credited: bool = False


class OwnRefund(NamedTuple):
    """A refund whose money has not left yet: its number is its end-to-end id, `payment_id` its file."""

    number: str
    payment_id: str
    member_id: int
    cents: int
    iban: str


class OwnPayout(NamedTuple):
    """What the payment provider pays out and no bank line has brought yet."""

    payout_id: str
    cents: int
    arrives_on: date


class Rule(StrEnum):
    """The signs of BNK-8, and five more: last year's payer, mandate, sum of a collection, own refund, payout."""

    REFERENCE = "A"
    NUMBER = "B"
    COLLECTION = "C"
    MEMBER = "D"
    IBAN = "E"
    NAME = "F"
    AMOUNT = "G"
    SUM = "H"
    UNIQUE = "I"
    SIMILAR = "J"
    MANDATE = "M"
    HABIT = "V"
    BLOCK_SUM = "K"
    REFUND = "R"
    PAYOUT = "P"


class Certainty(IntEnum):
    """How sure a candidate is: only `SURE` may be posted without a person."""

    POSSIBLE = 1
    LIKELY = 2
    SURE = 3


class Reason(NamedTuple):
    """A sign: its rule and how it is said."""

    rule: Rule
    text: Phrase


class Share(NamedTuple):
    """What a candidate gives to one item, in cents; for a return: what it takes back."""

    item_id: int
    cents: int


class Candidate(NamedTuple):
    """One way to explain a bank line.

    Args:
        members: whose items these are, in order; more than one only within a group or when the payer names them.
        shares: never more than an item has open, in sum never more than the line.
        rest_cents: of the line; becomes credit, or the fee of a return.
        doubts: signs against it, in words.
        found: the words of the line that were recognised, to be shown.
        refunds: the numbers of the own refunds that it is.
        payout: the payout of the payment provider that it is.
        collection: the number of the own collection, or of its block, that it is by its sum alone.
    """

    members: tuple[int, ...]
    shares: tuple[Share, ...]
    rest_cents: int
    points: int
    certainty: Certainty
    reasons: tuple[Reason, ...]
    doubts: tuple[Phrase, ...] = ()
    found: tuple[str, ...] = ()
    is_return: bool = False
    refunds: tuple[str, ...] = ()
    payout: str = ""
    collection: str = ""

    @property
    def rules(self) -> frozenset[Rule]:
        """Return the rules that speak for it."""
        return frozenset(reason.rule for reason in self.reasons)

    @property
    def is_collection(self) -> bool:
        """Return whether it is the credit of own direct debits."""
        return not self.is_return and bool(self.rules & {Rule.COLLECTION, Rule.BLOCK_SUM})


class Known(NamedTuple):
    """All that a statement is matched against."""

    items: Collection[OpenItem]
    payers: Collection[Payer]
    debits: Collection[OwnDebit] = ()
    refunds: Collection[OwnRefund] = ()
    payouts: Collection[OwnPayout] = ()
