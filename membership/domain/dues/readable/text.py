"""The whole schedule in words: what holds for all members first, then category by category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from membership.domain.dues.readable.conditions import condition_words, percent_of
from membership.domain.dues.readable.methods import Passage, TableRow, passages
from membership.domain.dues.readable.rules import Rule, due_words, rules_of
from membership.domain.dues.schedule.choices import Together, Treatment
from membership.domain.dues.schedule.form import AsCategory, Category, Discount, FeeSchedule, Tax
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
    found = passages(category.method, schedule.bases, names, is_monthly=schedule.is_monthly)
    return CategoryText(category.code, tuple(found), tuple(_additions(category, schedule, names)))


def _additions(category: Category, schedule: FeeSchedule, names: Mapping[str, str]) -> Iterator[Phrase]:
    yield from _limits(category, names)
    for discount in category.discounts:
        yield _discount_words(discount)
    if len(category.discounts) > 1:
        yield _TOGETHER[category.discounts_together]
    yield from _fee_words(category)
    yield from _own_rules(category, schedule)
    tax = _tax_words(category.tax)
    if tax is not None:
        yield tax


def _limits(category: Category, names: Mapping[str, str]) -> Iterator[Phrase]:
    if isinstance(category.minimum, AsCategory):
        name = names.get(category.minimum.category, category.minimum.category)
        yield phrase("At least as much as in the category %(category)s.", category=name)
    elif category.minimum is not None:
        yield phrase("At least %(amount)s a year.", amount=euros(category.minimum))
    if category.cap is not None:
        yield phrase("At most %(amount)s a year.", amount=euros(category.cap))


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


def _discount_words(discount: Discount) -> Phrase:
    when = condition_words(discount.when)
    if discount.share is not None:
        percent = percent_of(discount.share)
        if discount.exclusive:
            return phrase(
                "%(percent)s %% off, without any other discount: %(when)s.", percent=percent, when=when
            )
        return phrase("%(percent)s %% off: %(when)s.", percent=percent, when=when)
    return phrase("%(amount)s off: %(when)s.", amount=euros(discount.amount), when=when)


def _fee_words(category: Category) -> Iterator[Phrase]:
    fee = category.admission_fee
    if fee is None or not fee.amount:
        return
    if fee.waived_on_reentry_months:
        yield phrase(
            "Admission fee of %(amount)s, once; waived for those who return within %(n)s months.",
            amount=euros(fee.amount),
            n=fee.waived_on_reentry_months,
        )
    else:
        yield phrase("Admission fee of %(amount)s, once and never in part.", amount=euros(fee.amount))


def _tax_words(tax: Tax) -> Phrase | None:
    percent = percent_of(tax.rate)
    if tax.treatment is Treatment.TAXABLE and tax.gross:
        return phrase("The amounts include %(percent)s %% value added tax.", percent=percent)
    if tax.treatment is Treatment.TAXABLE:
        return phrase("%(percent)s %% value added tax is added.", percent=percent)
    if tax.treatment is Treatment.EXEMPT:
        return phrase("Exempt from value added tax: %(reason)s", reason=tax.reason)
    if tax.treatment is Treatment.SPLIT:
        return phrase(
            "Value added tax of %(percent)s %% on %(part)s %% of the dues, the rest is not taxable.",
            percent=percent,
            part=percent_of(tax.taxable_share),
        )
    return None
