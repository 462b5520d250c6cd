"""The whole schedule in words: what holds for all members first, then category by category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from membership.domain.dues.readable.conditions import percent_of
from membership.domain.dues.readable.methods import Passage, TableRow, passages
from membership.domain.dues.readable.options import (
    discount_words,
    doubt_words,
    due_words,
    limit_words,
    previous_year_words,
    surcharge_words,
    tax_words,
)
from membership.domain.dues.readable.rules import Rule, rules_of
from membership.domain.dues.schedule.choices import Together
from membership.domain.dues.schedule.form import Becomes, Category, FeeSchedule
from membership.domain.dues.words import euros
from membership.domain.phrases import Phrase, phrase

__all__ = ["CategoryText", "Passage", "Rule", "ScheduleText", "TableRow", "readable"]


@dataclass(frozen=True, slots=True)
class CategoryText:
    """What one category pays: its passages (a sentence, a table where there is one), then what is added to them."""

    code: str
    passages: tuple[Passage, ...]
    additions: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class ScheduleText:
    """A schedule in words."""

    due: Phrase | None
    rules: tuple[Rule, ...]
    categories: tuple[CategoryText, ...]


def readable(schedule: FeeSchedule, names: Mapping[str, str] | None = None) -> ScheduleText:
    """Return the schedule in words; `names` are the names of categories by code, for sentences that name one."""
    known = names or {}
    return ScheduleText(
        due=None if schedule.due is None else due_words(schedule.due),
        rules=tuple(rules_of(schedule)),
        categories=tuple(_category(one, schedule, known) for one in in_order(schedule, known)),
    )


def in_order(schedule: FeeSchedule, names: Mapping[str, str]) -> list[Category]:
    """Return the categories in the order of the names; those without a name come last, as the schedule has them."""
    order = {code: index for index, code in enumerate(names)}
    return sorted(schedule.categories.values(), key=lambda one: order.get(one.code, len(order)))


def _category(category: Category, schedule: FeeSchedule, names: Mapping[str, str]) -> CategoryText:
    found = passages(category.method, schedule.bases, names, periods=schedule.periods)
    return CategoryText(category.code, tuple(found), tuple(_additions(category, schedule, names)))


def _additions(category: Category, schedule: FeeSchedule, names: Mapping[str, str]) -> Iterator[Phrase]:
    yield from limit_words(category.minimum, category.cap, names)
    for discount in category.discounts:
        yield discount_words(discount)
        yield from doubt_words(discount.doubt)
    if len(category.discounts) > 1:
        yield _TOGETHER[category.discounts_together]
    for surcharge in category.surcharges:
        yield surcharge_words(surcharge)
        yield from doubt_words(surcharge.doubt)
    if category.previous_year is not None:
        yield from previous_year_words(category.previous_year)
    yield from _fee_words(category)
    yield from _own_rules(category, schedule)
    tax = tax_words(category.tax)
    if tax is not None:
        yield tax
    yield from doubt_words(category.tax.doubt)
    if category.due is not None:
        yield due_words(category.due)
    if category.becomes is not None:
        yield from _becomes_words(category.becomes, names)
    yield from doubt_words(category.doubt)


def _becomes_words(becomes: Becomes, names: Mapping[str, str]) -> Iterator[Phrase]:
    name = names.get(becomes.category, becomes.category)
    yield phrase(
        "After %(n)s full years of membership the category becomes %(category)s.",
        n=becomes.after_years,
        category=name,
    )
    if becomes.admission_fee:
        yield phrase("An admission fee of %(amount)s is due then.", amount=euros(becomes.admission_fee))
    yield from doubt_words(becomes.doubt)


def _own_rules(category: Category, schedule: FeeSchedule) -> Iterator[Phrase]:
    if category.further_sites is not None:
        percent = percent_of(category.further_sites)
        yield phrase("Each further site pays %(percent)s %% of its own dues.", percent=percent)
    if category.max_rise is not None:
        yield phrase("A member rises by at most %(n)s row of the table a year.", n=category.max_rise)
    if category.prorata != schedule.prorata:
        yield phrase("This category has a rule of its own for joining and leaving.")
    if category.rounding != schedule.rounding:
        yield phrase("This category has a rounding of its own.")


_TOGETHER = {
    Together.MULTIPLY: phrase("Discounts that hold together are taken off one after the other."),
    Together.LARGEST: phrase("Of discounts that hold together only the largest counts."),
    Together.OPEN: phrase("The order does not say what counts when several discounts hold together."),
}


def _fee_words(category: Category) -> Iterator[Phrase]:
    fee = category.admission_fee
    if fee is None or not (fee.amount or fee.share):
        return
    if fee.share:
        yield phrase(
            "Admission fee of %(percent)s %% of the annual dues, once.", percent=percent_of(fee.share)
        )
        yield from doubt_words(fee.doubt)
    if not fee.amount:
        return
    if fee.waived_on_reentry_months:
        yield phrase(
            "Admission fee of %(amount)s, once; waived for those who return within %(n)s months.",
            amount=euros(fee.amount),
            n=fee.waived_on_reentry_months,
        )
    else:
        yield phrase("Admission fee of %(amount)s, once and never in part.", amount=euros(fee.amount))
    yield from doubt_words(fee.doubt)
