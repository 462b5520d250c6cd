"""The stored form: wrong schedules are refused with the place, right ones become typed parts."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule import read_schedule, read_schedules
from membership.domain.dues.schedule.choices import Join, Missing, Treatment

ROW = {"from": 0, "amount": "300.00"}
FLAT = {"method": "BANDS_FLAT", "basis": "headcount", "rows": [ROW]}


def changed(document, pointer, value):
    """The document with another value at the pointer; `...` removes the key."""
    found = copy.deepcopy(document)
    *path, last = [int(key) if key.isdigit() else key for key in pointer.strip("/").split("/")]
    place = found
    for key in path:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return found


def fault(document):
    with pytest.raises(ScheduleWrong) as caught:
        read_schedule(document)
    return caught.value


@pytest.mark.parametrize(
    ("at", "value", "where"),
    [
        ("/code", ..., ""),
        ("/code", 7, "/code"),
        ("/code", "  ", "/code"),
        ("/code", "A\x00B", "/code"),
        ("/valid_from", ..., ""),
        ("/valid_from", "2027-02-30", "/valid_from"),
        ("/valid_from", "1.1.2027", "/valid_from"),
        ("/valid_to", "2026-12-31", "/valid_to"),
        ("/categories", ..., ""),
        ("/categories", {}, "/categories"),
        ("/categories", [], "/categories"),
        ("/period", "week", "/period"),
        ("/colour", "red", "/colour"),
        ("/cohort", {}, "/cohort"),
        ("/cohort", {"joined_before": "2018-01-01", "joined_from": "2018-01-01"}, "/cohort"),
        ("/due/rule", "someday", "/due/rule"),
        ("/due/rule", ..., "/due"),
        ("/due/day", "02-30", "/due/day"),
        ("/due/days", 30, "/due/days"),
        ("/due/in_statutes", "yes", "/due/in_statutes"),
        ("/due/new_member_days", -1, "/due/new_member_days"),
        ("/bases/heads", {}, "/bases/heads"),
        ("/bases/headcount/reference", "last summer", "/bases/headcount/reference"),
        ("/bases/headcount/reference", "prev_year:13-01", "/bases/headcount/reference"),
        ("/bases/headcount/weights", {}, "/bases/headcount/weights"),
        ("/bases/headcount/weights", {"full": "1/0"}, "/bases/headcount/weights/full"),
        ("/bases/headcount/label", "Köpfe", "/bases/headcount/label"),
        ("/declaration/missing", "guess", "/declaration/missing"),
        ("/declaration/correct_until", "03-31", "/declaration/correct_until"),
        ("/prorata/join", "WEEK", "/prorata/join"),
        ("/prorata/cutoff", "06-30", "/prorata/cutoff"),
        ("/prorata/leave", "ALL", "/prorata/leave"),
        ("/prorata/shares", [], "/prorata/shares"),
        ("/prorata", {"join": "TABLE"}, "/prorata"),
        ("/prorata", {"join": "TABLE", "shares": []}, "/prorata/shares"),
        (
            "/prorata",
            {"join": "TABLE", "shares": [{"until": "09-30", "share": "1"}, {"until": "09-30", "share": "1"}]},
            "/prorata/shares/1/until",
        ),
        (
            "/prorata",
            {"join": "TABLE", "shares": [{"until": "09-30", "share": "3/2"}]},
            "/prorata/shares/0/share",
        ),
        ("/discounts_together", "add", "/discounts_together"),
        ("/declaration/missing", {"carry_over_plus": "25"}, "/declaration/missing/carry_over_plus"),
        ("/max_rise", 0, "/max_rise"),
        ("/max_rise", True, "/max_rise"),
        ("/rounding/step", "0.03", "/rounding/step"),
        ("/rounding/direction", "sideways", "/rounding/direction"),
        ("/group/mode", "family", "/group/mode"),
        ("/group/further_percent", "101", "/group/further_percent"),
        ("/group/further_percent", ..., "/group"),
        ("/group/cap", "10.00", "/group/cap"),
        ("/resolution/organ", "king", "/resolution/organ"),
        ("/categories/ORD/method", "BANDS", "/categories/ORD/method"),
        ("/categories/ORD/method", ..., "/categories/ORD"),
        ("/categories/ORD/amount", "1.00", "/categories/ORD/amount"),
        ("/categories/ORD/basis", "heads", "/categories/ORD/basis"),
        ("/categories/ORD/basis", "custom:", "/categories/ORD/basis"),
        ("/categories/ORD/basis", ..., "/categories/ORD"),
        ("/categories/ORD/rows", [], "/categories/ORD/rows"),
        ("/categories/ORD/rows/1/from", 0, "/categories/ORD/rows/1/from"),
        ("/categories/ORD/rows/2/from", "ten", "/categories/ORD/rows/2/from"),
        ("/categories/ORD/rows/2/from", -1, "/categories/ORD/rows/2/from"),
        ("/categories/ORD/rows/2/amount", 1200.5, "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", "1200.005", "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", "1.200,00", "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", "1e3", "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", "-1.00", "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", "99999999999.00", "/categories/ORD/rows/2/amount"),
        ("/categories/ORD/rows/2/amount", ..., "/categories/ORD/rows/2"),
        ("/categories/ORD/rows/2/per", 1, "/categories/ORD/rows/2/per"),
        ("/categories/ORD/rows/2", "50: 1200", "/categories/ORD/rows/2"),
        ("/categories/ORD/rows/0/to", 20, "/categories/ORD/rows/1/from"),
        ("/categories/ORD/rows/1/to", 5, "/categories/ORD/rows/1/to"),
        ("/categories/ORD/tax", "X", "/categories/ORD/tax"),
        ("/categories/ORD/tax", {"treatment": "S"}, "/categories/ORD/tax"),
        ("/categories/ORD/tax", {"treatment": "E"}, "/categories/ORD/tax"),
        ("/categories/ORD/tax", {"rate": "19"}, "/categories/ORD/tax"),
        ("/categories/ORD/admission_fee", {"waived_on_reentry_months": 3}, "/categories/ORD/admission_fee"),
        ("/categories/ORD/sites", {}, "/categories/ORD/sites"),
        ("/categories/ORD/discounts", [{"code": "A"}], "/categories/ORD/discounts/0"),
        (
            "/categories/ORD/discounts",
            [{"code": "A", "percent": "5", "amount": "5.00"}],
            "/categories/ORD/discounts/0",
        ),
        (
            "/categories/ORD/discounts",
            [{"code": "A", "percent": "5", "when": {}}],
            "/categories/ORD/discounts/0/when",
        ),
        (
            "/categories/ORD/discounts",
            [{"code": "A", "percent": "5", "when": {"weather": "fine"}}],
            "/categories/ORD/discounts/0/when/weather",
        ),
        ("/categories/STA/category", "XYZ", "/categories/STA/category"),
        ("/categories/STA/category", "STA", "/categories/STA/category"),
        ("/categories/STA/factor", ..., "/categories/STA"),
        ("/categories/FOE/min", {"category": "NONE"}, "/categories/FOE/min/category"),
        ("/categories/FOE/min", {"category": "FOE"}, "/categories/FOE/min/category"),
        ("/categories/A~B~1", {"method": "FREE", "amount": "1.00"}, "/categories/A~0B~01/amount"),
    ],
)
def test_a_wrong_schedule_is_refused_with_its_place(demo, at, value, where):
    assert fault(changed(demo, at, value)).where == where


@pytest.mark.parametrize("document", [None, 7, "schedule", [], True])
def test_what_is_no_object_is_no_schedule(document):
    assert fault(document).where == ""


@pytest.mark.parametrize(
    ("at", "value", "where"),
    [
        ("/dues_year_start", "13-01", "/dues_year_start"),
        ("/several_categories", "lowest", "/several_categories"),
        ("/credit_rest", "keep", "/credit_rest"),
        ("/due/instalments", [], "/due/instalments"),
        ("/due/instalments", [{"day": "02-28", "share": "1/2"}], "/due/instalments"),
        ("/due/above", "100.00", "/due/above"),
        ("/declaration/missing", "lowest_row", "/declaration/missing"),
        ("/declaration/late_decrease", "counted", "/declaration/late_decrease"),
        ("/categories/ORD", {"open": "not printed", "method": "FREE"}, "/categories/ORD/method"),
        ("/categories/ORD", {"open": ""}, "/categories/ORD/open"),
        ("/categories/ORD/becomes", {"category": "SCI"}, "/categories/ORD/becomes"),
        ("/categories/ORD/becomes", {"category": "NO", "after_years": 1}, "/categories/ORD/becomes/category"),
        (
            "/categories/ORD/becomes",
            {"category": "ORD", "after_years": 1},
            "/categories/ORD/becomes/category",
        ),
        ("/categories/ORD/allowance", "-5", "/categories/ORD/allowance"),
        ("/categories/ORD/rows/0/open", "no row", "/categories/ORD/rows/0/amount"),
        ("/categories/ORD/rows/0/agreed", True, "/categories/ORD/rows/0/agreed"),
        ("/categories/ORD/rows/0/on", "whole", "/categories/ORD/rows/0/on"),
        ("/categories/ORD/rows/0/min", "5.00", "/categories/ORD/rows/0/min"),
        ("/categories/SCI/when", {"attribute": "x"}, "/categories/SCI/when"),
    ],
)
def test_a_word_that_cannot_stand_where_it_stands_is_refused_with_its_place(demo, at, value, where):
    assert fault(changed(demo, at, value)).where == where


@pytest.mark.parametrize(
    ("when", "where"),
    [({"from": 3}, "/from"), ({"basis": "fte"}, "/basis"), ({"basis": "heads", "from": 3}, "/basis")],
)
def test_a_condition_on_a_value_needs_its_basis_and_a_bound(order, when, where):
    discount = {"code": "a", "percent": "1", "when": when}
    found = fault(order({"ORD": {"method": "FIXED", "amount": "1.00", "discounts": [discount]}}))
    assert found.where == f"/categories/ORD/discounts/0/when{where}"


def test_a_factor_of_a_factor_is_refused(order):
    chain = {
        "ORD": FLAT,
        "A": {"method": "FACTOR_OF", "category": "ORD", "factor": "2"},
        "B": {"method": "FACTOR_OF", "category": "A", "factor": "2"},
    }
    assert fault(order(chain)).where == "/categories/B/category"


def test_a_category_may_be_named_by_several_ways_as_long_as_none_leads_back(order):
    minimum = {"method": "FIXED", "amount": "1.00", "min": {"category": "D"}}
    parts = [{**minimum, "min": {"category": "B"}}, {**minimum, "min": {"category": "C"}}]
    tree = {"A": {"method": "SUM_OF", "parts": parts}, "B": minimum, "C": minimum}
    first = {"A": {**tree["A"], "min": {"category": "B"}}}
    read_schedule(order({**tree, **first, "D": {"method": "FIXED", "amount": "5.00"}}))
    tree["D"] = {"method": "FIXED", "amount": "5.00", "min": {"category": "B"}}
    assert fault(order(tree)).where == "/categories/B/min/category"
    lasso = {
        "A": {**minimum, "min": {"category": "B"}},
        "B": minimum,
        "D": {**minimum, "min": {"category": "B"}},
    }
    assert fault(order(lasso)).where == "/categories/B/min/category"


def test_a_circle_through_a_minimum_is_refused(order):
    circle = {
        "A": {"method": "FIXED", "amount": "1.00", "min": {"category": "B"}},
        "B": {"method": "FIXED", "amount": "1.00", "min": {"category": "A"}},
    }
    assert fault(order(circle)).where == "/categories/A/min/category"


def test_a_limit_of_the_rise_needs_one_table(order):
    several = {"method": "SUM_OF", "parts": [FLAT, {"method": "FIXED", "amount": "1.00"}]}
    assert fault(order({"A": several}, max_rise=1)).where == "/categories/A/method"
    assert fault(order({"A": {"method": "FREE", "max_rise": 1}})).where == "/categories/A/max_rise"


def test_a_factor_cannot_depend_on_the_position_in_the_group(order):
    when = {"group_position_from": 2}
    factor = {
        "method": "FACTOR_OF",
        "category": "ORD",
        "factor": "1",
        "factors": [{"when": when, "factor": "0.5"}],
    }
    found = fault(order({"ORD": FLAT, "A": factor}))
    assert found.where == "/categories/A/factors/0/when/group_position_from"


def test_the_error_says_what_is_wrong_and_where(demo):
    assert str(fault(changed(demo, "/colour", "red"))) == (
        "There is no word “colour” here. Check its spelling. (Place: /colour)"
    )


def test_a_list_of_versions_names_the_version(demo):
    with pytest.raises(ScheduleWrong) as caught:
        read_schedules([demo, changed(demo, "/code", 7)])
    assert caught.value.where == "/1/code"
    assert [schedule.code for schedule in read_schedules([demo])] == ["DEMO-2027"]
    assert [schedule.code for schedule in read_schedules(demo)] == ["DEMO-2027"]


def test_an_empty_list_holds_no_schedule():
    with pytest.raises(ScheduleWrong):
        read_schedules([])


def test_the_demo_becomes_typed_parts(demo):
    schedule = read_schedule(demo)
    assert (schedule.code, schedule.name, schedule.valid_from) == ("DEMO-2027", "DEMO-2027", date(2027, 1, 1))
    assert schedule.document == demo
    assert schedule.prorata.join is Join.MONTH_INCL
    assert schedule.declaration.missing is Missing.CARRY_OVER
    assert schedule.categories["ORD"].method.rows[3].amount == 2400
    assert schedule.categories["ORD"].tax.treatment is Treatment.NOT_TAXABLE
    assert schedule.group.further_share == Fraction(7, 10)


def test_what_is_missing_has_the_defaults_of_the_form(order):
    document = order({"ORD": FLAT})
    del document["prorata"]
    schedule = read_schedule(document)
    assert schedule.prorata.join is Join.NONE
    assert schedule.rounding.step == Fraction(1, 100)
    assert (schedule.due, schedule.resolution, schedule.cohort) == (None, None, None)
    assert schedule.bases["headcount"].discrete
    assert not schedule.bases["fte"].discrete


def test_a_category_may_have_its_own_rounding_and_rule_on_joining(order, total):
    own = {
        "method": "FIXED",
        "amount": "100.00",
        "prorata": {"join": "MONTH_INCL"},
        "rounding": {"step": "5"},
    }
    schedule = order({"ORD": own, "B": {"method": "FIXED", "amount": "100.00"}})
    assert total(schedule, start="2027-05-01") == "65.00"
    assert total(schedule, category="B", start="2027-05-01") == "100.00"


def test_bounds_may_be_numbers_with_decimals_or_texts(order, total):
    table = [
        {"from": 0, "amount": "1.00"},
        {"from": 2.5, "amount": "2.00"},
        {"from": "7.25", "amount": "3.00"},
    ]
    schedule = order({"ORD": {"method": "BANDS_FLAT", "basis": "fte", "rows": table}})
    assert [total(schedule, basis={"fte": fte}) for fte in ("2.4", "2.5", "7.24", "7.25")] == [
        "1.00",
        "2.00",
        "2.00",
        "3.00",
    ]


@pytest.mark.parametrize(
    "category",
    [
        {**FLAT, "prorata": {"join": "MONTH_INCL", "counts_until_day": 1}},
        {**FLAT, "admission_fee": {"amount": "10.00", "waived_on_reentry_months": 0}},
        {**FLAT, "surcharges": [{"code": "s", "open": "not decided"}]},
    ],
)
def test_the_smallest_value_of_an_option_is_taken(order, category):
    read_schedule(order({"ORD": category}))


@pytest.mark.parametrize(
    ("category", "where"),
    [
        (
            {"prorata": {"join": "MONTH_INCL", "counts_until_day": 0}},
            "/categories/ORD/prorata/counts_until_day",
        ),
        (
            {"prorata": {"join": "MONTH_INCL", "counts_until_day": 32}},
            "/categories/ORD/prorata/counts_until_day",
        ),
        ({"surcharges": [{"code": "s", "open": "x", "percent": "10"}]}, "/categories/ORD/surcharges/0"),
        ({"surcharges": [{"code": "s", "open": "x", "amount": "10.00"}]}, "/categories/ORD/surcharges/0"),
    ],
)
def test_an_option_beyond_its_bounds_or_beside_what_is_open_is_refused(order, category, where):
    assert fault(order({"ORD": {**FLAT, **category}})).where.startswith(where)


@pytest.mark.parametrize("region", ["all", "region", "site"])
def test_a_size_is_counted_in_one_of_three_regions(order, region):
    read = read_schedule(order({"ORD": FLAT}, bases={"headcount": {"region": region}}))
    assert read.bases["headcount"].region == region
    assert (
        fault(order({"ORD": FLAT}, bases={"headcount": {"region": f"{region}~"}})).where
        == "/bases/headcount/region"
    )
