"""The worked examples of `domain.md` 2.9: X-1 to X-9, DEMO-M and the turnover demo."""

from __future__ import annotations

import json

import pytest


def test_x_1_37_heads_pay_the_row_from_10(demo, total):
    assert total(demo, basis={"headcount": 37}) == "600.00"


def test_x_2_joining_in_may_leaves_eight_months_and_costs_the_admission_fee(demo, total):
    assert total(demo, basis={"headcount": 250}, start="2027-05-17") == "1750.00"


def test_x_3_a_start_up_pays_half_and_no_admission_fee(demo, total):
    assert total(demo, category="STA", basis={"headcount": 12}, start="2027-11-03") == "50.00"


def test_x_4_the_second_and_further_companies_of_a_group_pay_70_percent(demo, results):
    group = [{"group": "K", "basis": {"headcount": heads}} for heads in (45, 1400, 260)]
    amounts = [str(one.total) for one in results(demo, *group)]
    assert amounts == ["420.00", "4800.00", "1680.00"]


def test_x_5_a_levy_in_percent_refers_to_the_annual_dues(demo, assessed):
    levies = [{"title": "Umlage Messe", "percent": "7.5"}]
    found = assessed(demo, basis={"headcount": 120}, levies=levies, start="2027-07-01")
    assert [(line.kind, str(line.amount)) for line in found.lines] == [
        ("dues", "600.00"),
        ("admission_fee", "150.00"),
        ("levy", "90.00"),
    ]


def test_x_6_joining_in_december_leaves_one_month(demo, total):
    assert total(demo, basis={"headcount": 9}, start="2027-12-01") == "175.00"


@pytest.mark.parametrize(
    ("join", "heads", "start", "amount"),
    [
        pytest.param("DAY", 120, "2027-05-18", "749.59", id="x_7"),
        pytest.param("HALF", 250, "2027-07-01", "1200.00", id="x_8"),
        pytest.param("QUARTER", 250, "2027-09-30", "1200.00", id="x_9"),
    ],
)
def test_x_7_to_x_9_other_rules_on_joining(demo, assessed, join, heads, start, amount):
    schedule = {**demo, "prorata": {"join": join}}
    found = assessed(schedule, basis={"headcount": heads}, start=start)
    assert (str(found.dues), str(found.total - found.dues)) == (amount, "150.00")


def test_the_other_categories_of_the_demo(demo, total, refused):
    assert total(demo, category="SCI") == "500.00"
    assert total(demo, category="PUB") == "500.00"
    assert total(demo, category="EHR", start="2027-05-01") == "0.00"
    assert total(demo, category="FOE", agreed="2000.00") == "2000.00"
    assert refused(demo, category="FOE")[0] == "DUE-34"
    assert refused(demo, category="FOE", agreed="1499.99")[0] == "DUE-11b"


@pytest.mark.parametrize(
    ("heads", "start", "amount"),
    [
        (5, None, "300.00"),
        (10, None, "305.00"),
        (37, None, "480.50"),
        (620, None, "2302.00"),
        (2000, None, "3000.00"),
        (37, "2027-08-04", "200.21"),
    ],
)
def test_demo_m_has_rates_per_row_a_minimum_and_a_cap(examples, total, heads, start, amount):
    schedule = json.loads((examples / "marginal.json").read_text("utf-8"))
    assert total(schedule, basis={"headcount": heads}, start=start) == amount


def test_the_turnover_demo_rounds_to_ten_euros(examples, assessed):
    schedule = json.loads((examples / "turnover.json").read_text("utf-8"))
    found = assessed(schedule, basis={"turnover_eur": 12_345_678})
    assert str(found.total) == "4470.00"
    assert [step.step for step in found.steps] == ["method", "rounding"]


def test_every_example_can_be_read_and_has_nothing_fatal(examples):
    from membership.domain.dues.check import check_schedule
    from membership.domain.dues.schedule import read_schedule

    files = sorted(examples.glob("*.json"))
    assert [file.stem for file in files] == [
        "empty", "flat-fee", "heads", "marginal", "per-mille", "turnover-bands", "turnover", "weighted",
    ]  # fmt: skip
    for file in files:
        found = check_schedule(read_schedule(json.loads(file.read_text("utf-8"))))
        assert [finding.where for finding in found] == [], file.name


def test_the_weighted_example_counts_part_timers_in_part(examples, assessed):
    schedule = json.loads((examples / "weighted.json").read_text("utf-8"))
    heads = {"over_30h": 8, "h20_30": 2, "under_20h": 1, "mini_job": 2, "apprentice": 4}
    found = assessed(schedule, basis={"fte": heads}, start="2027-10-11")  # 8 + 1.5 + 0.5 + 0.5 = 10.5
    assert str(found.dues) == "90.00"  # 45 a month, from November
    assert str(found.total) == "210.00"


def test_the_per_mille_example_has_a_floor_a_ceiling_and_two_instalments(examples, assessed):
    schedule = json.loads((examples / "per-mille.json").read_text("utf-8"))
    direct = {"attributes": ["direct_debit"]}
    assert str(assessed(schedule, basis={"turnover_eur": 900_000}, **direct).total) == "400.00"
    assert str(assessed(schedule, basis={"turnover_eur": 90_000_000}, **direct).total) == "12000.00"
    found = assessed(schedule, basis={"turnover_eur": 6_000_000})  # 2,400 and 15 without direct debit
    assert [str(line.amount) for line in found.lines] == ["1207.50", "1207.50"]
    new = assessed(schedule, basis={"turnover_eur": 6_000_000}, start="2027-08-01", **direct)
    assert str(new.total) == "2400.00"  # two of four quarters, and half the annual dues
