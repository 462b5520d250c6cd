"""What a table costs for a value: rows with amounts, and rows with rates.

Source: `domain.md` DUE-8 to DUE-10, DUE-35, DUE-35a, DUE-39.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from membership.domain.dues.assessment import Band, BasisUsed, PartLine, Remark
from membership.domain.dues.doubts import DUE_34, doubts, refuse_open
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.form import FlatBands, MarginalBands, Row
from membership.domain.dues.situation import Situation, Value
from membership.domain.dues.words import added, basis_title, euros, money, number_words
from membership.domain.phrases import Phrase, phrase

_CENTS = 100
_NOTHING = Fraction(0)


class Worked(NamedTuple):
    """What a method comes to in a year, why, and what it looked at; for `parts` and `apart` see `Trail`."""

    amount: Fraction
    rule: str
    text: Phrase
    values: tuple[Value, ...] = ()
    band: Band | None = None
    warnings: tuple[Remark, ...] = ()
    parts: tuple[PartLine, ...] = ()
    apart: tuple[PartLine, ...] = ()


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
    if not row.rate:
        return row.amount
    return row.amount + row.rate * _units(rows, index, value=value, discrete=discrete)


def _units(rows: Sequence[Row], index: int, *, value: Fraction, discrete: bool) -> Fraction:
    """Return on how many units the rate of a row counts: its part of the value, or the whole of it."""
    row = rows[index]
    if row.on_whole:
        return value / row.per
    return part_in_row(rows, index, value=value, discrete=discrete) / row.per


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


def work_out_flat(method: FlatBands, situation: Situation) -> Worked:
    """Return what a flat table costs: the row in which the value lies."""
    if situation.lacks_for_highest_row(method.basis):
        return _highest_row(method, situation)
    value = situation.value(method.basis)
    index = situation.lookup(method).index_of(allowed(value.used.value, method.allowance))
    if value.rows_up:
        index = min(index + value.rows_up, len(method.rows) - 1)
    return flat_row(method, situation, value=value, index=index)


def allowed(value: Fraction, allowance: Fraction) -> Fraction:
    """Return what is left of a value after the allowance, never below 0."""
    return max(_NOTHING, value - allowance) if allowance else value


def _highest_row(method: FlatBands, situation: Situation) -> Worked:
    """Nobody declared, and the order then lets the highest row count (DUE-40)."""
    row = method.rows[-1]
    title = basis_title(situation.schedule.bases[method.basis])
    if row.rate:
        raise Undecided(
            DUE_34,
            phrase(
                "The %(basis)s is missing, and the highest row of the table needs it for its rate.",
                basis=title,
            ),
        )
    text = phrase("%(basis)s not declared", basis=title)
    note = phrase("%(basis)s not declared: the highest row counts", basis=title)
    value = Value(BasisUsed(method.basis, row.start, Origin.ESTIMATED, text), note)
    return flat_row(method, situation, value=value, index=len(method.rows) - 1)


def flat_row(method: FlatBands, situation: Situation, *, value: Value, index: int) -> Worked:
    """Return what one row costs for a value."""
    row = method.rows[index]
    refuse_open(row.open)
    exact = allowed(value.used.value, method.allowance) if method.allowance else value.used.value
    words, band = situation.lookup(method).words_of(index)
    text = phrase("%(basis)s, %(row)s", basis=_after_allowance(value, method.allowance), row=words)
    if row.is_agreed:
        amount, text = agreed_amount(situation, row.minimum), phrase("%(text)s: agreed amount", text=text)
    else:
        amount = row.amount
        if row.rate:
            discrete = situation.schedule.bases[method.basis].discrete
            units = _units(method.rows, index, value=exact, discrete=discrete)
            amount, text = amount + row.rate * units, _rate_words(text, row, units)
    worked = Worked(
        amount=amount,
        rule="BANDS_FLAT",
        text=text,
        values=(value,),
        band=band,
        warnings=(
            *_outside_printed(method.rows, index, value=exact),
            *(doubts(row.doubt) if row.doubt else ()),
        ),
    )
    return worked if row.is_agreed else per_year(worked, situation)


def _after_allowance(value: Value, allowance: Fraction) -> Phrase:
    if not allowance:
        return value.used.text
    return phrase(
        "%(basis)s less the allowance of %(allowance)s",
        basis=value.used.text,
        allowance=number_words(allowance),
    )


def _rate_words(text: Phrase, row: Row, units: Fraction) -> Phrase:
    rate = euros(row.rate)
    if not row.amount:
        return phrase("%(row)s: %(units)s × %(rate)s", row=text, units=units, rate=rate)
    return phrase(
        "%(row)s: %(amount)s + %(units)s × %(rate)s",
        row=text,
        amount=money(row.amount),
        units=units,
        rate=rate,
    )


def agreed_amount(situation: Situation, minimum: Fraction | None) -> Fraction:
    """Return the annual amount agreed with the member; one below the minimum is refused, never raised (DUE-11b)."""
    agreed = situation.facts.agreed
    if agreed is None:
        raise Undecided(DUE_34, phrase("No amount has been agreed with this member."))
    amount = Fraction(agreed.cents, _CENTS)
    if minimum is not None and amount < minimum:
        raise Undecided(
            "DUE-11b",
            phrase(
                "The agreed amount of %(agreed)s is below the minimum of %(minimum)s.",
                agreed=agreed,
                minimum=euros(minimum),
            ),
        )
    return amount


def _outside_printed(rows: Sequence[Row], index: int, *, value: Fraction) -> tuple[Remark, ...]:
    row = rows[index]
    if not index and value < row.start:
        return (Remark("DUE-9", phrase("The value lies below the first row of the table, which counts.")),)
    if row.to is not None and value > row.to:
        gap = phrase("The printed table has a gap above %(to)s; the value stays in the lower row.", to=row.to)
        return (Remark("DUE-9", gap),)
    return ()


def work_out_marginal(method: MarginalBands, situation: Situation) -> Worked:
    """Return what a table of rates costs: the base amount and each part of the value at the rate of its row."""
    basis, value = situation.schedule.bases[method.basis], situation.value(method.basis)
    if value.rows_up:
        raise Undecided(
            DUE_34, phrase("A table with rates has no next row to rise to. Declare or estimate the value.")
        )
    parts = marginal_parts(method, allowed(value.used.value, method.allowance), discrete=basis.discrete)
    for row, _units_of in parts:
        refuse_open(row.open)
    amount = method.base + sum((row.rate * units for row, units in parts), Fraction(0))
    summands: list[Phrase] = (
        [phrase("base amount %(amount)s", amount=money(method.base))] if method.base else []
    )
    summands += [_units_words(row, units) for row, units in parts]
    text = _after_allowance(value, method.allowance)
    if summands:
        text = phrase("%(basis)s: %(sum)s", basis=text, sum=added(summands))
    warnings = doubts(*(row.doubt for row, _units_of in parts))
    return per_year(Worked(amount, "BANDS_MARGINAL", text, (value,), warnings=warnings), situation)


def _units_words(row: Row, units: Fraction) -> Phrase:
    return phrase("%(units)s × %(rate)s", units=units, rate=euros(row.rate))


_PER_PERIOD = {
    12: phrase("%(text)s: %(amount)s a month × %(n)s"),
    4: phrase("%(text)s: %(amount)s a quarter × %(n)s"),
    2: phrase("%(text)s: %(amount)s a half-year × %(n)s"),
}


def per_year(worked: Worked, situation: Situation) -> Worked:
    """Return the annual amount of a schedule whose amounts are not annual (DUE-25)."""
    if situation.periods == 1:
        return worked
    values = {"text": worked.text, "amount": euros(worked.amount), "n": situation.periods}
    text = Phrase(_PER_PERIOD[situation.periods].message, values)
    return worked._replace(amount=worked.amount * situation.periods, text=text)
