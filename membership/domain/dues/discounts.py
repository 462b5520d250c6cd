"""What is taken off the annual amount under conditions: step 6.

Source: `domain.md` DUE-12, DUE-38.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from membership.domain.dues.assessment import StepName, Trail
from membership.domain.dues.conditions import bases_of, holds
from membership.domain.dues.doubts import DUE_34, doubts, refuse_open
from membership.domain.dues.errors import Undecided
from membership.domain.dues.first_months import for_its_months
from membership.domain.dues.schedule.choices import Together
from membership.domain.dues.schedule.discounts import Discount
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import money
from membership.domain.phrases import Phrase, phrase


def discounted(
    trail: Trail, discounts: Sequence[Discount], together: Together, *, situation: Situation
) -> Trail:
    """Return the trail after all discounts that hold: percentages multiply, then amounts come off.

    If one that holds is exclusive, or the schedule lets only one count, it is the largest single one. Nothing falls
    below zero. Raises `Undecided` when several hold and the schedule leaves open what they come to.
    """
    if not discounts:
        return trail
    held: list[Discount] = []
    for discount in discounts:
        trail = trail.using(bases_of(discount.when, situation))
        counting = for_its_months(discount, situation) if holds(discount.when, situation) else None
        if counting is not None:
            refuse_open(counting.open)
            held.append(counting)
    if not held:
        return trail
    trail = trail.warned(doubts(*[discount.doubt for discount in held]))
    if len(held) > 1:
        held = _counting(held, together, amount=trail.amount)
    for discount in held:
        trail = trail.then(
            StepName.DISCOUNT,
            discount.code,
            text=_words(discount, is_only=len(discounts) == 1),
            amount=_after(trail.amount, discount),
        )
    return trail


def _counting(held: list[Discount], together: Together, *, amount: Fraction) -> list[Discount]:
    """Return which of several discounts count, in their order: percentages before amounts, or the largest alone."""
    if together is Together.OPEN:
        codes = ", ".join(discount.code for discount in held)
        raise Undecided(
            DUE_34,
            phrase(
                "The fee schedule leaves open what the discounts %(codes)s come to together.", codes=codes
            ),
        )
    if together is Together.LARGEST or any(discount.exclusive for discount in held):
        return [max(held, key=lambda discount: amount - _after(amount, discount))]
    return sorted(held, key=lambda discount: discount.share is None)


def _after(amount: Fraction, discount: Discount) -> Fraction:
    if discount.share is None:
        return max(Fraction(0), amount - discount.amount)
    return amount * discount.rest


def _words(discount: Discount, *, is_only: bool) -> Phrase:
    """Return the discount in words; the code, which letters would print, only where it tells several apart."""
    if discount.first_months and discount.share is not None:
        return phrase(
            "Discount “%(code)s” of %(percent)s %% in the first %(n)s months (%(part)s %% of what is owed this year)",
            code=discount.code,
            percent=discount.percent,
            n=discount.first_months,
            part=discount.part * 100,
        )
    if is_only and discount.share is None:
        return phrase("Discount of %(amount)s", amount=money(discount.amount))
    if is_only:
        return phrase("Discount of %(percent)s %%", percent=discount.percent)
    if discount.share is None:
        return phrase("Discount “%(code)s” of %(amount)s", code=discount.code, amount=money(discount.amount))
    return phrase("Discount “%(code)s” of %(percent)s %%", code=discount.code, percent=discount.percent)
