"""The annual amount kept near that of the year before; the last of step 5.

Source: `domain.md` 2.4 (limits before discounts), DUE-34.
"""

from __future__ import annotations

from fractions import Fraction

from membership.domain.dues.assessment import Remark, StepName, Trail
from membership.domain.dues.schedule.previous_year import PreviousYear
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import euros
from membership.domain.phrases import phrase

_CENTS = 100
_UNKNOWN = Remark(
    "DUE-11",
    phrase("The dues of the year before are not known, so the limit against them was not applied."),
)


def near_previous_year(trail: Trail, limits: PreviousYear, *, situation: Situation) -> Trail:
    """Return the trail after the limits; a new member has no year before, one without a known amount is said so."""
    last = situation.facts.previous.amount
    if last is None:
        return trail if situation.joins_this_year else trail.warned((_UNKNOWN,))
    before = Fraction(last.cents, _CENTS)
    if limits.at_least is not None and trail.amount < before * limits.at_least:
        text = phrase(
            "At least %(percent)s %% of the %(before)s of the year before",
            percent=limits.at_least * 100,
            before=euros(before),
        )
        return trail.then(StepName.MINIMUM, "previous_year", text=text, amount=before * limits.at_least)
    if limits.at_most is not None and trail.amount > before * limits.at_most:
        text = phrase(
            "At most %(percent)s %% of the %(before)s of the year before",
            percent=limits.at_most * 100,
            before=euros(before),
        )
        return trail.then(StepName.CAP, "previous_year", text=text, amount=before * limits.at_most)
    return trail
