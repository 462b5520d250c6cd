"""Bars to both sides of an axis: by how much the dues of each class rise or fall (`ux.md` 6.5, 12).

On a scale of 1000 the axis stands where the longest falls and the longest rises both have room.
`components/charts.html` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from membership.web.charts import SCALE

_LEAST: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One class: its name, a note (“31 members”) and its change in cents."""

    label: str
    note: str
    cents: int


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """A drawn bar: where it starts and how long it is; a change of nothing has no length."""

    change: Change
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class ChangeBars:
    """All bars on one scale, the largest rise first; `axis`: where nothing changes."""

    axis: int
    bars: tuple[ChangeBar, ...]


def change_bars(changes: Sequence[Change]) -> ChangeBars:
    """Return the bars of these changes."""
    highest = max((one.cents for one in changes if one.cents > 0), default=0)
    lowest = max((-one.cents for one in changes if one.cents < 0), default=0)
    span = highest + lowest
    axis = lowest * SCALE // span if span else 0
    ordered = sorted(changes, key=lambda one: -one.cents)
    return ChangeBars(axis, tuple(_bar(one, axis=axis, span=span) for one in ordered))


def _bar(change: Change, *, axis: int, span: int) -> ChangeBar:
    width = max(abs(change.cents) * SCALE // span, _LEAST) if change.cents else 0
    start = axis - width if change.cents < 0 else axis
    return ChangeBar(change, min(max(start, 0), SCALE - width), width)
