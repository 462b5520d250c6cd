"""The stored form of options that a schedule, a category and a part of a sum may carry.

Source: `domain.md` 2.2 "Common options", 2.10; DUE-35a, DUE-36.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from membership.domain.dues.document import Fields, MonthDay, Node
from membership.domain.dues.schedule.choices import Together, Treatment
from membership.domain.dues.schedule.form import Rounding, Tax
from membership.domain.money import Direction
from membership.domain.phrases import phrase

ROUNDING_STEPS = {
    text: Fraction(text) for text in ("0.01", "0.05", "0.10", "0.50", "1", "5", "10", "50", "100")
}
_DIRECTIONS: dict[str, Direction] = {"nearest": "nearest", "up": "up", "down": "down"}
_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Inside:
    """What of the schedule and the category counts inside parts: what discounts come to, where the year starts."""

    together: Together
    starts: MonthDay


def read_doubt(fields: Fields) -> str:
    """Return why the value beside it is in doubt, empty when it is not (DUE-35a)."""
    return fields.either("doubt", Node.text, "")


def read_open(fields: Fields, *others: str) -> str:
    """Return why the order leaves the value open, empty when it does not; neither may stand beside it (DUE-35)."""
    reason = fields.either("open", Node.text, "")
    beside = next((key for key in others if reason and fields.get(key)), None)
    if beside is not None:
        raise fields.need(beside).wrong(
            phrase("“%(word)s” cannot stand beside “open”: either it is decided or it is not.", word=beside)
        )
    return reason


def read_together(node: Node) -> Together:
    """Return what several discounts that hold at once come to."""
    return node.choice({together.value: together for together in Together})


def read_max_rise(node: Node) -> int:
    """Return by how many rows a member may rise in a year."""
    return node.whole(1, _MOST_ROWS)


def read_rounding(node: Node) -> Rounding:
    """Return step and direction of the rounding."""
    fields = node.fields(("step", "direction"))
    return Rounding(
        step=fields.either("step", lambda n: n.choice(ROUNDING_STEPS), ROUNDING_STEPS["0.01"]),
        direction=fields.either("direction", lambda n: n.choice(_DIRECTIONS), "nearest"),
    )


def read_tax(node: Node) -> Tax:
    """Return the tax treatment: the word `O`, or an object with what the treatment needs."""
    if isinstance(node.value, str):
        node.choice({"O": Treatment.NOT_TAXABLE})
        return Tax()
    word = node.mapping().get("treatment")
    if word is None:
        raise node.wrong(phrase("“%(word)s” is missing here.", word="treatment"))
    treatment = word.choice({treatment.value: treatment for treatment in Treatment})
    fields = node.fields(("treatment", "doubt", *_TAX_WORDS[treatment]))
    return replace(_tax(treatment, fields), doubt=read_doubt(fields))


def _tax(treatment: Treatment, fields: Fields) -> Tax:
    if treatment is Treatment.NOT_TAXABLE:
        return Tax()
    if treatment is Treatment.EXEMPT:
        return Tax(treatment, reason=fields.need("reason").text())
    rate = fields.need("rate").percent()
    if treatment is Treatment.SPLIT:
        return Tax(treatment, rate, taxable_share=fields.need("taxable_percent").percent())
    return Tax(treatment, rate, gross=fields.either("amounts", _is_gross, default=False))


_TAX_WORDS: dict[Treatment, tuple[str, ...]] = {
    Treatment.NOT_TAXABLE: (),
    Treatment.TAXABLE: ("rate", "amounts"),
    Treatment.EXEMPT: ("reason",),
    Treatment.SPLIT: ("rate", "taxable_percent"),
}


def _is_gross(node: Node) -> bool:
    return node.choice({"net": False, "gross": True})
