"""One member's case: facts, schedule and year, and the values of its bases as they count.

Source: `domain.md` DUE-7, DUE-13 `aggregate`, DUE-28, DUE-34.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.assessment import BasisUsed
from membership.domain.dues.derived import (
    mean_of_years,
    refuse_one_number,
    rounded_size,
    rounding_note,
    sum_words,
)
from membership.domain.dues.doubts import DUE_34
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import BasisValues, Classes, Facts, Origin
from membership.domain.dues.lookup import Lookup
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis, summands_of
from membership.domain.dues.schedule.choices import Missing
from membership.domain.dues.schedule.form import Category, FlatBands
from membership.domain.dues.words import added, basis_title, basis_words, class_words
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import Phrase, phrase


class Value(NamedTuple):
    """A value of a basis as it counts; `note` says where it comes from when that is worth a step."""

    used: BasisUsed
    note: Phrase | None = None
    rows_up: int = 0


Lookups = dict[int, Lookup]
"""The tables of one schedule, by the identity of the table: made for the first member who needs one."""


class Situation(NamedTuple):
    """One member's case; `own` is the rule of its category, `lookups` is shared by all under the same version.

    `affiliates` are the companies whose values the lead member of a group carries. `position` is the place in the
    group by amount, None without a group; `group_is_open` when a company of the group could not be worked out, and
    `undecided` names it.
    """

    facts: Facts
    schedule: FeeSchedule
    year: DuesYear
    lookups: Lookups
    own: Category
    affiliates: tuple[Facts, ...] = ()
    position: int | None = None
    group_is_open: bool = False
    undecided: str = ""

    @property
    def periods(self) -> int:
        """Return how often an amount of the schedule is owed in a year."""
        return self.schedule.periods

    @property
    def membership_year(self) -> int | None:
        """Return the number of the membership year, None when the start is not known (DUE-12)."""
        start, year = self.facts.start, self.year
        if start is None:
            return None
        return year.year - start.year + 1 + (start < year.starts.in_year(start.year))

    @property
    def joins_this_year(self) -> bool:
        """Return whether the membership starts in this dues year."""
        return self.facts.start is not None and self.facts.start in self.year

    def category(self, code: str) -> Category:
        """Return the rule for a category; refuses one without a rule."""
        return category_of(self.schedule, code)

    def lookup(self, method: FlatBands) -> Lookup:
        """Return the table made ready for many values."""
        found = self.lookups.get(id(method))
        if found is None:
            found = Lookup(method, in_units=self.schedule.bases[method.basis].discrete)
            self.lookups[id(method)] = found
        return found

    def at_site(self, values: BasisValues) -> Situation:
        """Return the case of a further site, measured by its own values."""
        return self._replace(facts=self.facts._replace(basis=values), affiliates=())

    def lacks_for_highest_row(self, name: str) -> bool:
        """Return whether nobody declared a basis and the schedule then lets the highest row count (DUE-40)."""
        if self.schedule.declaration.missing is not Missing.HIGHEST_ROW or self.affiliates:
            return False
        known = self.facts.basis
        if known.get(name) is not None:
            return False
        return any(known.get(one) is None for one in summands_of(self.schedule.bases[name]) or (name,))

    def value(self, name: str) -> Value:
        """Return the value of a basis as it counts: declared, carried over, or summed over a group.

        Raises `Undecided` when nobody declared it and the schedule does not say what counts instead.
        """
        basis = self.schedule.bases[name]
        own = _own_value(self.facts, self.schedule, basis)
        if not self.affiliates:
            return own
        values = [own, *(_value_of_affiliate(facts, self.schedule, basis) for facts in self.affiliates)]
        total = sum((value.used.value for value in values), Fraction(0))
        unsure = [value.used.origin for value in values if not value.used.origin.is_sure]
        text = basis_words(basis, total)
        note = phrase("%(basis)s in the whole group (%(n)s companies)", basis=text, n=len(values))
        used = BasisUsed(name, total, unsure[0] if unsure else own.used.origin, text)
        return Value(used, note, max(value.rows_up for value in values))


def category_of(schedule: FeeSchedule, code: str) -> Category:
    """Return the rule for a category; refuses one without a rule."""
    found = schedule.categories.get(code)
    if found is None:
        raise Undecided(
            DUE_34,
            phrase(
                "The fee schedule %(schedule)s has no rule for category %(category)s.",
                schedule=schedule.code,
                category=code,
            ),
        )
    return found


def _value_of_affiliate(facts: Facts, schedule: FeeSchedule, basis: Basis) -> Value:
    """Return the value of another company of the group; a refusal names it, because it is refused elsewhere."""
    try:
        return _own_value(facts, schedule, basis)
    except Undecided as reason:
        raise Undecided(
            reason.rule, phrase("%(member)s: %(text)s", member=facts.member, text=reason.text)
        ) from reason


def _own_value(facts: Facts, schedule: FeeSchedule, basis: Basis) -> Value:
    declared = facts.basis.get(basis.name)
    if declared is not None:
        origin = facts.origin.get(basis.name, Origin.DECLARED)
        if isinstance(declared, Fraction) and origin is Origin.DECLARED and basis.derived is None:
            return Value(BasisUsed(basis.name, declared, origin, basis_words(basis, declared)))
        exact, text = _weighted(basis, declared)
        return _value(basis, exact, origin, classes=text)
    if basis.derived is not None and basis.derived.summands:
        return _sum(facts, schedule, basis)
    missing = schedule.declaration.missing
    carried = facts.previous.basis.get(basis.name)
    if carried is None or missing not in {Missing.CARRY_OVER, Missing.NEXT_BAND}:
        raise Undecided(
            DUE_34,
            phrase(
                "The %(basis)s is missing. Ask for the declaration, or enter a value.",
                basis=basis_title(basis),
            ),
        )
    exact, text = _weighted(basis, carried)
    plus = schedule.declaration.plus_share
    if plus:
        value = _value(basis, exact * (1 + plus), Origin.CARRIED_OVER, classes=None)
        note = phrase(
            "%(basis)s, carried over from the year before plus %(percent)s %%",
            basis=basis_words(basis, exact),
            percent=plus * 100,
        )
        return value._replace(note=note)
    value = _value(basis, exact, Origin.CARRIED_OVER, classes=text)
    return value._replace(rows_up=1) if missing is Missing.NEXT_BAND else value


def _sum(facts: Facts, schedule: FeeSchedule, basis: Basis) -> Value:
    """Return the sum of other sizes, each as it counts on its own; it is as sure as the least sure of them."""
    summands = [
        (factor, _own_value(facts, schedule, schedule.bases[name]))
        for name, factor in summands_of(basis).items()
    ]
    exact = sum((factor * value.used.value for factor, value in summands), Fraction(0))
    text = added([sum_words(factor, value.note or value.used.text) for factor, value in summands])
    origin = next((v.used.origin for _, v in summands if not v.used.origin.is_sure), Origin.DECLARED)
    found = _value(basis, exact, Origin.DECLARED, classes=text)
    used = found.used._replace(origin=origin)
    return Value(used, found.note, max(value.rows_up for _, value in summands))


_NOTES = {
    Origin.CARRIED_OVER: phrase("%(basis)s, carried over from the year before"),
    Origin.ESTIMATED: phrase("%(basis)s, estimated"),
}


def _value(basis: Basis, exact: Fraction, origin: Origin, *, classes: Phrase | None) -> Value:
    text = basis_words(basis, exact)
    note = None
    if classes is not None:
        note = phrase("%(classes)s = %(basis)s", classes=classes, basis=text)
    if origin in _NOTES:
        note = Phrase(_NOTES[origin].message, {"basis": note or text})
    if basis.derived is not None and basis.derived.rounding is not None:
        counting = rounded_size(exact, basis.derived.rounding)
        if counting != exact:
            note = rounding_note(basis, note or text, counting)
            exact, text = counting, basis_words(basis, counting)
    return Value(BasisUsed(basis.name, exact, origin, text), note)


def _weighted(basis: Basis, value: Fraction | Classes) -> tuple[Fraction, Phrase | None]:
    if isinstance(value, Fraction):
        if basis.derived is not None and basis.derived.years:
            refuse_one_number(basis)
        return value, None
    if basis.derived is not None and basis.derived.years:
        return mean_of_years(basis, value)
    counted = {code: heads for code, heads in value.items() if code not in basis.exclude}
    unknown = unweighted_class(basis, value)
    if unknown is not None:
        raise Undecided(
            "DUE-7",
            phrase(
                "The class %(name)s has no weight in the %(basis)s.",
                name=class_words(unknown),
                basis=basis_title(basis),
            ),
        )
    if basis.weights is None:
        return sum(counted.values(), Fraction(0)), None
    weights = basis.weights
    total = sum((heads * weights[code] for code, heads in counted.items()), Fraction(0))
    parts = [
        phrase("%(heads)s × %(weight)s (%(name)s)", heads=heads, weight=weights[code], name=class_words(code))
        for code, heads in counted.items()
        if heads
    ]
    return total, added(parts) if parts else None


def unweighted_class(basis: Basis, value: Fraction | Classes) -> str | None:
    """Return the first class that counts but has no weight in the schedule, None when all have one."""
    if basis.weights is None or not isinstance(value, Mapping):
        return None
    return next((code for code in value if code not in basis.exclude and code not in basis.weights), None)
