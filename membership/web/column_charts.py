"""The geometry of upright bars: the age of open items, and how the number of members develops.

Each chart is worked out for a narrow, a middle and a wide place, like the lines in `charts.py`.
`components/columns.html` draws them. Source: `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from membership.domain.reports.board import Stock
from membership.web.charts import Fill

_SIZES: Final = (("narrow", 330, 216), ("middle", 520, 236), ("wide", 820, 236))
_TOP: Final = 22
_BELOW: Final = 38
_GAP: Final = 0.3
_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """What one bar says: words below it in one or two lines, the words above it, its value, its colour."""

    words: tuple[str, ...]
    label: str
    value: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class Column:
    """A drawn bar."""

    bar: Bar
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return where the words of the bar are centred."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """One drawing of upright bars; `floor` is the axis."""

    size: str
    width: int
    height: int
    floor: int
    columns: tuple[Column, ...]


def columns(bars: Sequence[Bar]) -> tuple[Columns, ...]:
    """Return the drawings of bars beside each other on one scale that starts at 0."""
    highest = max((bar.value for bar in bars), default=0)
    drawings = []
    for size, width, height in _SIZES:
        floor = height - _BELOW
        slot = width / max(len(bars), 1)
        drawn = [
            Column(
                bar,
                x=round(slot * (position + _GAP / 2), 1),
                y=round(floor - _length(bar.value, highest, floor - _TOP), 1),
                width=round(slot * (1 - _GAP), 1),
                height=_length(bar.value, highest, floor - _TOP),
            )
            for position, bar in enumerate(bars)
        ]
        drawings.append(Columns(size, width, height, floor, tuple(drawn)))
    return tuple(drawings)


def _length(value: int, highest: int, room: int) -> float:
    """Return the length of a bar; one that is not empty stays visible."""
    return round(max(room * value / highest, _LEAST), 1) if value > 0 and highest > 0 else 0


@dataclass(frozen=True, slots=True)
class StockYear:
    """The members of one year in a drawing: the point of the line, the bars above and below the axis."""

    stock: Stock
    middle: float
    point: float
    joined: Column
    left: Column


@dataclass(frozen=True, slots=True)
class StockDrawing:
    """One drawing of the members: a line of the total in its own panel, below it who came and who went."""

    size: str
    width: int
    height: int
    axis: int
    points: str
    years: tuple[StockYear, ...]


_PANEL_TOP: Final = 24
_PANEL_FLOOR: Final = 74
_BARS_TOP: Final = 96
_BARS_ROOM: Final = 74


def stock_chart(stocks: Sequence[Stock]) -> tuple[StockDrawing, ...]:
    """Return the drawings of several years; both panels start at 0.

    The axis lies at the foot while nobody left; while nobody came either, the line of the total stands on it.
    """
    total = max((each.closing for each in stocks), default=0)
    up = max((each.joined for each in stocks), default=0)
    down = max((each.left for each in stocks), default=0)
    room = _BARS_ROOM / max(up + down, 1)
    axis = round(_BARS_TOP + room * up) if down else _BARS_TOP + _BARS_ROOM
    floor = _PANEL_FLOOR if up or down else axis
    drawings = []
    for size, width, height in _SIZES:
        slot = width / max(len(stocks), 1)
        years = []
        for position, each in enumerate(stocks):
            x, wide = round(slot * (position + _GAP / 2), 1), round(slot * (1 - _GAP), 1)
            joined, left = round(each.joined * room, 1), round(each.left * room, 1)
            years.append(
                StockYear(
                    each,
                    middle=round(slot * (position + 0.5), 1),
                    point=round(floor - (floor - _PANEL_TOP) * each.closing / max(total, 1), 1),
                    joined=Column(
                        Bar((), f"+{each.joined}", each.joined, "1"), x, round(axis - joined, 1), wide, joined
                    ),
                    left=Column(Bar((), f"\N{MINUS SIGN}{each.left}", each.left, "2"), x, axis, wide, left),
                )
            )
        points = " ".join(f"{year.middle},{year.point}" for year in years)
        drawings.append(StockDrawing(size, width, height, axis, points, tuple(years)))
    return tuple(drawings)
