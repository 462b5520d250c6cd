"""Lines with their tax: step 12.

Source: `domain.md` INV-1 to INV-4, 2.10 `tax`; `reliability.md` INV-24 (no cent is lost).
"""

from __future__ import annotations

from collections.abc import Callable

from membership.domain.dues.assessment import DUES_KINDS, Line, LineKind
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.schedule.form import Tax
from membership.domain.money import Money
from membership.domain.phrases import Phrase


def taxed_lines(kind: LineKind, text: Phrase, *, amount: Money, tax: Tax) -> tuple[Line, ...]:
    """Return the line for an amount, two when its tax is split, none for nothing.

    Of a SPLIT only dues have a taxable part; the rest is outside the scope of the tax.
    """
    return _TREATMENTS[tax.treatment](kind, text, amount, tax) if amount.cents else ()


def _not_taxable(kind: LineKind, text: Phrase, amount: Money, _: Tax) -> tuple[Line, ...]:
    return (Line(kind, text, amount),)


def _taxable(kind: LineKind, text: Phrase, amount: Money, tax: Tax) -> tuple[Line, ...]:
    net = amount.times(1 / (1 + tax.rate)) if tax.gross else amount
    added = amount - net if tax.gross else net.times(tax.rate)
    return (Line(kind, text, net, Treatment.TAXABLE, tax.rate, added),)


def _exempt(kind: LineKind, text: Phrase, amount: Money, tax: Tax) -> tuple[Line, ...]:
    return (Line(kind, text, amount, Treatment.EXEMPT, tax_reason=tax.reason),)


def _split(kind: LineKind, text: Phrase, amount: Money, tax: Tax) -> tuple[Line, ...]:
    if kind not in DUES_KINDS:
        return _not_taxable(kind, text, amount, tax)
    taxable = amount.times(tax.taxable_share)
    rest = amount - taxable
    return (
        *(_taxable(kind, text, taxable, tax) if taxable else ()),
        *(_not_taxable(kind, text, rest, tax) if rest else ()),
    )


_TREATMENTS: dict[Treatment, Callable[[LineKind, Phrase, Money, Tax], tuple[Line, ...]]] = {
    Treatment.NOT_TAXABLE: _not_taxable,
    Treatment.TAXABLE: _taxable,
    Treatment.EXEMPT: _exempt,
    Treatment.SPLIT: _split,
}
