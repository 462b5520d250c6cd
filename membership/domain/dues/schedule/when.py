"""A condition of a fee schedule as typed parts.

Source: `domain.md` 2.10 "Keys of `when`", DUE-38.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class BasisRange:
    """A condition on a value: from one bound on, below another."""

    name: str
    start: Fraction | None = None
    below: Fraction | None = None


@dataclass(frozen=True, slots=True)
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
