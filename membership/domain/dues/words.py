"""Values of the calculation in words: bases, rows, amounts.

The message ids are English; the German stands in `translations/de/dues.po`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.form import Rounding, Row
from membership.domain.money import Money, rounded
from membership.domain.phrases import Phrase, phrase

_CENTS = 100


def money(amount: Fraction) -> Money:
    """Return an amount in whole cents, for words; the exact amount stays with the step."""
    return Money(rounded(amount * _CENTS))


def euros(amount: Fraction) -> Money | Phrase:
    """Return an amount for words, with all its decimals when it has parts of a cent."""
    if (amount * _CENTS).denominator == 1:
        return money(amount)
    return phrase("€%(number)s", number=amount)


def basis_words(basis: Basis, value: Fraction) -> Phrase:
    """Return the value with its unit: "250 employees"."""
    if basis.name in _UNITS:
        one, many = _UNITS[basis.name]
        return one if value == 1 else Phrase(many.message, {"value": value})
    if basis.unit:
        return phrase("%(label)s: %(value)s %(unit)s", label=basis.label, value=value, unit=basis.unit)
    return phrase("%(label)s: %(value)s", label=basis.label, value=value)


def basis_title(basis: Basis) -> Phrase:
    """Return the name of a basis: "number of employees"."""
    return _TITLES.get(basis.name) or phrase("%(text)s", text=basis.label)


_UNITS: dict[str, tuple[Phrase, Phrase]] = {
    "headcount": (phrase("1 employee"), phrase("%(value)s employees")),
    "fte": (phrase("1 full-time equivalent"), phrase("%(value)s full-time equivalents")),
    "turnover_eur": (phrase("a turnover of €1"), phrase("a turnover of €%(value)s")),
    "sites": (phrase("1 site"), phrase("%(value)s sites")),
    "area_m2": (phrase("1 m²"), phrase("%(value)s m²")),
    "inhabitants": (phrase("1 inhabitant"), phrase("%(value)s inhabitants")),
}
_TITLES: dict[str, Phrase] = {
    "headcount": phrase("number of employees"),
    "fte": phrase("full-time equivalents"),
    "turnover_eur": phrase("turnover"),
    "sites": phrase("number of sites"),
    "area_m2": phrase("area"),
    "inhabitants": phrase("number of inhabitants"),
}
_CLASSES: dict[str, Phrase] = {
    "over_30h": phrase("over 30 hours"),
    "h20_30": phrase("20 to 30 hours"),
    "under_20h": phrase("under 20 hours"),
    "apprentice": phrase("apprentices"),
    "temporary": phrase("temporary workers"),
    "mini_job": phrase("mini-jobs"),
}


def class_words(code: str) -> Phrase:
    """Return the name of a class of working time; an unknown one as it is written in the schedule."""
    return _CLASSES.get(code) or phrase("%(text)s", text=code)


def row_words(row: Row) -> Phrase:
    """Return how a step names a row: its label, or where it starts."""
    if row.label:
        return phrase("band “%(label)s”", label=row.label)
    if row.exclusive:
        return phrase("band above %(bound)s", bound=row.start)
    return phrase("band from %(bound)s", bound=row.start)


def band_label(rows: Sequence[Row], index: int, *, in_units: bool) -> Phrase:
    """Return the row as a dues class: its label, "51–250", or "from 51" where it has no end."""
    row = rows[index]
    if row.label:
        return phrase("%(text)s", text=row.label)
    following = rows[index + 1] if index + 1 < len(rows) else None
    if following is None:
        return _open_end(row, in_units=in_units)
    if in_units and row.start.denominator == following.start.denominator == 1:
        low = row.start + row.exclusive
        high = row.to if row.to is not None else following.start - (not following.exclusive)
        return phrase("%(low)s", low=low) if low >= high else phrase("%(low)s–%(high)s", low=low, high=high)
    return phrase("%(low)s to %(high)s", low=_open_end(row, in_units=False), high=_upper(following))


def _open_end(row: Row, *, in_units: bool) -> Phrase:
    if in_units and row.start.denominator == 1:
        return phrase("from %(bound)s", bound=row.start + row.exclusive)
    if row.exclusive:
        return phrase("over %(bound)s", bound=row.start)
    return phrase("from %(bound)s", bound=row.start)


def _upper(row: Row) -> Phrase:
    if row.exclusive:
        return phrase("%(bound)s inclusive", bound=row.start)
    return phrase("under %(bound)s", bound=row.start)


def number_words(value: Fraction) -> Phrase:
    """Return a number as words take it."""
    return phrase("%(number)s", number=value)


def rounding_words(rounding: Rounding) -> Phrase:
    """Return how an amount was rounded."""
    step = Money(int(rounding.step * _CENTS))
    texts = {
        "nearest": phrase("Rounded to %(step)s", step=step),
        "up": phrase("Rounded up to %(step)s", step=step),
        "down": phrase("Rounded down to %(step)s", step=step),
    }
    return texts[rounding.direction]


def added(parts: Sequence[Phrase]) -> Phrase:
    """Return the parts joined by plus signs."""
    total = parts[0]
    for part in parts[1:]:
        total = phrase("%(left)s + %(right)s", left=total, right=part)
    return total
