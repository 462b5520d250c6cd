"""The queue asks for two kinds of work, and a long mailing does not hold up the invoices."""

from __future__ import annotations

import threading
import time

from membership.domain.policy import Actor
from membership.jobs import engine
from membership.persistence.db import db


def waits_for(is_true, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def test_invoices_are_made_while_mails_are_on_their_way(sqlite_app, monkeypatch):
    goes_on, issued = threading.Event(), []

    def mail(_app, actor) -> int:
        assert isinstance(actor, Actor)
        goes_on.wait(20)
        return 0

    def issue(_app, _actor) -> int:
        issued.append(threading.get_ident())
        return 0

    monkeypatch.setattr(engine, "send_mails", mail)
    monkeypatch.setattr(engine, "issue_and_render", issue)
    made = engine.Engine(sqlite_app)
    consumer = made.queue.create_consumer(
        workers=2, worker_type="thread", initial_delay=0.05, max_delay=0.1, periodic=False
    )
    consumer._set_signal_handlers = lambda: None
    consumer.start()
    try:
        made.look()
        assert waits_for(lambda: len(issued) == 1)
        made.look()
        assert waits_for(lambda: len(issued) == 2), "the mailing holds up the invoices"
    finally:
        goes_on.set()
        consumer.stop(graceful=True)
        db.session.remove()
