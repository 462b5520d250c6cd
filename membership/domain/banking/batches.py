"""Which sum of a statement is which batch that the bank explained apart from it.

A sum and a batch of the same amount belong together by a number that both name; without one only by their day, where
no other sum and no other batch comes into question. A batch whose sum is known by its number is that sum's, even where
the sum was decided as a whole: it is not offered to another one. Each is used once. Source: BNK-1, BNK-4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.banking.text import packed
from membership.domain.errors import N_, Conflict

_NAMED: Final = timedelta(days=14)
_NEAR: Final = timedelta(days=3)
_NONE: Final = frozenset({"", "NONREF", "NOTPROVIDED"})


class LineDivided(Conflict):
    """A sum whose parts are decided one by one."""

    message = N_("This sum is divided into its %(count)s entries. Decide about them.")
    code = "line_divided"


class PartsDecided(Conflict):
    """A division cannot be taken back while something is decided about its parts."""

    message = N_("Entries of this sum are matched: %(count)s. Take these back first.")
    code = "parts_decided"


class SumMissing(Conflict):
    """A part of a batch whose sum no statement has shown."""

    message = N_(
        "The sum that holds this entry is on no statement yet. Take in the statement of account first."
    )
    code = "sum_missing"


class ShownItself(Conflict):
    """A part of a batch that a statement shows as an entry of its own."""

    message = N_("A statement shows this entry by itself. Decide about it there.")
    code = "shown_itself"


class SumState(StrEnum):
    """Whether a sum may be divided: nothing was decided about it, somebody decided it as a whole, or it is divided."""

    OPEN = "open"
    DECIDED = "decided"
    DIVIDED = "divided"


class Bundle(NamedTuple):
    """A sum on a statement, or a batch that is explained: what tells them from others.

    Args:
        references: numbers of the bank for it.
        payments: the numbers of the payment blocks in the file handed in (`PmtInfId`), else of the file.
        is_bare: whether it may be known by its day: a sum that names no other side, a batch of several parts.
        is_camt: whether the bank's numbers are those of camt, and so those of the other one where both have them.
        state: that of a sum.
        ended: the batches that are not those of a sum: somebody took its division back.
    """

    id: int
    booked_on: date
    cents: int
    references: frozenset[str] = frozenset()
    payments: frozenset[str] = frozenset()
    is_bare: bool = True
    is_camt: bool = True
    state: SumState = SumState.OPEN
    ended: frozenset[int] = frozenset()

    def is_named(self, other: Bundle) -> bool:
        """Return whether both name the same number, and the bank's own numbers do not differ."""
        shared = (self._own | self._files) & (other._own | other._files)
        is_near = abs(self.booked_on - other.booked_on) <= _NAMED
        return bool(shared) and is_near and not self._contradicts(other)

    def is_near(self, other: Bundle) -> bool:
        """Return whether both may be the same by their day: no number speaks against it."""
        is_near = abs(self.booked_on - other.booked_on) <= _NEAR
        return is_near and not _differ(self._files, other._files) and not self._contradicts(other)

    @property
    def _files(self) -> frozenset[str]:
        return frozenset(map(packed, self.payments)) - _NONE

    @property
    def _own(self) -> frozenset[str]:
        """Return the bank's own numbers; where it has none, the number of the file may stand in their place."""
        return frozenset(map(packed, self.references)) - _NONE - self._files

    def _contradicts(self, other: Bundle) -> bool:
        if self.id in other.ended or other.id in self.ended:
            return True
        return self.is_camt and other.is_camt and _differ(self._own, other._own)


def divisions(sums: Iterable[Bundle], batches: Iterable[Bundle]) -> list[tuple[int, int]]:
    """Return (sum, batch) for those that belong together, whatever order they came in.

    All sums of the account belong here: one that is decided or divided is no longer to be had, and yet its number says
    whose a batch is, and a decided one may be the one that a batch without a number explains.
    """
    alike: dict[int, list[Bundle]] = defaultdict(list)
    for each in sorted(sums, key=lambda each: (each.booked_on, each.id)):
        alike[each.cents].append(each)
    found: dict[int, int] = {}
    left: list[Bundle] = []
    for batch in sorted(batches, key=lambda each: (each.booked_on, each.id)):
        named = [each for each in alike[batch.cents] if each.is_named(batch)]
        free = (each.id for each in named if each.state is SumState.OPEN and each.id not in found)
        chosen = next(free, None)
        if chosen is not None:
            found[chosen] = batch.id
        elif not named:
            left.append(batch)
    for batch in left:
        near = [
            each
            for each in alike[batch.cents]
            if each.is_bare
            and each.state is not SumState.DIVIDED
            and each.id not in found
            and each.is_near(batch)
        ]
        if not batch.is_bare or len(near) != 1 or near[0].state is not SumState.OPEN:
            continue
        if [each.id for each in left if each.cents == batch.cents and each.is_near(near[0])] == [batch.id]:
            found[near[0].id] = batch.id
    return list(found.items())


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and not one & other
