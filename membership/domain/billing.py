"""Members and their dues -> the items of a run, each with its reasons; the sums that must always add up.

Source: `ux.md` 6.6, D-INV-13, D-INV-15a, `reliability.md` INV-12, INV-13.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.dues.assessment import Assessment, Refusal, Result
from membership.domain.invoicing import BilledPart, billed_parts
from membership.domain.phrases import Phrase, phrase

YEARLY: Final = "yearly"
"""The kind of a run that bills the dues of a year; a run of a levy has that of the levy (`domain/levies.py`)."""


class RunState(StrEnum):
    """The life of a run (`ux.md` 5.2)."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    DONE_WITH_ERRORS = "done_with_errors"
    DISCARDED = "discarded"


RUN_WORDS: Final = {
    RunState.DRAFT: phrase("Draft"),
    RunState.RUNNING: phrase("Running"),
    RunState.PAUSED: phrase("Paused"),
    RunState.DONE: phrase("Done"),
    RunState.DONE_WITH_ERRORS: phrase("Done with errors"),
    RunState.DISCARDED: phrase("Discarded"),
}
"""The states of a run in words."""


class ItemState(StrEnum):
    """The life of one item: `planned` in a draft, then `todo` until it is final."""

    PLANNED = "planned"
    TODO = "todo"
    DONE = "done"
    HELD = "held"
    FREE = "free"
    FAILED = "failed"


class Mark(StrEnum):
    """What a preview says about an item beside its amount."""

    NEW = "new"
    PRO_RATA = "pro_rata"
    CLASS_CHANGE = "class_change"
    OVERRIDE = "override"
    ESTIMATED = "estimated"
    CHANGE = "D-INV-15a"
    NO_EMAIL = "no_email"
    UNPRINTABLE = "unprintable"
    NO_ADDRESS = "no_address"
    NO_ORDER = "no_order"


WAITS_FOR_ORDER: Final = phrase("Waits for an order number.")
"""Why a member is held back that asked for an order number and has none for the dues year."""


@dataclass(frozen=True, slots=True)
class RunWarning:
    """Something a person should look at before the run; `rule` is a rule id or a mark."""

    rule: str
    text: Phrase


@dataclass(frozen=True, slots=True)
class YearBefore:
    """What a member paid the year before, and in which dues class; None where nobody knows."""

    cents: int | None = None
    dues_class: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One member of a run before it is released."""

    number: str
    state: ItemState
    amount_cents: int
    part: BilledPart | None = None
    reason: Phrase | None = None
    warnings: tuple[RunWarning, ...] = ()


def planned_items(
    result: Result,
    before: YearBefore,
    *,
    dues_class: str,
    limit_percent: int,
    is_new: bool,
    has_email: bool,
    has_address: bool,
    has_postcode: bool = True,
    unprintable: str = "",
    waits: bool = False,
) -> list[PlannedItem]:
    """Return the item of a member, two where its tax is split: to bill, free, or not decided by the schedule.

    `dues_class` is the class of this year in the words of the invoice, empty without one. With `waits` the member is
    held back: it asked for an order number and has none for the year.
    """
    if isinstance(result, Refusal):
        return [PlannedItem(result.member, ItemState.FAILED, 0, reason=result.text)]
    total = result.gross.cents
    if total <= 0:
        return [PlannedItem(result.member, ItemState.FREE, 0, reason=_why_free(result))]
    warnings = [
        RunWarning(
            Mark.ESTIMATED,
            phrase("No size is known for the reference day; counted as estimated: %(size)s.", size=used.text),
        )
        for used in result.bases
        if not used.origin.is_sure
    ]
    warnings += [RunWarning(each.rule, each.text) for each in result.warnings]
    change = change_warning(total, before.cents, limit_percent=limit_percent)
    if change and not is_new:
        warnings.append(change)
    if before.dues_class and dues_class and before.dues_class != dues_class:
        was_in = phrase("Class changed from %(before)s to %(now)s", before=before.dues_class, now=dues_class)
        warnings.append(RunWarning(Mark.CLASS_CHANGE, was_in))
    warnings += _marks(result, is_new=is_new)
    if not has_email:
        warnings.append(RunWarning(Mark.NO_EMAIL, phrase("No e-mail address for invoices is known.")))
    if not has_address:
        warnings.append(RunWarning(Mark.NO_ADDRESS, phrase("No postal address is known.")))
    elif not has_postcode:
        warnings.append(RunWarning(Mark.NO_ADDRESS, phrase("The postal address has no postcode.")))
    if unprintable:
        missing = phrase("The font of the invoices lacks “%(signs)s” in name or address.", signs=unprintable)
        warnings.append(RunWarning(Mark.UNPRINTABLE, missing))
    if waits:
        warnings.append(RunWarning(Mark.NO_ORDER, phrase("No order number is known for this year.")))
    state, reason = (ItemState.HELD, WAITS_FOR_ORDER) if waits else (ItemState.PLANNED, None)
    return [
        PlannedItem(result.member, state, part.gross_cents, part, reason, tuple(warnings))
        for part in billed_parts(result.lines)
    ]


def _why_free(result: Assessment) -> Phrase:
    reasons = [step.text for step in result.steps if step.result == 0]
    return reasons[0] if reasons else phrase("Free of dues")


def _marks(result: Assessment, *, is_new: bool) -> Iterable[RunWarning]:
    if is_new:
        yield RunWarning(Mark.NEW, phrase("New member"))
    for step in result.steps:
        if step.step == "prorata":
            yield RunWarning(Mark.PRO_RATA, step.text)
        if step.step == "override":
            yield RunWarning(Mark.OVERRIDE, step.text)


def change_warning(cents: int, previous_cents: int | None, *, limit_percent: int) -> RunWarning | None:
    """Return the warning of D-INV-15a: more than the limit above or below the year before; 0 switches it off."""
    if not previous_cents or not limit_percent:
        return None
    change = Fraction(cents - previous_cents, previous_cents) * 100
    if abs(change) <= limit_percent:
        return None
    percent = round(abs(change))
    if change > 0:
        return RunWarning(Mark.CHANGE, phrase("%(percent)s %% more than the year before", percent=percent))
    return RunWarning(Mark.CHANGE, phrase("%(percent)s %% less than the year before", percent=percent))


@dataclass(frozen=True, slots=True)
class RunCounts:
    """A run counted in members: `active` = `invoices` + `held` + `free` + `failed`, always."""

    invoices: int
    held: int
    free: int
    failed: int

    @property
    def active(self) -> int:
        """Return all members of the run."""
        return self.invoices + self.held + self.free + self.failed


def run_counts(states: Sequence[tuple[int, ItemState]]) -> RunCounts:
    """Return the counts of (member id, state); a member with two documents counts once, its worst state first."""
    order = (ItemState.FAILED, ItemState.HELD, ItemState.FREE)
    worst: dict[int, ItemState] = {}
    for member_id, state in states:
        known = worst.get(member_id)
        if known is None or _rank(state, order) < _rank(known, order):
            worst[member_id] = state
    found = list(worst.values())
    failed, held, free = (found.count(state) for state in order)
    return RunCounts(len(found) - failed - held - free, held, free, failed)


def _rank(state: ItemState, order: tuple[ItemState, ...]) -> int:
    return order.index(state) if state in order else len(order)
