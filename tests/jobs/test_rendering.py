"""The PDFs of a run: one that cannot be made holds up no other, is tried five times, and is then given up."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from sqlalchemy import select

from invoices import pdf
from membership.jobs import billing as loops
from membership.jobs import engine
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import OutboxRow
from membership.persistence.models.invoicing import StoredDocument
from membership.services import billing, invoicing, outbox
from tests.conftest import TODAY
from tests.factories import make_association, make_member

NUMBERS = ("M0001", "M0002", "M0003")


@pytest.fixture
def issued(app, treasurer):
    """Three invoices with the ids 1 to 3 whose PDFs wait."""
    make_association(treasurer)
    for number in NUMBERS:
        make_member(treasurer, number=number)
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    write(treasurer, billing.release_run, run_id, today=TODAY)
    loops.issue_run(treasurer, run_id, base_url="http://localhost", today=TODAY)
    return treasurer


class LayoutError(Exception):
    """What a library raises that nobody foresaw."""


def after(actor, minutes):
    return lambda: actor.at + timedelta(minutes=minutes)


def rows(actor):
    found = read_as(actor).execute(
        select(OutboxRow.ref_id, OutboxRow.state, OutboxRow.attempts).order_by(OutboxRow.id)
    )
    return [tuple(row) for row in found]


def made(actor):
    return (
        read_as(actor)
        .execute(
            select(StoredDocument.invoice_id).where(StoredDocument.kind == "pdf").order_by(StoredDocument.id)
        )
        .scalars()
        .all()
    )


def error_of(actor, invoice_id):
    return read_as(actor).execute(select(OutboxRow.error).where(OutboxRow.ref_id == invoice_id)).scalar_one()


def test_a_pdf_that_fails_in_an_unforeseen_way_is_given_up_and_the_others_are_made(issued, monkeypatch):
    render = pdf.render

    def broken(document):
        if document.number.endswith("2"):
            message = "too wide"
            raise LayoutError(message)
        return render(document)

    monkeypatch.setattr(pdf, "render", broken)
    assert loops.render_waiting(issued, moment=after(issued, 0)) == 2
    assert rows(issued) == [(1, outbox.DONE, 1), (2, outbox.NEW, 1), (3, outbox.DONE, 1)]
    for minutes in range(1, 8):
        assert loops.render_waiting(issued, moment=after(issued, minutes)) == 0
    assert rows(issued)[1] == (2, outbox.FAILED, 5)
    assert error_of(issued, 2) == "LayoutError: too wide"


def test_an_invoice_that_cannot_be_read_holds_up_no_other(issued, monkeypatch):
    read = invoicing.frozen_documents

    def broken(session, invoice_ids):
        if 2 in invoice_ids:
            raise KeyError("logo")
        return read(session, invoice_ids)

    monkeypatch.setattr(invoicing, "frozen_documents", broken)
    assert loops.render_waiting(issued, moment=after(issued, 0)) == 2
    assert made(issued) == [1, 3]
    assert "logo" in error_of(issued, 2)


def test_a_pdf_at_which_the_worker_dies_takes_no_other_along(issued):
    """Each claim without a word is a worker that died; the second time a row comes alone."""
    for minutes in range(0, 60, 3):
        worker = replace(issued, at=after(issued, minutes)())
        fence, claimed = write(worker, outbox.claim, invoicing.RENDER, 25)
        if 2 not in [invoice_id for _row, invoice_id in claimed]:
            write(worker, outbox.settle, fence, [row_id for row_id, _invoice in claimed])
    assert rows(issued) == [(1, outbox.DONE, 2), (2, outbox.FAILED, 5), (3, outbox.DONE, 2)]
    assert error_of(issued, 2) == outbox.NO_WORD


@pytest.mark.parametrize(
    "error",
    [
        redis.exceptions.ConnectionError("Error 111 connecting to localhost:6379. Connection refused."),
        sqlite3.OperationalError("database is locked"),
        OSError("no such file"),
    ],
)
def test_a_queue_that_does_not_answer_stops_no_page(sqlite_app, monkeypatch, caplog, error):
    class Away:
        def look(self):
            raise error

    monkeypatch.setattr(engine, "engine_of", lambda _app: Away())
    engine.wake()
    assert "the sweep will find the work" in caplog.text
