"""What a step does to the dues of a member, worked out before it is taken; and which sizes dues rest on."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.assessment import Assessment, Refusal
from membership.domain.members import MemberState
from membership.domain.money import Money
from membership.persistence.db import read_as, rehearse, write
from membership.services import dues, members
from membership.services.members.effects import dues_of, leaving_effect, try_acceptance
from tests.conftest import TODAY
from tests.factories import SCHEDULE, bill_year, make_association, make_member

BY_MONTHS = {**SCHEDULE, "prorata": {**SCHEDULE["prorata"], "leave": "MONTH"}}


@pytest.mark.parametrize(
    ("schedule", "last_day", "is_cut"),
    [
        (SCHEDULE, date(2027, 6, 30), False),
        (BY_MONTHS, date(2027, 6, 30), True),
        (BY_MONTHS, date(2027, 12, 31), False),
    ],
)
def test_mem_8_the_year_of_leaving_is_owed_whole_unless_the_schedule_gives_months_back(
    app, treasurer, schedule, last_day, is_cut
):
    make_association(treasurer, schedule)
    make_member(treasurer, number="M0001")
    effect = leaving_effect(read_as(treasurer), "M0001", last_day=last_day)
    assert (effect.last_year, effect.is_cut, effect.later_invoices) == (2027, is_cut, ())


def test_invoices_after_the_last_year_and_what_is_open_are_named(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer, with_papers=False)
    effect = leaving_effect(read_as(treasurer), "M0001", last_day=date(2026, 12, 31))
    assert (effect.later_invoices, effect.open_cents) == (("RE2027-0001",), 60000)


def test_trying_an_admission_shows_the_first_dues_and_leaves_nothing_behind(app, treasurer):
    make_association(treasurer)
    fields, state = {"name": "Neue Werft GmbH"}, MemberState.APPLIED
    number = write(treasurer, members.create_member, fields, category="ORD", state=state)
    options = {"start": date(2027, 7, 15), "decided_on": None, "today": TODAY}
    assert isinstance(rehearse(treasurer, try_acceptance, number, **options), Refusal)
    sizes = {"headcount": (Fraction(20), date(2026, 6, 30))}
    second = write(
        treasurer, members.take_in_member, {"name": "Zweite AG"}, category="ORD", state=state, sizes=sizes
    )
    result = rehearse(treasurer, try_acceptance, second, **options)
    assert isinstance(result, Assessment)
    assert result.net == Money(45000)
    assert dues_of(read_as(treasurer), second, year=2027) is None


def test_the_companies_of_a_group_are_worked_out_together(app, treasurer):
    group = {"mode": "aggregate"}
    make_association(treasurer, {**SCHEDULE, "group": group})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number, name=f"Firma {number}", headcount=30)
        write(treasurer, members.set_group, number, "Nord", valid_from=date(2020, 1, 1))
    session = read_as(treasurer)
    first, second = (dues_of(session, number, year=2027) for number in ("M0001", "M0002"))
    assert isinstance(first, Assessment)
    assert isinstance(second, Assessment)
    assert (first.net, second.net) == (Money(120000), Money(0))


def test_the_sizes_are_those_of_the_schedule_of_the_year(app, treasurer):
    assert dues.main_size(read_as(treasurer), 2027).name == "headcount"
    assert dues.sizes_of_categories(read_as(treasurer), 2027) == ()
    rows = [{"from": 0, "amount": "300.00"}]
    own = {"method": "BANDS_FLAT", "basis": "custom:berths", "rows": rows}
    bases = {"custom:berths": {"label": "Liegeplätze"}}
    make_association(treasurer, {**SCHEDULE, "bases": bases, "categories": {"ORD": own, "SCI": own}})
    session = read_as(treasurer)
    assert dues.main_size(session, 2027).name == "custom:berths"
    assert dues.known_sizes(session, 2027)["custom:berths"].label == "Liegeplätze"
    assert dict(dues.sizes_of_categories(session, 2030))["SCI"] == ("custom:berths",)
