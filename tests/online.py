"""An application beside a stub of Stripe, and what a payer does there."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select

from membership import clock
from membership.app import Provider
from membership.domain.online_payments.attempts import Offer, Way
from membership.domain.online_payments.pictures import Movement, Paid
from membership.domain.policy import Actor, Role
from membership.gateways.stripe import StripeProvider, read_message
from membership.jobs import online_payments as jobs
from membership.persistence.db import db, read_as, write
from membership.persistence.models.online_payments import OnlineAttempt, OnlineEvent, OnlinePosting
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.payments import credit_cents, item_of
from membership.services import ledger, online_payments
from membership.services.verify import verify
from tests.factories import make_member
from tests.stripe_server import KEY, SECRET, stripe_server

TIMEOUTS = (0.5, 1.0)
TODAY = clock.today("Europe/Berlin")


class OutsideTransactions(StripeProvider):
    """Stripe, asked as in earnest; a question inside a transaction fails, for it may take seconds (`reliability.md` 5.8)."""

    def _guarded(self, ask):
        assert not db.session().in_transaction(), "Stripe is asked inside a transaction"
        return super()._guarded(ask)


def connect(app, stripe, *, key=KEY, secrets=(SECRET,), url=None):
    """Let an application speak to the stub, with short timeouts."""
    settings = replace(
        app.extensions["membership"],
        stripe_key=key,
        stripe_webhook_secrets=tuple(secrets),
        stripe_url=url or stripe.url,
    )
    app.extensions["membership"] = settings
    provider = OutsideTransactions(
        key, base_url=settings.stripe_url, time_zone="Europe/Berlin", timeouts=TIMEOUTS
    )
    app.extensions["membership_payment_provider"] = lambda: provider
    jobs._looked.clear()
    return provider


def disconnect(app):
    app.extensions["membership_payment_provider"] = Provider(
        replace(app.extensions["membership"], stripe_key="")
    )


@contextmanager
def at_stripe(app):
    """A stub of Stripe that the application speaks to."""
    with stripe_server() as stripe:
        connect(app, stripe)
        stripe.now = int(clock.now().timestamp())
        yield stripe


def tell(client, stripe, kind, subject, *, secret=SECRET, at=None, **changes):
    """Have Stripe send an event to the webhook; return the answer."""
    body, signature = stripe.signed(stripe.event(kind, subject, **changes), secret=secret, at=at)
    return client.post(
        "/webhooks/stripe",
        data=body,
        headers={"Stripe-Signature": signature},
        content_type="application/json",
    )


def work(app):
    """Do what the worker does each minute."""
    db.session.rollback()
    done = jobs.tend(app)
    db.session.rollback()
    db.session.expire_all()
    return done


def attempts():
    return list(read_as(jobs.worker()).execute(select(OnlineAttempt).order_by(OnlineAttempt.id)).scalars())


def events():
    return list(read_as(jobs.worker()).execute(select(OnlineEvent).order_by(OnlineEvent.id)).scalars())


class World:
    """M0001 owes 600.00 (ALT-1) and 100.00 (ALT-2)."""

    def __init__(self, app, treasurer, stripe):
        self.app, self.actor, self.stripe = app, treasurer, stripe
        self.member = make_member(treasurer, number="M0001", invoice_email="a@b.example")
        for name, cents in (("ALT-1", 60000), ("ALT-2", 10000)):
            write(
                treasurer, ledger.book_opening_item, self.member, cents, reference=name, dues_year=2026,
                due_on=TODAY, today=TODAY,
            )  # fmt: skip

    @property
    def payer(self):
        companies = ((self.member, Role.COMPANY_USER),)
        return Actor(name="Kontakt", at=clock.now(), request_id="test", user_id=7, companies=companies)

    def begin(self, *documents, way=Way.CARD):
        uid = jobs.begin(self.app, self.payer, self.member, documents or ("ALT-1",), way, language="de")
        db.session.expire_all()
        return uid

    def paid(self, *documents, **changes):
        """Begin, and pay at Stripe; nothing is told yet. Return session and charge."""
        self.begin(*documents)
        session = self.stripe.last_session()
        return session, self.stripe.pay(session, **changes)

    def put(self, kind, subject, **changes):
        """Keep an event as the webhook does."""
        body, signature = self.stripe.signed(self.stripe.event(kind, subject, **changes))
        message = read_message(body, signature, [SECRET], now=clock.now())
        write(jobs.worker(), online_payments.keep_message, message, body)

    def work(self):
        return work(self.app)

    def state(self):
        db.session.expire_all()
        return attempts()[-1].state

    def open(self, number="ALT-1"):
        return item_of(read_as(self.actor), number)[2]

    def credit(self):
        return credit_cents(read_as(self.actor), self.member)

    def transit(self):
        return queries.transit_cents(read_as(self.actor))

    def postings(self):
        rows = read_as(self.actor).execute(select(OnlinePosting).order_by(OnlinePosting.id)).scalars()
        return [(str(each.kind), each.cents) for each in rows]

    def looks(self):
        return [(each.kind, each.reason) for each in queries.list_looks(read_as(self.actor))]

    def holds(self):
        assert verify(read_as(self.actor), full=True).findings == []


def paid_online(actor, member_id, reference, *, today, fee=925, charge="ch_1"):
    """Book a payment by card as Stripe would report it, without Stripe; return the attempt's reference."""
    payer = replace(actor, roles=frozenset(), companies=((member_id, Role.COMPANY_USER),))
    uid = write(
        payer, online_payments.start_attempt, member_id, [reference], Way.CARD, offer=Offer((Way.CARD,), 0),
        is_live=False, base_url="http://localhost", language="de", today=today,
    )  # fmt: skip
    cents = queries.get_attempt(read_as(actor), uid).attempt.cents
    paid = Paid(
        f"pi_{charge}", uid, "succeeded", cents, "eur", is_live=False, charge_id=charge, charged_on=today,
        movement=Movement(f"txn_{charge}", "charge", charge, cents, fee, "eur", today), way="card",
    )  # fmt: skip
    write(actor, online_payments.follow, uid, page=None, paid=paid, today=today)
    return uid
