"""Which movements, shown one by one in one file, are the sum that another file shows for the same day.

Unambiguous only: by a number that the sum and all of the parts name, else where exactly one choice of the movements of
its day comes to it. Whether it is so, the balances of the account decide (INV-34). Source: BNK-3, BNK-4.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from membership.domain.banking.text import packed

_MOST: Final = 14
"""Among how many movements of a day a choice is looked for; of more, only all of them may be the sum."""
_NONE: Final = frozenset({"", "NONREF", "NOTPROVIDED"})


class Movement(NamedTuple):
    """A movement: `numbers` are those by which the bank or the file handed in names it or its batch."""

    id: int
    booked_on: date
    cents: int
    numbers: frozenset[str] = frozenset()


def sums_of_parts(sums: Iterable[Movement], parts: Iterable[Movement]) -> dict[int, tuple[int, ...]]:
    """Return sum -> its parts, at least two each, none of two sums; what is not clear is left out."""
    given = list(sums)
    days: dict[date, list[Movement]] = defaultdict(list)
    for part in parts:
        days[part.booked_on].append(part)
    alike = Counter((each.booked_on, each.cents) for each in given)
    found = {}
    for each in given:
        less = _less_than(each, days[each.booked_on])
        chosen = _named(each, less)
        if not chosen and alike[each.booked_on, each.cents] == 1:
            chosen = _only_choice(each, less)
        if chosen:
            found[each.id] = tuple(part.id for part in chosen)
    used = Counter(part for ids in found.values() for part in ids)
    return {key: ids for key, ids in found.items() if max(used[part] for part in ids) == 1}


def _less_than(whole: Movement, day: Iterable[Movement]) -> list[Movement]:
    """Return the movements in the direction of a sum that are less than it."""
    return [each for each in day if 0 < each.cents * _sign(whole) < abs(whole.cents)]


def _sign(each: Movement) -> int:
    return 1 if each.cents > 0 else -1


def _named(whole: Movement, parts: Iterable[Movement]) -> list[Movement]:
    numbers = frozenset(map(packed, whole.numbers)) - _NONE
    own = [each for each in parts if numbers & frozenset(map(packed, each.numbers))]
    return own if len(own) > 1 and sum(each.cents for each in own) == whole.cents else []


def _only_choice(whole: Movement, parts: list[Movement]) -> list[Movement]:
    """Return the movements that come to a sum where no other choice of them does; equal ones are two choices."""
    if len(parts) > _MOST:
        return parts if sum(each.cents for each in parts) == whole.cents else []
    ways: dict[int, list[tuple[Movement, ...]]] = {0: [()]}
    for each in parts:
        for cents, choices in list(ways.items()):
            if abs(cents + each.cents) <= abs(whole.cents):
                longer = [(*choice, each) for choice in choices]
                ways[cents + each.cents] = [*ways.get(cents + each.cents, ()), *longer][:2]
    choices = ways.get(whole.cents, [])
    return list(choices[0]) if len(choices) == 1 else []
