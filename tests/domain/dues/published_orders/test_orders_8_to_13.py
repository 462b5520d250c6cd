"""The fee orders F8 to F13 of `domain.md` 1 with their assertions T-20 to T-34."""

from __future__ import annotations

import pytest

from tests.domain.dues.published_orders.tables import flat, rows


@pytest.fixture
def f8(order):
    pairs = [(0, "25.00"), (4, "35.60"), (11, "59.70"), (21, "96.10"), (36, "133.60"), (51, "151.60")]
    weights = {"over_30h": "1", "h20_30": "0.5", "under_20h": "0.25", "apprentice": "0.25"}
    fee = {"amount": "38.00", "waived_on_reentry_months": 12}
    ord_ = flat("fte", *pairs, sites={"further_percent": "50"}, admission_fee=fee)
    return order({"ORD": ord_}, period="month", bases={"fte": {"weights": weights}})


def test_t_20_35_and_a_half_persons_stay_in_the_lower_band(f8, assessed):
    found = assessed(f8, basis={"fte": {"over_30h": 30, "h20_30": 8, "under_20h": 6}})
    assert [(s.step, str(s.result)) for s in found.steps] == [("basis", "71/2"), ("method", "5766/5")]
    assert str(found.total) == "1153.20"


def test_t_22_a_second_site_pays_half_of_its_own_tier(f8, total):
    assert total(f8, basis={"fte": 25}, sites=[{"fte": 8}]) == "1366.80"


def test_the_largest_site_is_the_main_one(f8, total):
    assert total(f8, basis={"fte": 8}, sites=[{"fte": 25}]) == "1366.80"


@pytest.mark.parametrize(("start", "fee"), [("2027-11-30", "0.00"), ("2027-12-01", "38.00")])
def test_a_return_within_twelve_months_costs_no_second_admission_fee(f8, assessed, start, fee):
    found = assessed(f8, basis={"fte": 1}, start=start, left_on="2026-11-30")
    assert str(found.total - found.dues) == fee


@pytest.fixture
def f9(order):
    table = rows((0, 2400), (3_000_000, 4800))
    table += rows((6_000_000, 7200), (9_000_000, 9600), (12_000_000, 13400), over=True)
    tax = {"treatment": "SPLIT", "taxable_percent": "90", "rate": "19"}
    return order({"ORD": {"method": "BANDS_FLAT", "basis": "turnover_eur", "rows": table, "tax": tax}})


@pytest.mark.parametrize(
    ("turnover", "amount"), [(3_000_000, "4800.00"), (6_000_000, "4800.00"), (6_010_000, "7200.00")]
)
def test_t_23_bounds_can_be_inclusive_and_exclusive_in_one_table(f9, dues, turnover, amount):
    assert dues(f9, basis={"turnover_eur": turnover}) == amount


def test_t_24_nine_tenths_of_the_dues_carry_tax(f9, assessed):
    found = assessed(f9, basis={"turnover_eur": 7_000_000})
    assert [(line.tax, str(line.amount), str(line.tax_amount)) for line in found.lines] == [
        ("S", "6480.00", "1231.20"),
        ("O", "720.00", "0.00"),
    ]
    assert str(found.gross) == "8431.20"


@pytest.fixture
def f10(order):
    pairs = [(1, 650), (10, 1000), (30, 1800), (50, 2100), (100, 2400), (250, 3000)]
    ord_ = flat("fte", *pairs)
    ord_["rows"] += [
        {"from": 500, "amount": "3500.00", "to": 999},
        {"from": 1000, "exclusive": True, "amount": "4200.00"},
    ]
    weights = {"full": "1.00", "h30": "0.75", "h20": "0.50", "mini_job": "0.30", "apprentice": "1.00"}
    return order(
        {"ORD": ord_, "PUB": {"method": "FREE"}},
        bases={"fte": {"weights": weights}},
        prorata={"join": "MONTH_INCL"},
        group={"mode": "aggregate"},
    )


def test_t_25_heads_per_class_are_weighted(f10, assessed):
    found = assessed(f10, basis={"fte": {"full": 20, "h30": 4, "h20": 6, "mini_job": 10, "apprentice": 2}})
    assert (str(found.total), found.bases[0].value) == ("1800.00", 31)


@pytest.mark.parametrize(("start", "amount"), [("2027-05-10", "666.67"), ("2027-08-31", "416.67")])
def test_t_26_the_months_that_remain(f10, total, start, amount):
    assert total(f10, basis={"fte": 25}, start=start) == amount


def test_t_27_a_value_in_a_gap_of_the_printed_table_stays_in_the_lower_row_with_a_warning(f10, assessed):
    found = assessed(f10, basis={"fte": 1000})
    assert str(found.total) == "3500.00"
    assert [warning.rule for warning in found.warnings] == ["DUE-9"]


def test_affiliates_are_free_and_their_staff_counts_at_the_first_company(f10, results):
    lead, other = results(f10, {"group": "G", "basis": {"fte": 25}}, {"group": "G", "basis": {"fte": 10}})
    assert (str(lead.total), str(other.total)) == ("1800.00", "0.00")
    assert [step.step for step in other.steps] == ["method"]


@pytest.fixture
def f11(order):
    old = [(1, 350), (5, 450), (20, 650), (50, 1300)]
    new = [(1, 400), (5, 525), (20, 750), (50, 1350)]
    before = order(
        {"ORD": flat("headcount", *old)},
        code="OLD",
        valid_from="2010-01-01",
        valid_to="2018-12-31",
        cohort={"joined_before": "2018-01-01"},
    )
    joiners = order(
        {"ORD": flat("headcount", *new)},
        code="NEW",
        valid_from="2018-01-01",
        valid_to="2018-12-31",
        cohort={"joined_from": "2018-01-01"},
    )
    return [before, joiners, order({"ORD": flat("headcount", *new)}, code="ALL", valid_from="2019-01-01")]


@pytest.mark.parametrize(
    ("start", "year", "amount"),
    [
        ("2016-04-01", 2018, "650.00"),
        ("2016-04-01", 2019, "750.00"),
        ("2018-03-01", 2018, "750.00"),
        (None, 2018, "650.00"),
    ],
)
def test_t_28_the_version_follows_the_year_and_the_day_of_joining(f11, total, start, year, amount):
    assert total(f11, start=start, year=year, basis={"headcount": 30}) == amount


def test_a_version_for_a_cohort_goes_before_one_for_all(f11, total, order):
    everybody = order(
        {"ORD": flat("headcount", (1, 999))}, code="REST", valid_from="2018-01-01", valid_to="2018-12-31"
    )
    assert total([f11[0], everybody], start="2016-04-01", year=2018, basis={"headcount": 30}) == "650.00"
    assert total([f11[0], everybody], start="2018-03-01", year=2018, basis={"headcount": 30}) == "999.00"


@pytest.fixture
def f12(order):
    def marginal(*rates):
        bounds = (6, 56, 156, 206)
        table = [{"from": bound, "rate": rate} for bound, rate in zip(bounds, rates, strict=True)]
        return {"method": "BANDS_MARGINAL", "basis": "headcount", "base": "460.00", "rows": table}

    return order(
        {"ORD": marginal("16.50", "13.00", "8.50", "7.00"), "NPO": marginal("8.25", "6.50", "4.25", "3.50")}
    )


@pytest.mark.parametrize(
    ("heads", "amount"),
    [
        (5, "460.00"),
        (6, "476.50"),
        (55, "1285.00"),
        (56, "1298.00"),
        (155, "2585.00"),
        (205, "3010.00"),
        (206, "3017.00"),
        (300, "3675.00"),
    ],
)
def test_t_29_each_further_employee_costs_the_rate_of_its_row(f12, total, heads, amount):
    assert total(f12, basis={"headcount": heads}) == amount


def test_t_30_a_non_profit_pays_half_of_the_rates(f12, total):
    assert total(f12, category="NPO", basis={"headcount": 55}) == "872.50"


@pytest.fixture
def f13(order):
    ord_ = flat("headcount", (1, 229), (6, 320), (11, 384), (21, 549), (51, 732))
    ord_["rows"] += [
        {"from": 101, "amount": "732.00", "rate": "1.77", "per": 1},
        {"from": 1001, "amount": "2313.00"},
    ]
    table = [(0, "31"), (20_000_000, "28"), (50_000_000, "23")]
    bank = {
        "method": "BANDS_MARGINAL",
        "basis": "custom:assets",
        "base": "229.00",
        "cap": "2313.00",
        "rows": [{"from": bound, "rate": rate, "per": 1_000_000} for bound, rate in table],
    }
    return order(
        {"ORD": ord_, "BANK": bank}, bases={"custom:assets": {"label": "Bilanzsumme", "unit": "USD"}}
    )


@pytest.mark.parametrize(
    ("heads", "amount"), [(250, "997.50"), (1000, "2325.00"), (1001, "2313.00"), (100, "732.00")]
)
def test_t_31_a_row_of_a_flat_table_may_add_a_rate(f13, total, heads, amount):
    assert total(f13, basis={"headcount": heads}) == amount


@pytest.mark.parametrize(("assets", "amount"), [(35_000_000, "1269.00"), (900_000_000, "2313.00")])
def test_t_32_a_bank_pays_by_its_assets_up_to_the_cap(f13, total, assets, amount):
    assert total(f13, category="BANK", basis={"custom:assets": assets}) == amount


@pytest.mark.parametrize(
    ("sales", "amount"),
    [
        (800_000, "2625.00"),
        (3_000_000, "3485.00"),
        (3_456_789, "3681.42"),
        (17_500_000, "9720.00"),
        (17_600_000, "9725.00"),
    ],
)
def test_t_33_a_rate_per_thousand_above_a_million_with_a_cap(order, total, sales, amount):
    f14 = {
        "method": "BANDS_MARGINAL",
        "basis": "turnover_eur",
        "base": "2625.00",
        "cap": "9725.00",
        "rows": [{"from": 1_000_000, "rate": "0.43", "per": 1000}],
    }
    assert total(order({"ORD": f14}), basis={"turnover_eur": sales}) == amount


@pytest.mark.parametrize(("heads", "assets", "amount"), [(74, 22, "2730.00"), (5, 1, "2100.00")])
def test_t_34_the_sum_of_two_tables_has_a_minimum(order, total, heads, assets, amount):
    parts = [
        flat("headcount", (0, 1050), (26, 1155), (51, 1260), (76, 1365)),
        flat("custom:assets", (0, 1050), (5 * 10**6, 1155), (10 * 10**6, 1260), (21 * 10**6, 1470)),
    ]
    schedule = order({"ORD": {"method": "SUM_OF", "min": "2100.00", "parts": parts}})
    assert total(schedule, basis={"headcount": heads, "custom:assets": assets * 10**6}) == amount


def test_the_higher_of_two_amounts_names_the_part_that_won(order, assessed):
    parts = [
        {"method": "FIXED", "amount": "500.00"},
        {"method": "FACTOR_OF", "category": "ORD", "factor": "0.8"},
    ]
    schedule = order(
        {"ORD": flat("headcount", (0, 300), (10, 1000)), "HIGH": {"method": "HIGHER_OF", "parts": parts}}
    )
    found = assessed(schedule, category="HIGH", basis={"headcount": 12})
    assert (str(found.total), found.steps[0].rule) == ("800.00", "HIGHER_OF")
    assert found.steps[0].text.values["text"].values["category"] == "ORD"
