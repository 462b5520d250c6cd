"""The yearly run on both databases: planned, changed, released, worked off, taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from membership.domain.billing import ItemState, RunState
from membership.domain.dues.stored import phrase_of
from membership.jobs.billing import issue_run
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue, Member, PreviousDues
from membership.persistence.queries import billing as queries
from membership.services import billing
from membership.services.settings import change_settings
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import ASSOCIATION, bill_year, make_association, make_member


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    for number, heads in (("M0001", 37), ("M0002", 5), ("M0003", 300)):
        make_member(treasurer, number=number, headcount=heads, start=date(2014, 1, 1))
    return treasurer


def planned(actor, year=2027):
    return write(actor, billing.plan_run, year, issued_on=TODAY, today=TODAY)


def items(actor, run_id):
    views = queries.list_items(read_as(actor), run_id)
    return {view.member.number: (view.item.state, view.item.amount_cents) for view in views}


def member_id(actor, number):
    return read_as(actor).execute(select(Member.id).where(Member.number == number)).scalar_one()


def resize(session, member, heads):
    session.execute(select(BasisValue).where(BasisValue.member_id == member)).scalar_one().value = heads


def state(actor, run_id):
    return queries.get_run(read_as(actor), run_id).state


def issue(actor, run_id):
    return issue_run(actor, run_id, base_url="http://localhost", today=TODAY)


def test_a_plan_names_the_dues_of_every_member(books):
    assert items(books, planned(books)) == {
        "M0001": (ItemState.PLANNED, 60000),
        "M0002": (ItemState.PLANNED, 30000),
        "M0003": (ItemState.PLANNED, 240000),
    }


def test_there_is_one_open_run_a_dues_year(books):
    assert planned(books) == planned(books)
    assert planned(books) != write(books, billing.plan_run, 2028, issued_on=TODAY, today=TODAY)


def test_without_a_schedule_in_force_there_is_no_run(app, treasurer):
    write(treasurer, change_settings, ASSOCIATION)
    with pytest.raises(billing.NoSchedule, match="2027"):
        planned(treasurer)


def test_what_was_held_back_stays_so_when_the_run_is_worked_out_anew(books):
    run_id = planned(books)
    write(books, billing.hold_item, run_id, member_id(books, "M0002"), reason="Insolvenz")
    write(books, billing.refresh_run, run_id)
    views = {view.member.number: view.item for view in queries.list_items(read_as(books), run_id)}
    assert (views["M0002"].state, views["M0002"].reason) == (ItemState.HELD, "Insolvenz")
    write(books, billing.bill_item, run_id, member_id(books, "M0002"))
    assert items(books, run_id)["M0002"] == (ItemState.PLANNED, 30000)


def test_d_inv_15a_a_change_that_was_confirmed_is_asked_again_when_its_amount_changed(books):
    run_id = planned(books)
    ids = [member_id(books, number) for number in ("M0001", "M0002")]
    write(books, billing.confirm_items, run_id, ids)
    write(books, resize, ids[0], 60)
    write(books, billing.refresh_run, run_id)
    confirmed = {
        view.member.number: view.item.confirmed for view in queries.list_items(read_as(books), run_id)
    }
    assert confirmed == {"M0001": False, "M0002": True, "M0003": False}


def test_last_years_dues_stand_beside_and_a_large_change_is_marked(books):
    write(books, paid_before, member_id(books, "M0001"), 30000)
    run_id = planned(books)
    [item] = [v.item for v in queries.list_items(read_as(books), run_id) if v.member.number == "M0001"]
    assert item.previous_cents == 30000
    assert [warning["rule"] for warning in item.warnings] == ["D-INV-15a"]


def paid_before(session, member, cents):
    session.add(PreviousDues(member_id=member, dues_year=2026, amount_cents=cents))


def test_a_member_in_another_class_than_on_last_years_invoice_is_marked(books):
    bill_year(books)
    write(books, resize, member_id(books, "M0001"), 60)
    run_id = planned(books, 2028)
    marked = {
        view.member.number: [
            (w["rule"], w["text"]) for w in view.item.warnings if w["rule"] == "class_change"
        ]
        for view in queries.list_items(read_as(books), run_id)
    }
    assert [rule for rule, _text in marked["M0001"]] == ["class_change"]
    assert Wording("de").value(phrase_of(marked["M0001"][0][1])) == "Klasse 10–49 wird 50–249"
    assert marked["M0002"] == marked["M0003"] == []


def test_a_draft_that_is_thrown_away_leaves_nothing_and_makes_room(books):
    run_id = planned(books)
    write(books, billing.discard_run, run_id)
    assert state(books, run_id) is RunState.DISCARDED
    assert planned(books) != run_id
    with pytest.raises(billing.RunNotOpen):
        write(books, billing.release_run, run_id, today=TODAY)


def test_a_released_run_is_not_changed_any_more(books):
    run_id = planned(books)
    write(books, billing.release_run, run_id, today=TODAY)
    for step in (billing.refresh_run, billing.discard_run):
        with pytest.raises(billing.RunNotOpen):
            write(books, step, run_id)
    with pytest.raises(billing.RunNotOpen):
        write(books, billing.hold_item, run_id, member_id(books, "M0001"), reason="")


def test_a_run_in_which_all_are_held_back_is_not_released(books):
    run_id = planned(books)
    for number in ("M0001", "M0002", "M0003"):
        write(books, billing.hold_item, run_id, member_id(books, number), reason="warten")
    with pytest.raises(billing.NothingToBill):
        write(books, billing.release_run, run_id, today=TODAY)


def test_inv_13_a_run_that_was_paused_ends_as_one_that_was_not(books):
    run_id = planned(books)
    write(books, billing.release_run, run_id, today=TODAY)
    lane = write(books, billing.take_lane, run_id, base_url="http://localhost")
    write(books, billing.issue_next, lane, today=TODAY)
    write(books, billing.leave_lane, lane)
    write(books, billing.pause_run, run_id)
    assert issue(books, run_id) == 0
    write(books, billing.resume_run, run_id)
    assert issue(books, run_id) == 2
    assert state(books, run_id) is RunState.DONE
    issued = read_as(books).execute(select(Invoice.number, Invoice.gross_cents).order_by(Invoice.id)).all()
    assert issued == [("RE2027-0001", 60000), ("RE2027-0002", 30000), ("RE2027-0003", 240000)]


def test_a_second_worker_waits_until_the_lease_of_the_first_has_ended(books):
    run_id = planned(books)
    write(books, billing.release_run, run_id, today=TODAY)
    first = write(books, billing.take_lane, run_id, base_url="http://localhost")
    with pytest.raises(billing.LaneTaken):
        write(books, billing.take_lane, run_id, base_url="http://localhost")
    later = replace(books, at=books.at + timedelta(minutes=3))
    second = write(later, billing.take_lane, run_id, base_url="http://localhost")
    with pytest.raises(billing.LaneTaken):
        write(later, billing.issue_next, first, today=TODAY)
    assert write(later, billing.issue_next, second, today=TODAY) is not None
    write(later, billing.leave_lane, first)
    with pytest.raises(billing.LaneTaken):
        write(later, billing.take_lane, run_id, base_url="http://localhost")


def test_a_member_that_fails_is_named_and_tried_again_after_it_was_mended(books):
    write(books, rename, member_id(books, "M0002"), "Glyph \U0001f697 GmbH")
    run_id = planned(books)
    write(books, billing.release_run, run_id, today=TODAY)
    assert issue(books, run_id) == 2
    assert state(books, run_id) is RunState.DONE_WITH_ERRORS
    [failed] = read_as(books).execute(select(RunItem).where(RunItem.state == ItemState.FAILED)).scalars()
    assert "\U0001f697" in Wording("de").value(phrase_of(failed.reason_text))
    write(books, rename, failed.member_id, "Glyph GmbH")
    write(books, billing.resume_run, run_id)
    assert issue(books, run_id) == 1
    assert state(books, run_id) is RunState.DONE
    assert read_as(books).execute(select(BillingRun.open_key)).scalars().all() == [None]


def rename(session, member, name):
    session.get(Member, member).name = name
