"""Which lines stand on which document where dues are taxed in part, and when a document is an invoice under tax law."""

from __future__ import annotations

from fractions import Fraction

import pytest

from membership.domain.dues.assessment import Line, LineKind
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.invoicing import BilledPart, TaxPart, billed_part, billed_parts
from membership.domain.money import Money
from membership.domain.phrases import phrase

FREE = Line(LineKind.DUES, phrase("x"), Money(90), Treatment.NOT_TAXABLE, None, Money(0))
TAXED = Line(LineKind.DUES, phrase("x"), Money(10), Treatment.TAXABLE, Fraction(19, 100), Money(2))


def test_lines_without_and_with_tax_stand_on_two_documents():
    assert billed_parts([FREE, TAXED, FREE]) == [
        BilledPart(TaxPart.NOT_TAXABLE, (FREE, FREE)), BilledPart(TaxPart.TAXED, (TAXED,)),
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [(FREE,), (TAXED,), (FREE, FREE)])
def test_lines_of_one_kind_stand_on_one_document(lines):
    assert billed_parts(lines) == [BilledPart(TaxPart.ALL, lines)]


@pytest.mark.parametrize(
    ("part", "own"),
    [(TaxPart.ALL, (FREE, TAXED)), (TaxPart.NOT_TAXABLE, (FREE,)), (TaxPart.TAXED, (TAXED,))],
)
def test_a_part_holds_its_own_lines(part, own):
    assert billed_part([FREE, TAXED], part) == BilledPart(part, own)


def test_one_taxed_line_makes_it_an_invoice_under_tax_law():
    assert BilledPart(TaxPart.ALL, (FREE, TAXED)).is_in_scope
    assert not BilledPart(TaxPart.ALL, (FREE,)).is_in_scope
