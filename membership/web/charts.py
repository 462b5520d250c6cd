"""The geometry of the charts: figures in, positions out; `components/charts.html` draws them.

Each chart is worked out twice, for a wide and a narrow page, so that its text never shrinks below 11 px.
Axes start at 0; neighbouring areas keep a white gap of 2 px.

Source: `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Fill = Literal["1", "2", "3", "4", "5", "6", "overdue"]

WIDE: Final = 940
NARROW: Final = 330
_GAP: Final = 2
_STEPS: Final = (1, 2, 5)
_GRID_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One area of a bar: what it is called, how much it is, its colour."""

    label: str
    cents: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class Area:
    """A drawn rectangle, lengths in the units of the drawing."""

    x: float
    width: float
    fill: Fill


@dataclass(frozen=True, slots=True)
class StackedBar:
    """One bar made of parts, with the percentage of each part."""

    parts: tuple[Part, ...]
    percents: tuple[int, ...]
    wide: tuple[Area, ...]
    narrow: tuple[Area, ...]


def _areas(parts: Sequence[Part], *, whole: int, start: float, length: float) -> tuple[Area, ...]:
    """Return the rectangles of the parts that are not empty, one after the other, `whole` cents over `length`."""
    areas = []
    x = start
    for part in parts:
        if part.cents <= 0 or whole <= 0:
            continue
        share = length * part.cents / whole
        areas.append(Area(round(x, 1), round(max(share - _GAP, 1), 1), part.fill))
        x += share
    return tuple(areas)


def whole_percents(amounts: Sequence[int]) -> tuple[int, ...]:
    """Return whole percentages that add up to 100; the largest remainders are rounded up."""
    whole = sum(amounts)
    if whole <= 0:
        return tuple(0 for _ in amounts)
    floors = [amount * 100 // whole for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda i: amounts[i] * 100 % whole, reverse=True)
    for i in order[: 100 - sum(floors)]:
        floors[i] += 1
    return tuple(floors)


def stacked_bar(parts: Sequence[Part]) -> StackedBar:
    """Return one horizontal bar: how much of the whole is in, not yet due, overdue."""
    whole = sum(part.cents for part in parts)
    return StackedBar(
        parts=tuple(parts),
        percents=whole_percents([part.cents for part in parts]),
        wide=_areas(parts, whole=whole, start=0, length=WIDE),
        narrow=_areas(parts, whole=whole, start=0, length=NARROW),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a bar chart: a dues class, a note (“31 members”) and its parts."""

    label: str
    note: str
    parts: tuple[Part, ...]

    @property
    def cents(self) -> int:
        """All parts together."""
        return sum(part.cents for part in self.parts)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A drawn line: baseline of its words, top of its bar, the areas, where the amount stands behind them."""

    group: Group
    text_y: int
    bar_y: int
    areas: tuple[Area, ...]
    end: float


@dataclass(frozen=True, slots=True)
class GroupBars:
    """Horizontal bars by class, wide (words before the bar) and narrow (words above it)."""

    wide: tuple[GroupRow, ...]
    narrow: tuple[GroupRow, ...]
    wide_height: int
    narrow_height: int
    legend: tuple[Part, ...]
    is_half: bool = False


def group_bars(groups: Sequence[Group]) -> GroupBars:
    """Return the bars of the groups, all on one scale."""
    whole = max((group.cents for group in groups), default=0)
    wide, narrow = [], []
    for i, group in enumerate(groups):
        areas = _areas(group.parts, whole=whole, start=190, length=WIDE - 300)
        end = areas[-1].x + areas[-1].width + 8 if areas else 190.0
        wide.append(GroupRow(group, 17 + 28 * i, 6 + 28 * i, areas, round(end, 1)))
        below = _areas(group.parts, whole=whole, start=0, length=NARROW)
        narrow.append(GroupRow(group, 13 + 46 * i, 20 + 46 * i, below, float(NARROW)))
    legend = groups[0].parts if groups else ()
    return GroupBars(tuple(wide), tuple(narrow), 28 * len(groups), 46 * len(groups), tuple(legend))


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline, its last point and the label that stands beside it."""

    points: str
    last_x: float
    last_y: float
    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal line of the grid with its value in whole euros."""

    y: float
    euros: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on the time axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class LineDrawing:
    """One drawing of a cumulative chart."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    now: Line
    before: Line | None
    target_y: float | None
    area: str


@dataclass(frozen=True, slots=True)
class CumulativeLine:
    """This year against last year, and the target: wide and narrow."""

    wide: LineDrawing
    narrow: LineDrawing
    target_cents: int


@dataclass(frozen=True, slots=True)
class Series:
    """Cumulative cents, one value per step of time from the start on."""

    label: str
    cents: tuple[int, ...]


def grid_step(top_euros: int) -> int:
    """Return the distance of grid lines (1, 2 or 5 times a power of ten) so that at most five fit below the top."""
    power = 1
    while True:
        for factor in _STEPS:
            if top_euros <= factor * power * _GRID_LINES:
                return factor * power
        power *= 10


@dataclass(frozen=True, slots=True)
class _Frame:
    """The field of a drawing: its edges, the highest value and the number of steps."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    cents: int
    steps: int

    def x(self, i: int) -> float:
        return round(self.left + (self.right - self.left) * i / max(self.steps, 1), 1)

    def y(self, cents: int) -> float:
        return round(self.bottom - (self.bottom - self.top) * cents / max(self.cents, 1), 1)

    def line(self, series: Series) -> Line:
        points = [(self.x(i), self.y(cents)) for i, cents in enumerate(series.cents)]
        return Line(" ".join(f"{x},{y}" for x, y in points), *points[-1], series.label, series.cents[-1])


def _drawing(
    frame: _Frame, now: Series, before: Series | None, *, target: int, labels: Sequence[str], every: int
) -> LineDrawing:
    step = grid_step(max(frame.cents // 100, 1))
    line = frame.line(now)
    shown = range(0, len(labels), every)
    return LineDrawing(
        width=frame.width,
        height=frame.height,
        left=frame.left,
        right=frame.right,
        bottom=frame.bottom,
        grid=tuple(GridLine(frame.y(euros * 100), euros) for euros in range(0, frame.cents // 100 + 1, step)),
        ticks=tuple(Tick(frame.x(i), labels[i]) for i in shown),
        now=line,
        before=frame.line(before) if before and before.cents else None,
        target_y=frame.y(target) if target else None,
        area=f"{frame.x(0)},{frame.bottom} {line.points} {line.last_x},{frame.bottom}",
    )


def cumulative_line(
    now: Series, before: Series | None = None, *, target: int, labels: Sequence[str]
) -> CumulativeLine:
    """Return the line of what has come in, step by step, with last year dashed and the target dotted.

    Args:
        now: this year, up to today; at least one value.
        before: last year, the whole of it; it may be longer than `now`.
        target: what has been billed, in cents; 0 draws no line.
        labels: the words of the time axis, one per step.
    """
    steps = max(len(labels), len(now.cents), len(before.cents) if before else 0) - 1
    top = max(target, max(now.cents), max(before.cents) if before and before.cents else 0)
    wide = _Frame(WIDE, 240, 62, 790, 24, 206, top, steps)
    narrow = _Frame(NARROW, 236, 58, 322, 24, 206, top, steps)
    return CumulativeLine(
        wide=_drawing(wide, now, before, target=target, labels=labels, every=1),
        narrow=_drawing(narrow, now, before, target=target, labels=labels, every=-(-len(labels) // 4)),
        target_cents=target,
    )
