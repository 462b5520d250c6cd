"""The facts: read from JSON, refused with the place when they are wrong."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.errors import FactsWrong
from membership.domain.dues.facts import Facts, Origin, OverrideKind, read_facts
from membership.domain.money import Money

LEAST = {"member": "M0001", "year": 2027, "category": "ORD"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"member": None}, "/0"),
        ({"member": 12}, "/0/member"),
        ({"year": "2027"}, "/0/year"),
        ({"year": 2027.0}, "/0/year"),
        ({"year": 27}, "/0/year"),
        ({"category": ""}, "/0/category"),
        ({"colour": "red"}, "/0/colour"),
        ({"start": "2027-13-01"}, "/0/start"),
        ({"start": 20270101}, "/0/start"),
        ({"start": "2027-05-01", "end": "2027-04-30"}, "/0/end"),
        ({"basis": []}, "/0/basis"),
        ({"basis": {"heads": 3}}, "/0/basis/heads"),
        ({"basis": {"headcount": -3}}, "/0/basis/headcount"),
        ({"basis": {"headcount": "-0"}}, "/0/basis/headcount"),
        ({"basis": {"headcount": 2.5}}, "/0/basis/headcount"),
        ({"basis": {"headcount": "1.234,5"}}, "/0/basis/headcount"),
        ({"basis": {"headcount": "２５"}}, "/0/basis/headcount"),
        ({"basis": {"headcount": True}}, "/0/basis/headcount"),
        ({"basis": {"turnover_eur": 10**14}}, "/0/basis/turnover_eur"),
        ({"basis": {"fte": {"full": -1}}}, "/0/basis/fte/full"),
        ({"origin": {"headcount": "guessed"}, "basis": {"headcount": 3}}, "/0/origin/headcount"),
        ({"origin": {"headcount": "declared"}}, "/0/origin/headcount"),
        ({"attributes": "umbrella"}, "/0/attributes"),
        ({"attributes": [1]}, "/0/attributes/0"),
        ({"sites": {"fte": 3}}, "/0/sites"),
        ({"sites": [{"fte": "x"}]}, "/0/sites/0/fte"),
        ({"previous": {"row": 0}}, "/0/previous/row"),
        ({"previous": {"amount": 600.5}}, "/0/previous/amount"),
        ({"agreed": "1.234,00"}, "/0/agreed"),
        ({"override": {"kind": "gift"}}, "/0/override/kind"),
        ({"override": {"kind": "amount"}}, "/0/override"),
        ({"override": {"kind": "percent", "value": "120"}}, "/0/override/value"),
        ({"levies": [{"title": "U"}]}, "/0/levies/0"),
        ({"levies": [{"title": "U", "amount": "1.00", "percent": "1"}]}, "/0/levies/0"),
        ({"voluntary": "-5.00"}, "/0/voluntary"),
    ],
)
def test_wrong_facts_are_refused_with_their_place(change, where):
    facts = {**LEAST, **change}
    with pytest.raises(FactsWrong) as caught:
        read_facts([facts])
    assert caught.value.where == where


@pytest.mark.parametrize("document", [{}, None, "facts", 3])
def test_facts_are_a_list(document):
    with pytest.raises(FactsWrong) as caught:
        read_facts(document)
    assert caught.value.where == ""


def test_a_member_stands_in_the_list_once_a_year():
    with pytest.raises(FactsWrong) as caught:
        read_facts([LEAST, {**LEAST, "year": 2028}, LEAST])
    assert caught.value.where == "/2/member"


def test_everything_but_member_year_and_category_may_be_absent():
    assert read_facts([LEAST]) == (Facts("M0001", 2027, "ORD"),)
    assert read_facts(
        [{**LEAST, "start": None, "basis": None, "sites": None, "override": None}]
    ) == read_facts([LEAST])


def test_all_keys_become_typed_values():
    [facts] = read_facts(
        [
            {
                **LEAST,
                "start": "2027-05-17",
                "basis": {"headcount": "250", "fte": {"full": 3, "half": "1.5"}, "custom:assets": 7},
                "origin": {"headcount": "estimated"},
                "attributes": ["umbrella"],
                "previous": {"row": 2, "amount": "600.00", "basis": {"headcount": "37"}},
                "agreed": "1500.00",
                "override": {"kind": "percent", "value": "50", "reason": "Beschluss"},
                "levies": [{"title": "Messe", "percent": "7.5"}],
                "voluntary": 100,
            }
        ]
    )
    assert facts.start == date(2027, 5, 17)
    assert facts.basis["fte"] == {"full": 3, "half": Fraction(3, 2)}
    assert facts.origin == {"headcount": Origin.ESTIMATED}
    assert (facts.previous.row, facts.previous.amount) == (2, Money(60000))
    assert (facts.agreed, facts.voluntary) == (Money(150000), Money(10000))
    assert (facts.override.kind, facts.override.share) == (OverrideKind.PERCENT, Fraction(1, 2))
    assert facts.levies[0].share == Fraction(3, 40)
