"""The result of the calculation for one member: lines, every step with its reason, or a refusal.

All of it are tuples: a run makes a dozen a member, and a frozen dataclass takes three times as long.

Source: `domain.md` DUE-5, DUE-19, DUE-34; `interfaces.md` "dues explain".
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.schedule.form import Due, Tax
from membership.domain.money import Money
from membership.domain.phrases import Phrase

NOTHING = Money(0)


class StepName(StrEnum):
    """The steps of the calculation, in their order (`domain.md` 2.4)."""

    BASIS = "basis"
    METHOD = "method"
    MAX_RISE = "max_rise"
    FACTOR = "factor"
    MINIMUM = "minimum"
    CAP = "cap"
    DISCOUNT = "discount"
    GROUP = "group"
    OVERRIDE = "override"
    PRORATA = "prorata"
    ROUNDING = "rounding"
    ADMISSION_FEE = "admission_fee"
    LEVY = "levy"
    VOLUNTARY = "voluntary"
    TAX = "tax"


class LineKind(StrEnum):
    """What a line asks for."""

    DUES = "dues"
    ADMISSION_FEE = "admission_fee"
    LEVY = "levy"
    SERVICE_FEE = "service_fee"
    VOLUNTARY = "voluntary"
    CREDIT = "credit"


DUES_KINDS = frozenset({LineKind.DUES, LineKind.SERVICE_FEE})
"""The kinds that the steps 3 to 9 count for (DUE-36)."""


class Step(NamedTuple):
    """One step: its rule, its reason in words, its exact result.

    The result is the annual amount so far in euros; of `basis` the value, of lines that are added (admission fee,
    levy, voluntary) and of `tax` their own amount.
    """

    step: StepName
    rule: str
    text: Phrase
    result: Fraction


class Remark(NamedTuple):
    """A warning that does not change the result."""

    rule: str
    text: Phrase


class BasisUsed(NamedTuple):
    """A value that counted, with its origin and in words ("37 employees")."""

    name: str
    value: Fraction
    origin: Origin
    text: Phrase


class Band(NamedTuple):
    """The row of the table that counted, from 1, and its label as a dues class ("51–250")."""

    row: int
    label: Phrase


class Line(NamedTuple):
    """One line of the later invoice; `amount` is before tax, `due` the day of an instalment or of a part."""

    kind: LineKind
    text: Phrase
    amount: Money
    tax: Treatment = Treatment.NOT_TAXABLE
    tax_rate: Fraction | None = None
    tax_amount: Money = NOTHING
    tax_reason: str = ""
    due: date | None = None


class Assessment(NamedTuple):
    """What a member owes for a dues year, and why."""

    member: str
    year: int
    category: str
    schedule: str
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    bases: tuple[BasisUsed, ...] = ()
    band: Band | None = None
    warnings: tuple[Remark, ...] = ()

    @property
    def is_estimated(self) -> bool:
        """Return whether a value that counted was neither declared nor resolved (DUE-28)."""
        return any(not used.origin.is_sure for used in self.bases)

    @property
    def net(self) -> Money:
        """Return the sum of the lines before tax."""
        return sum((line.amount for line in self.lines), NOTHING)

    @property
    def tax(self) -> Money:
        """Return the tax of all lines."""
        return sum((line.tax_amount for line in self.lines), NOTHING)

    @property
    def gross(self) -> Money:
        """Return the sum with tax."""
        return self.net + self.tax

    @property
    def total(self) -> Money:
        """Return the sum before tax, as `dues explain` prints it."""
        return self.net

    @property
    def dues(self) -> Money:
        """Return the dues alone, before tax, without admission fee, levies, voluntary contribution and credit."""
        return sum((line.amount for line in self.lines if line.kind in DUES_KINDS), NOTHING)


class Refusal(NamedTuple):
    """The schedule does not decide for this member; `rule` says which rule is missing (DUE-34)."""

    member: str
    year: int
    rule: str
    text: Phrase


Result = Assessment | Refusal


class PartLine(NamedTuple):
    """A part that becomes a line of its own; `tax` and `due` are None where those of the category count."""

    kind: LineKind
    amount: Fraction
    text: str = ""
    tax: Tax | None = None
    due: Due | None = None

    @property
    def is_plain(self) -> bool:
        """Return whether the line is called as the dues are called."""
        return self.kind is LineKind.DUES and not self.text


class Trail(NamedTuple):
    """The exact amount so far, and the steps that led to it; a tuple, because each step of each member makes one.

    `parts` are the lines over which the amount is spread in proportion, empty for one line; `apart` are the parts
    that the steps 3 to 9 do not touch: admission fees and levies (DUE-36).
    """

    amount: Fraction = Fraction(0)
    steps: tuple[Step, ...] = ()
    bases: tuple[BasisUsed, ...] = ()
    band: Band | None = None
    warnings: tuple[Remark, ...] = ()
    parts: tuple[PartLine, ...] = ()
    apart: tuple[PartLine, ...] = ()

    def then(self, step: StepName, rule: str, *, text: Phrase, amount: Fraction) -> Trail:
        """Return the trail with one step more; a step that changes nothing is left out, but never the method."""
        if step is not StepName.METHOD and amount.as_integer_ratio() == self.amount.as_integer_ratio():
            return self
        return self._with(amount, Step(step, rule, text, amount))

    def noted(self, step: StepName, rule: str, *, text: Phrase, result: Fraction) -> Trail:
        """Return the trail with a step that has a result of its own and leaves the amount as it is."""
        return self._with(self.amount, Step(step, rule, text, result))

    def _with(self, amount: Fraction, step: Step) -> Trail:
        # `_replace` takes three times as long, and a run does this three times a member.
        return Trail(
            amount, (*self.steps, step), self.bases, self.band, self.warnings, self.parts, self.apart
        )

    def using(self, bases: tuple[BasisUsed, ...]) -> Trail:
        """Return the trail with these values used too, each once."""
        if not bases or bases == self.bases:
            return self
        known = {used.name for used in self.bases}
        added = tuple(used for used in bases if used.name not in known)
        return self._replace(bases=(*self.bases, *added)) if added else self

    def warned(self, warnings: tuple[Remark, ...]) -> Trail:
        """Return the trail with these warnings too, each once."""
        if not warnings:
            return self
        added = tuple(warning for warning in warnings if warning not in self.warnings)
        return self._replace(warnings=(*self.warnings, *added)) if added else self
