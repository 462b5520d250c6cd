"""The JSON of `dues explain` (`interfaces.md`)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from membership.domain.dues.report import as_json, exact_text
from membership.wording import Wording


@pytest.fixture
def as_document(results):
    def run(schedule, *facts, language="de"):
        return as_json(results(schedule, *facts), Wording(language).value)

    return run


def test_a_line_without_tax_names_the_reason_and_a_taxed_one_its_rate(order, as_document):
    def lines(tax):
        schedule = order({"ORD": {"method": "FIXED", "amount": "100.00", "tax": tax}})
        return [
            {name: line[name] for name in line if name.startswith("tax")}
            for line in as_document(schedule, {})[0]["lines"]
        ]

    assert lines({"treatment": "E", "reason": "§ 19 UStG"}) == [{"tax": "E", "tax_reason": "§ 19 UStG"}]
    assert lines({"treatment": "S", "rate": "19"}) == [{"tax": "S", "tax_rate": "19", "tax_amount": "19.00"}]
    assert lines({"treatment": "O"}) == [{"tax": "O"}]


def test_the_example_of_the_contract_word_for_word(demo, as_document):
    facts = {
        "member": "M0001",
        "year": 2027,
        "category": "ORD",
        "start": "2027-05-17",
        "end": None,
        "decided_on": None,
        "basis": {"headcount": "250"},
        "origin": {"headcount": "declared"},
        "attributes": [],
        "founded": None,
        "group": None,
        "sites": [],
        "previous": None,
        "agreed": None,
        "override": None,
    }
    assert as_document(demo, facts) == [
        {
            "member": "M0001",
            "year": 2027,
            "total": "1750.00",
            "estimated": False,
            "lines": [
                {"kind": "dues", "text": "Mitgliedsbeitrag 2027", "amount": "1600.00", "tax": "O"},
                {"kind": "admission_fee", "text": "Aufnahmegebühr", "amount": "150.00", "tax": "O"},
            ],
            "steps": [
                {
                    "step": "method",
                    "rule": "BANDS_FLAT",
                    "text": "250 Beschäftigte, Stufe ab 250",
                    "result": "2400.00",
                },
                {
                    "step": "prorata",
                    "rule": "MONTH_INCL",
                    "text": "Beitritt am 17.05.2027: 8 von 12 Monaten",
                    "result": "1600.00",
                },
                {"step": "admission_fee", "rule": "DUE-14", "text": "Aufnahmegebühr", "result": "150.00"},
            ],
            "warnings": [],
        }
    ]


def test_a_refusal_stands_in_its_place(demo, as_document):
    first, second = as_document(demo, {"category": "EHR"}, {"category": "FOE"})
    assert (first["total"], first["lines"]) == ("0.00", [])
    assert second == {
        "member": "M0002",
        "year": 2027,
        "refused": {"rule": "DUE-34", "text": "Mit diesem Mitglied ist kein Betrag vereinbart."},
    }


def test_taxable_lines_carry_rate_tax_and_the_sum_with_tax(order, as_document):
    tax = {"treatment": "SPLIT", "taxable_percent": "90", "rate": "19"}
    [found] = as_document(order({"ORD": {"method": "FIXED", "amount": "7200.00", "tax": tax}}), {})
    assert found["lines"] == [
        {
            "kind": "dues",
            "text": "Mitgliedsbeitrag 2027",
            "amount": "6480.00",
            "tax": "S",
            "tax_rate": "19",
            "tax_amount": "1231.20",
        },
        {"kind": "dues", "text": "Mitgliedsbeitrag 2027", "amount": "720.00", "tax": "O"},
    ]
    assert (found["total"], found["gross"]) == ("7200.00", "8431.20")


def test_without_a_taxable_line_there_is_no_sum_with_tax(demo, as_document):
    assert "gross" not in as_document(demo, {"category": "SCI"})[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(2400), "2400.00"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-5, 2), "-2.50"),
        (Fraction(1, 10**7), "0.00"),
        (Fraction(0), "0.00"),
    ],
)
def test_an_exact_value_has_two_to_six_places(value, text):
    assert exact_text(value) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"basis": {"headcount": 1}}, "1 beschäftigte Person, Stufe ab 0"),
        ({"category": "SCI"}, "Fester Betrag"),
        ({"category": "EHR"}, "Beitragsfrei"),
        ({"category": "FOE", "agreed": "2000.00"}, "Vereinbarter Betrag"),
    ],
)
def test_the_method_reads_like_a_sentence(demo, as_document, facts, text):
    assert as_document(demo, facts)[0]["steps"][0]["text"] == text


def test_rates_weights_and_groups_are_worded_in_german(order, as_document):
    marginal = {
        "method": "BANDS_MARGINAL",
        "basis": "fte",
        "base": "240.00",
        "rows": [{"from": 0, "rate": "6.50"}, {"from": 10, "rate": "0.0035"}],
    }
    schedule = order(
        {"ORD": marginal},
        bases={"fte": {"weights": {"over_30h": "1", "apprentice": "0.25"}}},
        group={"mode": "discount", "further_percent": "70"},
    )
    facts = {"group": "Kfz", "basis": {"fte": {"over_30h": 20, "apprentice": 2}}}
    _, second = as_document(schedule, facts, facts)
    assert [step["text"].replace("\u00a0", " ") for step in second["steps"]] == [
        "20 × 1 (über 30 Stunden) + 2 × 0,25 (Auszubildende) = 20,5 Vollzeitstellen",
        "20,5 Vollzeitstellen: Grundbetrag 240,00 € + 10 × 6,50 € + 10,5 × 0,0035 €",
        "2. Unternehmen im Konzern „Kfz“: 70 % des Beitrags",
        "Gerundet auf 0,01 €",
    ]


def test_english_words_are_complete_too(demo, as_document):
    [found] = as_document(demo, {"basis": {"headcount": 1400}}, language="en")
    assert found["steps"][0]["text"] == "1,400 employees, band from 1,000"
    assert found["lines"][0]["text"] == "Membership dues 2027"
