"""Which sum of a statement is which batch that the bank explained apart from it.

A sum and a batch of the same amount belong together by a number that both name; without one only by their day, where
no other sum and no other batch comes into question. Each is used once. Source: BNK-1, BNK-4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
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


class SumMissing(Conflict):
    """A part of a batch whose sum no statement has shown."""

    message = N_(
        "The sum that holds this entry is on no statement yet. Take in the statement of account first."
    )
    code = "sum_missing"


class Bundle(NamedTuple):
    """A sum on a statement, or a batch that is explained: what tells them from others.

    Args:
        references: numbers of the bank for it.
        payment_id: the number of the payment block in the file handed in (`PmtInfId`), else of the file.
        is_bare: a sum that names no other side; a batch is none.
    """

    id: int
    booked_on: date
    cents: int
    references: frozenset[str]
    payment_id: str = ""
    is_bare: bool = True

    @property
    def numbers(self) -> frozenset[str]:
        """Return all numbers by which it may be known, as they are compared."""
        return frozenset(map(packed, (*self.references, self.payment_id))) - _NONE


def divisions(sums: Iterable[Bundle], batches: Iterable[Bundle]) -> list[tuple[int, int]]:
    """Return (sum, batch) for those that belong together, whatever order they came in."""
    open_sums: dict[int, list[Bundle]] = defaultdict(list)
    for each in sorted(sums, key=lambda each: (each.booked_on, each.id)):
        open_sums[each.cents].append(each)
    left: list[Bundle] = []
    found: list[tuple[int, int]] = []
    for batch in sorted(batches, key=lambda each: (each.booked_on, each.id)):
        named = [each for each in open_sums[batch.cents] if _is_named(each, batch)]
        if named:
            found.append((named[0].id, batch.id))
            open_sums[batch.cents].remove(named[0])
        else:
            left.append(batch)
    for batch in left:
        near = _near(batch, open_sums[batch.cents])
        others = _near(near[0], left) if len(near) == 1 else []
        if len(others) == 1:
            found.append((near[0].id, batch.id))
    return found


def _is_named(one: Bundle, other: Bundle) -> bool:
    return bool(one.numbers & other.numbers) and abs(one.booked_on - other.booked_on) <= _NAMED


def _near(one: Bundle, others: Sequence[Bundle]) -> list[Bundle]:
    """Return those of the same amount that may be the same by their day; numbers of a file must not differ."""
    return [
        each
        for each in others
        if each.cents == one.cents
        and each.is_bare
        and one.is_bare
        and abs(each.booked_on - one.booked_on) <= _NEAR
        and (not one.payment_id or not each.payment_id or packed(one.payment_id) == packed(each.payment_id))
    ]
