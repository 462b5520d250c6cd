"""What is odd about a declaration: a leap, another dues class, nothing at all, less without a word, too late.

Source: DUE-30.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from membership.domain.errors import N_

LEAP: Final = Fraction(30, 100)


class Oddity(StrEnum):
    """What a person looks at before a declaration counts."""

    ZERO = "zero"
    LEAP = "leap"
    CLASS_CHANGE = "class_change"
    LESS_UNEXPLAINED = "less_unexplained"
    LATE = "late"
    LATE_LESS = "late_less"
    UNDECIDED = "undecided"


ODDITY_WORDS: Final = {
    Oddity.ZERO: N_("0 declared"),
    Oddity.LEAP: N_("More than 30 % different from before"),
    Oddity.CLASS_CHANGE: N_("Another dues class"),
    Oddity.LESS_UNEXPLAINED: N_("Less than before, without a remark"),
    Oddity.LATE: N_("After the deadline"),
    Oddity.LATE_LESS: N_("Less than what counts: too late for this year"),
    Oddity.UNDECIDED: N_("The dues cannot be worked out from it"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A size before and now; `before` is None where none was known."""

    before: Fraction | None
    now: Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the dues come to: cents, row of the table, its label as a stored phrase; None where nothing is decided."""

    cents: int | None = None
    row: int | None = None
    band: Any = None


def is_leap(before: Fraction, now: Fraction) -> bool:
    """Return whether a value differs by more than 30 % of what it was; exactly 30 % is none."""
    return abs(now - before) > LEAP * before


def changes_class(before: Outcome, now: Outcome) -> bool:
    """Return whether the dues class differs; where there are no classes, whether the amount does."""
    if before.cents is None or now.cents is None:
        return before.cents != now.cents
    if before.row is None or now.row is None:
        return before.cents != now.cents
    return before.row != now.row


def oddities(
    sizes: Iterable[Measured],
    *,
    before: Outcome,
    now: Outcome,
    comment: str,
    is_late: bool,
    is_late_less: bool = False,
) -> tuple[Oddity, ...]:
    """Return what is odd about a declaration, each once, in the order of the words.

    `before` is what the dues would be by the last known sizes; without any (nothing known) there is no change.
    `is_late_less`: it is late, and the schedule lets no lower size count then (DUE-40).
    """
    found: set[Oddity] = set()
    for size in sizes:
        if size.now == 0:
            found.add(Oddity.ZERO)
        if size.before is None:
            continue
        if is_leap(size.before, size.now):
            found.add(Oddity.LEAP)
        if size.now < size.before and not comment.strip():
            found.add(Oddity.LESS_UNEXPLAINED)
    if now.cents is None:
        found.add(Oddity.UNDECIDED)
    elif before.cents is not None and changes_class(before, now):
        found.add(Oddity.CLASS_CHANGE)
    if is_late:
        found.add(Oddity.LATE)
    if is_late_less:
        found.add(Oddity.LATE_LESS)
    return tuple(each for each in Oddity if each in found)
