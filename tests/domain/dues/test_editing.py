"""A schedule edited by forms: what is shown and sent back as it was changes nothing, and what is typed is written."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.editing.general import general_texts, with_general
from membership.domain.dues.editing.rule import rule_texts, with_rule
from membership.domain.dues.editing.sizes import size_texts, used_sizes, with_new_size, with_size
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule import read_schedule
from tests.domain.dues.test_any_schedule import schedules

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.json"))
ORDERS = sorted((Path(__file__).parent / "published_orders" / "data").glob("*.json"))
HEADS = json.loads((ROOT / "config" / "examples" / "heads.json").read_text("utf-8"))


def documents():
    for path in [*EXAMPLES, *ORDERS]:
        found = json.loads(path.read_text("utf-8"))
        for one in found if isinstance(found, list) else [found]:
            yield pytest.param(one.get("schedule", one), id=path.stem)


def parsed(document):
    return replace(read_schedule(document), document={})


def edited(rule, document, **typed):
    found = with_rule(rule, {**rule_texts(rule), **typed}, usual_prorata=document.get("prorata") or {})
    return found.rule, found.errors


def sent_as_shown(document):
    """The document after every form of it was opened and saved without a change."""
    new, errors = with_general(document, general_texts(document))
    for name in used_sizes(document):
        new, wrong = with_size(new, name, size_texts(new, name))
        errors |= wrong
    for code, rule in document["categories"].items():
        one, wrong = edited(rule, document)
        errors |= wrong
        for index, part in enumerate(rule.get("parts", ())):
            one["parts"] = list(one["parts"])
            one["parts"][index], wrong = edited(part, document)
            errors |= wrong
        new = {**new, "categories": {**new["categories"], code: one}}
    assert errors == {}
    return new


@pytest.mark.parametrize("document", list(documents()))
def test_a_published_order_that_is_opened_and_saved_stays_as_it_is(document):
    before = copy.deepcopy(document)
    assert parsed(sent_as_shown(document)) == parsed(before)
    assert document == before


@given(schedules())
def test_any_schedule_that_is_opened_and_saved_stays_as_it_is(schedule):
    assert parsed(sent_as_shown(schedule.document)) == replace(schedule, document={})


ORD = HEADS["categories"]["ORD"]


def rows(*pairs):
    return [{"start": start, "amount": amount, "was": was} for start, amount, was in pairs]


def test_a_row_finds_its_place_and_an_empty_one_goes():
    lines = rows(
        ("0", "1.350,50", "0"), ("", "", "1"), ("50", "1200", "2"), ("5.000", "9600", ""), ("> 20", "700", "")
    )
    rule, errors = edited(ORD, HEADS, rows=lines)
    assert errors == {}
    assert rule["rows"] == [
        {"from": "0", "amount": "1350.50"},
        {"from": "20", "exclusive": True, "amount": "700.00"},
        {"from": "50", "amount": "1200.00"},
        {"from": "5000", "amount": "9600.00"},
    ]


@pytest.mark.parametrize("word", ["über 250", "mehr als 250", ">250", "> 250", "over 250"])
def test_a_bound_that_belongs_to_the_row_before_is_written_in_words(word):
    rule, errors = edited(ORD, HEADS, rows=rows(("0", "1", ""), (word, "2", "")))
    assert (errors, rule["rows"][1]) == ({}, {"from": "250", "exclusive": True, "amount": "2.00"})


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"rows": rows(("0", "1.234,5x", "0"))}, "rows-0-amount"),
        ({"rows": rows(("0", "-5", "0"))}, "rows-0-amount"),
        ({"rows": rows(("0", "1", "0"), ("viele", "5", "1"))}, "rows-1-start"),
        ({"rows": rows(("0", "1", "0"), ("", "5", "1"))}, "rows-1-start"),
        ({"rows": rows(("0", "1", "0"), ("7", "", ""))}, "rows-1-amount"),
        ({"rows": []}, "rows-0-start"),
        ({"cap": "viel"}, "cap"),
        ({"admission_months": "1,5"}, "admission_months"),
        ({"tax": "S", "tax_rate": ""}, "tax_rate"),
        ({"method": "FIXED", "amount": ""}, "amount"),
        (
            {"discounts": [{"code": "a", "value": "10", "when_1": "membership_year_max"}]},
            "discounts-0-value_1",
        ),
        ({"discounts": [{"code": "a", "value": "10", "value_1": "3"}]}, "discounts-0-when_1"),
        ({"discounts": [{"code": "a", "value": "zehn"}]}, "discounts-0-value"),
        ({"method": "FACTOR_OF", "category": "SCI", "factor": "x"}, "factor"),
    ],
)
def test_what_cannot_be_read_is_named_at_its_field(typed, field):
    assert list(edited(ORD, HEADS, **typed)[1]) == [field]


def test_every_method_can_be_chosen_and_leaves_nothing_of_the_one_before():
    chosen = {
        "FREE": {},
        "FIXED": {"amount": "500"},
        "BANDS_MARGINAL": {"basis": "headcount", "base": "240", "rows": [{"start": "1", "rate": "6,50"}]},
        "FACTOR_OF": {"category": "SCI", "factor": "1/2"},
        "AGREED": {"minimum": "500"},
        "LOWER_OF": {},
        "HIGHER_OF": {},
        "SUM_OF": {},
    }
    for method, typed in chosen.items():
        rule, errors = edited(ORD, HEADS, method=method, **typed)
        assert (method, errors) == (method, {})
        document = {**HEADS, "categories": {**HEADS["categories"], "ORD": rule, "STA": {"method": "FREE"}}}
        assert read_schedule(document).categories["ORD"].admission_fee is not None


@pytest.mark.parametrize("method", ["LOWER_OF", "HIGHER_OF", "SUM_OF"])
def test_a_method_that_becomes_a_part_costs_what_it_did_until_the_other_part_is_edited(method):
    rule, _errors = edited(ORD, HEADS, method=method)
    assert rule["parts"][0]["rows"] == ORD["rows"]
    assert "rows" not in rule


def test_options_are_written_and_taken_away():
    typed = {
        "minimum": "300", "cap": "3.000,00", "admission_fee": "38", "admission_months": "12", "tax": "SPLIT",
        "tax_rate": "19", "tax_percent": "90", "rounding_step": "10", "rounding_direction": "up", "join": "HALF",
        "cutoff": "1.7.", "max_rise": "1",
        "discounts": [{"code": "debit", "value": "20,00", "unit": "amount", "when_1": "direct_debit", "exclusive": "y"}],
    }  # fmt: skip
    rule, errors = edited(ORD, HEADS, **typed)
    assert errors == {}
    assert rule["discounts"] == [
        {"code": "debit", "amount": "20.00", "when": {"direct_debit": True}, "exclusive": True}
    ]
    assert rule["admission_fee"] == {"amount": "38.00", "waived_on_reentry_months": 12}
    assert rule["prorata"] == {"join": "HALF", "date": "start_date", "leave": "NO_REFUND", "cutoff": "07-01"}
    gone = dict.fromkeys(typed, "") | {"tax": "O", "discounts": []}
    plain, errors = edited(rule, HEADS, **gone)
    assert errors == {}
    assert set(plain) == {"method", "basis", "rows"}


def test_general_rules_are_written():
    typed = {
        "group_mode": "group_cap", "group_cap": "10.000", "join": "QUARTER", "missing": "carry_over_plus_percent",
        "missing_percent": "25", "rounding_step": "5", "max_rise": "2", "joined_before": "01.01.2018", "cutoff": "",
        "instalments": [{"day": "28.02.", "share": "1/2"}, {"day": "31.08.", "share": "1/2"}], "instalments_above": "1000",
    }  # fmt: skip
    new, errors = with_general(HEADS, {**general_texts(HEADS), **typed})
    assert errors == {}
    schedule = read_schedule(new)
    assert (schedule.group.cap, schedule.declaration.plus_share * 4, len(schedule.due.instalments)) == (
        10000,
        1,
        2,
    )
    assert schedule.cohort.joined_before.year == 2018


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"group_mode": "discount", "group_percent": ""}, "group_percent"),
        ({"join": "HALF", "cutoff": "99.99."}, "cutoff"),
        ({"instalments": [{"day": "28.02."}]}, "instalments-0-share"),
        ({"joined_from": "bald"}, "joined_from"),
        ({"max_rise": "eine"}, "max_rise"),
    ],
)
def test_a_general_rule_that_cannot_be_read_is_named_at_its_field(typed, field):
    assert list(with_general(HEADS, {**general_texts(HEADS), **typed})[1]) == [field]


def test_a_size_gets_weights_and_loses_them():
    typed = {"is_weighted": "y", "weight_over_30h": "1", "weight_h20_30": "1/3", "without_apprentice": "y"}
    new, errors = with_size(
        HEADS, "fte", {**size_texts(HEADS, "fte"), **typed, "reference": "prev_year", "day": "30.06."}
    )
    assert errors == {}
    assert new["bases"]["fte"] == {
        "reference": "prev_year:06-30", "weights": {"over_30h": "1", "h20_30": "1/3"}, "exclude": ["apprentice"],
    }  # fmt: skip
    plain, _errors = with_size(
        new, "fte", {**size_texts(new, "fte"), "is_weighted": "", "without_apprentice": ""}
    )
    assert plain["bases"]["fte"] == {"reference": "prev_year:06-30"}


def test_an_own_size_has_a_name_of_plain_letters():
    new, name = with_new_size(HEADS, "Bettenzahl (größte)", "Betten")
    assert name == "custom:bettenzahl_grosste"
    assert read_schedule(new).bases[name].unit == "Betten"


texts = st.text(max_size=12) | st.sampled_from(["1", "2,5", "y", "O", "S", "FIXED", "BANDS_FLAT", "31.01."])


@given(
    st.dictionaries(st.sampled_from(sorted(set(rule_texts(ORD)) - {"rows", "factors", "discounts"})), texts)
)
def test_whatever_is_typed_gives_a_rule_that_is_read_or_a_named_place(typed):
    rule, errors = edited(ORD, HEADS, **typed)
    assert set(errors) <= {
        *rule_texts(ORD),
        "rows-0-rate",
        "rows-1-rate",
        "rows-2-rate",
        "rows-3-rate",
        "rows-4-rate",
    }
    document = {**HEADS, "categories": {**HEADS["categories"], "ORD": rule}}
    assert errors or wrong_place(document).startswith("/categories/")


def wrong_place(document):
    """The place of what is wrong with a document, that of its categories when nothing is."""
    try:
        read_schedule(document)
    except ScheduleWrong as error:
        return error.where
    return "/categories/"
