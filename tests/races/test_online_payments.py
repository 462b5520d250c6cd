"""The same events of Stripe again and again from eight processes, on both databases: every payment is posted once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from membership.domain.online_payments.events import EventState
from membership.domain.payments import Method
from membership.persistence.db import db, read_as, write
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.online_payments import OnlineEvent, OnlinePosting
from membership.persistence.models.payments import Payment
from membership.services import ledger
from membership.services.verify import verify
from tests.conftest import IS_RELEASE
from tests.online import TODAY, World, at_stripe, work
from tests.races.test_races import PROCESSES, at_once
from tests.stripe_server import KEY, SECRET

PAYMENTS = 50 if IS_RELEASE else 3
TIMES = 7
"""From each process: with eight of them every message is delivered 56 times."""


@pytest.fixture
def told(app, treasurer, tmp_path, monkeypatch):
    """Payments of which one is refunded in part, each with four messages in a folder, none delivered yet."""
    with at_stripe(app) as stripe:
        world = World(app, treasurer, stripe)
        folder = tmp_path / "messages"
        folder.mkdir()
        for number in range(PAYMENTS):
            name = f"OFFEN-{number}"
            write(
                treasurer, ledger.book_opening_item, world.member, 20000, reference=name, dues_year=2026,
                due_on=TODAY, today=TODAY,
            )  # fmt: skip
            session, charge = world.paid(name, fee=325)
            kinds = [
                "checkout.session.completed",
                "charge.succeeded",
                "charge.updated",
                "payment_intent.succeeded",
            ]
            if not number:
                stripe.refund(charge, 5000)
                kinds[2] = "charge.refunded"
            intent = stripe.objects[charge["payment_intent"]]
            for place, kind in enumerate(kinds):
                subject = session if "session" in kind else intent if "intent" in kind else charge
                body, signature = stripe.signed(stripe.event(kind, subject))
                (folder / f"{number}-{place}.message").write_bytes(signature.encode() + b"\n" + body)
        config = tmp_path / "own.toml"
        config.write_text(f'[operator]\nstripe_url = "{stripe.url}"\n')
        monkeypatch.setenv("MEMBERSHIP_CONFIG", str(config))
        monkeypatch.setenv("MEMBERSHIP_STRIPE_KEY", KEY)
        monkeypatch.setenv("MEMBERSHIP_STRIPE_WEBHOOK_SECRETS", SECRET)
        yield world, folder


def test_inv_09_fi_38_every_message_fifty_times_from_eight_processes_posts_each_payment_once(told):
    world, folder = told
    printed = at_once(world.app, "deliver", folder, TIMES)
    assert printed == ["[200]"] * PROCESSES
    work(world.app)
    db.session.expire_all()
    session = read_as(world.actor)
    assert session.execute(select(func.count()).select_from(OnlineEvent)).scalar_one() == 4 * PAYMENTS
    states = set(session.execute(select(OnlineEvent.state)).scalars())
    assert states == {EventState.DONE}
    posted = session.execute(
        select(OnlinePosting.kind, func.count(), func.sum(OnlinePosting.cents)).group_by(OnlinePosting.kind)
    )
    assert {str(row[0]): (row[1], row[2]) for row in posted} == {
        "payment": (PAYMENTS, 20000 * PAYMENTS), "fee": (PAYMENTS, -325 * PAYMENTS), "refund": (1, -5000),
    }  # fmt: skip
    received = session.execute(select(func.count()).where(Payment.method == Method.ONLINE)).scalar_one()
    assert received == PAYMENTS + 1
    still_open = session.execute(
        select(func.sum(OpenItem.open_cents)).where(OpenItem.reference.like("OFFEN%"))
    ).scalar_one()
    assert still_open == 5000
    assert verify(session, full=True).findings == []
