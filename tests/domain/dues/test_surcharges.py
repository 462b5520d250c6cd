"""What is added under conditions, for the first months of a membership, and against the year before."""

from __future__ import annotations

import pytest

from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.readable import readable
from membership.domain.dues.schedule import read_schedule
from membership.wording import Wording

FIXED = {"method": "FIXED", "amount": "600.00"}
SAY = Wording("de").value
BY_INVOICE = {"code": "invoice", "amount": "10.00", "when": {"direct_debit": False}}


def test_a_surcharge_is_added_where_its_condition_holds(order, assessed, total):
    schedule = order({"ORD": {**FIXED, "surcharges": [BY_INVOICE]}})
    assert total(schedule, attributes=["direct_debit"]) == "600.00"
    found = assessed(schedule)
    assert str(found.total) == "610.00"
    assert [(str(step.step), step.rule) for step in found.steps] == [
        ("method", "FIXED"),
        ("discount", "invoice"),
    ]
    assert SAY(found.steps[1].text).replace("\u00a0", " ") == "Zuschlag „invoice“ von 10,00 €"


def test_surcharges_come_after_discounts_and_amounts_after_percentages(order, total):
    rule = {
        **FIXED,
        "discounts": [{"code": "half", "percent": "50"}],
        "surcharges": [BY_INVOICE, {"code": "late", "percent": "20"}],
    }
    assert total(order({"ORD": rule})) == "370.00"  # 600 / 2 = 300, + 20 % = 360, + 10


def test_a_surcharge_may_double_the_dues(order, total):
    rule = {**FIXED, "surcharges": [{"code": "abroad", "percent": "150", "when": {"attribute": "abroad"}}]}
    assert total(order({"ORD": rule}), attributes=["abroad"]) == "1500.00"


def test_a_part_has_its_own_surcharge(order, total):
    parts = [
        {**FIXED, "surcharges": [{"code": "x", "percent": "10"}]},
        {"method": "FIXED", "amount": "40.00"},
    ]
    assert total(order({"ORD": {"method": "SUM_OF", "parts": parts}})) == "700.00"


def test_a_surcharge_that_the_order_leaves_open_refuses_who_falls_under_it(order, refused, total):
    schedule = order(
        {"ORD": {**FIXED, "surcharges": [{**BY_INVOICE, "amount": None, "open": "not printed"}]}}
    )
    assert refused(schedule)[0] == "DUE-34"
    assert total(schedule, attributes=["direct_debit"]) == "600.00"


def test_a_doubtful_surcharge_says_so(order, assessed):
    schedule = order({"ORD": {**FIXED, "surcharges": [{**BY_INVOICE, "doubt": "blurred"}]}})
    assert [one.rule for one in assessed(schedule).warnings] == ["DUE-35a"]


def test_a_condition_may_ask_for_a_mark_that_is_not_there(order, total):
    rule = {
        **FIXED,
        "surcharges": [{"code": "post", "amount": "10.00", "when": {"without_attribute": "email"}}],
    }
    assert total(order({"ORD": rule})) == "610.00"
    assert total(order({"ORD": rule}), attributes=["email"]) == "600.00"


@pytest.mark.parametrize(
    ("surcharge", "where"),
    [
        ({"code": "x"}, ""),
        ({"code": "x", "percent": "1", "amount": "1.00"}, ""),
        ({"percent": "1"}, ""),
        ({"code": "x", "percent": "-5"}, "/percent"),
        ({"code": "x", "percent": "5", "exclusive": True}, "/exclusive"),
    ],
)
def test_a_wrong_surcharge_is_named_with_its_place(order, surcharge, where):
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": {**FIXED, "surcharges": [surcharge]}}))
    assert wrong.value.where == f"/categories/ORD/surcharges/0{where}"


HALF_AT_FIRST = {"code": "new", "percent": "50", "first_months": 12}


@pytest.mark.parametrize(
    ("join", "year", "amount"),
    [
        ("MONTH_INCL", 2027, "200.00"),  # May to December at half: 600 x 8/12 / 2
        ("MONTH_INCL", 2028, "500.00"),  # January to April at half, the rest whole: 600 - 600 x 4/12 / 2
        ("MONTH_INCL", 2029, "600.00"),
        ("MONTH_NEXT", 2027, "175.00"),  # June to December: 600 x 7/12 / 2
        ("MONTH_NEXT", 2028, "475.00"),  # January to May at half
        ("FULL", 2027, "300.00"),
        ("FULL", 2028, "500.00"),
        ("DAY", 2028, "487.70"),  # 137 of 366 days up to 16 May at half: 600 - 300 x 137/366
    ],
)
def test_half_the_dues_in_the_first_twelve_months_run_over_the_turn_of_the_year(
    order, total, join, year, amount
):
    schedule = order({"ORD": {**FIXED, "discounts": [HALF_AT_FIRST]}}, prorata={"join": join})
    assert total(schedule, start="2027-05-17", year=year) == amount


def test_the_first_months_of_a_member_whose_start_is_not_known_are_over(order, assessed):
    found = assessed(order({"ORD": {**FIXED, "discounts": [HALF_AT_FIRST]}}))
    assert str(found.total) == "600.00"


def test_first_months_need_a_percentage(order):
    discount = {"code": "x", "amount": "5.00", "first_months": 6}
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": {**FIXED, "discounts": [discount]}}))
    assert wrong.value.where == "/categories/ORD/discounts/0/first_months"


@pytest.fixture
def near(order):
    rate = {"method": "BANDS_MARGINAL", "basis": "headcount", "rows": [{"from": 1, "rate": "10"}]}
    limits = {"at_least_percent": "100", "at_most_percent": "120"}
    return order({"ORD": rate}, previous_year=limits)


@pytest.mark.parametrize(
    ("heads", "amount", "step"),
    [(40, "500.00", "minimum"), (55, "550.00", None), (70, "600.00", "cap")],
)
def test_dues_stay_near_those_of_the_year_before(near, assessed, heads, amount, step):
    found = assessed(near, basis={"headcount": heads}, previous={"amount": "500.00"})
    assert str(found.total) == amount
    assert [str(one.step) for one in found.steps if one.rule == "previous_year"] == ([step] if step else [])


def test_without_a_year_before_nothing_is_limited_and_that_is_said(near, assessed):
    assert [one.rule for one in assessed(near, basis={"headcount": 9}).warnings] == ["DUE-11"]
    new = assessed(near, basis={"headcount": 9}, start="2027-03-01")
    assert (str(new.total), new.warnings) == ("90.00", ())


@pytest.mark.parametrize(
    ("limits", "where"),
    [({}, ""), ({"at_least_percent": "110", "at_most_percent": "100"}, ""), ({"at_least_percent": "x"}, "/at_least_percent")],
)  # fmt: skip
def test_limits_against_the_year_before_that_contradict_each_other_are_refused(order, limits, where):
    with pytest.raises(ScheduleWrong) as wrong:
        read_schedule(order({"ORD": {**FIXED, "previous_year": limits}}))
    assert wrong.value.where == f"/categories/ORD/previous_year{where}"


def test_a_surcharge_and_the_limits_read_as_sentences(order):
    rule = {
        **FIXED,
        "surcharges": [BY_INVOICE],
        "discounts": [HALF_AT_FIRST],
        "previous_year": {"at_most_percent": "120"},
    }
    [text] = readable(read_schedule(order({"ORD": rule}))).categories
    assert [SAY(one).replace("\u00a0", " ") for one in text.additions] == [
        "50 % Ermäßigung in den ersten 12 Monaten der Mitgliedschaft: für alle.",
        "10,00 € Zuschlag: ohne Lastschrift.",
        "Höchstens 120 % des Vorjahresbetrags.",
    ]


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"start": "2027-01-01"}, "600.00"),
        ({"start": "2025-06-01"}, "540.00"),
        ({"attributes": ["club"]}, "540.00"),
        ({}, "600.00"),
    ],
)
def test_one_of_several_conditions_is_enough(order, total, facts, amount):
    when = {"any": [{"membership_year_from": 3}, {"attribute": "club"}]}
    rule = {**FIXED, "discounts": [{"code": "loyal", "percent": "10", "when": when}]}
    assert total(order({"ORD": rule}), **facts) == amount


def test_a_part_may_not_ask_for_the_position_in_a_group_by_a_detour(order):
    when = {"any": [{"group_position_from": 2}, {"attribute": "x"}]}
    parts = [{**FIXED, "discounts": [{"code": "x", "percent": "1", "when": when}]}, FIXED]
    with pytest.raises(ScheduleWrong):
        read_schedule(order({"ORD": {"method": "SUM_OF", "parts": parts}}))


@pytest.mark.parametrize(
    ("period", "amount"),
    [("year", "600.00"), ("half_year", "1200.00"), ("quarter", "2400.00"), ("month", "7200.00")],
)
def test_due_25_amounts_may_be_quarterly_or_for_half_a_year(order, total, period, amount):
    assert total(order({"ORD": FIXED}, period=period)) == amount


@pytest.mark.parametrize(
    ("fee", "amount"),
    [({"percent": "50"}, "600.00"), ({"percent": "100", "amount": "20.00"}, "920.00")],
)
def test_an_admission_fee_may_be_a_share_of_the_annual_dues_and_is_never_cut(order, total, fee, amount):
    schedule = order({"ORD": {**FIXED, "admission_fee": fee}}, prorata={"join": "MONTH_INCL"})
    assert total(schedule, start="2027-07-01") == amount  # half a year and the fee
    assert total(schedule) == "600.00"


def test_each_further_company_of_a_group_may_pay_one_amount(order, results):
    group = {"mode": "discount", "further_amount": "100.00"}
    free = {"ORD": FIXED, "EHR": {"method": "FREE"}}
    found = results(
        order(free, group=group), {"group": "G"}, {"group": "G"}, {"group": "G", "category": "EHR"}
    )
    assert [str(one.total) for one in found] == ["600.00", "100.00", "0.00"]


@pytest.mark.parametrize(
    ("start", "amount"), [("2027-03-31", "450.00"), ("2027-04-01", "300.00"), ("2027-12-31", "0.00")]
)
def test_due_21_the_quarter_after_joining_may_be_the_first(order, total, start, amount):
    assert total(order({"ORD": FIXED}, prorata={"join": "QUARTER_NEXT"}), start=start) == amount


def test_the_further_words_read_as_sentences(order):
    when = {"any": [{"membership_year_from": 3}, {"attribute": "club"}]}
    rule = {
        **FIXED,
        "discounts": [{"code": "l", "percent": "10", "when": when}],
        "admission_fee": {"percent": "50"},
    }
    text = readable(read_schedule(order({"ORD": rule}, period="quarter")))
    assert [SAY(one).replace("\u00a0", " ") for one in text.categories[0].additions] == [
        "10 % Ermäßigung: eines davon: ab dem 3. Mitgliedsjahr oder mit dem Merkmal „club“.",
        "Einmalige Aufnahmegebühr von 50 % des Jahresbeitrags.",
    ]
    assert (
        SAY(text.categories[0].passages[0].text).replace("\u00a0", " ")
        == "Fester Betrag von 600,00 € im Quartal."
    )
