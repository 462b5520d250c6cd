"""The fee orders F1 to F7 of `domain.md` 1 with their assertions T-1 to T-19."""

from __future__ import annotations

import pytest

from tests.domain.dues.published_orders.tables import HALF, flat, rows


@pytest.fixture
def f1(order):
    ord_ = flat("fte", (1, 600), (11, 750), (31, 900), admission_fee="1000.00")
    ord_["rows"].append({"from": 250, "exclusive": True, "amount": "1500.00"})
    person = {"method": "AGREED", "min": "500.00"}
    return order({"ORD": ord_, "PERSON": person}, prorata=HALF)


@pytest.mark.parametrize(("fte", "amount"), [("250.0", "900.00"), ("250.5", "1500.00")])
def test_t_1_and_t_2_more_than_250_starts_above_250(f1, total, fte, amount):
    assert total(f1, basis={"fte": fte}) == amount


@pytest.mark.parametrize(("start", "amount"), [("2027-07-01", "1375.00"), ("2027-06-30", "1750.00")])
def test_t_3_and_t_4_joining_after_june_halves_the_dues_but_not_the_admission_fee(f1, total, start, amount):
    assert total(f1, basis={"fte": 20}, start=start) == amount


@pytest.fixture
def f2(order):
    bounds = [5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150]
    amounts = [360, 480, 640, 800, 960, 1120, 1280, 1440, 1600, 1800, 2000]
    ord_ = flat("headcount", (0, 280))
    ord_["rows"] += [
        {"from": 0, "exclusive": True, "amount": "320.00"},
        *rows(*zip(bounds, amounts, strict=True), over=True),
    ]
    ord_["discounts"] = [
        {
            "code": "founder",
            "percent": "50",
            "when": {"company_age_at_joining_below": 3, "membership_year_max": 2},
        }
    ]
    bases = {"headcount": {"reference": "prev_year:average", "region": "region", "exclude": ["apprentice"]}}
    return order({"ORD": ord_}, prorata=HALF, bases=bases)


@pytest.mark.parametrize(
    ("heads", "amount"), [("0", "280.00"), ("31", "960.00"), ("5.4", "360.00"), ("151", "2000.00")]
)
def test_t_5_and_t_6_a_zero_band_and_bounds_up_to_and_including(f2, total, heads, amount):
    assert total(f2, basis={"headcount": heads}) == amount


@pytest.mark.parametrize(("year", "amount"), [(2027, "120.00"), (2028, "240.00"), (2029, "480.00")])
def test_t_7_a_founder_pays_half_in_two_years_and_half_of_that_when_joining_late(f2, total, year, amount):
    founder = {"basis": {"headcount": 12}, "start": "2027-08-15", "founded": "2025-03-01"}
    assert total(f2, year=year, **founder) == amount


def test_apprentices_do_not_count_and_need_no_weight(f2, total):
    assert total(f2, basis={"headcount": {"full": 28, "part": 2, "apprentice": 9}}) == "800.00"


@pytest.fixture
def f3(order):
    parts = [
        flat("headcount", (0, 200), (5, 400), (10, 800), (40, 1200), (100, 1600), over=True),
        flat(
            "turnover_eur",
            (0, 200),
            (10**6, 400),
            (4 * 10**6, 800),
            (16 * 10**6, 1200),
            (32 * 10**6, 1600),
            over=True,
        ),
    ]
    land = {
        "method": "BANDS_MARGINAL",
        "basis": "area_m2",
        "min": "200.00",
        "rows": [{"from": 0, "rate": "0.10"}],
    }
    prorata = {"join": "HALF", "cutoff": "07-01", "date": "decided_on"}
    return order({"ORD": {"method": "LOWER_OF", "parts": parts}, "LAND": land}, prorata=prorata)


@pytest.mark.parametrize(
    ("heads", "turnover", "amount"), [(60, 3_500_000, "400.00"), (4, 20_000_000, "200.00")]
)
def test_t_8_and_t_9_the_lower_of_two_results_applies(f3, total, heads, turnover, amount):
    assert total(f3, basis={"headcount": heads, "turnover_eur": turnover}) == amount


@pytest.mark.parametrize(("area", "amount"), [(1850, "200.00"), (3125, "312.50")])
def test_t_10_a_rate_per_unit_has_a_minimum(f3, total, area, amount):
    assert total(f3, category="LAND", basis={"area_m2": area}) == amount


@pytest.mark.parametrize(("decided", "amount"), [("2027-07-01", "400.00"), ("2027-07-02", "200.00")])
def test_the_day_of_the_decision_can_be_the_cut_off(f3, total, decided, amount):
    facts = {"headcount": 60, "turnover_eur": 3_500_000}
    assert total(f3, basis=facts, start="2027-06-01", decided_on=decided) == amount


def test_a_missing_day_of_decision_is_refused(f3, refused):
    rule, _ = refused(f3, basis={"headcount": 60, "turnover_eur": 1}, start="2027-06-01")
    assert rule == "DUE-34"


@pytest.fixture
def f4(order):
    pairs = [
        (1, 250),
        (26, 500),
        (51, 750),
        (101, 1000),
        (251, 2000),
        (501, 3000),
        (2501, 4000),
        (5001, 5000),
    ]
    person = {"method": "FIXED", "amount": "250.00"}
    return order({"ORD": flat("headcount", *pairs), "PERSON": person}, prorata=HALF)


def test_t_11_and_t_12_the_last_head_of_a_band_and_the_first_of_the_next(f4, total):
    assert total(f4, basis={"headcount": 2500}) == "3000.00"
    assert total(f4, basis={"headcount": 2501}, start="2027-07-01") == "2000.00"


def test_t_13_a_natural_person_pays_the_lowest_class(f4, total):
    assert total(f4, category="PERSON") == "250.00"


def test_t_14_leaving_in_june_gives_nothing_back(f4, total):
    assert total(f4, basis={"headcount": 10}, end="2027-06-30") == "250.00"


@pytest.fixture
def f5(order):
    first_year = [
        {
            "code": "new",
            "percent": "100",
            "when": {"company_age_at_joining_below": 3, "membership_year_max": 1},
        }
    ]
    company = flat("headcount", (0, 400), (10, 900), (50, 1400), discounts=first_year)
    institute = {
        "method": "FACTOR_OF",
        "category": "ORD",
        "factor": "3",
        "factors": [{"when": {"attribute": "umbrella"}, "factor": "1"}],
    }
    return order({"ORD": company, "INST": institute})


def test_t_15_an_institute_pays_three_times_as_much_unless_it_is_in_the_umbrella(f5, total):
    facts = {"category": "INST", "basis": {"headcount": 30}}
    assert total(f5, **facts) == "2700.00"
    assert total(f5, **facts, attributes=["umbrella"]) == "900.00"


def test_a_founder_is_free_in_the_year_of_joining(f5, assessed):
    found = assessed(f5, basis={"headcount": 5}, start="2027-03-01", founded="2025-01-01")
    assert (str(found.total), found.lines) == ("0.00", ())


@pytest.fixture
def f6(order):
    ord_ = flat("headcount", (0, 250), (50, 500), (100, 1000), over=True)
    ord_["rows"] += rows((251, 2000), (501, 5000))
    return order(
        {"ORD": ord_, "FOE": {"method": "AGREED", "min": {"category": "ORD"}}, "EHR": {"method": "FREE"}}
    )


@pytest.mark.parametrize(("heads", "amount"), [(251, "2000.00"), (500, "2000.00"), (501, "5000.00")])
def test_t_16_bands_from_251_and_from_501(f6, total, heads, amount):
    assert total(f6, basis={"headcount": heads}) == amount


def test_t_17_a_sponsor_may_not_offer_less_than_ordinary_dues(f6, refused, total):
    facts = {"category": "FOE", "basis": {"headcount": 80}}
    assert refused(f6, **facts, agreed="400.00")[0] == "DUE-11b"
    assert total(f6, **facts, agreed="500.00") == "500.00"


@pytest.fixture
def f7(order):
    tiers = [0, 5, 10, 50, 100, 250, 500, 1000, 3000, 5000]
    amounts = [8000, 16000, 24000, 30000, 40000, 50000, 58000, 66000, 75000, 85000]
    pairs = [(tier * 10**6, amount) for tier, amount in zip(tiers, amounts, strict=True)]
    associate = {"method": "FACTOR_OF", "category": "ORD", "factor": "0.5"}
    return order({"ORD": flat("turnover_eur", *pairs, over=True), "ASS": associate}, max_rise=1)


def test_t_18_an_associate_pays_half(f7, total):
    assert total(f7, category="ASS", basis={"turnover_eur": 60_000_000}) == "15000.00"


def test_t_19_a_member_rises_one_tier_a_year_at_most(f7, assessed):
    found = assessed(f7, basis={"turnover_eur": 300_000_000}, previous={"row": 2, "amount": "16000.00"})
    assert str(found.total) == "24000.00"
    assert [(s.step, s.rule, str(s.result)) for s in found.steps] == [
        ("method", "BANDS_FLAT", "50000"),
        ("max_rise", "DUE-11", "24000"),
    ]
    assert found.band.row == 3


def test_an_associate_rises_as_an_ordinary_member_does(f7, total):
    facts = {"category": "ASS", "basis": {"turnover_eur": 300_000_000}, "previous": {"row": 2}}
    assert total(f7, **facts) == "12000.00"


def test_a_member_may_fall_as_far_as_it_likes(f7, total):
    assert total(f7, basis={"turnover_eur": 1}, previous={"row": 9}) == "8000.00"
