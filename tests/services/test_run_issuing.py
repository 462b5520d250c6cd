"""A released run is worked off: what fails is named, a worker that comes late changes nothing, trying again is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from membership.domain.billing import ItemState, RunState
from membership.domain.dues.stored import phrase_of
from membership.domain.phrases import phrase
from membership.jobs.billing import issue_run
from membership.persistence.db import read_as, write
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Member
from membership.persistence.queries import billing as queries
from membership.services import billing, invoicing
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import bill_year, make_association, make_member

LATE = phrase("Free of dues")
UNPRINTABLE = "Werk \U0001f697 GmbH"


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    return treasurer


def released(actor, year=2027):
    run_id = write(actor, billing.plan_run, year, issued_on=TODAY, today=TODAY)
    write(actor, billing.release_run, run_id, today=TODAY)
    return run_id


def issue(actor, run_id):
    return issue_run(actor, run_id, base_url="http://localhost", today=TODAY)


def items(actor, run_id):
    return {view.member.number: view.item.state for view in queries.list_items(read_as(actor), run_id)}


def reasons(actor, run_id, language="de"):
    """Return what the pages say of each item that has a reason."""
    return {
        view.member.number: Wording(language).value(phrase_of(view.item.reason_text))
        for view in queries.list_items(read_as(actor), run_id)
        if view.item.reason_text
    }


def state(actor, run_id):
    return queries.get_run(read_as(actor), run_id).state


def numbers(actor):
    rows = read_as(actor).execute(
        select(Member.number, Invoice.number)
        .join(Invoice, Invoice.member_id == Member.id)
        .order_by(Invoice.id)
    )
    return [tuple(row) for row in rows]


def rename(session, member, name):
    session.get(Member, member).name = name


def test_fi_30_a_worker_whose_lane_was_taken_over_fails_no_item(books):
    for number in ("M0001", "M0002"):
        make_member(books, number=number)
    run_id = released(books)
    late = write(books, billing.take_lane, run_id, base_url="http://localhost")
    first = queries.list_items(read_as(books), run_id)[0].item.id
    later = replace(books, at=books.at + timedelta(minutes=5))
    write(later, billing.take_lane, run_id, base_url="http://localhost")
    write(books, billing.fail_item, late, first, reason=LATE)
    assert items(books, run_id) == {"M0001": ItemState.TODO, "M0002": ItemState.TODO}


def test_the_item_that_failed_is_marked_and_not_the_one_that_is_next(books):
    for number in ("M0001", "M0002"):
        make_member(books, number=number)
    run_id = released(books)
    lane = write(books, billing.take_lane, run_id, base_url="http://localhost")
    second = queries.list_items(read_as(books), run_id)[1].item.id
    write(books, billing.fail_item, lane, second, reason=LATE)
    assert items(books, run_id) == {"M0001": ItemState.TODO, "M0002": ItemState.FAILED}
    assert write(books, billing.issue_next, lane, today=TODAY) is not None
    write(books, billing.fail_item, lane, queries.list_items(read_as(books), run_id)[0].item.id, reason=LATE)
    assert items(books, run_id)["M0001"] is ItemState.DONE


def test_why_an_invoice_was_not_made_is_said_in_the_language_of_who_reads_it(books):
    make_member(books, number="M0001", name=UNPRINTABLE, language="en")
    run_id = released(books)
    assert issue(books, run_id) == 0
    assert reasons(books, run_id, "de") == {
        "M0001": "Die Rechnung für M0001 lässt sich nicht drucken: "
        "Die Zeichen \U0001f697 sind in keiner Schrift enthalten."
    }
    assert "cannot be printed" in reasons(books, run_id, "en")["M0001"]


def test_an_error_of_the_program_stops_one_invoice_and_not_the_run(books, monkeypatch, caplog):
    for number in ("M0001", "M0002", "M0003"):
        make_member(books, number=number)
    run_id = released(books)
    issue_one = invoicing.issue

    def broken(session, bill, stationery, *, today):
        assert bill.member.number != "M0002", "a case that nobody thought of"
        return issue_one(session, bill, stationery, today=today)

    monkeypatch.setattr(invoicing, "issue", broken)
    assert issue(books, run_id) == 2
    assert items(books, run_id)["M0002"] is ItemState.FAILED
    assert state(books, run_id) is RunState.DONE_WITH_ERRORS
    assert "AssertionError" in reasons(books, run_id)["M0002"]
    assert "nobody thought of" in caplog.text
    monkeypatch.undo()
    write(books, billing.resume_run, run_id)
    assert issue(books, run_id) == 1
    assert state(books, run_id) is RunState.DONE
