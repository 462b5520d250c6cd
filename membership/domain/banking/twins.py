"""Which entries of a file are known already, whatever format they came in before.

The same movement looks different in each format: MT940 cuts names and texts, a CSV list has no references, an intraday
report may count anew. What a file holds twice stays two. Source: BNK-3, FI-43, FI-44; `reliability.md` 5.9 no. 39.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from membership.domain.banking.text import packed

_LEAST_NAME: Final = 8
_LEAST_TEXT: Final = 12
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED"})


class Trace(NamedTuple):
    """What identifies a movement.

    Args:
        family: the message it came in without its version (`camt.053`, `mt940`, `csv`): references are compared within
            one only.
        account: the other side's account, or any stable key of it; empty when unknown.
    """

    booked_on: date
    cents: int
    family: str
    reference: str = ""
    account: str = ""
    end_to_end_id: str = ""
    name: str = ""
    text: str = ""


def family_of(name: str) -> str:
    """Return the family of a format: `camt.053.001.08` is `camt.053`."""
    return ".".join(name.split(".")[:2])


def known_places(new: Sequence[Trace], old: Iterable[Trace]) -> list[int | None]:
    """Return for each new movement the place of the old one that it is, None when it is not known.

    An old one is used up once: two equal payments in a file are two, unless both were known.
    """
    buckets: dict[tuple[date, int], list[tuple[int, Trace]]] = defaultdict(list)
    for place, trace in enumerate(old):
        buckets[trace.booked_on, trace.cents].append((place, trace))
    found: list[int | None] = [None] * len(new)
    for is_same in (_same_reference, _same_content):  # a reference says more than a text
        for position, trace in enumerate(new):
            bucket = buckets.get((trace.booked_on, trace.cents))
            if found[position] is not None or not bucket:
                continue
            chosen = next((pair for pair in bucket if is_same(trace, pair[1])), None)
            if chosen is not None:
                bucket.remove(chosen)
                found[position] = chosen[0]
    return found


def _same_reference(one: Trace, other: Trace) -> bool:
    named = packed(one.reference)
    return named not in _NO_REFERENCE and named == packed(other.reference) and _same_content(one, other)


def _same_content(one: Trace, other: Trace) -> bool:
    references = {packed(each.reference) for each in (one, other)} - _NO_REFERENCE
    if one.family == other.family and len(references) > 1:
        return False
    if _differ(one.account, other.account) or _differ(one.end_to_end_id, other.end_to_end_id):
        return False
    return _alike(one.name, other.name, _LEAST_NAME) and _alike(one.text, other.text, _LEAST_TEXT)


def _differ(one: str, other: str) -> bool:
    first, second = packed(one), packed(other)
    return bool(first and second) and first != second and not {first, second} & _NO_REFERENCE


def _alike(one: str, other: str, least: int) -> bool:
    """Return whether two texts may be the same one: equal, absent on one side, or one of them cut off."""
    short, long = sorted((packed(one), packed(other)), key=len)
    return not short or short == long or (len(short) >= least and short in long)
