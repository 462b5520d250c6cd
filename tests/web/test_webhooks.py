"""Messages of Stripe: only signed ones count, each once, kept before they are worked."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from membership.domain.online_payments.events import EventState
from membership.persistence import crypto
from membership.persistence.db import read_as
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.online_payments import OnlineEvent, RefusedMessages
from tests.conftest import person
from tests.online import at_stripe, connect, events, tell
from tests.stripe_server import SECRET, StripeServer

OTHER = "whsec_of_another_day"


@pytest.fixture
def stripe(web):
    with at_stripe(web.app) as server:
        yield server


def send(web, body, signature):
    return web.browser().post(
        "/webhooks/stripe",
        data=body,
        headers={"Stripe-Signature": signature},
        content_type="application/json",
    )


def counted(web):
    return sum(row[0] for row in web.rows(select(RefusedMessages.count)))


def test_a_signed_message_is_kept_as_it_came_and_answered_at_once(web, stripe):
    body, signature = stripe.signed(
        stripe.event("charge.refunded", {"id": "ch_1", "object": "charge", "email": "x@y.example"})
    )
    answer = send(web, body, signature)
    assert (answer.status_code, answer.data) == (200, b"")
    (event,) = events()
    assert (event.kind, event.object_id, event.state) == ("charge.refunded", "ch_1", EventState.NEW)
    session = read_as(person())
    assert b"x@y.example" not in event.body_sealed
    kept = crypto.unseal_bytes(
        session, event.body_sealed, table="online_events", column="body_sealed", uid=event.event_id
    )
    assert kept == body
    assert stripe.requests == []


def _altered(stripe, body, signature, now):
    return {
        "without a signature": (body, ""),
        "of another secret": stripe.signed(stripe.event("a", {"id": "b"}), secret="whsec_guessed"),
        "of an empty secret": stripe.signed(stripe.event("a", {"id": "b"}), secret=""),
        "of other bytes": (body.replace(b"ch_1", b"ch_2"), signature),
        "more than five minutes old": stripe.signed(stripe.event("a", {"id": "b"}), at=now - 301),
        "from the future": stripe.signed(stripe.event("a", {"id": "b"}), at=now + 330),
        "with the time of another": (body, f"t={now - 5}," + signature.split(",", 1)[1]),
        "of the scheme of tests": (body, signature.replace("v1=", "v0=")),
        "of nonsense": (body, "t=,v1=,=,"),
        "signed, but no event": stripe.signed([1, 2, 3]),
        "signed, but without its object": stripe.signed({"id": "evt_1", "type": "x"}),
        "signed bytes of no text": (b"\xff\xfe", signature),
    }  # fmt: skip


@pytest.mark.parametrize("kind", _altered(StripeServer(), b"", ",", 0))
def test_sec_69_what_is_not_signed_rightly_is_refused_and_only_counted(web, stripe, kind):
    body, signature = stripe.signed(stripe.event("charge.refunded", {"id": "ch_1"}))
    sent = _altered(stripe, body, signature, int(time.time()))[kind]
    answer = send(web, *sent)
    assert (answer.status_code, answer.data) == (400, b"")
    assert events() == []
    assert counted(web) == 1
    assert web.rows(
        select(func.count()).select_from(AuditRecord).where(AuditRecord.action.like("online%"))
    ) == [(0,)]


def test_sec_69_without_a_secret_there_is_no_such_page(web, stripe):
    connect(web.app, stripe, secrets=())
    body, signature = stripe.signed(stripe.event("a", {"id": "b"}), secret="")
    assert send(web, body, signature).status_code == 404
    assert counted(web) == 0


def test_two_secrets_are_good_while_one_takes_the_place_of_the_other(web, stripe):
    connect(web.app, stripe, secrets=(SECRET, OTHER))
    assert tell(web.browser(), stripe, "a", {"id": "b"}).status_code == 200
    assert tell(web.browser(), stripe, "a", {"id": "b"}, secret=OTHER).status_code == 200
    connect(web.app, stripe, secrets=(OTHER,))
    assert tell(web.browser(), stripe, "a", {"id": "b"}).status_code == 400


def test_a_message_of_more_than_256_kilobytes_is_refused(web, stripe):
    event = stripe.event("a", {"id": "b", "text": "x" * 256 * 1024})
    assert send(web, *stripe.signed(event)).status_code == 413
    assert events() == []


def test_sec_70_a_genuine_message_again_and_again_is_kept_once(web, stripe):
    sent = stripe.signed(stripe.event("charge.refunded", {"id": "ch_1"}))
    browser = web.browser()
    for _ in range(30):
        answer = browser.post("/webhooks/stripe", data=sent[0], headers={"Stripe-Signature": sent[1]})
        assert answer.status_code == 200
    assert web.rows(select(func.count()).select_from(OnlineEvent)) == [(1,)]


def test_a_message_needs_no_form_protection_and_gets_no_cookie(web, stripe):
    answer = tell(web.browser(), stripe, "a", {"id": "b"})
    assert "Set-Cookie" not in answer.headers
    body, signature = stripe.signed(stripe.event("a", {"id": "b"}))
    answer = web.browser().post(
        "/webhooks/stripe", data=body, headers={"Stripe-Signature": signature, "Sec-Fetch-Site": "cross-site"},
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 200
