"""A worker is killed while it makes a PDF or hands a mail over: nothing is lost, nothing goes out twice by itself."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import select

from invoices import pdf
from membership.domain import mail_reasons as reasons
from membership.jobs import billing as loops
from membership.jobs.dispatch import send_waiting
from membership.jobs.engine import post_of
from membership.persistence.db import db, read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import StoredDocument
from membership.services import billing, dispatch, invoicing
from tests.conftest import TODAY
from tests.factories import make_association, make_member
from tests.forks import Forked
from tests.jobs.conftest import set_server
from tests.mail_server import Handler, Server


class Killed:
    """A worker in a process of its own."""

    def __init__(self, app, step: str, mark: Path) -> None:
        settings = app.extensions["membership"]
        db.session.remove()
        environment = {
            **os.environ, "MEMBERSHIP_DATABASE_URL": settings.database_url,
            "MEMBERSHIP_STATE_DIR": str(settings.state_dir),
        }  # fmt: skip
        self.process = Forked("tests.races.mail_worker", step, mark, environment=environment)

    def kill_when(self, is_there) -> None:
        """Kill the worker as soon as it is where it is to be killed."""
        until = time.monotonic() + 30
        while not is_there():
            assert time.monotonic() < until, "the worker never came there"
            assert self.process.poll() is None, "the worker ended"
            time.sleep(0.01)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def issued(app, treasurer, handler):
    """Three issued invoices whose PDFs wait, handed over for sending; yields who acts."""
    actor = replace(treasurer, at=datetime.now(UTC))
    with Server(handler) as running:
        make_association(actor)
        for number in (1, 2, 3):
            make_member(actor, number=f"M000{number}", invoice_email=f"m{number}@werk.example")
        run_id = write(actor, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
        write(actor, billing.release_run, run_id, today=TODAY)
        loops.issue_run(actor, run_id, base_url="http://localhost", today=TODAY)
        set_server(actor, running.port)
        write(actor, dispatch.send_run, run_id)
        yield actor
        db.session.remove()


def later(actor, minutes):
    return replace(actor, at=datetime.now(UTC) + timedelta(minutes=minutes))


def work(actor):
    post = replace(post_of(current_app), moment=lambda: actor.at)
    return send_waiting(actor, post)


def states(actor):
    found = read_as(actor).execute(select(Dispatch.state).order_by(Dispatch.id)).scalars()
    return [str(state) for state in found]


def test_fi_05_a_worker_killed_while_it_makes_a_pdf_leaves_an_invoice_that_is_rendered_and_mailed_later(
    app, issued, handler, tmp_path
):
    mark = tmp_path / "mark"
    Killed(app, "render", mark).kill_when(mark.exists)
    assert read_as(issued).execute(select(StoredDocument.id)).all() == []
    assert work(issued) == 0
    assert states(issued) == ["new", "new", "new"]
    after = later(issued, 3)
    assert (
        loops.render_waiting(after, moment=lambda: after.at)
        + loops.render_waiting(later(issued, 6), moment=lambda: later(issued, 6).at)
        == 3
    )
    documents = invoicing.frozen_documents(read_as(issued), [1, 2, 3])
    stored = (
        read_as(issued)
        .execute(
            select(StoredDocument.invoice_id, StoredDocument.content).where(StoredDocument.kind == "pdf")
        )
        .all()
    )
    assert {row.invoice_id: row.content for row in stored} == {
        invoice_id: pdf.render(document) for invoice_id, document in documents.items()
    }
    assert work(later(issued, 6)) == 3
    assert len(handler.mails) == 3


def test_fi_06_a_mail_whose_worker_was_killed_before_the_answer_is_unclear_and_stays_so(
    app, issued, handler, tmp_path
):
    loops.render_waiting(issued)
    handler.faults["ACCEPTED"] = lambda *_given: 20.0
    Killed(app, "send", tmp_path / "mark").kill_when(lambda: handler.mails)
    assert states(issued) == ["sending", "new", "new"]
    handler.faults.clear()
    assert work(later(issued, 1)) == 0
    assert work(later(issued, 5)) == 2
    assert states(issued) == ["unknown", "sent", "sent"]
    first = read_as(issued).get(Dispatch, 1)
    assert first.reason == reasons.WORKER_GONE
    assert work(later(issued, 60 * 24)) == 0
    assert handler.recipients == ["m1@werk.example", "m2@werk.example", "m3@werk.example"]


def test_a_worker_killed_before_the_mail_was_handed_over_leaves_it_unclear_too(
    app, issued, handler, tmp_path
):
    """Nobody but the server could tell; so a person is asked, and may send it again."""
    loops.render_waiting(issued)
    handler.faults["RCPT"] = lambda *_given: 20.0
    Killed(app, "send", tmp_path / "mark").kill_when(
        lambda: any(each.startswith("RCPT") for each in handler.commands)
    )
    handler.faults.clear()
    assert work(later(issued, 5)) == 2
    assert states(issued) == ["unknown", "sent", "sent"]
    write(issued, dispatch.retry_dispatch, 1)
    assert work(later(issued, 6)) == 1
    assert sorted(handler.recipients) == ["m1@werk.example", "m2@werk.example", "m3@werk.example"]
