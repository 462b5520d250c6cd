"""The stored form of a method: what a category or a part of one costs.

Source: `domain.md` 2.2, DUE-8 to DUE-11b, 2.10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial

from membership.domain.dues.document import Fields, Node
from membership.domain.dues.schedule.bases import basis_name
from membership.domain.dues.schedule.calendar_rules import read_due
from membership.domain.dues.schedule.choices import PartKind, SeveralKind
from membership.domain.dues.schedule.conditions import (
    read_factor_when,
    read_part_discount,
    read_part_surcharge,
)
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    ConditionalFactor,
    FactorOf,
    Fixed,
    FlatBands,
    Free,
    MarginalBands,
    Method,
    Minimum,
    Open,
    Part,
    Row,
    Several,
)
from membership.domain.dues.schedule.options import Inside, read_doubt, read_open, read_rounding, read_tax
from membership.domain.phrases import phrase

_FEWEST_PARTS = 2
_ROW_WORDS = ("from", "exclusive", "rate", "per", "label", "to", "open", "doubt")
_PART_OPTIONS = ("when", "min", "cap", "factor", "discounts", "surcharges", "rounding", "tax", "due", "doubt")
_SUM_OPTIONS = ("kind", "text")


def read_minimum(node: Node) -> Minimum:
    """Return a minimum: an amount, or what the member would owe in another category."""
    if isinstance(node.value, dict):
        return AsCategory(node.fields(("category",)).need("category").text())
    return node.euros()


def read_method(fields: Fields, inside: Inside) -> Method:
    """Return the method that the keys of a category or part describe; `inside` counts in its parts."""
    return _READERS[_word(fields.node)](fields, inside)


def method_words(node: Node) -> tuple[str, ...]:
    """Return the keys that belong to the method named at this place."""
    return METHOD_WORDS[_word(node)]


def _word(node: Node) -> str:
    pairs = node.mapping()
    if "open" in pairs:
        return "open"
    if "method" not in pairs:
        raise node.wrong(phrase("“%(word)s” is missing here.", word="method"))
    return pairs["method"].choice({word: word for word in _READERS if word != "open"})


def _open(fields: Fields, _: Inside) -> Method:
    return Open(read_open(fields, "method"))


def _basis(fields: Fields) -> str:
    node = fields.need("basis")
    return basis_name(node, node.text())


def _fixed(fields: Fields, _: Inside) -> Method:
    return Fixed(fields.need("amount").euros())


def _flat(fields: Fields, _: Inside) -> Method:
    return FlatBands(_basis(fields), _rows(fields, _flat_row), _allowance(fields))


def _allowance(fields: Fields) -> Fraction:
    return fields.either("allowance", Node.number, Fraction(0))


def _marginal(fields: Fields, _: Inside) -> Method:
    return MarginalBands(
        _basis(fields),
        base=fields.either("base", Node.euros, Fraction(0)),
        rows=_rows(fields, _marginal_row),
        started_units=fields.either("started_units", Node.boolean, default=False),
        allowance=_allowance(fields),
    )


def _rows(fields: Fields, read: Callable[[Node], Row]) -> tuple[Row, ...]:
    node = fields.need("rows")
    rows: list[Row] = []
    for item in node.items():
        row = read(item)
        if row.to is not None and row.to < row.start:
            raise item.child("to", 0).wrong(phrase("The row ends before it starts."))
        if rows and rows[-1].to is not None and rows[-1].to > row.start:
            raise item.child("from", 0).wrong(phrase("This row starts before the one above it ends."))
        if rows and (row.start, row.exclusive) <= (rows[-1].start, rows[-1].exclusive):
            raise item.child("from", 0).wrong(
                phrase("The rows must rise: this one does not start above the one before it.")
            )
        rows.append(row)
    if not rows:
        raise node.wrong(phrase("A table needs at least one row."))
    return tuple(rows)


def _flat_row(node: Node) -> Row:
    fields = node.fields((*_ROW_WORDS, "amount", "on", "agreed", "min"))
    reason = read_open(fields, "amount", "rate", "agreed")
    rate, is_agreed = fields.get("rate"), fields.either("agreed", Node.boolean, default=False)
    for key in ("per", "on"):
        if fields.get(key) and not rate:
            raise fields.need(key).wrong(
                phrase("“%(word)s” needs “%(other)s” beside it.", word=key, other="rate")
            )
    if is_agreed and (fields.get("amount") or rate):
        raise fields.need("agreed").wrong(phrase("An agreed row has no amount of its own."))
    if fields.get("min") and not is_agreed:
        raise fields.need("min").wrong(
            phrase("“%(word)s” needs “%(other)s” beside it.", word="min", other="agreed")
        )
    is_amount_needed = not (reason or rate or is_agreed)
    amount = (
        fields.need("amount").euros()
        if is_amount_needed
        else fields.either("amount", Node.euros, Fraction(0))
    )
    return replace(
        _row(fields, amount=amount, rate=rate.number() if rate else Fraction(0), reason=reason),
        on_whole=fields.either("on", lambda n: n.choice({"whole": True}), default=False),
        is_agreed=is_agreed,
        minimum=fields.optional("min", Node.euros),
    )


def _marginal_row(node: Node) -> Row:
    fields = node.fields(_ROW_WORDS)
    reason = read_open(fields, "rate")
    rate = Fraction(0) if reason else fields.need("rate").number()
    return _row(fields, amount=Fraction(0), rate=rate, reason=reason)


def _row(fields: Fields, *, amount: Fraction, rate: Fraction, reason: str) -> Row:
    per = fields.either("per", Node.bound, Fraction(1))
    if not per:
        raise fields.need("per").wrong(phrase("Nothing can be divided by 0."))
    return Row(
        start=fields.need("from").bound(),
        exclusive=fields.either("exclusive", Node.boolean, default=False),
        amount=amount,
        rate=rate,
        per=per,
        label=fields.either("label", Node.text, ""),
        to=fields.optional("to", Node.bound),
        open=reason,
        doubt=read_doubt(fields),
    )


def _factor_of(fields: Fields, _: Inside) -> Method:
    return FactorOf(
        category=fields.need("category").text(),
        factor=fields.need("factor").share(),
        factors=fields.every("factors", _conditional_factor),
    )


def _conditional_factor(node: Node) -> ConditionalFactor:
    fields = node.fields(("when", "factor", "open", "doubt"))
    reason = read_open(fields, "factor")
    factor = Fraction(1) if reason else fields.need("factor").share()
    return ConditionalFactor(read_factor_when(fields.need("when")), factor, reason, read_doubt(fields))


def _agreed(fields: Fields, _: Inside) -> Method:
    return Agreed(fields.optional("min", read_minimum))


def _several(kind: SeveralKind) -> Callable[[Fields, Inside], Method]:
    def read(fields: Fields, inside: Inside) -> Method:
        parts = fields.every("parts", partial(_part, kind=kind, inside=inside))
        if len(parts) < _FEWEST_PARTS:
            raise fields.node.wrong(phrase("“parts” needs at least two parts."))
        return Several(kind, parts)

    return read


def _part(node: Node, *, kind: SeveralKind, inside: Inside) -> Part:
    """Return a part: a method, and what of a category's options counts inside it (DUE-36)."""
    extra = _SUM_OPTIONS if kind is SeveralKind.SUM else ()
    fields = node.fields(("method", *METHOD_WORDS[_word(node)], *_PART_OPTIONS, *extra))
    method = read_method(fields, inside)
    has_own_factor = isinstance(method, FactorOf)
    return Part(
        method,
        when=fields.optional("when", read_factor_when),
        minimum=None if isinstance(method, Agreed) else fields.optional("min", read_minimum),
        cap=fields.optional("cap", Node.euros),
        factor=Fraction(1) if has_own_factor else fields.either("factor", Node.share, Fraction(1)),
        discounts=fields.every("discounts", read_part_discount),
        discounts_together=inside.together,
        surcharges=fields.every("surcharges", read_part_surcharge),
        rounding=fields.optional("rounding", read_rounding),
        tax=fields.optional("tax", read_tax),
        due=fields.optional("due", partial(read_due, starts=inside.starts)),
        kind=fields.optional("kind", lambda n: n.choice({one.value: one for one in PartKind})),
        text=fields.either("text", Node.text, ""),
        doubt=read_doubt(fields),
    )


def _free(_: Fields, __: Inside) -> Method:
    return Free()


_READERS: dict[str, Callable[[Fields, Inside], Method]] = {
    "open": _open,
    "FREE": _free,
    "FIXED": _fixed,
    "BANDS_FLAT": _flat,
    "BANDS_MARGINAL": _marginal,
    "FACTOR_OF": _factor_of,
    "AGREED": _agreed,
    **{kind.value: _several(kind) for kind in SeveralKind},
}
METHOD_WORDS: dict[str, tuple[str, ...]] = {
    "open": ("open",),
    "FREE": (),
    "FIXED": ("amount",),
    "BANDS_FLAT": ("basis", "rows", "allowance"),
    "BANDS_MARGINAL": ("basis", "base", "rows", "started_units", "allowance"),
    "FACTOR_OF": ("category", "factor", "factors"),
    "AGREED": ("min",),
    **{kind.value: ("parts",) for kind in SeveralKind},
}
