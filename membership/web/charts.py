"""The geometry of the charts: figures in, positions out; `components/charts.html` draws them.

Bars are drawn on a scale of 1000 and stretched by the browser, their words are text of the page. Lines are
worked out three times, for a narrow, a middle and a wide place, so that their words stay readable.
Axes start at 0; neighbouring areas keep a white gap.

Source: `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from membership.domain.money import rounded
from membership.web.chart_labels import Box, Label, Point, Room

Fill = Literal["1", "2", "3", "4", "5", "6", "overdue"]

SCALE: Final = 1000
_GAP: Final = 3
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


def _euros(cents: int) -> int:
    return rounded(Fraction(cents, 100))


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
        return _euros(self.series.cents[-1])


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
    """The field of a drawing: edges, words below, room for a label, highest value, last step, target."""

    size: str
    width: int
    height: int
    left: int
    right: int
    words: int
    label: int
    cents: int = 0
    last: int = 0
    aim: int = 0

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

    def points(self, series: Series) -> tuple[Point, ...]:
        return tuple((self.x(i), self.y(cents)) for i, cents in enumerate(series.cents))

    def line(self, series: Series, *others: Series, taken: Sequence[Box] = ()) -> Line:
        """Return a line whose label keeps off the line itself, the others and the target where it can."""
        points = self.points(series)
        lines = [points, *(self.points(each) for each in others)]
        if self.aim:
            lines.append(((self.left, self.y(self.aim)), (self.right, self.y(self.aim))))
        label = self.room.label_at(points[-1], lines=lines, taken=taken)
        x, y = points[-1]
        return Line(series, " ".join(f"{px},{py}" for px, py in points), x, y, label)

    @property
    def room(self) -> Room:
        return Room(self.label, self.left, self.width, 0, self.bottom)

    @property
    def target(self) -> Target | None:
        y = self.y(self.aim)
        return Target(y, _euros(self.aim), Label(self.right, y - 7, "end")) if self.aim else None


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
        field = replace(shape, cents=top, last=last, aim=target_cents)
        target = field.target
        taken = [Box.of(target.label, field.label)] if target else []
        line = field.line(now, *([before] if before else []), taken=taken)
        taken.append(Box.of(line.label, field.label))
        dashed = field.line(before, now, taken=taken) if before else None
        every = -(-len(words) // field.words)
        levels = range(0, top // 100 + 1, step)
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
                target=target,
                area=f"{field.x(0)},{field.bottom} {line.points} {line.last_x},{field.bottom}",
            )
        )
    return tuple(drawings)
