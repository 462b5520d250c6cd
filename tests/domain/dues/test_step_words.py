"""Every step says in words what it did, with the figures that it used; each amount here is worked out by hand."""

from __future__ import annotations

import pytest

from membership.domain.dues.assessment import Refusal
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import read_facts
from membership.domain.dues.schedule import read_schedules
from membership.wording import Wording

FIXED = {"method": "FIXED", "amount": "1000.00"}
FLAT = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [
        {"from": 0, "amount": "300.00"}, {"from": 10, "amount": "600.00"}, {"from": 50, "amount": "1200.00"},
    ],
}  # fmt: skip
MAY = {"start": "2027-05-17"}
TABLE = {"join": "TABLE", "shares": [{"until": "06-30", "share": "5/8"}]}
TWO = [{"group": "K", "basis": {"headcount": 60}}, {"group": "K", "basis": {"headcount": 12}}]
OPEN = [{"group": "K"}, TWO[1]]
YEARS = {"2024": 10, "2025": 20, "2026": 34}


def german(text):
    return Wording("de").value(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def said(order, results):
    """Return what is said of the last of the facts: its steps, or why it is refused."""

    def run(category, facts=None, **options):
        more = options.pop("more", {})
        each = facts if isinstance(facts, list) else [facts or {}]
        found = results(order({"ORD": category, **more}, **options), *each)[-1]
        if isinstance(found, Refusal):
            return found.rule, german(found.text)
        return [(str(step.step), str(step.rule), german(step.text), str(step.result)) for step in found.steps]

    return run


@pytest.mark.parametrize(
    ("changes", "facts", "options", "step"),
    [
        ({"min": "1200.00"}, {}, {}, ("minimum", "min", "Mindestbeitrag 1.200,00 €", "1200")),
        ({"cap": "900.00"}, {}, {}, ("cap", "cap", "Höchstbeitrag 900,00 €", "900")),
        (
            {"previous_year": {"at_least_percent": "90"}}, {"previous": {"amount": "2000.00"}}, {},
            ("minimum", "previous_year", "Mindestens 90 % der 2.000,00 € des Vorjahres", "1800"),
        ),
        (
            {"previous_year": {"at_most_percent": "110"}}, {"previous": {"amount": "500.00"}}, {},
            ("cap", "previous_year", "Höchstens 110 % der 500,00 € des Vorjahres", "550"),
        ),
        (
            {"discounts": [{"code": "jung", "percent": "40", "first_months": 12}]}, {"start": "2026-07-01"}, {},
            ("discount", "jung", ("Ermäßigung „jung“ von 40 % in den ersten 12 Monaten"
             " (50 % der geschuldeten Zeit in diesem Jahr)"), "800"),
        ),
        ({"discounts": [{"code": "a", "percent": "12.5"}]}, {}, {}, ("discount", "a", "Ermäßigung um 12,5 %", "875")),
        ({"discounts": [{"code": "a", "amount": "50.00"}]}, {}, {}, ("discount", "a", "Ermäßigung um 50,00 €", "950")),
        ({"surcharges": [{"code": "s", "percent": "10"}]}, {}, {}, ("discount", "s", "Zuschlag „s“ von 10 %", "1100")),
        (
            {}, {"override": {"kind": "amount", "value": "1.00", "reason": "x"}}, {},
            ("override", "DUE-17", "Einzelfallbeschluss: 1,00 € (x)", "1"),
        ),
        (
            {}, {"override": {"kind": "percent", "value": "12.5", "reason": "Vorstand"}}, {},
            ("override", "DUE-17", "Einzelfallbeschluss: 12,5 % des Beitrags (Vorstand)", "125"),
        ),
        ({}, {"override": {"kind": "waive"}}, {}, ("override", "DUE-17", "Einzelfallbeschluss: Beitrag erlassen", "0")),
        ({}, MAY, {"prorata": {"join": "QUARTER"}}, ("prorata", "QUARTER", "Beitritt am 17.05.2027: 3 von 4 Quartalen", "750")),
        (
            {}, MAY, {"prorata": {"join": "HALF", "cutoff": "03-31"}},
            ("prorata", "HALF", "Beitritt am 17.05.2027: halber Jahresbeitrag", "500"),
        ),
        ({}, MAY, {"prorata": TABLE}, ("prorata", "TABLE", "Beitritt am 17.05.2027: 62,5 % des Jahres", "625")),
        ({}, {"levies": [{"title": "Messe", "amount": "75.00"}]}, {}, ("levy", "DUE-15", "Umlage „Messe“", "75")),
        (
            {}, {"levies": [{"title": "Messe", "percent": "7.5"}]}, {},
            ("levy", "DUE-15", "Umlage „Messe“: 7,5 % von 1.000,00 €", "75"),
        ),
        ({}, {"voluntary": "20.00"}, {}, ("voluntary", "DUE-16", "Freiwilliger Zusatzbeitrag", "20")),
        ({"tax": {"treatment": "S", "rate": "7"}}, {}, {}, ("tax", "INV-4", "7 % Umsatzsteuer auf 1.000,00 €", "70")),
    ],
)  # fmt: skip
def test_a_step_after_the_method_is_said_in_words(said, changes, facts, options, step):
    assert said({**FIXED, **changes}, facts, **options) == [
        ("method", "FIXED", "Fester Betrag", "1000"),
        step,
    ]


def test_a_part_of_the_year_by_days_counts_the_day_of_joining_and_is_rounded_at_the_end(said):
    assert said(FIXED, MAY, prorata={"join": "DAY"})[1:] == [
        ("prorata", "DAY", "Beitritt am 17.05.2027: 229 von 365 Tagen", "45800/73"),
        ("rounding", "rounding", "Gerundet auf 0,01 €", "3137/5"),
    ]


def test_due_20_a_minimum_that_is_not_cut_says_so(said):
    prorata = {"join": "MONTH_INCL", "min_not_prorated": True}
    assert said({**FIXED, "min": "800.00"}, MAY, prorata=prorata)[1:] == [
        ("prorata", "MONTH_INCL", "Beitritt am 17.05.2027: 8 von 12 Monaten", "2000/3"),
        ("prorata", "DUE-20", "Mindestbeitrag 800,00 €, für einen Teil des Jahres nicht gekürzt", "800"),
    ]


def test_percentages_come_before_amounts_and_are_told_apart_by_their_codes(said):
    discounts = [{"code": "b", "amount": "50.00"}, {"code": "a", "percent": "40"}]
    assert said({**FIXED, "discounts": discounts}, discounts_together="multiply")[1:] == [
        ("discount", "a", "Ermäßigung „a“ um 40 %", "600"), ("discount", "b", "Ermäßigung „b“ um 50,00 €", "550"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("category", "text", "result"),
    [
        (
            {"method": "SUM_OF", "parts": [FIXED, {**FIXED, "factor": "0.5", "cap": "300.00"}]},
            "1.000,00 € (Fester Betrag) + 300,00 € (Fester Betrag; × 0,5; Höchstbeitrag 300,00 €)", "1300",
        ),
        ({"method": "LOWER_OF", "parts": [FIXED, FLAT]}, "Der niedrigere Betrag zählt: 12 Beschäftigte, Stufe ab 10", "600"),
        ({"method": "HIGHER_OF", "parts": [FIXED, FLAT]}, "Der höhere Betrag zählt: Fester Betrag", "1000"),
        (
            {**FLAT, "sites": {"further_percent": "50"}},
            "12 Beschäftigte, Stufe ab 10; weitere Standorte: 1, je zu 50 %", "750",
        ),
    ],
)  # fmt: skip
def test_a_method_of_several_says_what_each_comes_to(said, category, text, result):
    facts = {"basis": {"headcount": 12}, "sites": [{"headcount": 3}] if "sites" in category else []}
    [(step, _rule, words, came_to)] = said(category, facts)
    assert (step, words, came_to) == ("method", text, result)


def test_a_factor_and_a_limited_rise_name_what_they_start_from(said):
    factor = {"method": "FACTOR_OF", "category": "B", "factor": "2.5"}
    assert said(factor, more={"B": FIXED})[1:] == [
        ("factor", "FACTOR_OF", "Faktor 2,5 auf den Beitrag der Kategorie B", "2500")
    ]
    assert said({**FLAT, "max_rise": 1}, {"basis": {"headcount": 60}, "previous": {"row": 1}})[1:] == [
        ("max_rise", "DUE-11", "Stufe 2 zählt: höchstens 1 über der Stufe 1 des Vorjahres", "600")
    ]


def test_a_size_that_was_worked_out_is_said_year_by_year(said):
    assert said(FLAT, {"basis": {"headcount": YEARS}}, bases={"headcount": {"years": 3}})[0] == (
        "basis", "DUE-7", "Mittel aus 10 (2024) + 20 (2025) + 34 (2026) = 21,333333 Beschäftigte", "64/3",
    )  # fmt: skip
    rounds = {"headcount": {"rounding": {"step": "5"}}}
    assert said(FLAT, {"basis": {"headcount": "12.4"}}, bases=rounds)[0] == (
        "basis", "DUE-7", "12,4 Beschäftigte, gerundet: 10 Beschäftigte", "10",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("group", "step"),
    [
        ({"mode": "discount", "further_percent": "70"}, ("2. Unternehmen im Konzern „K“: 70 % des Beitrags", "420")),
        ({"mode": "discount", "further_amount": "70.00"}, ("Unternehmen 2 des Konzerns „K“: 70,00 €", "70")),
        ({"mode": "group_cap", "cap": "900.00"}, ("Der Konzern „K“ zahlt zusammen höchstens 900,00 €", "300")),
    ],
)  # fmt: skip
def test_due_13_a_company_of_a_group_reads_its_place_in_it(said, group, step):
    assert said(FLAT, TWO, group=group)[1:] == [("group", "DUE-13", *step)]


def test_due_13_a_company_led_by_another_is_free_and_names_it(said):
    words = "Beitragsfrei: Die Werte zählen beim führenden Unternehmen M0001"
    assert said(FLAT, TWO, group={"mode": "aggregate"}) == [("method", "DUE-13", words, "0")]


@pytest.mark.parametrize(
    ("category", "facts", "options", "rule", "text"),
    [
        (
            FIXED, MAY, {"prorata": {"join": "none"}}, "DUE-34",
            "Die Beitragsordnung sagt nicht, was ein Mitglied schuldet, das während des Jahres beitritt (17.05.2027).",
        ),
        (
            FIXED, {"start": "2027-07-01"}, {"prorata": TABLE}, "DUE-34",
            "Die Beitragsordnung sagt nicht, was ein Mitglied schuldet, das während des Jahres beitritt (01.07.2027).",
        ),
        (FIXED, {"start": "2028-01-01"}, {}, "DUE-34", "Die Firma ist im Jahr 2027 kein Mitglied."),
        (
            FLAT, {"basis": {"headcount": {"2026": 33}}}, {"bases": {"headcount": {"years": 3}}}, "DUE-34",
            "Die Angabe „Beschäftigtenzahl“ wird für 3 Jahre gebraucht, bekannt sind nur 1.",
        ),
        (
            FLAT, OPEN, {"group": {"mode": "group_cap", "cap": "9000.00"}}, "DUE-34",
            "M0001 aus dem Konzern „K“ ist nicht entschieden, deshalb steht die Reihenfolge seiner Unternehmen nicht fest.",
        ),
        (
            FLAT, [*TWO, {"group": "L"}, {"group": "L", "basis": {"headcount": 3}}], {"group": {"mode": "aggregate"}},
            "DUE-13",
            ("Das führende Mitglied M0003 des Konzerns „L“ ist für 2027 nicht entschieden, deshalb sind es seine"
            " Unternehmen auch nicht."),
        ),
        (
            FIXED, {"credit": "1300.00"}, {}, "DUE-34",
            ("Das Guthaben von 1.300,00 € übersteigt die zu zahlenden 1.000,00 €, und die Beitragsordnung sagt nicht, was"
            " dann gilt."),
        ),
    ],
)  # fmt: skip
def test_due_34_what_is_not_decided_is_refused_in_words(said, category, facts, options, rule, text):
    assert said(category, facts, **options) == (rule, text)


def test_a_member_without_a_category_is_refused_before_anything_else(order):
    [facts] = read_facts([{"member": "M0001", "year": 2027, "category": "ORD"}])
    [found] = explain(read_schedules(order({"ORD": FIXED})), [facts._replace(category="")])
    assert (found.rule, german(found.text)[:34]) == ("DUE-34", "Das Mitglied hat keine Kategorie. ")


def test_due_26_the_tax_of_an_instalment_is_rounded_down_like_the_instalment(order, results):
    thirds = [{"day": day, "share": "1/3"} for day in ("01-31", "05-31", "09-30")]
    schedule = order(
        {"ORD": {**FIXED, "tax": {"treatment": "S", "rate": "19"}}},
        due={"rule": "fixed_day", "day": "01-31", "instalments": thirds},
    )
    [found] = results(schedule, {})
    assert [(line.amount.cents, line.tax_amount.cents) for line in found.lines] == [
        (33333, 6333), (33333, 6333), (33334, 6334),
    ]  # fmt: skip


@pytest.mark.parametrize(("start", "amount"), [("2027-12-05", "600.00"), ("2026-01-15", "1000.00")])
def test_a_discount_of_the_first_months_counts_for_the_only_month_owed_and_no_more_after_them(
    order, results, start, amount
):
    discounts = [{"code": "jung", "percent": "40", "first_months": 12}]
    [found] = results(order({"ORD": {**FIXED, "discounts": discounts}}), {"start": start})
    assert str(found.total) == amount


def test_a_discount_of_the_first_months_by_days_ends_with_them(order, results):
    discounts = [{"code": "jung", "percent": "40", "first_months": 12}]
    schedule = order({"ORD": {**FIXED, "discounts": discounts}}, prorata={"join": "DAY"})
    assert [str(one.total) for one in results(schedule, {"start": "2025-01-01"})] == ["1000.00"]


def test_due_40_a_credit_of_just_what_is_owed_needs_no_rule_for_its_rest(order, results):
    [found] = results(order({"ORD": FIXED}), {"credit": "1000.00"})
    assert (str(found.gross), found.warnings) == ("0.00", ())


def test_due_35a_what_is_in_doubt_about_a_category_is_said(order, results):
    sure, doubtful = (
        results(order({"ORD": {**FIXED, **more}}), {})[0] for more in ({}, {"doubt": "Seite fehlt"})
    )
    assert sure.warnings == ()
    assert ["Seite fehlt" in german(warning.text) for warning in doubtful.warnings] == [True]
