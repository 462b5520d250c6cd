"""What the members owe, from the tables of both databases."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import event, select

from membership.domain.dues.assessment import Refusal
from membership.domain.dues.facts import Origin
from membership.domain.money import Money
from membership.persistence.db import read_as, write
from membership.persistence.models.members import (
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    GroupMembership,
    Membership,
)
from membership.services import dues, members
from tests.conftest import TODAY
from tests.factories import SCHEDULE, bill_year, make_association, make_member


@pytest.fixture
def books(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["group"] = {"mode": "group_cap", "cap": "900.00"}
    make_association(treasurer, schedule)
    ids = [make_member(treasurer, number=f"M{n:04d}", headcount=10 * n) for n in range(1, 8)]
    write(treasurer, join, [ids[1], ids[5]])
    make_member(treasurer, number="M0008", category=None)
    return read_as(treasurer)


def join(session, members):
    group = CompanyGroup(name="Hansa", code="HANSA", lead_member_id=members[1])
    session.add(group)
    session.flush()
    for member_id in members:
        session.add(
            GroupMembership(group_id=group.id, member_id=member_id, valid_from=TODAY.replace(year=2020))
        )


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_members_worked_out_in_batches_owe_what_they_owe_together(books, size):
    schedules = dues.billing_schedules(books)
    together = dues.assess(books, 2027, schedules=schedules)
    assert list(dues.assess_each(books, 2027, schedules=schedules, size=size)) == together
    assert [each.facts.number for each in together] == [f"M{n:04d}" for n in range(1, 9)]
    grouped = [each.result.net.cents for each in together if each.facts.number in {"M0002", "M0006"}]
    assert sum(grouped) == 90000


def schedule(**changes):
    return {**deepcopy(SCHEDULE), **changes}


def measure(actor, member_id, heads, as_of):
    def add(session):
        session.add(
            BasisValue(
                member_id=member_id, basis="headcount", as_of=as_of, value=Fraction(heads), origin="declared",
                recorded_at=actor.at,
            )
        )  # fmt: skip

    write(actor, add)


def move_size(actor, as_of):
    def move(session):
        session.execute(select(BasisValue)).scalar_one().as_of = as_of

    write(actor, move)


def result_of(actor, year=2027):
    (found,) = dues.assess(read_as(actor), year)
    return found.result


def test_due_11_the_row_of_last_years_invoice_limits_the_rise(app, treasurer):
    make_association(treasurer, schedule(max_rise=1, code="A-2026", valid_from="2026-01-01"))
    member_id = make_member(treasurer, number="M0001", headcount=5)
    move_size(treasurer, date(2025, 6, 30))
    bill_year(treasurer, 2026)
    measure(treasurer, member_id, 300, date(2026, 6, 30))
    result = result_of(treasurer)
    assert (result.gross, result.band.row) == (Money(60000), 2)
    assert not result.is_estimated


def test_due_11_a_member_that_was_not_billed_last_year_is_refused_above_the_second_row(app, treasurer):
    make_association(treasurer, schedule(max_rise=1))
    make_member(treasurer, number="M0001", headcount=300)
    result = result_of(treasurer)
    assert isinstance(result, Refusal)
    assert result.rule == "DUE-11"


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("block", "DUE-34"), ("estimate", "DUE-34"), ("next_band", Money(120000)), ("carry_over", Money(60000))],
)
def test_due_28_an_old_size_counts_as_the_schedule_says(app, treasurer, missing, expected):
    make_association(treasurer, schedule(declaration={"missing": missing}))
    make_member(treasurer, number="M0001", headcount=37)
    move_size(treasurer, date(2021, 6, 30))
    result = result_of(treasurer)
    if isinstance(result, Refusal):
        assert result.rule == expected
    else:
        assert (result.gross, result.bases[0].origin) == (expected, Origin.CARRIED_OVER)


def test_due_34_a_size_from_years_after_does_not_count(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=37)
    move_size(treasurer, date(2029, 6, 30))
    assert result_of(treasurer).rule == "DUE-34"


def test_due_6_what_is_declared_for_the_next_year_leaves_this_one_as_it_is(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001", headcount=37)
    before = result_of(treasurer)
    measure(treasurer, member_id, 300, date(2027, 6, 30))
    assert result_of(treasurer) == before
    assert result_of(treasurer, 2028).gross == Money(240000)


def test_all_that_is_known_was_declared_for_the_next_year_and_is_billed_as_an_estimate(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=37)
    move_size(treasurer, date(2027, 6, 30))
    result = result_of(treasurer)
    assert (result.gross, result.bases[0].origin) == (Money(60000), Origin.ESTIMATED)


def test_a_membership_without_a_known_beginning_lies_before_the_others(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001", start=None, end=date(2027, 2, 28))
    write(treasurer, lambda s: s.add(Membership(member_id=member_id, state="active", start=date(2027, 6, 1))))
    (found,) = dues.assess(read_as(treasurer), 2027)
    assert (found.period_from, found.is_new) == (date(2027, 6, 1), True)


def test_the_number_of_statements_does_not_grow_with_the_members(app, treasurer):
    make_association(treasurer, schedule(max_rise=1))
    counts = []
    for n in (1, 20):
        for number in range(n):
            make_member(treasurer, number=f"M{n:02d}{number:02d}", headcount=5)
        session = read_as(treasurer)
        seen = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *args, kept=seen: kept.append(args[2])
        )
        assert len(dues.assess(session, 2027)) >= n
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


def test_a_size_that_a_document_states_counts_for_the_year_that_is_billed(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=37)
    document = {"number": "M0001", "basis": {"headcount": "250"}}
    write(treasurer, members.put_member, document, today=TODAY)
    write(treasurer, members.put_member, document, today=TODAY.replace(month=3))
    assert result_of(treasurer).gross == Money(240000)
    rows = read_as(treasurer).execute(select(BasisValue.as_of, BasisValue.value)).all()
    assert rows == [(date(2026, 6, 30), 250)]


def test_what_a_document_states_gives_way_to_nothing_known_before(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001", headcount=None)
    measure(treasurer, member_id, 37, date(2026, 12, 10))
    write(treasurer, members.put_member, {"number": "M0001", "basis": {"headcount": "250"}}, today=TODAY)
    assert result_of(treasurer).gross == Money(240000)
    assert members.member_document(read_as(treasurer), "M0001", today=TODAY)["basis"] == {"headcount": "250"}


def change_category(session, member_id, code, day):
    session.add(CategoryPeriod(member_id=member_id, category=code, valid_from=day))


@pytest.mark.parametrize(
    ("rule", "owed"), [("next_year", 240000), ("month", 145000), ("none", "DUE-24"), (None, 240000)]
)
def test_due_24_a_change_of_category_counts_as_the_order_says(app, treasurer, rule, owed):
    schedule = deepcopy(SCHEDULE)
    if rule:
        schedule["prorata"]["category_change"] = rule
    make_association(treasurer, schedule)
    member_id = make_member(treasurer, headcount=300)
    write(treasurer, change_category, member_id, "SCI", date(2027, 7, 1))
    [each] = dues.assess(read_as(treasurer), 2027)
    found = each.result.rule if isinstance(each.result, Refusal) else each.result.net.cents
    assert found == owed
    [later] = dues.assess(read_as(treasurer), 2028)
    assert later.result.net.cents == 50000


@pytest.mark.parametrize("mode", [{"mode": "aggregate"}, {"mode": "discount", "further_percent": "70"}])
def test_a_group_whose_lead_has_no_category_is_not_billed_without_it(app, treasurer, mode):
    schedule = deepcopy(SCHEDULE)
    schedule["group"] = mode
    make_association(treasurer, schedule)
    ids = [
        make_member(treasurer, number="M0001", headcount=300, category=None),
        make_member(treasurer, number="M0002", headcount=45),
    ]
    write(treasurer, join, [ids[1], ids[0]])
    results = [each.result for each in dues.assess(read_as(treasurer), 2027)]
    assert all(isinstance(result, Refusal) for result in results)


def test_a_group_whose_lead_has_left_is_not_led_by_another(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["group"] = {"mode": "aggregate"}
    make_association(treasurer, schedule)
    ids = [
        make_member(treasurer, number="M0001", headcount=300, end=date(2026, 12, 31)),
        make_member(treasurer, number="M0002", headcount=45),
        make_member(treasurer, number="M0003", headcount=12),
    ]
    write(treasurer, lead_three, ids)
    results = [each.result for each in dues.assess(read_as(treasurer), 2027)]
    assert [result.rule for result in results] == ["DUE-13", "DUE-13"]


def lead_three(session, members):
    group = CompanyGroup(name="Hansa", code="HANSA", lead_member_id=members[0])
    session.add(group)
    session.flush()
    for member_id in members:
        session.add(GroupMembership(group_id=group.id, member_id=member_id, valid_from=date(2020, 1, 1)))
