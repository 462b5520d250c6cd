"""What can be said about a schedule without members (DUE-31)."""

from __future__ import annotations

import pytest

from membership.domain.dues.check import as_json, check_schedule
from membership.domain.dues.schedule import read_schedule
from membership.wording import Wording

COMPLETE = {
    "resolution": {"organ": "MV", "date": "2026-05-12"},
    "due": {"rule": "fixed_day", "day": "01-31"},
}


def found(order, category, **options):
    schedule = read_schedule(order({"ORD": category}, **{**COMPLETE, **options}))
    return [(finding.where, finding.is_fatal) for finding in check_schedule(schedule)]


def table(*rows, basis="headcount"):
    return {"method": "BANDS_FLAT", "basis": basis, "rows": list(rows)}


RISING = table({"from": 0, "amount": "1.00"}, {"from": 10, "amount": "2.00"})


def test_a_good_schedule_has_no_findings(order):
    assert found(order, RISING) == []


@pytest.mark.parametrize(
    ("category", "options", "findings"),
    [
        (RISING, {"resolution": None}, [("/resolution", True)]),
        (RISING, {"resolution": {"organ": "MV"}}, [("/resolution/date", False)]),
        (RISING, {"due": None}, [("/due", True)]),
        (RISING, {"prorata": None}, [("/prorata/join", False)]),
        (
            {"method": "FIXED", "amount": "1.00", "min": "9.00", "cap": "8.00"},
            {},
            [("/categories/ORD/min", False)],
        ),
        ({"method": "AGREED"}, {}, [("/categories/ORD/min", False)]),
        (
            table({"from": 0, "amount": "2.00"}, {"from": 10, "amount": "2.00"}),
            {},
            [("/categories/ORD/rows/1/amount", False)],
        ),
        (
            table(
                {"from": 500, "amount": "1.00", "to": 999},
                {"from": 1000, "exclusive": True, "amount": "2.00"},
            ),
            {},
            [("/categories/ORD/rows/0/to", False)],
        ),
        (
            {
                "method": "SUM_OF",
                "parts": [RISING, table({"from": 0, "amount": "2.00"}, {"from": 1, "amount": "1.00"})],
            },
            {},
            [("/categories/ORD/parts/1/rows/1/amount", False)],
        ),
        (
            {
                "method": "BANDS_MARGINAL",
                "basis": "headcount",
                "rows": [{"from": 1, "rate": "1"}, {"from": 9, "rate": "2"}],
            },
            {},
            [("/categories/ORD/rows/1/rate", False)],
        ),
    ],
)
def test_each_fault_is_found_at_its_place(order, category, options, findings):
    assert found(order, category, **options) == findings


def test_t_31_dues_that_fall_where_a_row_starts_are_a_finding(order):
    rows = [
        {"from": 51, "amount": "732.00"},
        {"from": 101, "amount": "732.00", "rate": "1.77"},
        {"from": 1001, "amount": "2313.00"},
    ]
    assert found(order, table(*rows)) == [("/categories/ORD/rows/2/amount", False)]


def test_t_27_a_gap_in_the_printed_table_is_a_finding_for_decimal_values_only(order):
    rows = [{"from": 1, "amount": "1.00", "to": 9}, {"from": 10, "amount": "2.00"}]
    assert found(order, table(*rows)) == []
    assert found(order, table(*rows, basis="fte")) == [("/categories/ORD/rows/0/to", False)]


def test_the_json_of_the_findings(order):
    schedule = read_schedule(order({"ORD": RISING}, **COMPLETE, name="X") | {"due": None})
    assert as_json(check_schedule(schedule), Wording("de").value) == {
        "ok": False,
        "findings": [
            {
                "rule": "DUE-31",
                "where": "/due",
                "text": "Die Beitragsordnung nennt keine Fälligkeit.",
                "fatal": True,
            }
        ],
    }
    assert as_json([], Wording("de").value) == {"ok": True, "findings": []}
