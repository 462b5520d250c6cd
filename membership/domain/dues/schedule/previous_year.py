"""How far the annual amount may move from that of the year before.

Source: fee orders with “at least the amount of last year” or “at most a fifth more than last year”.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.document import Node
from membership.domain.phrases import phrase

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class PreviousYear:
    """Limits as shares of the annual amount of the year before; None where there is none."""

    at_least: Fraction | None = None
    at_most: Fraction | None = None


def read_previous_year(node: Node) -> PreviousYear:
    """Return the limits; at least one must be there, and they must not contradict each other."""
    fields = node.fields(("at_least_percent", "at_most_percent"))
    low, high = (fields.get(key) for key in ("at_least_percent", "at_most_percent"))
    found = PreviousYear(low.number() / _HUNDRED if low else None, high.number() / _HUNDRED if high else None)
    if found == PreviousYear():
        raise node.wrong(phrase("“at_least_percent” or “at_most_percent” is missing here."))
    if found.at_least is not None and found.at_most is not None and found.at_least > found.at_most:
        raise node.wrong(phrase("The lower limit is above the upper one."))
    return found
