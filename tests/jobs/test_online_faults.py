"""The payment provider fails in each way: nothing is asked twice with another meaning, nothing is lost, nobody waits."""

from __future__ import annotations

import socket
import time

import pytest

from membership import clock
from membership.domain.online_payments.attempts import AttemptState, PaymentUnderWay, Way
from membership.domain.online_payments.events import EventState
from membership.jobs import online_payments as jobs
from membership.persistence.db import db, write
from membership.persistence.models.online_payments import OnlineEvent
from membership.services import ledger
from tests.online import TODAY, World, at_stripe, attempts, connect, events
from tests.stripe_server import KEY


@pytest.fixture
def world(sqlite_app, treasurer):
    with at_stripe(sqlite_app) as stripe:
        yield World(sqlite_app, treasurer, stripe)


def test_fi_41_an_event_that_cannot_be_worked_is_tried_again_and_after_five_times_somebody_is_told(
    world, monkeypatch, caplog
):
    session, _charge = world.paid()
    world.put("checkout.session.completed", session)
    for count in range(1, 6):
        world.stripe.faults[:] = ["500"]
        jobs.desk_of(world.app).provider._circuit.succeeded()
        write(
            jobs.worker(),
            lambda session: session.execute(OnlineEvent.__table__.update().values(next_at=clock.now())),
        )
        jobs.work_events(jobs.desk_of(world.app))
        (event,) = events()
        assert (event.state, event.tries) == (EventState.RETRY, count)
        assert bool(world.looks()) is (count == 5)
        assert [each.levelname for each in caplog.records if "five times" in each.message] == ["CRITICAL"] * (
            count == 5
        )
    assert event.next_at > clock.now()
    write(
        jobs.worker(),
        lambda session: session.execute(OnlineEvent.__table__.update().values(next_at=clock.now())),
    )
    world.work()
    assert (world.open(), world.looks()) == (0, [])


@pytest.mark.parametrize("fault", ["401", "403", "broken"])
def test_a_wrong_key_and_an_answer_nobody_can_read_say_nothing_about_an_event(world, fault):
    session, _charge = world.paid()
    world.put("checkout.session.completed", session)
    world.stripe.faults[:] = [fault]
    world.work()
    (event,) = events()
    assert (event.state, event.reason, world.open()) == (EventState.RETRY, "", 60000)


@pytest.mark.parametrize("fault", ["cut", "answer lost", "slow 1.2", "500", "409", "429"])
def test_fi_36_a_page_that_could_not_be_made_is_asked_for_again_with_the_same_key(world, fault, monkeypatch):
    monkeypatch.setattr(jobs, "_ASK_AGAIN", jobs.timedelta(0))
    world.stripe.faults[:] = [fault]
    uid = world.begin()
    assert world.state() is AttemptState.ASKED
    assert world.begin() == uid
    time.sleep(0.4 if fault.startswith("slow") else 0)
    world.work()
    assert world.state() is AttemptState.OPEN
    sessions = [each for each in world.stripe.objects.values() if each["object"] == "checkout.session"]
    assert len(sessions) == 1
    is_kept = (
        fault == "500"
    )  # Stripe repeats a failure for its key: the list is asked first, then another key is used
    assert len(set(world.stripe.keys)) == (2 if is_kept else 1)


def test_fi_36_after_23_hours_the_key_is_not_used_again_but_the_list_is_asked(world, monkeypatch):
    monkeypatch.setattr(jobs, "_ASK_AGAIN", jobs.timedelta(0))
    world.stripe.faults[:] = ["answer lost", "cut"]
    world.begin()
    session = world.stripe.last_session()
    charge = world.stripe.pay(session)
    later = clock.now() + jobs.timedelta(hours=23, minutes=1)
    monkeypatch.setattr(clock, "now", lambda _zone="": later)
    asked = len(world.stripe.keys)
    world.stripe.faults.clear()
    world.work()
    assert len(world.stripe.keys) == asked
    assert world.state() is AttemptState.PAID
    assert world.postings()[0] == ("payment", charge["amount"])


def test_an_order_that_stripe_refuses_is_over_and_the_invoice_can_be_paid_otherwise(world):
    world.stripe.faults[:] = ["400"]
    world.begin()
    assert world.state() is AttemptState.REFUSED
    world.begin()
    assert world.state() is AttemptState.OPEN


def test_fi_37_after_five_failures_nobody_waits_for_stripe(world, monkeypatch):
    connect(world.app, world.stripe, url="http://127.0.0.1:9")
    provider = jobs.desk_of(world.app).provider
    world.begin()
    for _ in range(5):
        with pytest.raises(jobs.ProviderAway):
            provider.get_page("cs_1")
    sought = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_given, **_named: sought.append(host))
    for _ in range(50):
        with pytest.raises(jobs.ProviderAway):
            provider.get_page("cs_1")
    assert sought == []
    assert world.state() is AttemptState.ASKED


@pytest.fixture
def live(world):
    """Connect with a key of the live mode; what the test mode has, that key does not see."""

    def change(*, forgets):
        connect(world.app, world.stripe, key=KEY.replace("_test_", "_live_"))
        if forgets:
            world.stripe.objects.clear()
        db.session.expire_all()

    return change


@pytest.mark.parametrize("step", ["asked", "open", "pending"])
def test_an_undecided_attempt_of_the_test_mode_does_not_hold_its_invoice_after_the_change(world, live, step):
    if step == "asked":
        world.stripe.faults[:] = ["cut"]
    uid = world.begin(way=Way.SEPA_DEBIT)
    if step == "pending":
        world.stripe.begin_debit(world.stripe.last_session())
        jobs.look_up(jobs.desk_of(world.app), uid)
    assert world.state() == step
    live(forgets=True)
    asked = len(world.stripe.requests)
    jobs.look_up(jobs.desk_of(world.app), uid)
    assert len(world.stripe.requests) == asked
    assert (world.state(), attempts()[-1].problem) == (AttemptState.ENDED, "other mode")
    assert world.begin() != uid


def test_a_page_that_stripe_does_not_know_any_more_is_over(world):
    world.begin()
    world.stripe.objects.clear()
    world.begin(way=Way.SEPA_DEBIT)
    assert [(each.state, each.problem) for each in attempts()] == [
        (AttemptState.ENDED, "resource_missing"), (AttemptState.OPEN, ""),
    ]  # fmt: skip


def test_the_page_is_read_before_the_payment_so_a_payment_in_between_is_not_taken_for_a_failure(
    world, monkeypatch
):
    world.begin()
    session = world.stripe.last_session()
    intent = world.stripe._intent(session, "requires_payment_method")
    provider, uid = jobs.desk_of(world.app).provider, attempts()[-1].uid
    read = provider.get_page
    db.session.rollback()

    def paid_meanwhile(page_id):
        intent["status"] = "succeeded"
        session.update(status="complete", payment_status="paid", url=None)
        world.stripe._charge(intent, fee=35)
        return read(page_id)

    monkeypatch.setattr(provider, "get_page", paid_meanwhile)
    assert jobs.follow_intent(jobs.desk_of(world.app), intent["id"])[0] == uid
    assert (world.state(), world.open()) == (AttemptState.PAID, 0)


@pytest.fixture
def five_pages(world):
    """Five invoices, each with a payment page of its own."""
    names = [f"OFFEN-{number}" for number in range(5)]
    for name in names:
        write(
            world.actor, ledger.book_opening_item, world.member, 1000, reference=name, dues_year=2026,
            due_on=TODAY, today=TODAY,
        )  # fmt: skip
        world.begin(name)
    return names


def test_to_pay_all_together_ends_all_their_pages_and_begins_once(world, five_pages):
    uid = world.begin(*five_pages)
    assert [each.state for each in attempts()] == [AttemptState.ENDED] * 5 + [AttemptState.OPEN]
    assert attempts()[-1].uid == uid


def test_fi_37_pages_that_do_not_end_in_time_say_that_a_payment_is_under_way(world, five_pages, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 0.3)
    world.stripe.faults[:] = ["slow 2"] * 5
    begun = time.perf_counter()
    with pytest.raises(PaymentUnderWay):
        world.begin(*five_pages)
    assert time.perf_counter() - begun < 1.9
    time.sleep(2.2)
