"""The geometry of the charts: figures in, positions out; `components/charts.html` draws them.

Bars are drawn on a scale of 1000 and stretched by the browser, their words are text of the page. Lines are
worked out three times, for a narrow, a middle and a wide place, so that their words stay readable.
Axes start at 0; neighbouring areas keep a white gap.

Source: `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

Fill = Literal["1", "2", "3", "4", "5", "6", "overdue"]
Anchor = Literal["start", "end"]

SCALE: Final = 1000
_GAP: Final = 3
_STEPS: Final = (1, 2, 5)
_GRID_LINES: Final = 5
_LABEL_HEIGHT: Final = 17


@dataclass(frozen=True, slots=True)
class Part:
    """One area of a bar: what it is called, how much it is, its colour."""

    label: str
    cents: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class Area:
    """A drawn part, lengths on the scale of 1000."""

    x: float
    width: float
    fill: Fill


@dataclass(frozen=True, slots=True)
class StackedBar:
    """One bar made of parts, with the percentage of each part."""

    parts: tuple[Part, ...]
    percents: tuple[int, ...]
    areas: tuple[Area, ...]


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
class GroupBar:
    """A group with its areas."""

    group: Group
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class GroupBars:
    """Horizontal bars on one scale; the longest fills the width."""

    bars: tuple[GroupBar, ...]
    legend: tuple[Part, ...]


def whole_percents(amounts: Sequence[int]) -> tuple[int, ...]:
    """Return whole percentages that add up to 100; the largest remainders are rounded up."""
    whole = sum(amounts)
    if whole <= 0:
        return tuple(0 for _ in amounts)
    percents = [amount * 100 // whole for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda i: amounts[i] * 100 % whole, reverse=True)
    for i in order[: 100 - sum(percents)]:
        percents[i] += 1
    return tuple(percents)


def _areas(parts: Sequence[Part], whole: int) -> tuple[Area, ...]:
    """Return the areas of the parts that are not empty, one after the other, `whole` cents over the scale."""
    areas = []
    x = 0.0
    for part in parts:
        if part.cents <= 0 or whole <= 0:
            continue
        share = SCALE * part.cents / whole
        areas.append(Area(round(x, 1), round(max(share - _GAP, 1), 1), part.fill))
        x += share
    return tuple(areas)


def stacked_bar(parts: Sequence[Part]) -> StackedBar:
    """Return one horizontal bar: how much of the whole is in, not yet due, overdue."""
    amounts = [part.cents for part in parts]
    return StackedBar(tuple(parts), whole_percents(amounts), _areas(parts, sum(amounts)))


def group_bars(groups: Sequence[Group]) -> GroupBars:
    """Return the bars of the groups; the legend is that of the first group."""
    whole = max((group.cents for group in groups), default=0)
    bars = tuple(GroupBar(group, _areas(group.parts, whole)) for group in groups)
    return GroupBars(bars, groups[0].parts if groups else ())


@dataclass(frozen=True, slots=True)
class Series:
    """Cumulative cents, one value per step of time from the start on; at least one."""

    label: str
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """Words in a drawing: where they stand and which end is fixed."""

    x: float
    y: float
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline with its last point and the place of its label."""

    series: Series
    points: str
    last_x: float
    last_y: float
    label: Label

    @property
    def euros(self) -> int:
        """The last value in whole euros, for a label."""
        return self.series.cents[-1] // 100


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal line of the grid, its value in whole euros and the place of that value."""

    y: float
    euros: int
    label: Label


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on the time axis."""

    words: str
    label: Label


@dataclass(frozen=True, slots=True)
class Target:
    """The dotted line of what has been billed."""

    y: float
    euros: int
    label: Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing of a cumulative chart; `size` says for which place."""

    size: str
    width: int
    height: int
    left: int
    right: int
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    now: Line
    before: Line | None
    target: Target | None
    area: str


@dataclass(frozen=True, slots=True)
class _Field:
    """The field of a drawing: edges, words below, room for a label, highest value, last step."""

    size: str
    width: int
    height: int
    left: int
    right: int
    words: int
    label: int
    cents: int = 0
    last: int = 0

    @property
    def top(self) -> int:
        return 26

    @property
    def bottom(self) -> int:
        return self.height - 30

    def x(self, i: int) -> float:
        return round(self.left + (self.right - self.left) * i / max(self.last, 1), 1)

    def y(self, cents: int) -> float:
        return round(self.bottom - (self.bottom - self.top) * cents / max(self.cents, 1), 1)

    def line(self, series: Series) -> Line:
        points = [(self.x(i), self.y(cents)) for i, cents in enumerate(series.cents)]
        x, y = points[-1]
        if x + 10 + self.label <= self.width:
            label = Label(x + 10, y + 16)
        else:
            step = (self.right - self.left) / max(self.last, 1)
            deepest = max(py for px, py in points if px >= x - self.label - step)
            label = Label(x, round(min(deepest + 16, self.bottom - 4), 1), "end")
        return Line(series, " ".join(f"{px},{py}" for px, py in points), x, y, label)

    def apart(self, line: Line, other: Line) -> Line:
        """Return the line with its label below the other's, or above it at the foot, where the two would overlap."""
        mine, theirs = line.label, other.label
        if abs(mine.x - theirs.x) >= self.label or abs(mine.y - theirs.y) >= _LABEL_HEIGHT:
            return line
        below = theirs.y + _LABEL_HEIGHT
        y = below if below <= self.bottom - 4 else theirs.y - _LABEL_HEIGHT
        return replace(line, label=replace(mine, y=round(y, 1)))


_FIELDS: Final = (
    _Field("narrow", 330, 236, 58, 322, 4, 90),
    _Field("middle", 520, 280, 60, 510, 6, 120),
    _Field("wide", 820, 260, 60, 810, 12, 130),
)


def grid_step(euros: int) -> int:
    """Return the distance of grid lines (1, 2 or 5 times a power of ten) so that at most five fit below the top."""
    power = 1
    while euros > _STEPS[-1] * power * _GRID_LINES:
        power *= 10
    return next(factor * power for factor in _STEPS if euros <= factor * power * _GRID_LINES)


def cumulative_line(
    now: Series, before: Series | None = None, *, target_cents: int, words: Sequence[str]
) -> tuple[Drawing, ...]:
    """Return the drawings of what has come in, step by step, with last year dashed and the target dotted.

    Args:
        now: this year, up to today.
        before: last year, the whole of it.
        target_cents: what has been billed; 0 draws no line.
        words: the words of the time axis, one per step.
    """
    last = max(len(words), len(now.cents), len(before.cents) if before else 0) - 1
    top = max(target_cents, *now.cents, *(before.cents if before else ()))
    step = grid_step(max(top // 100, 1))
    drawings = []
    for shape in _FIELDS:
        field = replace(shape, cents=top, last=last)
        line = field.line(now)
        dashed = field.apart(field.line(before), line) if before else None
        every = -(-len(words) // field.words)
        levels = range(0, top // 100 + 1, step)
        target = field.y(target_cents)
        drawings.append(
            Drawing(
                size=field.size,
                width=field.width,
                height=field.height,
                left=field.left,
                right=field.right,
                grid=tuple(
                    GridLine(y, euros, Label(field.left - 8, y + 4, "end"))
                    for euros, y in ((euros, field.y(euros * 100)) for euros in levels)
                ),
                ticks=tuple(
                    Tick(words[i], Label(field.x(i), field.height - 10)) for i in range(0, len(words), every)
                ),
                now=line,
                before=dashed,
                target=Target(target, target_cents // 100, Label(field.right, target - 7, "end"))
                if target_cents
                else None,
                area=f"{field.x(0)},{field.bottom} {line.points} {line.last_x},{field.bottom}",
            )
        )
    return tuple(drawings)
