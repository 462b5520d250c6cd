"""What a fee schedule says for all its members: for whom it counts, who resolved it, when dues are due, groups.

Source: `domain.md` DUE-2, DUE-13, DUE-26 to DUE-29, DUE-33, DUE-37, DUE-40.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from membership.domain.dues.document import MonthDay
from membership.domain.dues.schedule.choices import DueRule, GroupMode, Missing

_FIRST_OF_OCTOBER = MonthDay(10, 1)
_END_OF_NOVEMBER = MonthDay(11, 30)


@dataclass(frozen=True, slots=True)
class Cohort:
    """For which members a version counts, by the day they joined (DUE-2)."""

    joined_before: date | None = None
    joined_from: date | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who resolved the schedule, when and where it stands."""

    organ: str
    on: date | None = None
    item: str = ""


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the dues and the day it is due (DUE-26, DUE-37)."""

    day: MonthDay
    share: Fraction


@dataclass(frozen=True, slots=True)
class Due:
    """When dues are due (DUE-33); instalments only for dues of more than `above` euros."""

    rule: DueRule
    day: MonthDay | None = None
    days: int = 30
    in_statutes: bool = False
    instalments: tuple[Instalment, ...] = ()
    above: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Declaration:
    """The yearly declaration (DUE-27 to DUE-29, DUE-40).

    `plus_share` is added to a value that is carried over. `ignores_late_decrease`: a lower value that is declared
    after the deadline does not count in this year.
    """

    opens: MonthDay = _FIRST_OF_OCTOBER
    deadline: MonthDay = _END_OF_NOVEMBER
    missing: Missing = Missing.CARRY_OVER
    correct_until: str = ""
    plus_share: Fraction = Fraction(0)
    ignores_late_decrease: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What companies of one group pay (DUE-13)."""

    mode: GroupMode = GroupMode.NONE
    further_share: Fraction = Fraction(1)
    further_amount: Fraction | None = None
    cap: Fraction = Fraction(0)
