"""How a category is worked out, as sentences and tables: “Ab … bis …: … €”."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.readable.conditions import condition_words
from membership.domain.dues.readable.options import (
    discount_words,
    doubt_words,
    due_words,
    limit_words,
    rounding_words,
    surcharge_words,
    tax_words,
)
from membership.domain.dues.schedule.bases import Bases, Basis
from membership.domain.dues.schedule.choices import PartKind, SeveralKind
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    FactorOf,
    Fixed,
    FlatBands,
    MarginalBands,
    Method,
    Open,
    Part,
    Row,
    Several,
)
from membership.domain.dues.words import basis_title, basis_words, euros
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table as people read it; `end` is None in the last row."""

    start: Phrase
    end: Phrase | None
    amount: Money | Phrase
    label: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, and the table that belongs to it."""

    text: Phrase
    rows: tuple[TableRow, ...] = ()


def passages(
    method: Method, bases: Bases, names: Mapping[str, str], *, periods: int = 1
) -> Iterator[Passage]:
    """Yield a method in words; several parts one after the other below the sentence that joins them."""
    if isinstance(method, Fixed):
        yield Passage(_fixed(method, periods=periods))
    elif isinstance(method, FlatBands):
        yield _flat(method, bases[method.basis], periods=periods)
        yield from _beside_table(method.allowance, method.rows, bases[method.basis])
    elif isinstance(method, MarginalBands):
        yield _marginal(method, bases[method.basis], periods=periods)
        yield from _beside_table(method.allowance, method.rows, bases[method.basis])
    elif isinstance(method, FactorOf):
        yield from _factor(method, names)
    elif isinstance(method, Agreed):
        yield Passage(_agreed(method, names))
    elif isinstance(method, Several):
        yield Passage(_SEVERAL[method.kind])
        for part in method.parts:
            yield from passages(part.method, bases, names, periods=periods)
            yield from (Passage(text) for text in _part_words(part, names))
    elif isinstance(method, Open):
        yield Passage(phrase("The order does not say: %(reason)s", reason=method.reason))
    else:
        yield Passage(phrase("Free of dues."))


_SEVERAL = {
    SeveralKind.LOWER: phrase("The lowest of these amounts counts:"),
    SeveralKind.HIGHER: phrase("The highest of these amounts counts:"),
    SeveralKind.SUM: phrase("These amounts are added up:"),
}


def _part_words(part: Part, names: Mapping[str, str]) -> Iterator[Phrase]:
    """Yield what counts for one part only."""
    if part.when is not None:
        yield phrase("This part only: %(when)s.", when=condition_words(part.when))
    if part.factor != 1:
        yield phrase("Times %(factor)s.", factor=part.factor)
    yield from limit_words(part.minimum, part.cap, names)
    for discount in part.discounts:
        yield discount_words(discount)
        yield from doubt_words(discount.doubt)
    for surcharge in part.surcharges:
        yield surcharge_words(surcharge)
        yield from doubt_words(surcharge.doubt)
    if part.rounding is not None:
        yield rounding_words(part.rounding)
    if part.kind is not None:
        yield _KINDS[part.kind]
    if part.text:
        yield phrase("It is called “%(text)s”.", text=part.text)
    if part.tax is not None:
        yield tax_words(part.tax) or phrase("This part is not taxable.")
    if part.due is not None:
        yield due_words(part.due)
    yield from doubt_words(part.doubt)


_KINDS = {
    PartKind.DUES: phrase("A line of its own on the invoice."),
    PartKind.ADMISSION_FEE: phrase("An admission fee, once in the year of joining."),
    PartKind.LEVY: phrase("A levy, never for part of the year."),
    PartKind.SERVICE_FEE: phrase("A service fee."),
}


def _beside_table(allowance: Fraction, rows: tuple[Row, ...], basis: Basis) -> Iterator[Passage]:
    if allowance:
        yield Passage(phrase("%(value)s are free.", value=basis_words(basis, allowance)))
    for row in rows:
        yield from (Passage(text) for text in doubt_words(row.doubt))


def _fixed(method: Fixed, *, periods: int) -> Phrase:
    return Phrase(_FIXED[periods].message, {"amount": euros(method.amount)})


_FIXED = {
    1: phrase("Fixed amount of %(amount)s a year."),
    2: phrase("Fixed amount of %(amount)s a half-year."),
    4: phrase("Fixed amount of %(amount)s a quarter."),
    12: phrase("Fixed amount of %(amount)s a month."),
}
_TABLE = {
    1: phrase("Table by %(basis)s."),
    2: phrase("Table by %(basis)s, amounts a half-year."),
    4: phrase("Table by %(basis)s, amounts a quarter."),
    12: phrase("Table by %(basis)s, amounts a month."),
}
_RATES = {
    1: phrase("Base amount of %(amount)s, and a rate by %(basis)s."),
    2: phrase("Base amount of %(amount)s a half-year, and a rate by %(basis)s."),
    4: phrase("Base amount of %(amount)s a quarter, and a rate by %(basis)s."),
    12: phrase("Base amount of %(amount)s a month, and a rate by %(basis)s."),
}


def _flat(method: FlatBands, basis: Basis, *, periods: int) -> Passage:
    text = Phrase(_TABLE[periods].message, {"basis": basis_title(basis)})
    return Passage(text, _rows(method.rows, basis))


def _marginal(method: MarginalBands, basis: Basis, *, periods: int) -> Passage:
    text = Phrase(_RATES[periods].message, {"amount": euros(method.base), "basis": basis_title(basis)})
    return Passage(text, _rows(method.rows, basis))


def _rows(rows: tuple[Row, ...], basis: Basis) -> tuple[TableRow, ...]:
    following: list[Row | None] = [*rows[1:], None]
    return tuple(
        TableRow(
            start=_start(row, basis),
            end=None if upper is None else _end(upper, row, basis),
            amount=_amount(row, basis),
            label=row.label,
        )
        for row, upper in zip(rows, following, strict=True)
    )


def _start(row: Row, basis: Basis) -> Phrase:
    if not row.exclusive:
        return phrase("%(value)s", value=row.start)
    if basis.discrete and row.start.denominator == 1:
        return phrase("%(value)s", value=row.start + 1)
    return phrase("over %(value)s", value=row.start)


def _end(upper: Row, row: Row, basis: Basis) -> Phrase:
    """Return where the row ends: the last unit before the next row, or the bound itself."""
    if upper.exclusive:
        return phrase("%(value)s", value=upper.start)
    if row.to is not None:
        return phrase("%(value)s", value=row.to)
    if basis.discrete and upper.start.denominator == 1:
        return phrase("%(value)s", value=upper.start - 1)
    return phrase("below %(value)s", value=upper.start)


def _amount(row: Row, basis: Basis) -> Money | Phrase:
    if row.open:
        return phrase("not decided: %(reason)s", reason=row.open)
    if row.is_agreed and row.minimum is not None:
        return phrase("agreed, at least %(amount)s", amount=euros(row.minimum))
    if row.is_agreed:
        return phrase("agreed")
    if not row.rate:
        return euros(row.amount)
    rate = euros(row.rate)
    unit = basis_words(basis, row.per)
    each = phrase("%(rate)s for each %(unit)s", rate=rate, unit=unit) if row.per != 1 else _each(rate, basis)
    if row.on_whole:
        each = phrase("%(each)s, on the whole", each=each)
    return phrase("%(amount)s + %(each)s", amount=euros(row.amount), each=each) if row.amount else each


def _each(rate: Money | Phrase, basis: Basis) -> Phrase:
    named = _ONE.get(basis.name)
    return phrase("%(rate)s per unit", rate=rate) if named is None else Phrase(named.message, {"rate": rate})


_ONE = {
    "headcount": phrase("%(rate)s per employee"),
    "fte": phrase("%(rate)s per full-time equivalent"),
    "turnover_eur": phrase("%(rate)s per euro of turnover"),
    "sites": phrase("%(rate)s per site"),
    "area_m2": phrase("%(rate)s per m²"),
    "inhabitants": phrase("%(rate)s per inhabitant"),
}


def _factor(method: FactorOf, names: Mapping[str, str]) -> Iterator[Passage]:
    name = names.get(method.category, method.category)
    if method.factor == 1:
        yield Passage(phrase("As in the category %(category)s.", category=name))
    elif method.factor < 1:
        yield Passage(
            phrase(
                "%(percent)s %% of the dues of the category %(category)s.",
                percent=method.factor * 100,
                category=name,
            )
        )
    else:
        yield Passage(
            phrase(
                "%(factor)s times the dues of the category %(category)s.", factor=method.factor, category=name
            )
        )
    for other in method.factors:
        if other.open:
            when = condition_words(other.when)
            yield Passage(phrase("Not decided: %(reason)s (%(when)s).", reason=other.open, when=when))
            continue
        yield from (Passage(text) for text in doubt_words(other.doubt))
        yield Passage(
            phrase(
                "Instead with the factor %(factor)s: %(when)s.",
                factor=Fraction(other.factor),
                when=condition_words(other.when),
            )
        )


def _agreed(method: Agreed, names: Mapping[str, str]) -> Phrase:
    if isinstance(method.minimum, AsCategory):
        name = names.get(method.minimum.category, method.minimum.category)
        return phrase(
            "Agreed with each member, at least as much as in the category %(category)s.", category=name
        )
    if method.minimum is not None:
        return phrase("Agreed with each member, at least %(amount)s.", amount=euros(method.minimum))
    return phrase("Agreed with each member.")
