"""From what a member owes to the item of a run: its state, its reason, what a person should look at first."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.billing import (
    WAITS_FOR_ORDER,
    ItemState,
    Mark,
    RunCounts,
    YearBefore,
    change_warning,
    planned_items,
    run_counts,
)
from membership.domain.dues.assessment import (
    Assessment,
    BasisUsed,
    Line,
    LineKind,
    Refusal,
    Remark,
    Step,
    StepName,
)
from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.invoicing import TaxPart
from membership.domain.money import Money
from membership.domain.phrases import phrase

DUES = Line(LineKind.DUES, phrase("Dues"), Money(60000))
TAXED = Line(
    LineKind.SERVICE_FEE, phrase("Fee"), Money(1000), Treatment.TAXABLE, Fraction(19, 100), Money(190)
)
CALM = {"dues_class": "10-49", "limit_percent": 25, "is_new": False, "has_email": True, "has_address": True}


def owes(*lines, steps=(), bases=(), warnings=()):
    return Assessment("M0001", 2027, "ORD", "BO", lines, tuple(steps), tuple(bases), None, tuple(warnings))


def planned(result, before=None, **changes):
    return planned_items(result, before or YearBefore(), **{**CALM, **changes})


def step(name, result=1):
    return Step(name, "DUE-1", phrase(f"because of {name}"), Fraction(result))


def marks(result, before=None, **changes):
    [item] = planned(result, before, **changes)
    return [str(warning.rule) for warning in item.warnings]


def test_a_member_without_anything_odd_has_one_item_to_bill():
    [item] = planned(owes(DUES))
    assert (item.number, item.state, item.amount_cents) == ("M0001", ItemState.PLANNED, 60000)
    assert (item.part.tax_part, item.part.lines) == (TaxPart.ALL, (DUES,))
    assert (item.reason, item.warnings) == (None, ())


def test_split_tax_makes_two_items_that_add_up_and_carry_the_same_warnings():
    untaxed, taxed = planned(owes(DUES, TAXED), has_email=False)
    assert (untaxed.amount_cents, taxed.amount_cents) == (60000, 1190)
    assert (untaxed.part.tax_part, taxed.part.tax_part) == (TaxPart.NOT_TAXABLE, TaxPart.TAXED)
    assert untaxed.warnings == taxed.warnings
    assert len(taxed.warnings) == 1


def test_what_the_schedule_does_not_decide_fails_with_its_reason():
    why = phrase("No amount has been agreed with this member.")
    [item] = planned(Refusal("M0001", 2027, "DUE-34", why))
    assert (item.state, item.amount_cents, item.part, item.reason) == (ItemState.FAILED, 0, None, why)


def test_who_owes_nothing_is_free_and_the_first_step_to_nothing_says_why():
    zero = DUES._replace(amount=Money(0))
    steps = [step(StepName.METHOD, 600), step(StepName.DISCOUNT, 0), step(StepName.CAP, 0)]
    [item] = planned(owes(zero, steps=steps), has_email=False)
    assert (item.state, item.amount_cents, item.part) == (ItemState.FREE, 0, None)
    assert (item.reason, item.warnings) == (phrase("because of discount"), ())
    [item] = planned(owes(zero))
    assert (item.state, item.reason) == (ItemState.FREE, phrase("Free of dues"))


def test_a_member_with_more_credit_than_dues_gets_no_invoice():
    [item] = planned(owes(DUES, Line(LineKind.CREDIT, phrase("Credit"), Money(-60000))))
    assert item.state is ItemState.FREE
    [item] = planned(owes(DUES, Line(LineKind.CREDIT, phrase("Credit"), Money(-59999))))
    assert (item.state, item.amount_cents) == (ItemState.PLANNED, 1)


def test_who_waits_for_an_order_number_is_held_back_and_says_so():
    [item] = planned(owes(DUES), waits=True)
    assert (item.state, item.reason, item.amount_cents) == (ItemState.HELD, WAITS_FOR_ORDER, 60000)
    assert [warning.rule for warning in item.warnings] == [Mark.NO_ORDER]


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"has_email": False}, [Mark.NO_EMAIL]),
        ({"has_address": False}, [Mark.NO_ADDRESS]),
        ({"has_address": False, "has_postcode": False}, [Mark.NO_ADDRESS]),
        ({"has_postcode": False}, [Mark.NO_ADDRESS]),
        ({"unprintable": "☃"}, [Mark.UNPRINTABLE]),
        ({"is_new": True}, [Mark.NEW]),
        ({"before": YearBefore(60000, "50-249")}, [Mark.CLASS_CHANGE]),
        ({"before": YearBefore(60000, "10-49")}, []),
        ({"before": YearBefore(60000, "")}, []),
        ({"before": YearBefore(60000, "50-249"), "dues_class": ""}, []),
        ({"before": YearBefore(30000)}, [Mark.CHANGE]),
        ({"before": YearBefore(30000), "is_new": True}, [Mark.NEW]),
    ],
)
def test_what_a_person_should_look_at_is_marked(changes, mark):
    assert marks(owes(DUES), **changes) == [str(each) for each in mark]


def test_a_missing_postcode_is_said_apart_from_a_missing_address():
    said = [
        planned(owes(DUES), **changes)[0].warnings[0].text.message
        for changes in ({"has_address": False}, {"has_postcode": False})
    ]
    assert said == ["No postal address is known.", "The postal address has no postcode."]


def test_steps_out_of_the_ordinary_are_marked_with_their_own_words():
    steps = [step(StepName.METHOD), step(StepName.PRORATA), step(StepName.OVERRIDE)]
    [item] = planned(owes(DUES, steps=steps))
    assert [(warning.rule, warning.text.message) for warning in item.warnings] == [
        (Mark.PRO_RATA, "because of prorata"),
        (Mark.OVERRIDE, "because of override"),
    ]


def test_an_estimated_size_and_what_the_schedule_warns_of_stand_first():
    sizes = [
        BasisUsed(name, Fraction(37), origin, phrase(f"37 {name}"))
        for name, origin in (("employees", Origin.DECLARED), ("sites", Origin.ESTIMATED))
    ]
    remark = Remark("DUE-9", phrase("odd"))
    [item] = planned(owes(DUES, bases=sizes, warnings=[remark]), is_new=True)
    assert [str(warning.rule) for warning in item.warnings] == ["estimated", "DUE-9", "new"]
    assert item.warnings[0].text.values == {"size": phrase("37 sites")}


@pytest.mark.parametrize(
    ("cents", "before", "limit", "said"),
    [
        (125_00, 100_00, 25, None),
        (125_01, 100_00, 25, (25, "more")),
        (75_00, 100_00, 25, None),
        (74_99, 100_00, 25, (25, "less")),
        (200_00, 100_00, 25, (100, "more")),
        (50_00, 100_00, 25, (50, "less")),
        (133_33, 200_00, 1, (33, "less")),
        (200_00, 100_00, 0, None),
        (200_00, 0, 25, None),
        (200_00, None, 25, None),
    ],
)
def test_d_inv_15a_more_than_the_limit_above_or_below_the_year_before_is_marked(cents, before, limit, said):
    found = change_warning(cents, before, limit_percent=limit)
    if said is None:
        assert found is None
    else:
        percent, way = said
        assert (found.rule, found.text.values) == (Mark.CHANGE, {"percent": percent})
        assert f" {way} than the year before" in found.text.message


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(ItemState))))
def test_d_inv_13_the_members_of_a_run_always_add_up(states):
    counts = run_counts(states)
    assert counts.active == len({member for member, _state in states})
    assert counts == run_counts(states[::-1])


def test_a_member_with_two_documents_counts_once_by_the_worse_of_them():
    ways = [
        (ItemState.PLANNED, ItemState.FREE, RunCounts(0, 0, 1, 0)),
        (ItemState.FREE, ItemState.HELD, RunCounts(0, 1, 0, 0)),
        (ItemState.HELD, ItemState.FAILED, RunCounts(0, 0, 0, 1)),
        (ItemState.TODO, ItemState.DONE, RunCounts(1, 0, 0, 0)),
    ]
    for better, worse, counted in ways:
        assert run_counts([(1, better), (1, worse)]) == counted
        assert run_counts([(1, worse), (1, better)]) == counted
    assert run_counts([(1, ItemState.DONE), (2, ItemState.HELD), (3, ItemState.HELD)]).active == 3
