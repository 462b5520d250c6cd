"""How a size comes about in words: added up, the mean of years, rounded."""

from __future__ import annotations

from collections.abc import Iterator

from membership.domain.dues.readable.options import listed
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.schedule.derived import Derived, SizeRounding
from membership.domain.dues.words import basis_title
from membership.domain.phrases import Phrase, phrase


def derived_words(derived: Derived | None) -> Iterator[Phrase]:
    """Yield what is done with what was declared; nothing where it counts as it is."""
    if derived is None:
        return
    if derived.summands:
        parts = listed(
            [
                phrase("%(name)s × %(weight)s", name=basis_title(default_basis(name)), weight=factor)
                for name, factor in derived.summands.items()
            ]
        )
        yield phrase("the sum of %(parts)s", parts=parts)
    if derived.years and derived.allows_fewer_years:
        yield phrase("the mean of the last %(n)s years, or of those there are", n=derived.years)
    elif derived.years:
        yield phrase("the mean of the last %(n)s years", n=derived.years)
    if derived.rounding is not None:
        yield _rounding(derived.rounding)


def _rounding(rounding: SizeRounding) -> Phrase:
    if rounding.direction == "up":
        return phrase("rounded up to full %(step)s", step=rounding.step)
    if rounding.direction == "down":
        return phrase("rounded down to full %(step)s", step=rounding.step)
    return phrase("rounded to full %(step)s", step=rounding.step)
