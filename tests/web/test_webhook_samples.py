"""Objects as Stripe itself publishes them, when they are there: through the webhook and the worker, and booked."""

from __future__ import annotations

import json

import pytest

from membership.domain.online_payments.events import EventState
from membership.domain.online_payments.pictures import Look
from membership.domain.policy import Role
from membership.jobs.online_payments import desk_of
from membership.persistence.db import db, read_as
from membership.persistence.queries import online_payments as queries
from tests.conftest import SAMPLES, person
from tests.online import World, at_stripe, connect, events, tell, work
from tests.stripe_server import StripeServer

FOLDER = SAMPLES / "stripe"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the samples are not there"),
]
IGNORED = (EventState.IGNORED, "")
UNKNOWN = (EventState.LOOK, Look.UNKNOWN)

# file: kind of object, status, number of keys (as the list beside the samples says); event, what becomes of it
FACTS = {
    "balance_transaction": ("balance_transaction", "available", 16, "balance.available", IGNORED),
    "charge": ("charge", "succeeded", 43, "charge.succeeded", UNKNOWN),
    "checkout.session": ("checkout.session", "open", 59, "checkout.session.completed", UNKNOWN),
    "customer": ("customer", None, 22, "customer.created", IGNORED),
    "event": ("event", None, 9, "plan.created", IGNORED),
    "invoice": ("invoice", "draft", 75, "invoice.created", IGNORED),
    "payment_intent": ("payment_intent", "requires_payment_method", 42, "payment_intent.payment_failed", UNKNOWN),
    "payment_method": ("payment_method", None, 11, "payment_method.attached", IGNORED),
    "payout": ("payout", "in_transit", 27, "payout.paid", (EventState.LOOK, Look.CURRENCY)),
    "refund": ("refund", "succeeded", 18, "refund.updated", UNKNOWN),
    "setup_intent": ("setup_intent", "requires_payment_method", 25, "setup_intent.created", IGNORED),
    "subscription": ("subscription", "active", 47, "customer.subscription.updated", IGNORED),
    "webhook_endpoint": ("webhook_endpoint", "enabled", 11, "webhook_endpoint.updated", IGNORED),
}  # fmt: skip


def sample(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def test_every_sample_is_expected_and_is_what_the_list_beside_it_says():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(FACTS)
    for name, (kind, status, keys, _event, _became) in FACTS.items():
        found = sample(name)
        assert (found["object"], found.get("status"), len(found)) == (kind, status, keys), name


@pytest.fixture
def stripe(web):
    with at_stripe(web.app) as server:
        yield server


def test_an_event_about_each_sample_is_kept_worked_and_books_nothing_of_others(web, stripe):
    frame = sample("event")
    for name in FACTS:
        stripe.objects[sample(name)["id"]] = sample(name)
    for place, (name, facts) in enumerate(FACTS.items()):
        subject = frame["data"]["object"] if name == "event" else sample(name)
        event = {**frame, "id": f"evt_{place}", "type": facts[3], "data": {"object": subject}}
        body, signature = stripe.signed(event)
        answer = web.browser().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
        assert (answer.status_code, answer.data) == (200, b""), name
    work(web.app)
    became = {name: (row.state, row.reason) for name, row in zip(FACTS, events(), strict=True)}
    assert became == {name: (state, str(reason)) for name, (*_facts, (state, reason)) in FACTS.items()}
    session = read_as(person(Role.TREASURER))
    assert queries.transit_against_postings(session) == (0, 0)
    since = events()[0].created_at
    db.session.rollback()
    (movement,) = desk_of(web.app).provider.list_movements(since)
    assert (movement.kind, movement.cents, movement.currency) == ("charge", 100, "usd")


@pytest.mark.parametrize("is_published", [True, False])
def test_a_payment_with_all_fields_that_stripe_publishes_is_booked_like_one_with_ours_alone(
    web, is_published
):
    """The stub answers with few fields; what it leaves out must not matter."""
    shapes = {facts[0]: sample(name) for name, facts in FACTS.items()} if is_published else {}
    with at_stripe(web.app) as stripe:
        stripe.shapes = shapes
        world = World(web.app, person(Role.TREASURER, Role.ADMIN), stripe)
        session, charge = world.paid(fee=925)
        assert ("wallet_options" in session) is is_published
        for kind, subject in (("checkout.session.completed", session), ("charge.updated", charge)):
            assert tell(web.browser(), stripe, kind, subject).status_code == 200
        world.work()
        refund = stripe.refund(charge, 10000)
        tell(web.browser(), stripe, "refund.updated", refund)
        world.work()
        payout = stripe.payout(arrives=stripe.clock())
        tell(web.browser(), stripe, "payout.paid", payout)
        world.work()
        assert world.postings() == [("payment", 60000), ("fee", -925), ("refund", -10000)]
        assert (world.open(), world.transit(), world.looks()) == (10000, 49075, [])
        (kept,) = queries.list_payouts(read_as(world.actor))
        assert (kept.cents, kept.fee_cents, kept.part_count) == (49075, 925, 2)
        world.holds()


def test_a_sample_tells_nothing_with_another_secret(web, stripe):
    connect(web.app, stripe, secrets=("whsec_of_another_day",))
    body, signature = StripeServer.signed(sample("event"))
    answer = web.browser().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
    assert (answer.status_code, events()) == (400, [])
