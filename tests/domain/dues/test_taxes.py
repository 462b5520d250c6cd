"""Dues and value added tax (INV-4): nothing is shown by accident, nothing is lost."""

from __future__ import annotations

import pytest


def taxed(order, tax, **options):
    return order({"ORD": {"method": "FIXED", "amount": "119.00", "tax": tax, **options}})


def test_without_a_word_dues_are_not_taxable(order, assessed):
    found = assessed(order({"ORD": {"method": "FIXED", "amount": "119.00"}}))
    assert [(line.tax, line.tax_rate, str(line.tax_amount)) for line in found.lines] == [("O", None, "0.00")]
    assert found.net == found.gross


def test_net_amounts_get_the_tax_on_top(order, assessed):
    found = assessed(taxed(order, {"treatment": "S", "rate": "19"}))
    assert (str(found.net), str(found.tax), str(found.gross)) == ("119.00", "22.61", "141.61")
    assert found.steps[-1].step == "tax"


def test_gross_amounts_contain_the_tax(order, assessed):
    found = assessed(taxed(order, {"treatment": "S", "rate": "19", "amounts": "gross"}))
    assert (str(found.net), str(found.tax), str(found.gross)) == ("100.00", "19.00", "119.00")


def test_an_exemption_carries_its_reason(order, assessed):
    found = assessed(taxed(order, {"treatment": "E", "reason": "§ 19 UStG"}))
    assert [(line.tax, line.tax_reason) for line in found.lines] == [("E", "§ 19 UStG")]


def test_the_admission_fee_is_taxed_as_the_dues_and_a_gift_is_not(order, assessed):
    schedule = taxed(order, {"treatment": "S", "rate": "7"}, admission_fee="10.00")
    found = assessed(schedule, start="2027-01-01", voluntary="5.00")
    assert [(line.kind, line.tax) for line in found.lines] == [
        ("dues", "S"),
        ("admission_fee", "S"),
        ("voluntary", "O"),
    ]


def test_a_split_divides_the_dues_alone(order, assessed):
    schedule = taxed(
        order, {"treatment": "SPLIT", "taxable_percent": "25", "rate": "19"}, admission_fee="10.00"
    )
    found = assessed(schedule, start="2027-01-01")
    assert [(line.kind, line.tax, str(line.amount)) for line in found.lines] == [
        ("dues", "S", "29.75"),
        ("dues", "O", "89.25"),
        ("admission_fee", "O", "10.00"),
    ]


@pytest.mark.parametrize("share", ["0", "100"])
def test_a_split_with_nothing_on_one_side_is_one_line(order, assessed, share):
    found = assessed(taxed(order, {"treatment": "SPLIT", "taxable_percent": share, "rate": "19"}))
    assert len(found.lines) == 1
