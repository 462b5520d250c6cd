"""The stored form of a method: what a category or a part of one costs.

Source: `domain.md` 2.2, DUE-8 to DUE-11b, 2.10.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from membership.domain.dues.document import Fields, Node
from membership.domain.dues.schedule.bases import basis_name
from membership.domain.dues.schedule.choices import SeveralKind
from membership.domain.dues.schedule.conditions import read_factor_when
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
    Row,
    Several,
)
from membership.domain.phrases import phrase

_FEWEST_PARTS = 2
_LATER_IN_ROW = ("open", "doubt", "on", "agreed", "min")
_LATER_IN_PART = [
    "open",
    "doubt",
    "when",
    "min",
    "cap",
    "factor",
    "discounts",
    "rounding",
    "tax",
    "due",
    "kind",
    "text",
    "allowance",
    "admission_fee",
    "prorata",
]


def read_minimum(node: Node) -> Minimum:
    """Return a minimum: an amount, or what the member would owe in another category."""
    if isinstance(node.value, dict):
        return AsCategory(node.fields(("category",)).need("category").text())
    return node.euros()


def read_part(node: Node) -> Method:
    """Return a part of `LOWER_OF`, `HIGHER_OF` or `SUM_OF`: a method and nothing else."""
    word = _word(node)
    return read_method(node.fields(("method", *METHOD_WORDS[word]), _LATER_IN_PART))


def read_method(fields: Fields) -> Method:
    """Return the method that the keys of a category or part describe."""
    return _READERS[_word(fields.node)](fields)


def method_words(node: Node) -> tuple[str, ...]:
    """Return the keys that belong to the method named at this place."""
    return METHOD_WORDS[_word(node)]


def _word(node: Node) -> str:
    pairs = node.mapping()
    if "open" in pairs:
        raise pairs["open"].wrong(phrase("“%(word)s” is not supported yet.", word="open"))
    if "method" not in pairs:
        raise node.wrong(phrase("“%(word)s” is missing here.", word="method"))
    return pairs["method"].choice({word: word for word in _READERS})


def _basis(fields: Fields) -> str:
    node = fields.need("basis")
    return basis_name(node, node.text())


def _fixed(fields: Fields) -> Method:
    return Fixed(fields.need("amount").euros())


def _flat(fields: Fields) -> Method:
    return FlatBands(_basis(fields), _rows(fields, _flat_row))


def _marginal(fields: Fields) -> Method:
    return MarginalBands(
        _basis(fields),
        base=fields.either("base", Node.euros, Fraction(0)),
        rows=_rows(fields, _marginal_row),
        started_units=fields.either("started_units", Node.boolean, default=False),
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
    fields = node.fields(("from", "exclusive", "amount", "rate", "per", "label", "to"), _LATER_IN_ROW)
    if fields.get("per") and not fields.get("rate"):
        raise fields.need("per").wrong(phrase("“per” needs a “rate” beside it."))
    return _row(
        fields, amount=fields.need("amount").euros(), rate=fields.either("rate", Node.number, Fraction(0))
    )


def _marginal_row(node: Node) -> Row:
    fields = node.fields(("from", "exclusive", "rate", "per", "label", "to"), _LATER_IN_ROW)
    return _row(fields, amount=Fraction(0), rate=fields.need("rate").number())


def _row(fields: Fields, *, amount: Fraction, rate: Fraction) -> Row:
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
    )


def _factor_of(fields: Fields) -> Method:
    return FactorOf(
        category=fields.need("category").text(),
        factor=fields.need("factor").share(),
        factors=fields.every("factors", _conditional_factor),
    )


def _conditional_factor(node: Node) -> ConditionalFactor:
    fields = node.fields(("when", "factor"), ("open", "doubt"))
    return ConditionalFactor(read_factor_when(fields.need("when")), fields.need("factor").share())


def _agreed(fields: Fields) -> Method:
    return Agreed(fields.optional("min", read_minimum))


def _several(kind: SeveralKind) -> Callable[[Fields], Method]:
    def read(fields: Fields) -> Method:
        parts = fields.every("parts", read_part)
        if len(parts) < _FEWEST_PARTS:
            raise fields.node.wrong(phrase("“parts” needs at least two parts."))
        return Several(kind, parts)

    return read


def _free(_: Fields) -> Method:
    return Free()


_READERS: dict[str, Callable[[Fields], Method]] = {
    "FREE": _free,
    "FIXED": _fixed,
    "BANDS_FLAT": _flat,
    "BANDS_MARGINAL": _marginal,
    "FACTOR_OF": _factor_of,
    "AGREED": _agreed,
    **{kind.value: _several(kind) for kind in SeveralKind},
}
METHOD_WORDS: dict[str, tuple[str, ...]] = {
    "FREE": (),
    "FIXED": ("amount",),
    "BANDS_FLAT": ("basis", "rows"),
    "BANDS_MARGINAL": ("basis", "base", "rows", "started_units"),
    "FACTOR_OF": ("category", "factor", "factors"),
    "AGREED": ("min",),
    **{kind.value: ("parts",) for kind in SeveralKind},
}
