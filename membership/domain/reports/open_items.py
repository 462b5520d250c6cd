"""Who owes what since when, at the end of a day, and how old it is.

Source: REP-1, REP-2; INV-11 (worked out from entries up to the day, not from the open amounts of today).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from membership.domain.bank_days import days_late
from membership.domain.claims import Instalment, next_due
from membership.domain.errors import N_
from membership.domain.reports.tables import Column, Kind, Table


@dataclass(frozen=True, slots=True)
class Terms:
    """When a document is due by decision; `is_changed` is False on days before the first one."""

    due_on: date
    plan: tuple[Instalment, ...] = ()
    is_changed: bool = True

    def of(self, item: ItemAt) -> ItemAt:
        """Return the item with the due date and the notes that these terms give it."""
        due_on = next_due(self.plan, item.open_cents) if self.plan else self.due_on
        if not self.is_changed:
            return replace(item, due_on=due_on)
        return replace(item, due_on=due_on, flags=(N_("Instalment plan") if self.plan else N_("Deferred"),))


@dataclass(frozen=True, slots=True)
class ItemAt:
    """A document of a member as the ledger shows it at the end of a day; amounts are the entries up to it.

    `category` and `dues_class` are those frozen with the invoice; both are empty for what was owed before.
    """

    member_id: int
    number: str
    name: str
    document: str
    dues_year: int
    category: str
    dues_class: str
    dated_on: date
    due_on: date
    invoiced_cents: int
    paid_cents: int
    written_off_cents: int = 0
    flags: tuple[str, ...] = ()

    @property
    def open_cents(self) -> int:
        """Return what is left of it."""
        return self.invoiced_cents - self.paid_cents - self.written_off_cents

    def days_overdue(self, as_of: date) -> int:
        """Return how many days after its due date, moved to a working day, the day lies; 0 until then (REP-2)."""
        return days_late(self.due_on, as_of)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a member has paid beyond its documents."""

    member_id: int
    number: str
    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class OpenItems:
    """The open items of a day, the oldest due of each member first; credits stand apart and are not netted."""

    as_of: date
    items: tuple[ItemAt, ...]
    credits: tuple[Credit, ...]

    @property
    def open_cents(self) -> int:
        """Return the sum of what members owe."""
        return sum(item.open_cents for item in self.items)

    @property
    def overdue_cents(self) -> int:
        """Return the part that is overdue."""
        return sum(item.open_cents for item in self.items if item.days_overdue(self.as_of))

    @property
    def credit_cents(self) -> int:
        """Return the sum of all credits."""
        return sum(credit.cents for credit in self.credits)


def open_items(items: Iterable[ItemAt], credits_: Iterable[Credit], *, as_of: date) -> OpenItems:
    """Return what is open, by member number, due date and document.

    Money that was allocated to a document dated later, or more than once, exceeds the document on days in
    between: on these days it is a credit of the member.
    """
    owed = []
    found: dict[int, Credit] = {credit.member_id: credit for credit in credits_}
    for item in items:
        if item.open_cents > 0:
            owed.append(item)
        elif item.open_cents < 0:
            known = found.get(item.member_id) or Credit(item.member_id, item.number, item.name, 0)
            found[item.member_id] = replace(known, cents=known.cents - item.open_cents)
    return OpenItems(
        as_of,
        tuple(sorted(owed, key=lambda item: (item.number, item.due_on, item.document))),
        tuple(sorted((each for each in found.values() if each.cents > 0), key=lambda each: each.number)),
    )


COLUMNS: Final = (
    Column("member", N_("Member no.")),
    Column("name", N_("Company")),
    Column("document", N_("Invoice")),
    Column("date", N_("Date"), Kind.DATE),
    Column("due", N_("Due on"), Kind.DATE),
    Column("days_overdue", N_("Days overdue"), Kind.COUNT),
    Column("original", N_("Amount"), Kind.AMOUNT),
    Column("open", N_("Open"), Kind.AMOUNT),
    Column("level", N_("Reminder level"), Kind.COUNT, is_later=True),
    Column("flags", N_("Notes"), Kind.WORDS, is_later=True),
)
CREDIT_COLUMNS: Final = (
    Column("member", N_("Member no.")),
    Column("name", N_("Company")),
    Column("amount", N_("Credit balance"), Kind.AMOUNT),
)


def open_items_table(report: OpenItems) -> Table:
    """Return REP-1: one row an open document; no reminder has gone out yet, so `level` is empty."""
    rows = tuple(
        (
            item.number, item.name, item.document, item.dated_on, item.due_on, item.days_overdue(report.as_of),
            item.invoiced_cents, item.open_cents, None, item.flags,
        )
        for item in report.items
    )  # fmt: skip
    original = sum(item.invoiced_cents for item in report.items)
    sums = (None, None, None, None, None, None, original, report.open_cents, None, None)
    return Table(COLUMNS, rows, sums)


def credits_table(report: OpenItems) -> Table:
    """Return the credit balances, apart from what is owed."""
    rows = tuple((credit.number, credit.name, credit.cents) for credit in report.credits)
    return Table(CREDIT_COLUMNS, rows, (None, None, report.credit_cents))


BUCKETS: Final = (
    (0, N_("Not yet due")),
    (30, N_("1–30")),
    (60, N_("31–60")),
    (90, N_("61–90")),
    (180, N_("91–180")),
    (365, N_("181–365")),
    (None, N_("More than 365")),
)
"""Last day of each age (REP-2) and its words."""


@dataclass(frozen=True, slots=True)
class Age:
    """One age of open items: its words, the sum and the number of documents."""

    words: str
    cents: int
    count: int
    is_overdue: bool


def ages(report: OpenItems) -> tuple[Age, ...]:
    """Return the open amount by days past the due date, all seven ages always (REP-2)."""
    sums = dict.fromkeys((words for _last, words in BUCKETS), (0, 0))
    for item in report.items:
        words = bucket_of(item.days_overdue(report.as_of))
        cents, count = sums[words]
        sums[words] = (cents + item.open_cents, count + 1)
    return tuple(
        Age(words, *sums[words], is_overdue=position > 0) for position, (_last, words) in enumerate(BUCKETS)
    )


def bucket_of(days: int) -> str:
    """Return the words of the age that so many days past the due date belong to."""
    return next(words for last, words in BUCKETS if last is None or days <= last)


def balances(report: OpenItems) -> Mapping[int, int]:
    """Return member id -> what it owes less its credit, of every member that has either."""
    found: dict[int, int] = {}
    for item in report.items:
        found[item.member_id] = found.get(item.member_id, 0) + item.open_cents
    for credit in report.credits:
        found[credit.member_id] = found.get(credit.member_id, 0) - credit.cents
    return found
