"""A condition of a fee schedule as typed parts.

Source: `domain.md` 2.10 "Keys of `when`", DUE-38.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from functools import cached_property


@dataclass(frozen=True, slots=True)
class BasisRange:
    """A condition on a value: from one bound on, below another."""

    name: str
    start: Fraction | None = None
    below: Fraction | None = None


@dataclass(frozen=True)
class When:
    """A condition: all that is set must hold, and one of `any` where there are some (2.10 `when`, DUE-38)."""

    company_age_at_joining_below: int | None = None
    membership_year_max: int | None = None
    joined_in_dues_year: bool | None = None
    headcount_below: Fraction | None = None
    attribute: str | None = None
    group_position_from: int | None = None
    direct_debit: bool | None = None
    company_age_below: int | None = None
    company_age_from: int | None = None
    company_age_at_end_below: int | None = None
    company_age_at_end_from: int | None = None
    joined_from: date | None = None
    joined_before: date | None = None
    membership_year: int | None = None
    basis: BasisRange | None = None
    without_attribute: str | None = None
    membership_year_from: int | None = None
    any: tuple[When, ...] = ()

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Return the names of the fields that are set, in the order in which they are looked at."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) not in (None, ()))

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Return the names of the values that the condition looks at."""
        heads = () if self.headcount_below is None else ("headcount",)
        own = heads if self.basis is None else (*heads, self.basis.name)
        return own + tuple(name for one in self.any for name in one.bases)
