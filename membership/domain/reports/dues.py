"""Dues planned, invoiced and paid, by dues year and category, and the same by member.

Source: REP-3; by dues year, not by the day of payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from membership.domain.errors import N_
from membership.domain.reports.open_items import ItemAt
from membership.domain.reports.tables import Column, Kind, Table


@dataclass(frozen=True, slots=True)
class Planned:
    """What a member owes for a dues year by the facts of today; None where the schedule cannot decide."""

    member_id: int
    number: str
    name: str
    category: str
    dues_class: str
    cents: int | None
    previous_cents: int | None = None


@dataclass(frozen=True, slots=True)
class MemberYear:
    """One member's dues of one year. A member whose dues nobody can work out is planned as it was invoiced."""

    year: int
    number: str
    name: str
    category: str
    dues_class: str
    planned_cents: int
    invoiced_cents: int
    paid_cents: int
    written_off_cents: int
    previous_cents: int | None = None
    is_undecided: bool = False

    @property
    def open_cents(self) -> int:
        """Return what is left of the documents."""
        return self.invoiced_cents - self.paid_cents - self.written_off_cents


@dataclass(frozen=True, slots=True)
class CategoryYear:
    """All members of a category in one dues year."""

    year: int
    category: str
    members: int
    planned_cents: int
    invoiced_cents: int
    paid_cents: int
    written_off_cents: int

    @property
    def open_cents(self) -> int:
        """Return what is left of the documents."""
        return self.invoiced_cents - self.paid_cents - self.written_off_cents


@dataclass(frozen=True, slots=True)
class Dues:
    """The dues of one or more years: by member, and added up by category."""

    members: tuple[MemberYear, ...]
    categories: tuple[CategoryYear, ...]

    @property
    def undecided(self) -> int:
        """Return of how many members the schedule decides nothing and nothing was invoiced."""
        return sum(row.is_undecided for row in self.members)


def dues_of_year(
    year: int,
    planned: Iterable[Planned],
    items: Iterable[ItemAt],
    *,
    previous: Mapping[int, int] | None = None,
) -> list[MemberYear]:
    """Return the dues of one year by member number: every member that is planned or has a document.

    The category is that of the plan, else that of the newest document; the class is the one billed.

    Args:
        year: the dues year.
        planned: one of each member with a period in the year.
        items: documents of the year at the day of the report.
        previous: member id -> what was invoiced for the year before.
    """
    before = previous or {}
    documents: dict[int, list[ItemAt]] = {}
    for item in items:
        documents.setdefault(item.member_id, []).append(item)
    found = {plan.member_id: plan for plan in planned}
    for member_id, own in documents.items():
        last = own[-1]
        known = found.get(member_id) or Planned(member_id, last.number, last.name, last.category, "", None)
        category = known.category or last.category
        found[member_id] = replace(known, category=category, dues_class=last.dues_class or known.dues_class)
    rows = [
        _member_year(year, plan, documents.get(plan.member_id, []), before.get(plan.member_id))
        for plan in found.values()
    ]
    return sorted(rows, key=lambda row: row.number)


def _member_year(year: int, plan: Planned, own: Sequence[ItemAt], before: int | None) -> MemberYear:
    invoiced = sum(item.invoiced_cents for item in own)
    return MemberYear(
        year=year,
        number=plan.number,
        name=plan.name,
        category=plan.category,
        dues_class=plan.dues_class,
        planned_cents=invoiced if plan.cents is None else plan.cents,
        invoiced_cents=invoiced,
        paid_cents=sum(item.paid_cents for item in own),
        written_off_cents=sum(item.written_off_cents for item in own),
        previous_cents=plan.previous_cents if before is None else before,
        is_undecided=plan.cents is None and not own,
    )


def dues_report(members: Iterable[MemberYear]) -> Dues:
    """Return the report: members by year and number, categories by year and code."""
    rows = sorted(members, key=lambda row: (row.year, row.number))
    groups: dict[tuple[int, str], list[MemberYear]] = {}
    for row in rows:
        groups.setdefault((row.year, row.category), []).append(row)
    categories = [
        CategoryYear(
            year=year,
            category=category,
            members=len(own),
            planned_cents=sum(row.planned_cents for row in own),
            invoiced_cents=sum(row.invoiced_cents for row in own),
            paid_cents=sum(row.paid_cents for row in own),
            written_off_cents=sum(row.written_off_cents for row in own),
        )
        for (year, category), own in sorted(groups.items())
    ]
    return Dues(tuple(rows), tuple(categories))


def rate_paid(paid_cents: int, invoiced_cents: int) -> Fraction | None:
    """Return which share of the documents is paid; None when there is none."""
    return Fraction(paid_cents, invoiced_cents) if invoiced_cents else None


_AMOUNTS: Final = (
    Column("planned", N_("Planned"), Kind.AMOUNT),
    Column("invoiced", N_("Invoiced"), Kind.AMOUNT),
    Column("paid", N_("Received"), Kind.AMOUNT),
    Column("open", N_("Open"), Kind.AMOUNT),
    Column("written_off", N_("Written off"), Kind.AMOUNT),
    Column("rate_paid", N_("Received in %"), Kind.PERCENT),
)
COLUMNS: Final = (
    Column("year", N_("Dues year"), Kind.YEAR),
    Column("category", N_("Category")),
    Column("members", N_("Members"), Kind.COUNT),
    *_AMOUNTS,
)
MEMBER_COLUMNS: Final = (
    Column("year", N_("Dues year"), Kind.YEAR),
    Column("category", N_("Category")),
    Column("member", N_("Member no.")),
    Column("name", N_("Company")),
    Column("dues_class", N_("Dues class")),
    *_AMOUNTS,
    Column("previous", N_("Year before"), Kind.AMOUNT),
)


def dues_table(report: Dues) -> Table:
    """Return REP-3: one row a dues year and category."""
    rows = tuple((row.year, row.category, row.members, *_amounts(row)) for row in report.categories)
    members = sum(row.members for row in report.categories)
    return Table(COLUMNS, rows, (None, None, members, *_sums(report.categories)))


def members_table(report: Dues) -> Table:
    """Return REP-3 by member, with what was invoiced for the year before."""
    rows = tuple(
        (row.year, row.category, row.number, row.name, row.dues_class, *_amounts(row), row.previous_cents)
        for row in report.members
    )
    previous = sum(row.previous_cents or 0 for row in report.members)
    return Table(MEMBER_COLUMNS, rows, (None, None, None, None, None, *_sums(report.members), previous))


def _amounts(row: MemberYear | CategoryYear) -> tuple[int | Fraction | None, ...]:
    return (
        row.planned_cents, row.invoiced_cents, row.paid_cents, row.open_cents, row.written_off_cents,
        rate_paid(row.paid_cents, row.invoiced_cents),
    )  # fmt: skip


def _sums(rows: Sequence[MemberYear] | Sequence[CategoryYear]) -> tuple[int | Fraction | None, ...]:
    invoiced = sum(row.invoiced_cents for row in rows)
    paid = sum(row.paid_cents for row in rows)
    return (
        sum(row.planned_cents for row in rows), invoiced, paid, sum(row.open_cents for row in rows),
        sum(row.written_off_cents for row in rows), rate_paid(paid, invoiced),
    )  # fmt: skip
