"""A change of category, a category that becomes another, several at once: DUE-24, DUE-38."""

from __future__ import annotations

import pytest

STA = {
    "method": "FIXED", "amount": "120.00",
    "becomes": {"category": "ORD", "after_years": 1, "admission_fee": "150.00"},
}  # fmt: skip
ORD = {"method": "FIXED", "amount": "1200.00"}
HEADS = {"method": "BANDS_FLAT", "basis": "headcount", "rows": [{"from": 0, "amount": "500.00"}]}


def schedule(order, rule="next_year", **options):
    return order(
        {"ORD": ORD, "STA": STA, "SCI": {"method": "FIXED", "amount": "600.00"}},
        prorata={"join": "MONTH_INCL", "category_change": rule}, **options,
    )  # fmt: skip


def lines(assessment):
    return [(str(line.kind), str(line.amount)) for line in assessment.lines]


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("2026-08-01", [("dues", "120.00")]),
        ("2026-01-01", [("dues", "1200.00"), ("admission_fee", "150.00")]),
        ("2025-08-01", [("dues", "1200.00"), ("admission_fee", "150.00")]),
        ("2025-01-01", [("dues", "1200.00")]),
        ("2027-01-01", [("dues", "120.00")]),
    ],
)
def test_a_start_up_becomes_an_ordinary_member_with_the_next_year(order, assessed, start, found):
    assert lines(assessed(schedule(order), category="STA", start=start)) == found


def test_it_becomes_one_by_months_where_the_order_says_so(order, assessed):
    found = assessed(schedule(order, "month"), category="STA", start="2026-08-01")
    assert lines(found) == [("dues", "570.00"), ("admission_fee", "150.00")]  # 7/12 of 120 and 5/12 of 1,200
    assert lines(assessed(schedule(order, "month"), category="STA", start="2025-08-01")) == [
        ("dues", "1200.00")
    ]


def test_without_a_rule_for_the_change_only_the_first_day_is_clear(order, assessed, refused):
    assert refused(schedule(order, "none"), category="STA", start="2026-08-01")[0] == "DUE-24"
    assert lines(assessed(schedule(order, "none"), category="STA", start="2026-01-01"))[0] == (
        "dues",
        "1200.00",
    )


def test_without_the_day_of_joining_nobody_knows_when_it_becomes_another(order, refused):
    assert refused(schedule(order), category="STA")[0] == "DUE-34"


def test_a_category_may_grow_twice(order, assessed):
    categories = {
        "A": {"method": "FIXED", "amount": "10.00", "becomes": {"category": "B", "after_years": 1}},
        "B": {
            "method": "FIXED",
            "amount": "20.00",
            "becomes": {"category": "C", "after_years": 3, "doubt": "or 4"},
        },
        "C": {"method": "FIXED", "amount": "30.00"},
    }
    totals = [
        str(assessed(order(categories), category="A", start=f"{year}-01-01").total)
        for year in range(2027, 2022, -1)
    ]
    assert totals == ["10.00", "20.00", "20.00", "30.00", "30.00"]
    found = assessed(order(categories), category="A", start="2024-01-01")
    assert [warning.text.values["reason"] for warning in found.warnings] == ["or 4"]


MOVE = [{"on": "2027-07-01", "category": "SCI"}]


@pytest.mark.parametrize(("rule", "dues_of"), [("next_year", "1200.00"), ("month", "900.00")])
def test_due_24_a_change_counts_from_next_year_or_by_months(order, dues, rule, dues_of):
    assert dues(schedule(order, rule), start="2020-01-01", category_changes=MOVE) == dues_of


def test_due_24_a_change_that_the_order_does_not_decide_is_refused(order, refused, dues):
    assert refused(schedule(order, "none"), start="2020-01-01", category_changes=MOVE)[0] == "DUE-24"
    first = [{"on": "2027-01-01", "category": "SCI"}]
    assert dues(schedule(order, "none"), start="2020-01-01", category_changes=first) == "600.00"


def test_who_joins_and_changes_in_one_year_pays_each_month_once(order, dues):
    found = dues(schedule(order, "month"), start="2027-04-01", category_changes=MOVE)
    assert found == "600.00"  # 3 months of 100 and 6 of 50


def test_several_categories_count_as_the_order_says(order, dues, refused):
    facts = {"category": "SCI", "categories": ["SCI", "ORD"]}
    assert refused(schedule(order), **facts)[0] == "DUE-34"
    assert dues(schedule(order, several_categories="highest"), **facts) == "1200.00"
    assert dues(schedule(order, several_categories="sum"), **facts) == "1800.00"


def test_each_category_needs_only_its_own_sizes(order, dues, refused):
    categories = {"ORD": ORD, "HEADS": HEADS}
    found = order(categories, several_categories="highest")
    assert dues(found, categories=["ORD"]) == "1200.00"
    assert refused(found, categories=["ORD", "HEADS"])[0] == "DUE-34"
    assert dues(found, categories=["ORD", "HEADS"], basis={"headcount": 1}) == "1200.00"


def test_the_sum_of_categories_keeps_the_tax_of_each(order, assessed):
    taxed = {"method": "FIXED", "amount": "100.00", "tax": {"treatment": "S", "rate": "19"}}
    found = assessed(order({"ORD": ORD, "SRV": taxed}, several_categories="sum"), categories=["ORD", "SRV"])
    assert [(str(line.tax), str(line.amount)) for line in found.lines] == [("O", "1200.00"), ("S", "100.00")]
    assert str(found.gross) == "1319.00"


def test_the_admission_fee_is_that_of_the_members_own_category(order, assessed):
    categories = {"ORD": {**ORD, "admission_fee": "99.00"}, "SCI": {"method": "FIXED", "amount": "600.00"}}
    facts = {"category": "SCI", "categories": ["SCI", "ORD"], "start": "2027-01-01"}
    assert lines(assessed(order(categories, several_categories="highest"), **facts)) == [("dues", "1200.00")]
