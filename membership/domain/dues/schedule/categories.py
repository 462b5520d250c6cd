"""The stored form of the rule for one category: its method and the options beside it.

Source: `domain.md` 2.2 "Common options", 2.3, 2.10 "Categories".
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from membership.domain.dues.document import MonthDay, Node
from membership.domain.dues.schedule.calendar_rules import read_due, read_prorata
from membership.domain.dues.schedule.choices import Together
from membership.domain.dues.schedule.conditions import read_discount, read_surcharge
from membership.domain.dues.schedule.form import (
    AdmissionFee,
    Agreed,
    Becomes,
    Category,
    FlatBands,
    Minimum,
    Prorata,
    Rounding,
    Several,
    Tax,
)
from membership.domain.dues.schedule.methods import method_words, read_method, read_minimum
from membership.domain.dues.schedule.options import (
    Inside,
    read_doubt,
    read_max_rise,
    read_rounding,
    read_tax,
    read_together,
)
from membership.domain.dues.schedule.previous_year import PreviousYear, read_previous_year
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
    "due",
    "becomes",
    "doubt",
    "surcharges",
    "previous_year",
]
_MOST_MONTHS = 1200
_MOST_YEARS = 200
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Usual:
    """What the schedule says for all categories."""

    rounding: Rounding
    prorata: Prorata
    max_rise: int | None
    together: Together
    starts: MonthDay
    previous_year: PreviousYear | None = None


def read_category(node: Node, code: str, *, usual: Usual) -> Category:
    """Return the rule for one category, the options of the schedule filled in."""
    fields = node.fields((*_OPTIONS, *method_words(node)))
    together = fields.either("discounts_together", read_together, usual.together)
    method = read_method(fields, Inside(together, usual.starts))
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
        discounts_together=together,
        admission_fee=fields.optional("admission_fee", _admission_fee),
        tax=fields.either("tax", read_tax, Tax()),
        further_sites=fields.optional("sites", _further_sites),
        rounding=fields.either("rounding", read_rounding, usual.rounding),
        prorata=fields.either("prorata", partial(read_prorata, starts=usual.starts), usual.prorata),
        max_rise=max_rise,
        due=fields.optional("due", partial(read_due, starts=usual.starts)),
        becomes=fields.optional("becomes", _becomes),
        doubt=read_doubt(fields),
        surcharges=fields.every("surcharges", read_surcharge),
        previous_year=fields.either("previous_year", read_previous_year, usual.previous_year),
    )


def _admission_fee(node: Node) -> AdmissionFee:
    if not isinstance(node.value, dict):
        return AdmissionFee(node.euros())
    fields = node.fields(("amount", "percent", "waived_on_reentry_months", "doubt"))
    months = fields.either("waived_on_reentry_months", lambda n: n.whole(0, _MOST_MONTHS), 0)
    percent = fields.get("percent")
    return AdmissionFee(
        fields.either("amount", Node.euros, Fraction(0)) if percent else fields.need("amount").euros(),
        share=percent.number() / _HUNDRED if percent else Fraction(0),
        waived_on_reentry_months=months,
        doubt=read_doubt(fields),
    )


def _becomes(node: Node) -> Becomes:
    fields = node.fields(("category", "after_years", "admission_fee", "doubt"))
    return Becomes(
        category=fields.need("category").text(),
        after_years=fields.need("after_years").whole(1, _MOST_YEARS),
        admission_fee=fields.either("admission_fee", Node.euros, Fraction(0)),
        doubt=read_doubt(fields),
    )


def _further_sites(node: Node) -> Fraction:
    return node.fields(("further_percent",)).need("further_percent").percent()
