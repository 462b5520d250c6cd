"""The dues classes of a category as steps, with the place of one member: figures in, positions out.

Source: prototype `declare-check`; `ux.md` 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from membership.domain.declarations.plausibility import Outcome
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.form import FlatBands, Row
from membership.domain.dues.words import band_label
from membership.domain.money import Money, rounded
from membership.web.language import words

WIDTH: Final = 340
BASE: Final = 70
_LOWEST, _HIGHEST = 14, 50
_GAP: Final = 4
_LONGEST: Final = 11
"""So many signs of a label fit below its bar."""
_MOST: Final = 6
"""More classes than this have no room for their words at 390 px."""


@dataclass(frozen=True, slots=True)
class Step:
    """One class: where its bar stands, how high it is, its words."""

    x: float
    width: float
    height: float
    label: str
    amount: str
    is_current: bool

    @property
    def middle(self) -> float:
        """Return where its words stand."""
        return self.x + self.width / 2

    @property
    def y(self) -> float:
        """Return where the bar begins."""
        return BASE - self.height


@dataclass(frozen=True, slots=True)
class Ladder:
    """All classes, the lowest first."""

    steps: tuple[Step, ...]

    @property
    def current(self) -> Step:
        """Return the class of the member."""
        return next(step for step in self.steps if step.is_current)

    @property
    def place(self) -> int:
        """Return which class that is, from 1."""
        return self.steps.index(self.current) + 1


def ladder_of(schedule: FeeSchedule, category: str, basis: Basis, outcome: Outcome) -> Ladder | None:
    """Return the classes of a plain table, None for any other way to work dues out, or too many classes."""
    method = schedule.categories[category].method
    if not isinstance(method, FlatBands) or method.basis != basis.name or outcome.row is None:
        return None
    rows = method.rows
    if not 1 < len(rows) <= _MOST or any(row.rate or row.is_agreed or row.open for row in rows):
        return None
    labels = [_label(rows, place, in_units=basis.discrete) for place in range(len(rows))]
    if any(len(label) > _LONGEST for label in labels):
        return None
    cents = [rounded(row.amount * 100) for row in rows]
    width = (WIDTH - _GAP * (len(rows) - 1)) / len(rows)
    steps = tuple(
        Step(
            x=place * (width + _GAP),
            width=width,
            height=_LOWEST + (_HIGHEST - _LOWEST) * place / (len(rows) - 1),
            label=labels[place],
            amount=_short(cents[place]),
            is_current=place == outcome.row - 1,
        )
        for place in range(len(rows))
    )
    return Ladder(steps) if 0 < outcome.row <= len(rows) else None


def _label(rows: Sequence[Row], place: int, *, in_units: bool) -> str:
    """Return the bounds of a class as short as they can be: "51–250", "> 250"."""
    row = rows[place]
    following = rows[place + 1] if place + 1 < len(rows) else None
    if in_units or row.label or not (row.exclusive or (following and following.exclusive)):
        return words().value(band_label(rows, place, in_units=in_units))
    if following is None:
        return f"> {words().value(row.start)}"
    high = words().value(following.start)
    return f"≤ {high}" if not row.exclusive else f"> {words().value(row.start)}–{high}"


def _short(cents: int) -> str:
    """Return an amount without its cents where it has none."""
    text = words().value(Money(cents))
    return text if cents % 100 else text.replace(",00", "").replace(".00", "")
