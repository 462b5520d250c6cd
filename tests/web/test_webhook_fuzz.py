"""Hostile messages at the address of Stripe: kept or refused, never an error of ours, and nothing is booked."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from membership.domain.online_payments.events import Message, WebhookRefused
from membership.gateways.stripe import read_message
from membership.persistence.models.ledger import Entry
from membership.persistence.models.online_payments import OnlineEvent, OnlinePosting
from tests.online import at_stripe, events, work
from tests.stripe_server import SECRET, StripeServer

pytestmark = pytest.mark.fuzz
INPUTS = 500_000 if os.environ.get("SCALE") == "release" else 12_000
SENT = 5_000 if os.environ.get("SCALE") == "release" else 150
KINDS = ("charge.refunded", "checkout.session.completed", "payout.paid", "refund.updated", "mandate.updated")
ODD = (
    None, True, False, 0, -1, 1.5, 2**55, 2**62, -(2**62), 10**30, 10**400, float("nan"), float("inf"), "", " ", "1",
    "\x00", "\ud800", "ch_ä", "ch_\u2028", "../charges", "ch_1?expand", "x" * 256, "x" * 5000, [], [[]], [1], {}, {"id": {}},
    {"object": None}, "evt_1\r\nX: y", "𝟏", -62135596801, 253402300800,
)  # fmt: skip
MARKS = (
    "t=", "v1=", "v0=", ",", "=", "t", "1", "9" * 30, "-", "ff", "ä", "\x7f", " ", "\xff" * 40, "9" * 5000,
)  # fmt: skip


class Hostile:
    """Draws messages: a real event of which something was changed, signed or not, by a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311 - the same again for the same seed
        self.count = 0

    def draw(self):
        """Return body and signature header."""
        how = self.random.choice((self.wrong_value, self.wrong_value, self.broken_bytes, self.wrong_header))
        return how()

    def event(self):
        self.count += 1
        subject = {"id": "ch_1", "object": "charge", "amount": 100, "metadata": {"attempt": "0" * 32}}
        return {
            "id": f"evt_{self.count}", "object": "event", "created": 1_900_000_000, "livemode": False, "account": None,
            "type": self.random.choice(KINDS), "data": {"object": subject}, "request": {"id": None},
        }  # fmt: skip

    def wrong_value(self):
        event = self.event()
        for _ in range(self.random.randint(1, 3)):
            place = event
            while self.random.random() < 0.4 and (
                inner := [v for v in place.values() if isinstance(v, dict) and v]
            ):
                place = self.random.choice(inner)
            key = self.random.choice(list(place) or ["id"])
            if self.random.random() < 0.15:
                place.pop(key, None)
            else:
                place[key] = self.random.choice(ODD)
        return StripeServer.signed(self.random.choice(ODD) if self.random.random() < 0.02 else event)

    def broken_bytes(self):
        body = bytearray(json.dumps(self.event()).encode())
        kind = self.random.randrange(6)
        if kind == 0:
            del body[self.random.randrange(len(body)) :]
        elif kind == 1:
            for _ in range(self.random.randint(1, 4)):
                body[self.random.randrange(len(body))] = self.random.randrange(256)
        elif kind == 2:
            body = bytearray(b"[" * self.random.choice((10, 2000)))
        elif kind == 3:
            body = bytearray(
                bytes(body).decode().encode(self.random.choice(("utf-16", "utf-32", "utf-8-sig")))
            )
        elif kind == 4:
            body = bytearray(self.random.randbytes(self.random.randrange(200)))
        else:
            place = self.random.randrange(len(body))
            body[place:place] = self.random.choice(
                (b"\x00", b"\xed\xa0\x80", b'"', b"{}", b"\\ud800", b"1e999")
            )
        return self.sign(bytes(body))

    def wrong_header(self):
        body, header = StripeServer.signed(self.event())
        kind = self.random.randrange(4)
        if kind == 0:
            place = self.random.randrange(len(header))
            header = header[:place] + self.random.choice(MARKS) + header[place + self.random.randrange(3) :]
        elif kind == 1:
            header = "".join(self.random.choices(MARKS, k=self.random.randrange(8)))
        elif kind == 2:
            sent = self.random.choice((0, -5, 10**400, 10**18, 2**63))
            header = self.sign(body, at=sent)[1]
        else:
            header = self.sign(body, secret=self.random.choice(("whsec_guessed", "x", SECRET + " ")))[1]
        return body, header

    @staticmethod
    def sign(body, *, at=None, secret=SECRET):
        """Sign any bytes; what is no text is signed as the text that it nearly is."""
        text = body.decode("utf-8", "replace")
        _body, header = StripeServer.signed_text(text, secret=secret, at=at)
        return body, header


def is_storable(message):
    texts = (message.event_id, message.kind, message.object_id, message.account)
    assert all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts)
    assert all(len(text) <= 255 for text in texts)
    assert message.event_id
    assert message.kind
    assert message.is_live in {True, False}
    assert message.created_at.tzinfo is UTC


def test_any_message_is_read_or_refused_and_what_is_read_can_be_kept():
    hostile, now = Hostile(INPUTS), datetime.now(UTC)
    read = refused = 0
    for _ in range(INPUTS):
        body, header = hostile.draw()
        try:
            message = read_message(body, header, [SECRET, "whsec_of_another_day"], now=now)
        except WebhookRefused:
            refused += 1
        else:
            assert isinstance(message, Message)
            is_storable(message)
            read += 1
    assert min(read, refused) > INPUTS / 10


def test_any_message_gets_an_answer_that_is_no_error_of_ours_and_books_nothing(web):
    hostile, browser, answers = Hostile(SENT), web.browser(), {200: 0, 400: 0, 413: 0}
    with at_stripe(web.app) as stripe:
        for _ in range(SENT):
            body, header = hostile.draw()
            kind = hostile.random.choice(("application/json", "text/plain", "multipart/form-data", "x", ""))
            if hostile.random.random() < 0.02:
                body = body + b" " * 300_000
            answer = browser.post(
                "/webhooks/stripe", data=body, headers={"Stripe-Signature": header}, content_type=kind
            )
            answers[answer.status_code] += 1  # another one is a KeyError
            assert answer.data == b"" or answer.status_code == 413
        assert all(answers.values()), answers
        assert len(events()) <= answers[200]
        work(web.app)
        assert {each.state for each in events()} <= {"look", "ignored", "retry"}
        assert stripe.requests
    for table in (OnlinePosting, Entry):
        assert web.rows(select(func.count()).select_from(table)) == [(0,)]
    assert web.rows(select(func.count()).select_from(OnlineEvent).where(OnlineEvent.state == "new")) == [(0,)]
