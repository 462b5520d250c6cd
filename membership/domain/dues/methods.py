"""What a method costs for a member and a year: steps 1 to 4 of the calculation, pure.

Source: `domain.md` 2.2, 2.4, DUE-8 to DUE-11c, DUE-25, 2.10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from membership.domain.dues.assessment import Band, BasisUsed, Remark, StepName, Trail
from membership.domain.dues.conditions import bases_of, holds
from membership.domain.dues.errors import Undecided
from membership.domain.dues.schedule.choices import SeveralKind
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    Category,
    FactorOf,
    Fixed,
    FlatBands,
    Free,
    MarginalBands,
    Method,
    Row,
    Several,
)
from membership.domain.dues.situation import DUE_34, Situation, Value
from membership.domain.dues.words import added, band_label, euros, money, row_words
from membership.domain.phrases import Phrase, phrase

_CENTS = 100


@dataclass(frozen=True, slots=True)
class Worked:
    """What a method comes to in a year, why, and what it looked at."""

    amount: Fraction
    rule: str
    text: Phrase
    values: tuple[Value, ...] = ()
    band: Band | None = None
    warnings: tuple[Remark, ...] = ()


def base_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps from the basis to the category factor (1 to 4)."""
    if not isinstance(category.method, FactorOf):
        return method_trail(category, situation)
    method = category.method
    other = method_trail(situation.category(method.category), situation)
    factor, bases = factor_of(method, situation)
    text = phrase("%(factor)s × the dues of category %(category)s", factor=factor, category=method.category)
    return other.using(bases).then(StepName.FACTOR, "FACTOR_OF", text=text, amount=other.amount * factor)


def method_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps 1 to 3: the values, the method (per site), the limit of a rise."""
    worked = _at_all_sites(category, situation)
    trail = Trail(band=worked.band, warnings=worked.warnings).using(
        tuple(value.used for value in worked.values)
    )
    for value in worked.values:
        if value.note is not None:
            trail = trail.noted(
                StepName.BASIS, _basis_rule(value, situation), text=value.note, result=value.used.value
            )
    trail = trail.then(StepName.METHOD, worked.rule, text=worked.text, amount=worked.amount)
    return _limited_rise(category, situation, trail)


def factor_of(method: FactorOf, situation: Situation) -> tuple[Fraction, tuple[BasisUsed, ...]]:
    """Return the factor that counts, and the values that its conditions looked at.

    Two conditions that hold at once with different factors are refused: the schedule does not say which counts.
    """
    found = {conditional.factor for conditional in method.factors if holds(conditional.when, situation)}
    bases = tuple(used for conditional in method.factors for used in bases_of(conditional.when, situation))
    if len(found) > 1:
        raise Undecided(
            DUE_34,
            phrase("Several factors hold at once for category %(category)s.", category=method.category),
        )
    return (found.pop() if found else method.factor), bases


def work_out(method: Method, situation: Situation) -> Worked:
    """Return what a method comes to in a year."""
    return _WORKERS[type(method)](method, situation)


def row_of(rows: Sequence[Row], value: Fraction) -> int:
    """Return the index of the row in which a value lies; a value below the first row uses the first (DUE-9)."""
    reached = [
        index
        for index, row in enumerate(rows)
        if value > row.start or (value == row.start and not row.exclusive)
    ]
    return reached[-1] if reached else 0


def part_in_row(rows: Sequence[Row], index: int, *, value: Fraction, discrete: bool) -> Fraction:
    """Return how much of the value lies in a row; `discrete`: whole units from the bound on belong to it.

    Units are counted from 1, so a row from 0 holds as many units as one from 1.
    """
    low = _edge(rows[index], discrete=discrete)
    high = _edge(rows[index + 1], discrete=discrete) if index + 1 < len(rows) else value
    return max(Fraction(0), min(value, high) - low)


def flat_amount(rows: Sequence[Row], index: int, *, value: Fraction, discrete: bool) -> Fraction:
    """Return what a row of a flat table costs for a value."""
    row = rows[index]
    return row.amount + row.rate * part_in_row(rows, index, value=value, discrete=discrete) / row.per


def marginal_parts(method: MarginalBands, value: Fraction, *, discrete: bool) -> list[tuple[Row, Fraction]]:
    """Return the rows that a value reaches, each with the number of its units (part / per)."""
    parts: list[tuple[Row, Fraction]] = []
    for index, row in enumerate(method.rows):
        units = part_in_row(method.rows, index, value=value, discrete=discrete) / row.per
        if method.started_units:
            units = Fraction(-(-units.numerator // units.denominator))
        if units:
            parts.append((row, units))
    return parts


def _edge(row: Row, *, discrete: bool) -> Fraction:
    return max(Fraction(0), row.start - 1) if discrete and not row.exclusive else row.start


def _free(_: Method, __: Situation) -> Worked:
    return Worked(Fraction(0), "FREE", phrase("No dues"))


def _fixed(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Fixed), method
    return _per_year(Worked(method.amount, "FIXED", phrase("Fixed amount")), situation)


def _flat(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, FlatBands), method
    value = situation.value(method.basis)
    index = min(row_of(method.rows, value.used.value) + value.rows_up, len(method.rows) - 1)
    return _flat_row(method, situation, value=value, index=index)


def _flat_row(method: FlatBands, situation: Situation, *, value: Value, index: int) -> Worked:
    basis, row, exact = situation.schedule.bases[method.basis], method.rows[index], value.used.value
    text = phrase("%(basis)s, %(row)s", basis=value.used.text, row=row_words(row))
    if row.rate:
        units = part_in_row(method.rows, index, value=exact, discrete=basis.discrete) / row.per
        text = phrase(
            "%(row)s: %(amount)s + %(units)s × %(rate)s",
            row=text,
            amount=money(row.amount),
            units=units,
            rate=euros(row.rate),
        )
    label = band_label(method.rows, index, in_units=basis.discrete)
    worked = Worked(
        amount=flat_amount(method.rows, index, value=exact, discrete=basis.discrete),
        rule="BANDS_FLAT",
        text=text,
        values=(value,),
        band=Band(index + 1, label),
        warnings=_outside_printed(method.rows, index, value=exact),
    )
    return _per_year(worked, situation)


def _outside_printed(rows: Sequence[Row], index: int, *, value: Fraction) -> tuple[Remark, ...]:
    row = rows[index]
    if value < row.start:
        return (Remark("DUE-9", phrase("The value lies below the first row of the table, which counts.")),)
    if row.to is not None and value > row.to:
        gap = phrase("The printed table has a gap above %(to)s; the value stays in the lower row.", to=row.to)
        return (Remark("DUE-9", gap),)
    return ()


def _marginal(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, MarginalBands), method
    basis, value = situation.schedule.bases[method.basis], situation.value(method.basis)
    if value.rows_up:
        raise Undecided(
            DUE_34, phrase("A table with rates has no next row to rise to. Declare or estimate the value.")
        )
    parts = marginal_parts(method, value.used.value, discrete=basis.discrete)
    amount = method.base + sum((row.rate * units for row, units in parts), Fraction(0))
    summands: list[Phrase] = (
        [phrase("base amount %(amount)s", amount=money(method.base))] if method.base else []
    )
    summands += [_units_words(row, units) for row, units in parts]
    text = value.used.text
    if summands:
        text = phrase("%(basis)s: %(sum)s", basis=text, sum=added(summands))
    return _per_year(Worked(amount, "BANDS_MARGINAL", text, (value,)), situation)


def _units_words(row: Row, units: Fraction) -> Phrase:
    return phrase("%(units)s × %(rate)s", units=units, rate=euros(row.rate))


def _agreed(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Agreed), method
    agreed = situation.facts.agreed
    if agreed is None:
        raise Undecided(DUE_34, phrase("No amount has been agreed with this member."))
    amount = Fraction(agreed.cents, _CENTS)
    minimum = method.minimum
    if isinstance(minimum, AsCategory):
        minimum = limited_trail(situation.category(minimum.category), situation).amount
    if minimum is not None and amount < minimum:
        raise Undecided(
            "DUE-11b",
            phrase(
                "The agreed amount of %(agreed)s is below the minimum of %(minimum)s.",
                agreed=agreed,
                minimum=euros(minimum),
            ),
        )
    return Worked(amount, "AGREED", phrase("Agreed amount"))


def _factor(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, FactorOf), method
    other = method_trail(situation.category(method.category), situation)
    factor, bases = factor_of(method, situation)
    text = phrase("%(factor)s × the dues of category %(category)s", factor=factor, category=method.category)
    values = tuple(Value(used) for used in (*other.bases, *bases))
    return Worked(other.amount * factor, "FACTOR_OF", text, values, other.band, other.warnings)


def _several(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Several), method
    parts = [work_out(part, situation) for part in method.parts]
    values = tuple({value.used.name: value for part in parts for value in part.values}.values())
    if method.kind is SeveralKind.SUM:
        total = sum((part.amount for part in parts), Fraction(0))
        summands = [
            phrase("%(amount)s (%(text)s)", amount=euros(part.amount), text=part.text) for part in parts
        ]
        warnings = tuple(warning for part in parts for warning in part.warnings)
        return Worked(total, method.kind, added(summands), values, warnings=warnings)
    if method.kind is SeveralKind.LOWER:
        won = min(parts, key=lambda part: part.amount)
        text = phrase("The lower amount counts: %(text)s", text=won.text)
    else:
        won = max(parts, key=lambda part: part.amount)
        text = phrase("The higher amount counts: %(text)s", text=won.text)
    return Worked(won.amount, method.kind, text, values, won.band, won.warnings)


_WORKERS: dict[type, Callable[[Method, Situation], Worked]] = {
    Free: _free,
    Fixed: _fixed,
    FlatBands: _flat,
    MarginalBands: _marginal,
    Agreed: _agreed,
    FactorOf: _factor,
    Several: _several,
}


def _per_year(worked: Worked, situation: Situation) -> Worked:
    if situation.periods == 1:
        return worked
    text = phrase(
        "%(text)s: %(amount)s a month × %(n)s",
        text=worked.text,
        amount=euros(worked.amount),
        n=situation.periods,
    )
    return replace(worked, amount=worked.amount * situation.periods, text=text)


def _basis_rule(value: Value, situation: Situation) -> str:
    if situation.affiliates:
        return "DUE-13"
    return "DUE-7" if value.used.origin.is_sure else "DUE-28"


def _at_all_sites(category: Category, situation: Situation) -> Worked:
    worked = work_out(category.method, situation)
    if category.further_sites is None or not situation.facts.sites:
        return worked
    places = [worked, *(work_out(category.method, situation.at_site(site)) for site in situation.facts.sites)]
    main = max(places, key=lambda place: place.amount)
    total = main.amount + category.further_sites * (
        sum((p.amount for p in places), Fraction(0)) - main.amount
    )
    text = phrase(
        "%(text)s; further sites: %(n)s, each at %(percent)s %%",
        text=main.text,
        n=len(places) - 1,
        percent=category.further_sites * 100,
    )
    return replace(main, amount=total, text=text, values=worked.values)


def _limited_rise(category: Category, situation: Situation, trail: Trail) -> Trail:
    last, method = situation.facts.previous.row, category.method
    if category.max_rise is None or last is None or trail.band is None or not isinstance(method, FlatBands):
        return trail
    highest = last + category.max_rise
    if trail.band.row <= highest:
        return trail
    limited = _flat_row(method, situation, value=situation.value(method.basis), index=highest - 1)
    text = phrase(
        "Row %(row)s counts: %(rise)s above row %(last)s of the year before is the most",
        row=highest,
        rise=category.max_rise,
        last=last,
    )
    risen = trail.then(StepName.MAX_RISE, "DUE-11", text=text, amount=limited.amount)
    return replace(risen, band=limited.band)


def limited_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps 1 to 5: with the category's own `min`, then `cap` (annual values)."""
    trail = base_trail(category, situation)
    minimum = minimum_of(category, situation)
    if minimum is not None and trail.amount < minimum:
        text = phrase("Minimum dues of %(amount)s", amount=euros(minimum))
        trail = trail.then(StepName.MINIMUM, "min", text=text, amount=minimum)
    if category.cap is not None and trail.amount > category.cap:
        text = phrase("Maximum dues of %(amount)s", amount=euros(category.cap))
        trail = trail.then(StepName.CAP, "cap", text=text, amount=category.cap)
    return trail


def minimum_of(category: Category, situation: Situation) -> Fraction | None:
    """Return the minimum in euros; of a category named there it is what the member would owe in it."""
    if isinstance(category.minimum, AsCategory):
        return limited_trail(situation.category(category.minimum.category), situation).amount
    return category.minimum
