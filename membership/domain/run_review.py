"""What a person looks at before a run is released: its rows, its sums, what is missing and how it is put right.

Source: `ux.md` 6.6 (1, 2), DUE-34, D-INV-15a.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.billing import WAITS_FOR_ORDER, ItemState, Mark, RunCounts, RunWarning, run_counts
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import KNOWN_BASES, Basis
from membership.domain.dues.words import basis_title
from membership.domain.phrases import Phrase

BILLED: Final = frozenset({ItemState.PLANNED, ItemState.TODO, ItemState.DONE})
"""States that are an invoice, or will be one."""

_SIZE_MISSING: Final = "The %(basis)s is missing. Ask for the declaration, or enter a value."
_AGREED_MISSING: Final = "No amount has been agreed with this member."
AGREED_TOO_LOW: Final = "The agreed amount of %(agreed)s is below the minimum of %(minimum)s."


class Problem(StrEnum):
    """A group of exceptions, in the order in which they are shown."""

    SIZE = "size"
    CATEGORY = "category"
    AGREED = "agreed"
    UNDECIDED = "undecided"
    CHANGE = "change"
    NO_EMAIL = "email"
    NO_ADDRESS = "address"
    UNPRINTABLE = "unprintable"
    ESTIMATED = "estimated"
    ORDER = "order"
    HELD = "held"
    FREE = "free"


class View(StrEnum):
    """A tab above the preview."""

    ALL = "all"
    NEW = "new"
    PRO_RATA = "pro_rata"
    ESTIMATED = "estimated"
    OVERRIDE = "override"
    CHANGED = "changed"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class RunLine:
    """One item of a run as the pages show it, without its calculation."""

    id: int
    member_id: int
    number: str
    name: str
    state: ItemState
    reason: str
    reason_text: Phrase | None
    amount_cents: int
    previous_cents: int | None
    due_on: date | None
    period_from: date
    category: str
    dues_class: Phrase | None
    is_estimated: bool
    warnings: tuple[RunWarning, ...]
    confirmed: bool
    goes_by_mail: bool
    invoice: str | None

    @property
    def is_billed(self) -> bool:
        """Return whether the item is or becomes an invoice."""
        return self.state in BILLED

    @property
    def waits_for_order(self) -> bool:
        """Return whether the item is held back until the member has an order number, and nobody decided otherwise."""
        return self.state is ItemState.HELD and self.reason_text == WAITS_FOR_ORDER

    @property
    def is_not_issued(self) -> bool:
        """Return whether an amount was worked out but the invoice could not be made; trying again may help."""
        return self.state is ItemState.FAILED and self.amount_cents > 0

    @property
    def change_cents(self) -> int | None:
        """Return the difference to the year before, None without one."""
        return None if self.previous_cents is None else self.amount_cents - self.previous_cents

    @property
    def change_percent(self) -> int | None:
        """Return the difference in whole percent of the year before, None without one."""
        if not self.previous_cents or not self.change_cents:
            return None
        return round(Fraction(self.change_cents * 100, self.previous_cents))

    def has(self, mark: str) -> bool:
        """Return whether a warning or a mark of this rule stands at the item."""
        return any(warning.rule == mark for warning in self.warnings)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the figures above a run say; always worked out from its rows."""

    counts: RunCounts
    documents: int
    total_cents: int
    previous_cents: int
    by_mail: int

    @property
    def change_cents(self) -> int:
        """Return the difference to the year before."""
        return self.total_cents - self.previous_cents

    @property
    def change_percent(self) -> Fraction | None:
        """Return the difference in percent with one decimal, None without a year before."""
        if not self.previous_cents:
            return None
        return Fraction(round(Fraction(self.change_cents * 1000, self.previous_cents)), 10)


def sums_of(lines: Sequence[RunLine]) -> Sums:
    """Return the sums of a run; a member with two documents has one year before."""
    billed = [line for line in lines if line.is_billed]
    previous = {line.member_id: line.previous_cents or 0 for line in billed}
    return Sums(
        counts=run_counts([(line.member_id, line.state) for line in lines]),
        documents=len(billed),
        total_cents=sum(line.amount_cents for line in billed),
        previous_cents=sum(previous.values()),
        by_mail=sum(line.goes_by_mail for line in billed),
    )


def is_in_view(line: RunLine, view: View) -> bool:
    """Return whether an item to bill stands below a tab of the preview."""
    if view is View.ALL:
        return True
    if view is View.CHANGED:
        return bool(line.change_cents)
    if view is View.ESTIMATED:
        return line.is_estimated
    if view is View.MARKED:
        return bool(line.warnings)
    return line.has({View.NEW: Mark.NEW, View.PRO_RATA: Mark.PRO_RATA, View.OVERRIDE: Mark.OVERRIDE}[view])


def count_views(lines: Iterable[RunLine]) -> dict[View, int]:
    """Return how many items to bill stand below each tab."""
    found = [line for line in lines if line.is_billed]
    return {view: sum(is_in_view(line, view) for line in found) for view in View}


def problems_of(line: RunLine) -> tuple[Problem, ...]:
    """Return the groups of exceptions in which an item stands."""
    if line.state is ItemState.HELD:
        return (Problem.ORDER if line.waits_for_order else Problem.HELD,)
    if line.state is ItemState.FREE:
        return (Problem.FREE,)
    if line.state is ItemState.FAILED:
        return (_undecided(line),)
    marks = {
        Mark.CHANGE: Problem.CHANGE,
        Mark.NO_EMAIL: Problem.NO_EMAIL,
        Mark.NO_ADDRESS: Problem.NO_ADDRESS,
        Mark.UNPRINTABLE: Problem.UNPRINTABLE,
        Mark.ESTIMATED: Problem.ESTIMATED,
    }
    return tuple(problem for mark, problem in marks.items() if line.has(mark))


def _undecided(line: RunLine) -> Problem:
    if not line.category:
        return Problem.CATEGORY
    message = line.reason_text.message if line.reason_text else ""
    known = {_SIZE_MISSING: Problem.SIZE, _AGREED_MISSING: Problem.AGREED, AGREED_TOO_LOW: Problem.AGREED}
    return known.get(message, Problem.UNDECIDED)


def group_problems(lines: Iterable[RunLine]) -> dict[Problem, list[RunLine]]:
    """Return the exceptions of a run in their order, each member once a group; groups without one are left out."""
    found: dict[Problem, dict[int, RunLine]] = {problem: {} for problem in Problem}
    for line in lines:
        for problem in problems_of(line):
            found[problem].setdefault(line.member_id, line)
    return {problem: list(members.values()) for problem, members in found.items() if members}


def list_unconfirmed(lines: Iterable[RunLine]) -> list[str]:
    """Return the members to bill that have a large change which nobody has confirmed, by number (D-INV-15a)."""
    found = {line.number for line in lines if line.is_billed and line.has(Mark.CHANGE) and not line.confirmed}
    return sorted(found)


def count_unconfirmed(lines: Iterable[RunLine]) -> int:
    """Return how many members to bill have a large change that nobody has confirmed (D-INV-15a)."""
    return len(list_unconfirmed(lines))


def list_waiting(lines: Iterable[RunLine]) -> list[RunLine]:
    """Return the members that wait for an order number, each once."""
    return list({line.member_id: line for line in lines if line.waits_for_order}.values())


def samples_of(lines: Sequence[RunLine]) -> list[tuple[str, RunLine]]:
    """Return up to three items worth a look: the smallest, the largest, one with a warning."""
    billed = [line for line in lines if line.is_billed]
    if not billed:
        return []
    smallest = min(billed, key=lambda line: (line.amount_cents, line.number))
    largest = max(billed, key=lambda line: (line.amount_cents, line.number))
    marked = next((line for line in billed if line.warnings and line not in (smallest, largest)), None)
    found = [("smallest", smallest)]
    found += [("largest", largest)] if largest is not smallest else []
    return found + ([("marked", marked)] if marked else [])


def due_days(lines: Iterable[RunLine]) -> list[tuple[date | None, int]]:
    """Return the due days of the items to bill with how many fall due on each, the earliest first."""
    days = Counter(line.due_on for line in lines if line.is_billed)
    return sorted(days.items(), key=lambda pair: pair[0] or date.min)


def missing_basis(schedule: FeeSchedule, reason: Phrase | None) -> Basis | None:
    """Return the size that a refusal misses, None when it misses something else."""
    if reason is None or reason.message != _SIZE_MISSING:
        return None
    names = dict.fromkeys([*schedule.bases.described, *KNOWN_BASES])
    title = reason.values.get("basis")
    return next((schedule.bases[name] for name in names if basis_title(schedule.bases[name]) == title), None)
