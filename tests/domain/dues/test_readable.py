"""A fee schedule in sentences and tables, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from membership.domain.dues.readable import readable
from membership.domain.dues.schedule import read_schedule
from membership.wording import Wording, catalogue

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
NAMES = {"ORD": "Ordentliches Mitglied", "FOE": "Fördermitglied", "EHR": "Ehrenmitglied"}
SAY = Wording("de").value


def schedule(category=None, **changes):
    return read_schedule(
        {
            "code": "A", "valid_from": "2027-01-01", **changes,
            "categories": {"ORD": category or {"method": "FIXED", "amount": "480.00"}, "FOE": {"method": "FREE"}},
        }
    )  # fmt: skip


def plain(phrase):
    return SAY(phrase).replace("\u00a0", " ")


def first(category, **changes):
    """Return the words of the first category: sentences, rows and additions, without no-break spaces."""
    text = readable(schedule(category, **changes), NAMES).categories[0]
    rows = [
        (plain(row.start), plain(row.end) if row.end else "–", plain(row.amount))
        for passage in text.passages
        for row in passage.rows
    ]
    sentences = [plain(passage.text) for passage in text.passages]
    return sentences, rows, [plain(addition) for addition in text.additions]


def rules(**changes):
    return {plain(rule.label): plain(rule.text) for rule in readable(schedule(**changes), NAMES).rules}


def test_due_8_a_row_ends_where_the_next_one_starts():
    rows = [
        {"from": 0, "amount": "300.00"},
        {"from": 10, "amount": "600.00"},
        {"from": 50, "amount": "1200.00"},
    ]
    _sentences, table, _additions = first({"method": "BANDS_FLAT", "basis": "headcount", "rows": rows})
    assert table == [("0", "9", "300,00 €"), ("10", "49", "600,00 €"), ("50", "–", "1.200,00 €")]


def test_a_table_with_exclusive_bounds_reads_like_the_printed_one():
    rows = [
        {"from": 0, "amount": "280.00"},
        {"from": 0, "exclusive": True, "amount": "320.00"},
        {"from": 5, "exclusive": True, "amount": "360.00"},
    ]
    _sentences, table, _additions = first({"method": "BANDS_FLAT", "basis": "headcount", "rows": rows})
    assert table == [("0", "0", "280,00 €"), ("1", "5", "320,00 €"), ("6", "–", "360,00 €")]


def test_a_measured_value_has_no_gap_between_two_rows():
    rows = [
        {"from": 0, "amount": "2400.00"},
        {"from": 3_000_000, "amount": "4800.00"},
        {"from": 6_000_000, "exclusive": True, "amount": "7200.00"},
    ]
    _sentences, table, _additions = first({"method": "BANDS_FLAT", "basis": "turnover_eur", "rows": rows})
    assert [row[:2] for row in table] == [
        ("0", "unter 3.000.000"),
        ("3.000.000", "6.000.000"),
        ("über 6.000.000", "–"),
    ]


@pytest.mark.parametrize(
    ("category", "sentence"),
    [
        ({"method": "FREE"}, "Beitragsfrei."),
        ({"method": "FIXED", "amount": "480.00"}, "Fester Betrag von 480,00 € im Jahr."),
        ({"method": "AGREED", "min": "1500.00"}, "Mit jedem Mitglied vereinbart, mindestens 1.500,00 €."),
        ({"method": "FACTOR_OF", "category": "FOE", "factor": "1"}, "Wie in der Kategorie Fördermitglied."),
        (
            {"method": "FACTOR_OF", "category": "FOE", "factor": "0.5"},
            "50 % des Beitrags der Kategorie Fördermitglied.",
        ),
        (
            {"method": "FACTOR_OF", "category": "FOE", "factor": "3"},
            "Das 3-Fache des Beitrags der Kategorie Fördermitglied.",
        ),
    ],
)
def test_every_method_has_its_sentence(category, sentence):
    assert first(category)[0] == [sentence]


def test_a_rate_names_its_unit():
    rows = [{"from": 1_000_000, "rate": "0.35", "per": 1000}]
    category = {
        "method": "BANDS_MARGINAL",
        "basis": "turnover_eur",
        "base": "500.00",
        "cap": "15000.00",
        "rows": rows,
    }
    sentences, table, additions = first(category)
    assert sentences == ["Grundbetrag von 500,00 €, dazu ein Satz (Umsatz)."]
    assert table == [("1.000.000", "–", "0,35 € je 1.000 € Umsatz")]
    assert additions == ["Höchstens 15.000,00 € im Jahr."]


def test_due_12_a_discount_says_when_it_holds():
    when = {"company_age_at_joining_below": 3, "membership_year_max": 2}
    discount = {"code": "f", "percent": "50", "when": when}
    additions = first({"method": "FIXED", "amount": "480.00", "discounts": [discount]})[2]
    assert additions == ["50 % Ermäßigung: beim Beitritt jünger als 3 Jahre und bis zum 2. Mitgliedsjahr."]


def test_the_rules_for_all_members_are_said_once():
    found = rules(
        due={"rule": "fixed_day", "day": "01-31"},
        resolution={"organ": "MV", "date": "2026-05-12", "item": "7"},
        bases={"headcount": {"reference": "prev_year:06-30", "exclude": ["apprentice"]}},
        prorata={"join": "HALF", "cutoff": "06-30"},
        group={"mode": "discount", "further_percent": "70"},
    )
    basis = "Beschäftigtenzahl, Stichtag 30. Juni des Vorjahres; nicht mitgezählt: Auszubildende"
    due = "Am 31. Januar. Für neue Mitglieder und spätere Rechnungen 30 Tage nach der Rechnung."
    assert found["Grundlage"] == basis
    assert found["Beitritt im Jahr"] == "Bis zum 30. Juni der volle, danach der halbe Jahresbeitrag."
    assert (
        found["Firmen eines Konzerns"] == "Die Firma mit dem höchsten Beitrag zahlt voll, jede weitere 70 %."
    )
    assert found["Fällig"] == due
    assert found["Beschluss"] == "Mitgliederversammlung vom 12.05.2026, Punkt 7"


def test_categories_come_in_the_order_of_the_association():
    categories = {code: {"method": "FREE"} for code in ("X", "EHR", "FOE", "ORD")}
    text = readable(read_schedule({"code": "A", "valid_from": "2027-01-01", "categories": categories}), NAMES)
    assert [one.code for one in text.categories] == ["ORD", "FOE", "EHR", "X"]


def every_phrase(text):
    yield from (each for rule in text.rules for each in (rule.label, rule.text))
    for category in text.categories:
        yield from category.additions
        for passage in category.passages:
            yield passage.text
            yield from (each for row in passage.rows for each in (row.start, row.end) if each)


def messages(phrase):
    yield phrase.message
    for value in phrase.values.values():
        if hasattr(value, "message"):
            yield from messages(value)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sentence_about_an_example_has_its_german(path):
    text = readable(read_schedule(json.loads(path.read_text("utf-8"))), NAMES)
    used = {message for phrase in every_phrase(text) for message in messages(phrase)}
    assert len(used) > 10
    assert used - set(catalogue("de")) == set()
