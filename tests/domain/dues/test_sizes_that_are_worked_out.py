"""Sizes that an order adds up, averages over years or rounds before a table looks at them."""

from __future__ import annotations

import pytest

from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.readable import readable
from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.sizes import sizes_needed
from membership.wording import Wording

SAY = Wording("de").value


def marginal(basis, rate="1", **more):
    return {"method": "BANDS_MARGINAL", "basis": basis, "rows": [{"from": 0, "rate": rate, **more}]}


@pytest.fixture
def volume(order):
    """Turnover and half of the balance sheet count together, 1 per mille of the sum."""
    bases = {
        "custom:volume": {
            "label": "Volumen",
            "unit": "EUR",
            "sum": {"turnover_eur": "1", "custom:assets": "1/2"},
        },
        "custom:assets": {"label": "Bilanzsumme", "unit": "EUR"},
    }
    return order({"ORD": marginal("custom:volume", per=1000)}, bases=bases)


def test_two_sizes_are_added_each_with_its_weight(volume, assessed):
    found = assessed(volume, basis={"turnover_eur": 800_000, "custom:assets": 400_000})
    assert str(found.total) == "1000.00"
    assert [str(step.result) for step in found.steps] == ["1000000", "1000"]
    words = SAY(found.steps[0].text)
    assert "800.000" in words
    assert "400.000" in words


def test_a_sum_lacks_what_one_of_its_sizes_lacks(volume, refused):
    rule, text = refused(volume, basis={"turnover_eur": 800_000})
    assert rule == "DUE-34"
    assert "missing" in text


def test_a_sum_may_be_declared_as_one_number(volume, total):
    assert total(volume, basis={"custom:volume": 2_000_000}) == "2000.00"


def test_a_sum_is_estimated_when_one_of_its_sizes_is(volume, assessed):
    basis = {"turnover_eur": 1000, "custom:assets": 1000}
    assert assessed(volume, basis=basis, origin={"custom:assets": "estimated"}).is_estimated
    carried = assessed(volume, basis={"turnover_eur": 1000}, previous={"basis": {"custom:assets": 1000}})
    assert carried.is_estimated
    assert str(carried.total) == "1.50"


def test_a_sum_asks_for_its_sizes_and_not_for_itself(volume):
    assert sizes_needed(read_schedule(volume), "ORD") == {"turnover_eur", "custom:assets"}


@pytest.mark.parametrize(
    ("direction", "amount"), [("up", "13.00"), ("down", "12.00"), ("nearest", "13.00"), (None, "13.00")]
)
def test_a_weighted_size_is_rounded_where_the_order_says_so(order, assessed, direction, amount):
    rounding = {"step": "1"} | ({"direction": direction} if direction else {})
    bases = {"fte": {"weights": {"full": "1", "part": "0.5"}, "rounding": rounding}}
    found = assessed(order({"ORD": marginal("fte")}, bases=bases), basis={"fte": {"full": 10, "part": 5}})
    assert str(found.total) == amount
    assert found.bases[0].value == int(amount[:2])
    assert "gerundet" in SAY(found.steps[0].text)


def test_profit_is_rounded_down_to_full_hundreds(order, total):
    bases = {"custom:profit": {"label": "Gewerbeertrag", "rounding": {"step": "100", "direction": "down"}}}
    schedule = order({"ORD": marginal("custom:profit", rate="0.002")}, bases=bases)
    assert total(schedule, basis={"custom:profit": "15399.99"}) == "30.60"


def test_the_sizes_of_a_group_are_rounded_company_by_company(order, results):
    bases = {"fte": {"rounding": {"step": "1", "direction": "up"}}}
    schedule = order({"ORD": marginal("fte")}, bases=bases, group={"mode": "aggregate"})
    lead, _ = results(
        schedule, {"group": "G", "basis": {"fte": "1.5"}}, {"group": "G", "basis": {"fte": "2.5"}}
    )
    assert str(lead.total) == "5.00"


@pytest.fixture
def three_years(order):
    bases = {"turnover_eur": {"years": 3}}
    return order({"ORD": marginal("turnover_eur", per=1000)}, bases=bases)


def test_the_mean_of_the_three_newest_years_counts(three_years, assessed):
    years = {"2023": 9_000_000, "2024": 1_000_000, "2025": 2_000_000, "2026": 1_000_000}
    found = assessed(three_years, basis={"turnover_eur": years})
    assert str(found.total) == "1333.33"
    assert "2.000.000 (2025)" in SAY(found.steps[0].text)


@pytest.mark.parametrize(
    "value",
    [{"2025": 1, "2026": 2}, {"2024": 1, "2025": 1, "neu": 1}, 5, {}],
    ids=["two", "word", "one", "none"],
)
def test_the_mean_is_never_taken_of_other_years_than_the_order_says(three_years, refused, value):
    assert refused(three_years, basis={"turnover_eur": value})[0].startswith("DUE-")


def test_a_young_company_takes_the_years_it_has_where_the_order_says_so(order, total):
    bases = {"turnover_eur": {"years": 3, "fewer_years": "mean"}}
    schedule = order({"ORD": marginal("turnover_eur", per=1000)}, bases=bases)
    assert total(schedule, basis={"turnover_eur": {"2025": 1_000_000, "2026": 2_000_000}}) == "1500.00"


@pytest.mark.parametrize(
    ("basis", "where"),
    [
        ({"sum": {}}, "/bases/custom:x/sum"),
        ({"sum": {"heads": "1"}}, "/bases/custom:x/sum/heads"),
        ({"sum": {"custom:x": "1"}}, "/bases/custom:x/sum/custom:x"),
        ({"sum": {"custom:y": "1"}}, "/bases/custom:x/sum/custom:y"),
        ({"sum": {"headcount": "1"}, "weights": {"a": "1"}}, "/bases/custom:x/weights"),
        ({"years": 3, "weights": {"a": "1"}}, "/bases/custom:x/weights"),
        ({"years": 1}, "/bases/custom:x/years"),
        ({"fewer_years": "mean"}, "/bases/custom:x/fewer_years"),
        ({"rounding": {"step": "0"}}, "/bases/custom:x/rounding/step"),
        ({"rounding": {"direction": "up"}}, "/bases/custom:x/rounding"),
    ],
)
def test_a_size_that_cannot_be_worked_out_is_named_with_its_place(order, basis, where):
    bases = {"custom:x": basis, "custom:y": {"sum": {"headcount": "1"}}}
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": marginal("custom:x")}, bases=bases))
    assert wrong.value.where == where


def test_nobody_declared_and_the_highest_row_counts_for_a_sum_too(order, assessed):
    table = {"method": "BANDS_FLAT", "basis": "custom:people",
             "rows": [{"from": 0, "amount": "100.00"}, {"from": 50, "amount": "900.00"}]}  # fmt: skip
    bases = {"custom:people": {"label": "Personen", "sum": {"headcount": "1", "custom:owners": "1"}}}
    schedule = order({"ORD": table}, bases=bases, declaration={"missing": "highest_row"})
    assert str(assessed(schedule, basis={"headcount": 3}).total) == "900.00"
    assert str(assessed(schedule, basis={"headcount": 3, "custom:owners": 2}).total) == "100.00"


def test_a_missing_value_of_a_group_names_the_company_that_lacks_it(order, results):
    schedule = order({"ORD": marginal("headcount")}, group={"mode": "aggregate"})
    lead, other = results(schedule, {"group": "G", "basis": {"headcount": 5}}, {"group": "G"})
    assert SAY(lead.text).startswith("M0002: ")
    assert "M0001" in SAY(other.text)


def test_a_company_whose_order_in_its_group_is_open_is_told_which_other_is_missing(order, results):
    schedule = order({"ORD": marginal("headcount")}, group={"mode": "discount", "further_percent": "50"})
    first, _ = results(schedule, {"group": "G", "basis": {"headcount": 5}}, {"group": "G"})
    assert "M0002" in SAY(first.text)


def test_the_size_of_the_year_before_last_is_said_so(order):
    bases = {"turnover_eur": {"reference": "year_before_last:total"}}
    text = readable(read_schedule(order({"ORD": marginal("turnover_eur")}, bases=bases)))
    assert any("vorletzten Jahres" in SAY(rule.text) for rule in text.rules)
