"""What the pages about money are tried on: three members, billed for 2027, on a day in February."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import pytest

from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.gateways.mail import SmtpMailer
from membership.jobs import engine
from membership.persistence.db import write
from membership.services import payments
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.mail_server import Handler, Server

BOOKKEEPER = person(Role.TREASURER, Role.ADMIN, user_id=1000)


@dataclass(frozen=True)
class Billed:
    """Alpha owes 600.00 (RE2027-0001), Beta 1,200.00 (RE2027-0002), Gamma 450.00 (RE2027-0003); ids of the members."""

    alpha: int
    beta: int
    gamma: int

    def pay(self, member_id: int, cents: int, on: date = date(2027, 2, 10), **changes) -> int:
        """Record a payment by the service and return its id."""
        return write(
            BOOKKEEPER,
            payments.record_payment,
            member_id,
            cents,
            received_on=on,
            method=Method.TRANSFER,
            today=date(2027, 2, 16),
            **changes,
        )


@pytest.fixture
def billed(web, monkeypatch) -> Billed:
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    return web.prepared("billed", _bill)


def _bill() -> Billed:
    make_association(BOOKKEEPER)
    ids = (
        make_member(BOOKKEEPER, number="M0001", name="Alpha Werke GmbH"),
        make_member(BOOKKEEPER, number="M0002", name="Beta Guss AG", headcount=60),
        make_member(
            BOOKKEEPER, number="M0003", name="Gamma <b>& Söhne</b> KG", headcount=5, start=date(2027, 1, 1)
        ),
    )
    bill_year(BOOKKEEPER)
    return Billed(*ids)


def main_of(response) -> str:
    """Return the main part of a page as HTML."""
    return (
        re.search(r"<main.*?</main>", response.text, re.DOTALL)[0].replace("\xa0", " ").replace("<wbr>", "")
    )


def said_by(response) -> str:
    """Return the words of the main part of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main_of(response)))


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def server(handler):
    with Server(handler) as running:
        yield running


@pytest.fixture
def to_send(web, treasurer, monkeypatch):
    """Three invoices: two by mail, one by post; nothing runs in the background."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Alpha Werke GmbH", invoice_email="a@werk.example")
    make_member(treasurer, number="M0002", name="Beta Guss AG", invoice_email="b@werk.example")
    make_member(treasurer, number="M0003", name="Gamma KG", invoice_email="", postcode="01067")
    monkeypatch.setattr(engine, "engine_of", lambda _app: Idle())
    web.app.extensions["membership_mailer"] = SmtpMailer(seconds=10.0)
    return bill_year(treasurer)


class Idle:
    """A queue that wakes nobody."""

    def look(self):
        return None
