"""Where words stand in a drawing with lines: inside it, on no line, and apart from other words.

Source: `ux.md` 12 "labels at the line's end".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

Anchor = Literal["start", "end"]
Point = tuple[float, float]

_ASCENT: Final = 12
_DESCENT: Final = 4
_BELOW: Final = 16
_ABOVE: Final = 10
_BESIDE: Final = 10
_STEP: Final = 6
_OFF_AXIS: Final = 4


@dataclass(frozen=True, slots=True)
class Label:
    """Words in a drawing: where they stand and which end is fixed."""

    x: float
    y: float
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Box:
    """The room that words take."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, label: Label, length: float) -> Box:
        """Return the room of words of this length."""
        left = label.x - length if label.anchor == "end" else label.x
        return cls(left, label.y - _ASCENT, left + length, label.y + _DESCENT)

    def overlaps(self, other: Box) -> bool:
        """Return whether the two take the same room."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_crossed_by(self, line: Sequence[Point]) -> bool:
        """Return whether a line from left to right runs through it."""
        return any(self._has_part_of(start, end) for start, end in pairwise(line))

    def _has_part_of(self, start: Point, end: Point) -> bool:
        if end[0] < self.left or start[0] > self.right:
            return False
        slope = (end[1] - start[1]) / (end[0] - start[0]) if end[0] > start[0] else 0.0
        first = start[1] + slope * (max(self.left, start[0]) - start[0])
        last = start[1] + slope * (min(self.right, end[0]) - start[0])
        return min(first, last) < self.bottom and max(first, last) > self.top


@dataclass(frozen=True, slots=True)
class Room:
    """Where words of a length may stand; words of less than half its width always find a place.

    `foot` is the axis: words keep off it.
    """

    length: float
    left: float
    right: float
    top: float
    foot: float

    def label_at(self, point: Point, *, lines: Sequence[Sequence[Point]], taken: Sequence[Box]) -> Label:
        """Return the label of the end of a line: as near as is free, below rather than above.

        Where every place is crossed by a line, it stands in the first one that no other words take.
        """
        places = list(self._places(point))
        apart = [each for each in places if not any(map(Box.of(each, self.length).overlaps, taken))]
        free = (each for each in apart if not any(map(Box.of(each, self.length).is_crossed_by, lines)))
        return next(free, (apart or places)[0])

    def _places(self, point: Point) -> Iterator[Label]:
        x, y = point
        for step in range(int((self.foot - self.top) / _STEP) + 1):
            away = step * _STEP
            heights = (y + _BELOW + away, y - _ABOVE - away)
            beside = (Label(x + _BESIDE + 2 * away, each) for each in (y + _BELOW, y - _ABOVE))
            upright = (Label(x + _BESIDE, each) for each in heights)
            for label in (*beside, *upright, *(Label(x, each, "end") for each in heights)):
                if self._holds(label):
                    yield replace(label, x=round(label.x, 1), y=round(label.y, 1))

    def _holds(self, label: Label) -> bool:
        box = Box.of(label, self.length)
        is_high = self.top <= box.top and box.bottom <= self.foot - _OFF_AXIS
        return is_high and self.left <= box.left and box.right <= self.right
