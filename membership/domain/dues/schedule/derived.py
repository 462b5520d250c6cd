"""How the size that counts comes about from what is declared: a sum of sizes, a mean of years, a rounding.

Source: fee orders that add employees and apprentices, turnover and balance sheet, or take the mean of three years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.document import Fields, Node
from membership.domain.money import Direction
from membership.domain.phrases import phrase

WORDS = ("sum", "years", "fewer_years", "rounding")
_DIRECTIONS: dict[str, Direction] = {"nearest": "nearest", "up": "up", "down": "down"}
_MOST_YEARS = 10


@dataclass(frozen=True, slots=True)
class SizeRounding:
    """To which step a size is rounded before a table or a rate looks at it, in units of the size."""

    step: Fraction
    direction: Direction


@dataclass(frozen=True, slots=True)
class Derived:
    """What is done with what was declared.

    `summands`: name of another basis -> how often it counts. `years`: the mean of so many years, declared per year.
    `allows_fewer_years`: a member that has fewer takes the mean of those it has; else it is refused.
    """

    summands: Mapping[str, Fraction] | None = None
    years: int = 0
    allows_fewer_years: bool = False
    rounding: SizeRounding | None = None


def read_derived(fields: Fields) -> Derived | None:
    """Return how the size comes about, None where it counts as it is declared."""
    found = Derived(
        summands=fields.optional("sum", _summands),
        years=fields.either("years", lambda n: n.whole(2, _MOST_YEARS), 0),
        allows_fewer_years=fields.either("fewer_years", lambda n: n.choice({"mean": True}), default=False),
        rounding=fields.optional("rounding", _rounding),
    )
    if found.allows_fewer_years and not found.years:
        raise fields.need("fewer_years").wrong(
            phrase("“%(word)s” needs “%(other)s” beside it.", word="fewer_years", other="years")
        )
    _refuse_together(fields, "sum", ("weights", "exclude", "years"))
    _refuse_together(fields, "years", ("weights", "exclude"))
    return None if found == Derived() else found


def _refuse_together(fields: Fields, word: str, others: tuple[str, ...]) -> None:
    for other in others:
        if fields.get(word) and fields.get(other):
            raise fields.need(other).wrong(
                phrase("“%(word)s” cannot stand beside “%(other)s”.", word=other, other=word)
            )


def _summands(node: Node) -> Mapping[str, Fraction]:
    found = {name: child.share() for name, child in node.mapping().items()}
    if not found:
        raise node.wrong(phrase("A sum needs at least one size."))
    return found


def _rounding(node: Node) -> SizeRounding:
    fields = node.fields(("step", "direction"))
    step = fields.need("step").number()
    if not step:
        raise fields.need("step").wrong(phrase("Nothing can be divided by 0."))
    return SizeRounding(step, fields.either("direction", lambda n: n.choice(_DIRECTIONS), "nearest"))
