"""A table of bounds made ready for many values: the row is found by whole numbers, and its words are made once.

Source: `domain.md` DUE-9 (a value below the first row uses the first), DUE-8 `above`.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from math import lcm

from membership.domain.dues.assessment import Band
from membership.domain.dues.schedule.form import FlatBands
from membership.domain.dues.words import band_label, row_words
from membership.domain.phrases import Phrase


class Lookup:
    """One flat table; `in_units`: its bounds are whole units, which the names of dues classes then show."""

    def __init__(self, method: FlatBands, *, in_units: bool) -> None:
        self._rows = method.rows
        self._in_units = in_units
        self._scale = lcm(*(row.start.denominator for row in method.rows))
        # Twice the bound, so that "above" a bound is one more than "from" it.
        self._bounds = [2 * int(row.start * self._scale) + row.exclusive for row in method.rows]
        self._words: dict[int, tuple[Phrase, Band]] = {}

    def index_of(self, value: Fraction) -> int:
        """Return the index of the row in which a value lies; a value below the first row uses the first."""
        numerator, denominator = value.as_integer_ratio()
        whole, rest = divmod(numerator * self._scale, denominator)
        return max(0, bisect_right(self._bounds, 2 * whole + (rest > 0)) - 1)

    def words_of(self, index: int) -> tuple[Phrase, Band]:
        """Return a row as a step names it, and as a dues class."""
        found = self._words.get(index)
        if found is None:
            label = band_label(self._rows, index, in_units=self._in_units)
            found = self._words[index] = (row_words(self._rows[index]), Band(index + 1, label))
        return found
