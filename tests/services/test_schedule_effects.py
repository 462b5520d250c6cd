"""What a fee schedule means for every member, on both databases."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.schedule import read_schedule
from membership.domain.errors import Conflict
from membership.domain.money import Money
from membership.persistence.db import write
from membership.persistence.models.members import PreviousDues
from membership.persistence.queries.schedules import get_version, id_of_version
from membership.services import dues, schedule_drafts, schedules
from membership.services.schedule_drafts import CodeTaken
from membership.services.schedule_effects import Direction, effect_of, example_of
from membership.services.schedules import ScheduleIncomplete, ScheduleInUse, ScheduleOverlaps
from membership.wording import Wording
from tests.factories import SCHEDULE, keep_resolution, make_association, make_member


def after(**changes):
    """Return the schedule of the year after: small members pay more, large ones less."""
    document = {**copy.deepcopy(SCHEDULE), "code": "NEU-2028", "valid_from": "2028-01-01", **changes}
    document["categories"]["ORD"]["rows"] = [
        {"from": 0, "amount": "350.00"},
        {"from": 10, "amount": "600.00"},
        {"from": 250, "amount": "2300.00"},
    ]
    return document


def in_force(session, code):
    return get_version(session, id_of_version(session, code))


def test_due_31_old_and_new_dues_stand_side_by_side_and_add_up(session, treasurer):
    make_association(treasurer)
    for number, heads in (("M0001", 5), ("M0002", 37), ("M0003", 251), ("M0004", None)):
        make_member(treasurer, number=number, headcount=heads)
    effect = effect_of(session, read_schedule(after()), year=2028)
    found = {each.change.member: each for each in effect.members}
    assert effect.before == "DEMO-2027"
    assert [found[number].direction for number in sorted(found)] == [
        Direction.UP, Direction.SAME, Direction.DOWN, Direction.UNDECIDED,
    ]  # fmt: skip
    assert found["M0001"].change.difference == Money(5000)
    assert (effect.old_cents, effect.new_cents) == (330000, 325000)
    assert [each.refusal.rule for each in effect.undecided] == ["DUE-34"]


@pytest.mark.parametrize("missing", ["block", "next_band", "estimate", {"carry_over_plus_percent": "25"}])
def test_a_preview_of_the_next_year_takes_the_sizes_that_are_known_today(session, treasurer, missing):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=49)
    effect = effect_of(session, read_schedule(after(declaration={"missing": missing})), year=2028)
    assert (effect.old_cents, effect.new_cents, effect.undecided) == (60000, 60000, ())


def test_putting_it_into_force_changes_nothing_of_what_was_compared(session, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=5)
    before = effect_of(session, read_schedule(after()), year=2028)
    write(treasurer, schedules.import_schedule, after())
    keep_resolution(treasurer, after())
    write(treasurer, schedules.activate_schedule, "NEU-2028")
    assert in_force(session, "DEMO-2027").state == "superseded"
    again = effect_of(session, read_schedule(after()), year=2028)
    assert (again.old_cents, again.new_cents) == (before.old_cents, before.new_cents) == (30000, 35000)


def test_the_first_schedule_is_compared_with_the_dues_that_the_list_brought(session, treasurer):
    member_id = make_member(treasurer, number="M0001", headcount=5)
    make_member(treasurer, number="M0002", headcount=5)
    write(treasurer, lambda s: s.add(PreviousDues(member_id=member_id, dues_year=2026, amount_cents=28000)))
    effect = effect_of(session, read_schedule(SCHEDULE), year=2027)
    found = {each.change.member: each for each in effect.members}
    assert not effect.before
    assert found["M0001"].change.difference == Money(2000)
    assert (found["M0002"].change.old, found["M0002"].direction) == (None, Direction.NEW)


def test_without_members_there_is_no_effect(session):
    effect = effect_of(session, read_schedule(SCHEDULE), year=2027)
    assert (effect.members, effect.new_cents) == ((), 0)


def test_x_2_an_example_shows_what_a_joiner_pays():
    document = {**SCHEDULE, "valid_to": "2027-12-31"}
    sizes = {"headcount": Fraction(250)}
    result = example_of(read_schedule(document), category="ORD", sizes=sizes, joined=date(2027, 5, 17))
    assert result.gross == Money(175000)


def test_a_second_draft_needs_a_code_of_its_own(session, treasurer):
    write(treasurer, schedule_drafts.add_draft, SCHEDULE)
    with pytest.raises(CodeTaken):
        write(treasurer, schedule_drafts.add_draft, {**SCHEDULE, "name": "Andere"})
    assert in_force(session, "DEMO-2027").name == "Beitragsordnung 2027"


def test_a_draft_that_somebody_changed_is_not_overwritten(session, treasurer):
    write(treasurer, schedule_drafts.add_draft, SCHEDULE)
    write(treasurer, schedule_drafts.change_draft, "DEMO-2027", {**SCHEDULE, "name": "Eins"}, version=1)
    with pytest.raises(Conflict):
        write(treasurer, schedule_drafts.change_draft, "DEMO-2027", {**SCHEDULE, "name": "Zwei"}, version=1)
    assert in_force(session, "DEMO-2027").name == "Eins"


def test_due_1_a_schedule_in_force_is_not_changed(treasurer, session):
    make_association(treasurer)
    version = in_force(session, "DEMO-2027").version
    with pytest.raises(ScheduleInUse):
        write(
            treasurer, schedule_drafts.change_draft, "DEMO-2027", {**SCHEDULE, "name": "X"}, version=version
        )


def test_due_2_two_versions_do_not_start_on_the_same_day(treasurer, session):
    make_association(treasurer)
    write(treasurer, schedules.import_schedule, {**SCHEDULE, "code": "ZWEI"})
    keep_resolution(treasurer, SCHEDULE)
    with pytest.raises(ScheduleOverlaps):
        write(treasurer, schedules.activate_schedule, "ZWEI")
    assert in_force(session, "ZWEI").state == "draft"


def test_due_11c_a_schedule_that_bills_further_sites_waits_for_a_place_to_record_them(treasurer, session):
    document = copy.deepcopy(SCHEDULE)
    document["categories"]["ORD"]["sites"] = {"further_percent": "50"}
    code = write(treasurer, schedules.import_schedule, document)
    with pytest.raises(ScheduleIncomplete) as refused:
        write(treasurer, schedules.activate_schedule, code)
    sentence = Wording("de").value(refused.value.values["why"])
    assert sentence == (
        "Die Kategorie ORD berechnet weitere Standorte („sites“). Deren Größe lässt sich noch nicht erfassen. "
        "Nehmen Sie „sites“ heraus."
    )
    assert in_force(session, "DEMO-2027").state == "draft"


@pytest.mark.parametrize("reference", ["prev_year:06-30", "dues_year:01-01"])
def test_facts_that_are_read_once_give_each_version_its_own_sizes(session, treasurer, reference):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=37)
    other = read_schedule({**SCHEDULE, "code": "ANDERS", "bases": {"headcount": {"reference": reference}}})
    known = dues.read_facts(session, 2027)
    versions = [dues.billing_schedules(session), [other], dues.billing_schedules(session)]
    shared = [dues.assess(session, 2027, schedules=one, known_facts=known) for one in versions]
    assert shared == [dues.assess(session, 2027, schedules=one) for one in versions]
