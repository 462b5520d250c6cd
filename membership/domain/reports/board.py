"""The board's figures: dues of a year beside the year before, money by time, classes, members.

Source: `ux.md` 8.1; REP-7 (opening stock + joins - exits = closing stock), REP-16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from membership.domain.class_order import class_order
from membership.domain.errors import N_
from membership.domain.phrases import phrase
from membership.domain.reports.open_items import Age, ItemAt
from membership.domain.reports.tables import Cell, Column, Kind, Table


@dataclass(frozen=True, slots=True)
class DuesFigures:
    """The dues of one year at the end of a day."""

    year: int
    as_of: date
    invoiced_cents: int
    received_cents: int
    open_cents: int
    overdue_cents: int

    @property
    def not_due_cents(self) -> int:
        """Return what is open and not yet due."""
        return self.open_cents - self.overdue_cents


def dues_figures(items: Iterable[ItemAt], *, year: int, as_of: date) -> DuesFigures:
    """Return the figures of a dues year from its documents at that day."""
    own = [item for item in items if item.dues_year == year]
    return DuesFigures(
        year=year,
        as_of=as_of,
        invoiced_cents=sum(item.invoiced_cents for item in own),
        received_cents=sum(item.paid_cents for item in own),
        open_cents=sum(item.open_cents for item in own),
        overdue_cents=sum(
            item.open_cents for item in own if item.open_cents > 0 and item.days_overdue(as_of)
        ),
    )


@dataclass(frozen=True, slots=True)
class KnownFigures:
    """What is known of a dues year; None where nothing is. Of a year that an earlier list brought, the dues alone."""

    year: int
    invoiced_cents: int | None = None
    received_cents: int | None = None
    open_cents: int | None = None
    overdue_cents: int | None = None
    is_from_list: bool = False


def known_figures(
    found: DuesFigures, *, is_billed: bool, listed_cents: int | None, is_past: bool
) -> KnownFigures:
    """Return what may be said of a year: never 0 for a year in which the dues were not billed with the product.

    Args:
        found: what its documents add up to at the day.
        is_billed: whether the year has an invoice, on whatever day.
        listed_cents: the dues of the year as a member list brought them.
        is_past: whether the year is over; one that is not has simply not been billed yet.
    """
    if not is_billed and (is_past or listed_cents is not None):
        return KnownFigures(found.year, listed_cents, is_from_list=listed_cents is not None)
    return KnownFigures(
        found.year, found.invoiced_cents, found.received_cents, found.open_cents, found.overdue_cents
    )


def year_before(day: date) -> date:
    """Return the same day a year earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


PARTS_OF_MONTH: Final = 4
_PART_DAYS: Final = 7


def step_of(day: date, *, year: int) -> int:
    """Return in which quarter of a month of the year a day lies, 0 to 47; days outside count at its ends."""
    if day.year != year:
        return 0 if day.year < year else 12 * PARTS_OF_MONTH - 1
    return (day.month - 1) * PARTS_OF_MONTH + min((day.day - 1) // _PART_DAYS, PARTS_OF_MONTH - 1)


def cumulated(receipts: Iterable[tuple[date, int]], *, year: int, until: date) -> tuple[int, ...]:
    """Return what had come in at the end of each quarter of a month, up to the one of `until`.

    A month has four parts (to the 7th, 14th, 21st and its end), so that months stay equally long on paper.
    """
    sums = [0] * (step_of(until, year=year) + 1)
    for day, cents in receipts:
        if day <= until:
            sums[step_of(day, year=year)] += cents
    return tuple(sum(sums[: position + 1]) for position in range(len(sums)))


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """The dues of one class."""

    label: str
    members: int
    received_cents: int
    open_cents: int

    @property
    def cents(self) -> int:
        """Return what was invoiced to the class, less what was written off."""
        return self.received_cents + self.open_cents


def classes(items: Iterable[ItemAt], *, names: Mapping[str, str]) -> tuple[ClassFigures, ...]:
    """Return the dues of each class in the order of the table, then those without one by category.

    Args:
        items: documents of one dues year.
        names: category code -> its name.
    """
    groups: dict[str, list[ItemAt]] = {}
    labels: set[str] = set()
    for item in items:
        labels.update([item.dues_class] if item.dues_class else [])
        label = item.dues_class or names.get(item.category, item.category)
        groups.setdefault(label, []).append(item)
    found = [
        ClassFigures(
            label=label,
            members=len({item.member_id for item in own}),
            received_cents=sum(item.paid_cents for item in own),
            open_cents=sum(item.open_cents for item in own),
        )
        for label, own in groups.items()
        if any(item.invoiced_cents for item in own)
    ]
    return tuple(sorted(found, key=lambda each: (each.label not in labels, class_order(each.label))))


@dataclass(frozen=True, slots=True)
class Period:
    """A period of membership that was decided; an open end is None."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Stock:
    """Members of one year: `opening` + `joined` - `left` = `closing`, always."""

    year: int
    opening: int
    joined: int
    left: int

    @property
    def closing(self) -> int:
        """Return the members at the end of the day."""
        return self.opening + self.joined - self.left


def stock(periods: Iterable[Period], *, year: int, until: date) -> Stock:
    """Return how the number of members changed from 1 January to the end of a day of the year (REP-7).

    Who leaves at the end of that day has left; who begins on 1 January has joined in the year.
    """
    first = date(year, 1, 1)
    before = first - timedelta(days=1)
    opening = joined = left = 0
    for period in periods:
        if period.start is None or period.start <= before:
            opening += period.end is None or period.end > before
        elif period.start <= until:
            joined += 1
        else:
            continue
        left += period.end is not None and before < period.end <= until
    return Stock(year, opening, joined, left)


@dataclass(frozen=True, slots=True)
class Board:
    """All that the board's page shows.

    `now` is what the documents of the year add up to; `known` and `known_before` what may be said of the two years.
    `receipts` are this year's, up to the day; `receipts_before` the whole of the year before.
    """

    year: int
    as_of: date
    now: DuesFigures
    known: KnownFigures
    known_before: KnownFigures
    receipts: tuple[int, ...]
    receipts_before: tuple[int, ...]
    classes: tuple[ClassFigures, ...]
    stocks: tuple[Stock, ...]
    paid_until: date | None

    @property
    def stock(self) -> Stock:
        """Return the members of the dues year."""
        return self.stocks[-1]


FIGURE_COLUMNS: Final = (
    Column("figure", N_("Figure")),
    Column("value", N_("Amount"), Kind.AMOUNT),
    Column("previous", N_("Year before"), Kind.AMOUNT),
    Column("count", N_("Count"), Kind.COUNT),
    Column("note", N_("Note")),
)


def figures_table(board: Board, ages: Iterable[Age]) -> Table:
    """Return the board's page as a list: dues of the year, classes, the age of all open items, members."""
    now, before, members = board.known, board.known_before, board.stock
    dues = phrase("Dues %(year)s", year=str(board.year))
    if before.is_from_list:
        dues = phrase("Dues %(year)s; year before: the whole year, from the list", year=str(board.year))
    rows: list[tuple[Cell, ...]] = [
        (phrase("Invoiced"), now.invoiced_cents, before.invoiced_cents, None, dues),
        (phrase("Received"), now.received_cents, before.received_cents, None, dues),
        (phrase("Open"), now.open_cents, before.open_cents, None, dues),
        (phrase("Of which overdue"), now.overdue_cents, before.overdue_cents, None, dues),
    ]
    rows += [(each.label, each.cents, None, each.members, phrase("Dues class")) for each in board.classes]
    rows += [
        (phrase(age.words), age.cents, None, age.count, phrase("Open items of all years, days overdue"))
        for age in ages
    ]
    rows += [
        (phrase("At the beginning of the year"), None, None, members.opening, phrase("Members")),
        (phrase("Joined"), None, None, members.joined, phrase("Members")),
        (phrase("Left"), None, None, members.left, phrase("Members")),
        (phrase("Members now"), None, None, members.closing, phrase("Members")),
    ]
    return Table(FIGURE_COLUMNS, tuple(rows), (None,) * len(FIGURE_COLUMNS))
