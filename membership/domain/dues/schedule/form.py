"""A fee schedule as typed parts: what the stored form says, with every default filled in.

Amounts are exact euros, percentages and weights shares of one, all as `Fraction`.
Source: `domain.md` 2.1 to 2.3, 2.5, 2.8, 2.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from membership.domain.dues.document import NEW_YEAR, MonthDay
from membership.domain.dues.schedule.bases import Bases
from membership.domain.dues.schedule.choices import (
    CategoryChange,
    CreditRest,
    DueRule,
    GroupMode,
    Join,
    Leave,
    Missing,
    PartKind,
    RelevantDay,
    SeveralCategories,
    SeveralKind,
    Together,
    Treatment,
)
from membership.domain.dues.schedule.discounts import Discount, Surcharge
from membership.domain.dues.schedule.previous_year import PreviousYear
from membership.domain.dues.schedule.when import When
from membership.domain.money import Direction

_MID_YEAR = MonthDay(6, 30)
_FIRST_OF_OCTOBER = MonthDay(10, 1)
_END_OF_NOVEMBER = MonthDay(11, 30)
_NO_BASES = Bases()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: from which value on it counts, and what it costs; `to` is its last printed value.

    `on_whole`: the rate counts on the whole value. `is_agreed`: the amount is agreed with each member, not below
    `minimum`. `open` says why the order does not decide the row, `doubt` why what stands there is in doubt.
    """

    start: Fraction
    exclusive: bool = False
    amount: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    per: Fraction = Fraction(1)
    label: str = ""
    to: Fraction | None = None
    on_whole: bool = False
    is_agreed: bool = False
    minimum: Fraction | None = None
    open: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """The order does not say what is owed; `reason` says what is missing (DUE-35)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Free:
    """No dues."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same amount for all."""

    amount: Fraction


@dataclass(frozen=True, slots=True)
class FlatBands:
    """The amount of the row in which the value lies; a row may add a rate per unit inside it.

    `allowance` is taken off the value before the row is looked up (DUE-39).
    """

    basis: str
    rows: tuple[Row, ...]
    allowance: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class MarginalBands:
    """A base amount, and in each row a rate for that part of the value that lies in it (DUE-10)."""

    basis: str
    base: Fraction
    rows: tuple[Row, ...]
    started_units: bool = False
    allowance: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class ConditionalFactor:
    """A factor that takes the place of the usual one where the condition holds."""

    when: When
    factor: Fraction = Fraction(1)
    open: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FactorOf:
    """The amount of another category times a factor (DUE-11a)."""

    category: str
    factor: Fraction
    factors: tuple[ConditionalFactor, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with the member, not below the minimum (DUE-11b)."""

    minimum: Minimum | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """The lower, the higher or the sum of several parts."""

    kind: SeveralKind
    parts: tuple[Part, ...]


Method = Open | Free | Fixed | FlatBands | MarginalBands | FactorOf | Agreed | Several


@dataclass(frozen=True, slots=True)
class AsCategory:
    """The member's own amount in another category after step 5."""

    category: str


Minimum = Fraction | AsCategory


@dataclass(frozen=True, slots=True)
class AdmissionFee:
    """What a new member pays once: an amount, and a share of its annual dues (DUE-14)."""

    amount: Fraction
    share: Fraction = Fraction(0)
    waived_on_reentry_months: int = 0
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax treatment of dues; `gross`: the amounts of the schedule include the tax."""

    treatment: Treatment = Treatment.NOT_TAXABLE
    rate: Fraction = Fraction(0)
    gross: bool = False
    reason: str = ""
    taxable_share: Fraction = Fraction(1)
    doubt: str = ""


@dataclass(frozen=True)
class Rounding:
    """The step and direction of the one rounding, in euros."""

    step: Fraction = Fraction(1, 100)
    direction: Direction = "nearest"

    @cached_property
    def is_usual(self) -> bool:
        """Return whether amounts are rounded to the nearest cent."""
        return self == Rounding()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a `Several`: a method, and what of a category's options counts inside it (DUE-36).

    `rounding`, `tax` and `due` are None where those of the category count. `kind` and `text` belong to a sum.
    """

    method: Method
    when: When | None = None
    minimum: Minimum | None = None
    cap: Fraction | None = None
    factor: Fraction = Fraction(1)
    discounts: tuple[Discount, ...] = ()
    discounts_together: Together = Together.MULTIPLY
    rounding: Rounding | None = None
    tax: Tax | None = None
    due: Due | None = None
    kind: PartKind | None = None
    text: str = ""
    doubt: str = ""
    surcharges: tuple[Surcharge, ...] = ()

    @property
    def is_own_line(self) -> bool:
        """Return whether the part becomes a line of its own."""
        return self.kind is not None or self.tax is not None or self.due is not None


@dataclass(frozen=True, slots=True)
class Becomes:
    """Into which category a member grows after full years of membership, and what that costs once (DUE-38)."""

    category: str
    after_years: int
    admission_fee: Fraction = Fraction(0)
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class JoinShare:
    """What a member owes of the year that joins up to a day (DUE-37)."""

    until: MonthDay
    share: Fraction = Fraction(0)
    open: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Prorata:
    """What is owed of a year in which a membership starts or ends (DUE-20 to DUE-24).

    `counts_until`: up to which day of it the month of joining counts under MONTH_INCL.
    """

    join: Join = Join.NONE
    cutoff: MonthDay = _MID_YEAR
    day: RelevantDay = RelevantDay.START
    leave: Leave = Leave.NO_REFUND
    min_not_prorated: bool = False
    category_change: CategoryChange = CategoryChange.NEXT_YEAR
    shares: tuple[JoinShare, ...] = ()
    doubt: str = ""
    counts_until: int = 31


@dataclass(frozen=True, slots=True)
class Category:
    """The rule for one category of members (DUE-4)."""

    code: str
    method: Method
    minimum: Minimum | None = None
    cap: Fraction | None = None
    discounts: tuple[Discount, ...] = ()
    discounts_together: Together = Together.MULTIPLY
    admission_fee: AdmissionFee | None = None
    tax: Tax = Tax()
    further_sites: Fraction | None = None
    rounding: Rounding = Rounding()
    prorata: Prorata = Prorata()
    max_rise: int | None = None
    due: Due | None = None
    becomes: Becomes | None = None
    doubt: str = ""
    surcharges: tuple[Surcharge, ...] = ()
    previous_year: PreviousYear | None = None


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
class Indexation:
    """From which version the amounts were raised (DUE-18); the rows hold the new amounts."""

    origin: str
    share: Fraction
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Group:
    """What companies of one group pay (DUE-13)."""

    mode: GroupMode = GroupMode.NONE
    further_share: Fraction = Fraction(1)
    further_amount: Fraction | None = None
    cap: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """One version of a fee schedule; `document` is the stored form it was read from.

    `periods`: how often its amounts are owed in a year. `follows_joining`: each dues year starts on the day of joining.
    """

    code: str
    name: str
    valid_from: date
    categories: Mapping[str, Category]
    document: Mapping[str, object]
    valid_to: date | None = None
    cohort: Cohort | None = None
    periods: int = 1
    resolution: Resolution | None = None
    due: Due | None = None
    bases: Bases = _NO_BASES
    declaration: Declaration = Declaration()
    prorata: Prorata = Prorata()
    indexation: Indexation | None = None
    rounding: Rounding = Rounding()
    group: Group = Group()
    starts: MonthDay = NEW_YEAR
    several_categories: SeveralCategories | None = None
    credit_rest: CreditRest | None = None
    follows_joining: bool = False
