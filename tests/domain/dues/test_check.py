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
            [("/categories/ORD/rows/0/from", False), ("/categories/ORD/rows/0/to", False)],
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
    assert found(order, table(*rows)) == [
        ("/categories/ORD/rows/0/from", False), ("/categories/ORD/rows/2/amount", False),
    ]  # fmt: skip


def places(order, category, **options):
    return [where for where, _is_fatal in found(order, category, **options)]


@pytest.mark.parametrize(
    ("amount", "findings"), [("200.00", []), ("200.01", ["/categories/ORD/rows/1/amount"])]
)
def test_one_head_more_may_not_cost_twice_as_much(order, amount, findings):
    rows = [{"from": 0, "amount": "100.00"}, {"from": 10, "amount": amount}]
    assert places(order, table(*rows)) == findings


def test_how_large_a_jump_may_be_can_be_chosen(order):
    rows = [{"from": 0, "amount": "100.00"}, {"from": 10, "amount": "120.00"}]
    schedule = read_schedule(order({"ORD": table(*rows)}, **COMPLETE))
    assert [one.where for one in check_schedule(schedule, jump_percent=19)] == [
        "/categories/ORD/rows/1/amount"
    ]
    assert check_schedule(schedule, jump_percent=20) == []


def test_rows_that_add_a_rate_are_compared_where_they_meet(order):
    rows = [{"from": 0, "amount": "100.00", "rate": "10.00"}, {"from": 11, "amount": "210.00"}]
    assert places(order, table(*rows)) == []


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ({"cap": "1.50"}, "cap"),
        ({"cap": "1.00"}, "cap"),
        ({"cap": "2.00"}, None),
        ({"min": "2.00"}, "min"),
        ({"min": "1.50"}, None),
    ],
)
def test_limits_are_compared_with_the_table(order, limits, where):
    assert places(order, {**RISING, **limits}) == ([f"/categories/ORD/{where}"] if where else [])
    part = {"method": "SUM_OF", "parts": [{**RISING, **limits}, RISING]}
    assert places(order, part) == ([f"/categories/ORD/parts/0/{where}"] if where else [])


@pytest.mark.parametrize(
    "when",
    [
        {"company_age_from": 3, "company_age_below": 3},
        {"company_age_at_end_from": 4, "company_age_at_end_below": 3},
        {"joined_from": "2020-01-01", "joined_before": "2019-01-01"},
        {"membership_year": 3, "membership_year_max": 2},
        {"membership_year": 2, "joined_in_dues_year": True},
        {"basis": "headcount", "from": 10, "below": 10},
    ],
)
def test_a_condition_that_can_never_hold_is_found(order, when):
    discounts = [{"code": "x", "percent": "10", "when": when}]
    assert places(order, {**RISING, "discounts": discounts}) == ["/categories/ORD/discounts/0/when"]


@pytest.mark.parametrize(
    "when",
    [
        {"membership_year": 1, "joined_in_dues_year": True},
        {"membership_year": 2, "membership_year_max": 2},
        {"basis": "headcount", "from": 9, "below": 10},
    ],
)
def test_a_condition_that_may_hold_is_none(order, when):
    assert places(order, {**RISING, "discounts": [{"code": "x", "percent": "10", "when": when}]}) == []


def test_due_35_what_is_open_or_in_doubt_is_listed_with_its_place(order):
    rows = [{"from": 0, "amount": "1.00", "doubt": "smudged"}, {"from": 10, "open": "cut off"}]
    category = {
        **table(*rows),
        "discounts": [{"code": "a", "open": "how much?"}, {"code": "b", "percent": "5"}],
        "discounts_together": "open",
        "admission_fee": {"amount": "5.00", "doubt": "old"},
        "becomes": {"category": "NEW", "after_years": 1, "doubt": "or two"},
    }
    schedule = read_schedule(order({"ORD": category, "NEW": {"open": "not printed"}}, **COMPLETE))
    assert [(one.rule, one.where) for one in check_schedule(schedule)] == [
        ("DUE-35a", "/categories/ORD/rows/0/doubt"),
        ("DUE-35", "/categories/ORD/rows/1/open"),
        ("DUE-35", "/categories/ORD/discounts/0/open"),
        ("DUE-35", "/categories/ORD/discounts"),
        ("DUE-35a", "/categories/ORD/admission_fee/doubt"),
        ("DUE-35a", "/categories/ORD/becomes/doubt"),
        ("DUE-35", "/categories/NEW/open"),
    ]


def test_shares_of_the_year_that_end_too_early_are_found(order):
    shares = [{"until": "06-30", "share": "1"}, {"until": "11-30", "share": "1/2"}]
    assert places(order, RISING, prorata={"join": "TABLE", "shares": shares}) == ["/prorata/shares"]
    whole = [*shares[:1], {"until": "12-31", "share": "1/2"}]
    assert places(order, RISING, prorata={"join": "TABLE", "shares": whole}) == []


def test_every_finding_has_its_words_in_both_languages(order):
    rows = [{"from": 5, "amount": "1.00", "to": 8}, {"from": 10, "amount": "9.00"}]
    schedule = read_schedule(order({"ORD": {**table(*rows), "cap": "3.00"}}, prorata=None))
    for language in ("de", "en"):
        texts = [
            one["text"] for one in as_json(check_schedule(schedule), Wording(language).value)["findings"]
        ]
        assert len(texts) == 7
        assert not any("%(" in text for text in texts)


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


RATES = ({"from": 1, "rate": "6.50"}, {"from": 101, "rate": "3.20"})


@pytest.mark.parametrize("basis", ["fte", "custom:beds", "area_m2"])
def test_a_rate_from_1_on_a_basis_with_fractions_loses_a_unit_and_says_so(order, basis):
    lost = [("/categories/ORD/rows/0/from", False), ("/categories/ORD/rows/1/from", False)]
    marginal = {"method": "BANDS_MARGINAL", "basis": basis, "rows": list(RATES)}
    bases = {basis: {"label": "Betten"}} if basis.startswith("custom:") else {}
    assert found(order, marginal, bases=bases) == lost
    counted = {basis: {**bases.get(basis, {}), "discrete": True}}
    assert found(order, marginal, bases=counted) == []


def test_a_rate_from_0_and_one_on_people_lose_nothing(order):
    rows = [{"from": 0, "rate": "6.50"}, {"from": 100, "rate": "3.20"}]
    assert found(order, {"method": "BANDS_MARGINAL", "basis": "fte", "rows": rows}) == []
    people = {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": list(RATES)}
    assert found(order, people) == []


def test_parts_that_fall_together_where_one_takes_the_place_of_another_are_found(order):
    def rate(value, **when):
        return {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": [{"from": 1, "rate": value}],
                "when": {"basis": "headcount", **when}}  # fmt: skip

    falling = {"method": "SUM_OF", "parts": [rate("3", below=11), rate("2", **{"from": 11})]}
    assert places(order, falling) == ["/categories/ORD/parts"]
    rising = {"method": "SUM_OF", "parts": [rate("2", below=11), rate("3", **{"from": 11})]}
    assert places(order, rising) == []
