"""What is added to the annual amount under conditions, after the discounts of step 6.

Source: `domain.md` 2.3 “surcharges”, DUE-35, DUE-38.
"""

from __future__ import annotations

from collections.abc import Sequence

from membership.domain.dues.assessment import StepName, Trail
from membership.domain.dues.conditions import bases_of, holds
from membership.domain.dues.doubts import doubts, refuse_open
from membership.domain.dues.schedule.discounts import Surcharge
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import money
from membership.domain.phrases import Phrase, phrase


def surcharged(trail: Trail, surcharges: Sequence[Surcharge], *, situation: Situation) -> Trail:
    """Return the trail after all surcharges that hold: percentages first, each on what came before, then amounts."""
    if not surcharges:
        return trail
    bases = tuple(used for one in surcharges for used in bases_of(one.when, situation))
    trail = trail.using(bases)
    held = [one for one in surcharges if holds(one.when, situation)]
    for one in held:
        refuse_open(one.open)
    trail = trail.warned(doubts(*(one.doubt for one in held)))
    for one in sorted(held, key=lambda one: one.share is None):
        more = one.amount if one.share is None else trail.amount * one.share
        trail = trail.then(StepName.DISCOUNT, one.code, text=_words(one), amount=trail.amount + more)
    return trail


def _words(one: Surcharge) -> Phrase:
    if one.share is None:
        return phrase("Surcharge “%(code)s” of %(amount)s", code=one.code, amount=money(one.amount))
    return phrase("Surcharge “%(code)s” of %(percent)s %%", code=one.code, percent=one.share * 100)
