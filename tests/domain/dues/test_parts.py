"""Parts of a sum or a choice that carry what a category carries: DUE-36."""

from __future__ import annotations

import pytest

from membership.domain.dues.stored import from_stored, to_stored

FLAT = {
    "method": "BANDS_FLAT",
    "basis": "headcount",
    "rows": [{"from": 0, "amount": "200.00"}, {"from": 50, "amount": "900.00"}],
}
BASE = {"method": "FIXED", "amount": "100.00"}
S19 = {"treatment": "S", "rate": "19"}


def sum_of(*parts, **options):
    return {"method": "SUM_OF", "parts": list(parts), **options}


def lines(assessment):
    return [
        (str(line.kind), str(line.amount), str(line.tax), None if line.due is None else line.due.isoformat())
        for line in assessment.lines
    ]


def test_a_part_has_a_factor_a_minimum_a_maximum_discounts_and_a_rounding_in_this_order(order, total):
    half = {"code": "half", "percent": "50"}
    part = {"method": "FIXED", "amount": "333.33", "factor": "3", "cap": "900.00", "discounts": [half]}
    assert total(order({"ORD": sum_of(BASE, part)})) == "550.00"
    assert (
        total(order({"ORD": sum_of(BASE, {**part, "rounding": {"step": "10", "direction": "up"}})}))
        == "550.00"
    )
    part = {
        "method": "FIXED",
        "amount": "33.33",
        "min": "50.00",
        "rounding": {"step": "10", "direction": "up"},
    }
    assert total(order({"ORD": sum_of(BASE, part)})) == "150.00"
    part = {"method": "FIXED", "amount": "33.33", "rounding": {"step": "10", "direction": "up"}}
    assert total(order({"ORD": sum_of(BASE, part)})) == "140.00"


def test_a_part_whose_condition_does_not_hold_is_left_out_and_its_sizes_need_not_be_known(
    order, total, refused
):
    schedule = order({"ORD": sum_of(BASE, {**FLAT, "when": {"attribute": "producer"}})})
    assert total(schedule) == "100.00"
    assert total(schedule, attributes=["producer"], basis={"headcount": 60}) == "1000.00"
    assert refused(schedule, attributes=["producer"])[0] == "DUE-34"


def test_a_choice_of_which_no_part_applies_is_refused(order, refused):
    part = {**BASE, "when": {"attribute": "producer"}}
    schedule = order({"ORD": {"method": "LOWER_OF", "parts": [part, part]}})
    assert refused(schedule)[0] == "DUE-34"


def test_the_lower_of_two_parts_is_compared_after_their_own_options(order, total):
    parts = [{"method": "FIXED", "amount": "500.00", "cap": "80.00"}, BASE]
    assert total(order({"ORD": {"method": "LOWER_OF", "parts": parts}})) == "80.00"


def test_a_taxed_service_fee_stands_beside_untaxed_dues(order, assessed):
    service = {
        "method": "FIXED",
        "amount": "60.00",
        "kind": "service_fee",
        "tax": S19,
        "text": "Servicepauschale",
    }
    found = assessed(order({"ORD": sum_of(BASE, service)}))
    assert lines(found) == [("dues", "100.00", "O", None), ("service_fee", "60.00", "S", None)]
    assert (str(found.total), str(found.gross)) == ("160.00", "171.40")
    assert found.lines[1].text.values == {"text": "Servicepauschale"}
    assert from_stored(to_stored(found)) == found


def test_steps_of_the_category_count_for_the_sum_and_are_spread_in_proportion(order, assessed):
    service = {"method": "FIXED", "amount": "50.00", "kind": "service_fee"}
    half = {"code": "half", "percent": "50"}
    found = assessed(
        order({"ORD": sum_of(BASE, service, cap="120.00", discounts=[half])}, prorata={"join": "MONTH_INCL"}),
        start="2027-07-01",
    )
    assert lines(found) == [("dues", "20.00", "O", None), ("service_fee", "10.00", "O", None)]
    assert str(found.dues) == "30.00"


def test_an_admission_fee_among_the_parts_is_for_those_who_join_and_never_in_part(order, assessed):
    fees = [
        {"method": "FIXED", "amount": "150.00", "kind": "admission_fee"},
        {"method": "FIXED", "amount": "80.00", "kind": "admission_fee", "text": "Einrichtung",
         "discounts": [{"code": "sponsor", "percent": "100", "when": {"attribute": "sponsored"}}]},
    ]  # fmt: skip
    schedule = order({"ORD": sum_of(BASE, *fees)}, prorata={"join": "MONTH_INCL"})
    found = assessed(schedule, start="2027-07-01")
    assert lines(found) == [
        ("dues", "50.00", "O", None), ("admission_fee", "150.00", "O", None), ("admission_fee", "80.00", "O", None),
    ]  # fmt: skip
    found = assessed(schedule, start="2027-07-01", attributes=["sponsored"])
    assert lines(found)[1:] == [("admission_fee", "150.00", "O", None)]
    assert lines(assessed(schedule, start="2026-07-01")) == [("dues", "100.00", "O", None)]


def test_a_levy_among_the_parts_is_never_cut(order, assessed):
    levy = {
        "method": "FIXED",
        "amount": "75.00",
        "kind": "levy",
        "due": {"rule": "fixed_day", "day": "09-30"},
    }
    half = {"code": "half", "percent": "50"}
    schedule = order({"ORD": sum_of(BASE, levy, discounts=[half])}, prorata={"join": "HALF"})
    assert lines(assessed(schedule, start="2027-08-01")) == [
        ("dues", "25.00", "O", None), ("levy", "75.00", "O", "2027-09-30"),
    ]  # fmt: skip


def test_a_part_with_a_due_date_of_its_own_becomes_a_line_with_it(order, assessed):
    later = {**FLAT, "due": {"rule": "fixed_day", "day": "07-31"}}
    found = assessed(order({"ORD": sum_of(BASE, later)}), basis={"headcount": 10})
    assert lines(found) == [("dues", "100.00", "O", None), ("dues", "200.00", "O", "2027-07-31")]


def test_each_line_is_rounded_once(order, assessed):
    service = {"method": "FIXED", "amount": "100.00", "kind": "service_fee"}
    found = assessed(
        order({"ORD": sum_of(BASE, service)}, prorata={"join": "MONTH_INCL"}), start="2027-08-01"
    )
    assert lines(found) == [("dues", "41.67", "O", None), ("service_fee", "41.67", "O", None)]
    assert [str(step.result) for step in found.steps if step.step == "rounding"] == ["4167/50"]


@pytest.mark.parametrize("kind", ["SUM_OF", "HIGHER_OF"])
def test_a_factor_of_a_category_with_parts_takes_their_amount_and_nothing_else(order, assessed, kind):
    parts = [BASE, {"method": "FIXED", "amount": "50.00", "tax": S19}]
    schedule = order({
        "ORD": {"method": kind, "parts": parts},
        "INS": {"method": "FACTOR_OF", "category": "ORD", "factor": "2"},
    })  # fmt: skip
    expected = {"SUM_OF": "300.00", "HIGHER_OF": "200.00"}[kind]
    assert lines(assessed(schedule, category="INS")) == [("dues", expected, "O", None)]


def test_what_won_keeps_its_own_tax(order, assessed):
    parts = [BASE, {"method": "FIXED", "amount": "150.00", "tax": S19}]
    found = assessed(order({"ORD": {"method": "HIGHER_OF", "parts": parts}}))
    assert lines(found) == [("dues", "150.00", "S", None)]


def test_doubts_of_all_parts_are_said(order, assessed):
    parts = [{**BASE, "doubt": "first"}, {**BASE, "doubt": "second"}]
    found = assessed(order({"ORD": sum_of(*parts)}))
    assert [warning.text.values["reason"] for warning in found.warnings] == ["first", "second"]


def test_due_14_an_admission_fee_in_a_part_is_asked_for_once_where_other_amounts_are_monthly(order, assessed):
    parts = [
        {"method": "FIXED", "amount": "25.00"},
        {"method": "FIXED", "amount": "38.00", "kind": "admission_fee"},
    ]
    schedule = order({"ORD": {"method": "SUM_OF", "parts": parts}}, period="month")
    found = assessed(schedule, start="2027-01-01")
    assert [(str(line.kind), str(line.amount)) for line in found.lines] == [
        ("dues", "300.00"),
        ("admission_fee", "38.00"),
    ]


def test_due_36_a_minimum_of_parts_that_come_to_nothing_stands_on_the_first_line(order, assessed):
    fee = {"method": "FIXED", "amount": "0.00", "kind": "service_fee", "tax": S19, "text": "Service"}
    found = assessed(order({"ORD": sum_of({**BASE, "amount": "0.00"}, fee, min="80.00")}))
    assert lines(found) == [("dues", "80.00", "O", None)]


def test_due_13_the_parts_of_a_group_that_rounds_together_add_up_to_its_cents(order, results):
    """Two companies share 100.00: 50.00 each, of which a third is a taxed service."""
    service = {"method": "FIXED", "amount": "50.00", "kind": "service_fee", "tax": S19, "text": "Service"}
    schedule = order({"ORD": sum_of(BASE, service)}, group={"mode": "group_cap", "cap": "100.01"})
    found = results(schedule, {"group": "K"}, {"group": "K"})
    assert [[str(line.amount) for line in one.lines] for one in found] == [
        ["33.33", "16.67"],
        ["33.34", "16.67"],
    ]
    assert sum(one.net.cents for one in found) == 10001


def test_a_group_capped_at_nothing_bills_nothing_of_any_part(order, results):
    service = {"method": "FIXED", "amount": "50.00", "kind": "service_fee", "text": "Service"}
    schedule = order({"ORD": sum_of(BASE, service)}, group={"mode": "group_cap", "cap": "0.00"})
    assert [one.lines for one in results(schedule, {"group": "K"}, {"group": "K"})] == [(), ()]
