"""What names people in online payments goes with an erased person, and by itself after 90 days; the books stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from membership import clock
from membership.domain.online_payments.attempts import AttemptState
from membership.domain.online_payments.events import KEPT_DAYS, EventState
from membership.domain.policy import Actor, Job
from membership.jobs.daily import run_daily
from membership.persistence.db import db, read_as, write
from membership.services import daily, members, online_payments
from tests.online import TODAY, World, at_stripe, attempts, events

PERSON = {"name": "Otto Fremd", "email": "Otto@Fremd.example", "functions": ["billing"]}


@pytest.fixture
def world(app, treasurer):
    """Otto Fremd, no contact any more, paid by card; Stripe told of that, and of two others, in its own letters."""
    with at_stripe(app) as stripe:
        world = World(app, treasurer, stripe)
        contact = write(treasurer, members.add_contact, "M0001", PERSON)
        write(treasurer, members.change_member, "M0001", {"invoice_email": PERSON["email"].casefold()})
        session, charge = world.paid(fee=925)
        details = {"customer_details": {"name": "Otto Fremd", "email": "otto@fremd.example"}}
        world.put("checkout.session.completed", session | details)
        world.put("charge.succeeded", charge | {"billing_details": {"name": "Anna Bleibt"}})
        world.put("customer.updated", {"id": "cus_1", "name": "OTTO FREMD"})
        world.put("customer.updated", {"id": "cus_2", "name": "Anna Bleibt"})
        world.work()
        write(treasurer, members.end_contact, "M0001", contact, today=TODAY)
        world.contact = contact
        yield world


def bodies():
    return [each.body_sealed is not None for each in events()]


def test_inv_35_with_an_erased_person_go_the_address_of_attempts_and_the_events_that_name_it(world):
    write(world.actor, members.change_member, "M0001", {"invoice_email": "neu@alpha.example"})
    world.begin("ALT-2")
    before = (world.postings(), world.open(), world.transit())
    write(world.actor, members.erase_contact, "M0001", world.contact)
    db.session.expire_all()
    assert [each.email for each in attempts()] == ["", "neu@alpha.example"]
    assert bodies() == [False, True, False, True]
    assert (world.postings(), world.open(), world.transit()) == before
    world.holds()


def test_an_event_without_its_body_is_worked_again_and_what_the_comparison_noted_is_not(world):
    write(world.actor, members.erase_contact, "M0001", world.contact)
    again = replace(world.actor, at=clock.now())
    write(again, online_payments.work_again, events()[0].id)
    world.work()
    assert events()[0].state is EventState.DONE
    assert world.looks() == []
    world.holds()


def test_after_90_days_nothing_is_kept_of_who_paid_but_what_waits_for_a_person(world):
    world.begin("ALT-2")
    world.put("charge.succeeded", {"id": "ch_of_others"})
    world.work()
    decided = max(each.done_at for each in events() if each.done_at)
    early, late = (decided + timedelta(days=KEPT_DAYS, hours=hours) for hours in (-1, 1))
    keeper = Actor(name="keeper", at=early, request_id="test", job=Job.KEEPER)
    none = write(keeper, online_payments.forget_old, before=early - timedelta(days=KEPT_DAYS))
    assert none == {"events": 0, "attempts": 0}
    assert all(bodies())
    assert {"forget", "compare"} <= {*run_daily(world.app, moment=late)}
    db.session.expire_all()
    assert [(each.state, each.reason, each.body_sealed is None) for each in events()] == [
        (EventState.DONE, "", True), (EventState.DONE, "", True), (EventState.IGNORED, "", True),
        (EventState.IGNORED, "", True), (EventState.LOOK, "unknown", False),
    ]  # fmt: skip
    kept = [(each.state, bool(each.email), bool(each.page_url)) for each in attempts()]
    assert kept == [(AttemptState.PAID, False, False), (AttemptState.OPEN, True, True)]
    assert daily.last_outcome(read_as(world.actor), daily.FORGET) == {"events": 4, "attempts": 1}
