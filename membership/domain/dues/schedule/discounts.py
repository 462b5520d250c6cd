"""What is taken off or added under a condition, as typed parts.

Source: `domain.md` 2.3, DUE-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from membership.domain.dues.schedule.when import When


@dataclass(frozen=True)
class Discount:
    """A share or an amount that is taken off where the condition holds (DUE-12).

    `first_months`: the share counts for so many months of membership only; `part` is how much of the year they are.
    """

    code: str
    when: When
    share: Fraction | None = None
    amount: Fraction = Fraction(0)
    exclusive: bool = False
    open: str = ""
    doubt: str = ""
    first_months: int = 0
    part: Fraction = Fraction(1)

    @cached_property
    def percent(self) -> Fraction:
        """Return the share that is taken off as a percentage."""
        return (self.share or Fraction(0)) * 100

    @cached_property
    def rest(self) -> Fraction:
        """Return the share that remains to be paid."""
        return 1 - (self.share or Fraction(0)) * self.part


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A share or an amount that is added where the condition holds."""

    code: str
    when: When
    share: Fraction | None = None
    amount: Fraction = Fraction(0)
    open: str = ""
    doubt: str = ""
