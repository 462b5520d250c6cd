"""What is decided about a claim without a document: waiver, write-off, deferral, instalment plan.

Source: D-INV-16, D-INV-17, DUE-26, MEM-18; § 17 UStG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

from membership.domain.errors import N_, AlreadyDone, DomainError, InputError
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry
from membership.domain.money import Money


class EventKind(StrEnum):
    """What was decided about an open item."""

    WAIVER = "waiver"
    WRITE_OFF = "write_off"
    DEFERRAL = "deferral"
    INSTALMENTS = "instalments"


LOSSES: Final = {
    EventKind.WAIVER: (EntryKind.WAIVER, Account.WAIVED_DUES),
    EventKind.WRITE_OFF: (EntryKind.WRITE_OFF, Account.BAD_DEBTS),
}
"""Decisions that give up money: the kind of their entry, and the account that bears it."""

MOST_INSTALMENTS: Final = 36


class NothingOpen(DomainError):
    """Nothing is open of the document."""

    message = N_("Nothing is open of %(number)s.")
    code = "nothing_open"


class AlreadyDecided(AlreadyDone):
    """The same was decided before."""

    message = N_("This was decided about %(number)s already.")
    code = "already_decided"


class GivesUpTooMuch(DomainError):
    """More was to be waived than is open."""

    message = N_("Only %(open)s of %(number)s are open. No more than that can be waived.")
    code = "gives_up_too_much"


class DayTooEarly(DomainError):
    """A deferral or an instalment on a day that has passed, or not after the due date."""

    message = N_("%(day)s is too early: the new day must lie after %(first)s.")
    code = "day_too_early"


class InstalmentsWrong(InputError):
    """Days of an instalment plan that are no plan."""

    message = N_("A plan has two to 36 days, each after the one before.")
    code = "instalments"


class ResolutionMissing(InputError):
    """A claim is given up without saying who decided it."""

    message = N_("Please say who decided this, for example “Board, 12 March 2027”.")
    code = "resolution_missing"


class NothingDecided(DomainError):
    """There is nothing to take back."""

    message = N_("Nothing of %(number)s was waived or written off.")
    code = "nothing_decided"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of a plan and its day."""

    due_on: date
    cents: int


def loss_entry(
    kind: EventKind, cents: int, tax_cents: int, *, text: str, on: date, member_id: int, open_item_id: int
) -> Entry:
    """Return the entry of a waiver or write-off; the tax in it is owed no more (§ 17 UStG)."""
    entry_kind, account = LOSSES[kind]
    postings = (
        Posting(account, cents - tax_cents, member_id),
        Posting(Account.TAX_PAYABLE, tax_cents),
        Posting(Account.RECEIVABLES, -cents, member_id, open_item_id),
    )
    return entry(entry_kind, on, text, postings)


def tax_within(cents: int, *, tax_cents: int, gross_cents: int) -> int:
    """Return the tax in a part of an invoice, in proportion."""
    return Money(cents).times(Fraction(tax_cents, gross_cents)).cents if gross_cents else 0


def plan_of(open_cents: int, days: Sequence[date], *, today: date) -> tuple[Instalment, ...]:
    """Return an open amount in instalments, the remaining cents on the last (DUE-26).

    Raises `InstalmentsWrong` for days that are no plan, `DayTooEarly` for one that has passed.
    """
    if not 2 <= len(days) <= MOST_INSTALMENTS or any(a >= b for a, b in pairwise(days)):  # noqa: PLR2004
        raise InstalmentsWrong
    if days[0] < today:
        raise DayTooEarly(day=days[0], first=today)
    if open_cents < len(days):
        raise InstalmentsWrong
    parts = Money(open_cents).split(len(days))
    return tuple(Instalment(day, part.cents) for day, part in zip(days, parts, strict=True))


def next_due(plan: Sequence[Instalment], open_cents: int) -> date:
    """Return the day of the first instalment that is not settled, while so much is open; of none the last day."""
    settled = sum(part.cents for part in plan) - open_cents
    for part in plan:
        settled -= part.cents
        if settled < 0:
            return part.due_on
    return plan[-1].due_on


def due_parts(plan: Sequence[Instalment], open_cents: int) -> list[Instalment]:
    """Return what is left of each instalment while so much is open; payments settle the earliest first.

    What is open beyond the plan, because it was made for less, is due with its last day.
    """
    settled = max(0, sum(part.cents for part in plan) - open_cents)
    left = []
    for part in plan:
        off = min(settled, part.cents)
        settled -= off
        if part.cents > off:
            left.append(Instalment(part.due_on, part.cents - off))
    beyond = open_cents - sum(part.cents for part in left)
    if beyond > 0:
        left.append(Instalment(plan[-1].due_on, beyond))
    return left
