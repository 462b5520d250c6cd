"""The stored form of the rule for one category: its method and the options beside it.

Source: `domain.md` 2.2 "Common options", 2.3, 2.10 "Categories".
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.document import Node
from membership.domain.dues.schedule.calendar_rules import read_prorata
from membership.domain.dues.schedule.choices import Together, Treatment
from membership.domain.dues.schedule.conditions import read_discount
from membership.domain.dues.schedule.form import (
    AdmissionFee,
    Agreed,
    Category,
    FlatBands,
    Minimum,
    Prorata,
    Rounding,
    Several,
    Tax,
)
from membership.domain.dues.schedule.methods import method_words, read_method, read_minimum
from membership.domain.money import Direction
from membership.domain.phrases import phrase

_OPTIONS = [
    "method",
    "min",
    "cap",
    "discounts",
    "discounts_together",
    "admission_fee",
    "tax",
    "sites",
    "rounding",
    "prorata",
    "max_rise",
]
_LATER = ["open", "doubt", "becomes", "due", "allowance"]
_STEPS = {text: Fraction(text) for text in ("0.01", "0.10", "1", "5", "10")}
_DIRECTIONS: dict[str, Direction] = {"nearest": "nearest", "up": "up", "down": "down"}
_MOST_ROWS = 1000
_MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Usual:
    """What the schedule says for all categories."""

    rounding: Rounding
    prorata: Prorata
    max_rise: int | None
    together: Together


def read_category(node: Node, code: str, *, usual: Usual) -> Category:
    """Return the rule for one category, the options of the schedule filled in."""
    fields = node.fields((*_OPTIONS, *method_words(node)), _LATER)
    method = read_method(fields)
    own_rise = fields.optional("max_rise", read_max_rise)
    if own_rise is not None and not isinstance(method, FlatBands):
        raise fields.need("max_rise").wrong(
            phrase("“max_rise” counts the rows of one table, but this category is not worked out by one.")
        )
    max_rise = usual.max_rise if own_rise is None else own_rise
    if max_rise and (isinstance(method, Several) or fields.get("sites")):
        raise fields.need("method").wrong(
            phrase("“max_rise” counts the rows of one table, but this category is not worked out by one.")
        )
    minimum: Minimum | None = None if isinstance(method, Agreed) else fields.optional("min", read_minimum)
    return Category(
        code=code,
        method=method,
        minimum=minimum,
        cap=fields.optional("cap", Node.euros),
        discounts=fields.every("discounts", read_discount),
        discounts_together=fields.either("discounts_together", read_together, usual.together),
        admission_fee=fields.optional("admission_fee", _admission_fee),
        tax=fields.either("tax", read_tax, Tax()),
        further_sites=fields.optional("sites", _further_sites),
        rounding=fields.either("rounding", read_rounding, usual.rounding),
        prorata=fields.either("prorata", read_prorata, usual.prorata),
        max_rise=max_rise,
    )


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
        step=fields.either("step", lambda n: n.choice(_STEPS), _STEPS["0.01"]),
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
    fields = node.fields(("treatment", *_TAX_WORDS[treatment]), ("doubt",))
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


def _admission_fee(node: Node) -> AdmissionFee:
    if not isinstance(node.value, dict):
        return AdmissionFee(node.euros())
    fields = node.fields(("amount", "waived_on_reentry_months"), ("doubt",))
    months = fields.either("waived_on_reentry_months", lambda n: n.whole(0, _MOST_MONTHS), 0)
    return AdmissionFee(fields.need("amount").euros(), months)


def _further_sites(node: Node) -> Fraction:
    return node.fields(("further_percent",)).need("further_percent").percent()
