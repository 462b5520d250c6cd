"""Invoices that wait to be sent, and a mail server for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from membership.gateways.mail import SmtpMailer
from membership.jobs.dispatch import Post, send_waiting
from membership.jobs.mail_page import MailPage
from membership.persistence.db import db, read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.services import dispatch, mail_server
from tests.factories import bill_year, make_association, make_member
from tests.mail_server import Handler, Server

BASE = "https://beitrag.verein.example"


def set_server(actor, port, **changes):
    values = {
        "mail.host": "127.0.0.1",
        "mail.port": port,
        "mail.security": "none",
        "mail.sender": "beitrag@verein.example",
        **changes,
    }
    write(actor, mail_server.change_mail_server, values)


class Mailing:
    """Members M0001 to M000n with one invoice each, handed over for sending, and a server that takes mails."""

    def __init__(self, actor, handler, server):
        self.actor, self.handler, self.server = actor, handler, server
        self.minutes = 0

    def bill(self, count=3, **changes):
        make_association(self.actor)
        for number in range(1, count + 1):
            given = {"invoice_email": f"m{number}@werk.example", **changes}
            make_member(self.actor, number=f"M{number:04d}", **given)
        self.run_id = bill_year(self.actor)
        set_server(self.actor, self.server.port)

    def hand_over(self):
        return write(self.actor, dispatch.send_run, self.run_id)

    def now(self):
        return self.actor.at + timedelta(minutes=self.minutes)

    def as_of(self, minutes):
        self.minutes = minutes
        return replace(self.actor, at=self.now())

    def post(self, **changes):
        made = Post(
            mailer=SmtpMailer(seconds=10.0),
            frame=MailPage(current_app.jinja_env),
            base_url=BASE,
            moment=self.now,
        )
        return replace(made, **changes)

    def work(self, minutes=None, **changes):
        if minutes is not None:
            self.minutes = minutes
        return send_waiting(self.actor, self.post(**changes))

    def rows(self):
        session = read_as(self.actor)
        session.rollback()
        session.expire_all()
        return list(session.execute(select(Dispatch).order_by(Dispatch.id)).scalars())

    def states(self):
        return [str(row.state) for row in self.rows()]


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def mailing(app, treasurer, handler):
    with Server(handler) as running:
        yield Mailing(treasurer, handler, running)
    db.session.remove()
