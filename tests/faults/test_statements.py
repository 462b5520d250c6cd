"""Each SQL statement of each operation with money fails once, on both databases: nothing half is left (GATE-09)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from invoices import pdf
from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import Category, Part, Rest
from membership.domain.corrections import Cause, Reason
from membership.domain.payments import Method, Share
from membership.domain.policy import Role
from membership.domain.single_invoices import DraftKind, FreeLine
from membership.persistence.db import MAX_TRIES, db, read_as, rehearse, write
from membership.persistence.models.approvals import Approval
from membership.persistence.models.bank import BankLine
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.ledger import NumberSeries, OpenItem
from membership.persistence.models.payments import Payment
from membership.services import (
    approvals,
    approving,
    billing,
    closings,
    corrections,
    dispatch,
    invoicing,
    ledger,
    offsets,
    outbox,
    payments,
    refunds,
    schedules,
    settings,
    single_invoices,
)
from membership.services.banking import deciding, importing
from membership.services.refunds import Payee
from membership.services.verify import verify
from tests.factories import ASSOCIATION, SCHEDULE, make_association, make_member
from tests.faults.statements import Fault, failing, state
from tests.services.banking.books import entry, statement
from tests.web.conftest import make_person

DAY = date(2027, 1, 11)


def steps(actor, member_id):
    """Yield name -> a call of one operation after another; each finds the state that the one before left."""
    paid = {"received_on": DAY, "method": Method.TRANSFER, "today": DAY}
    yield "change_settings", settings.change_settings, (ASSOCIATION,), {}
    yield "import_schedule", schedules.import_schedule, (SCHEDULE,), {}
    yield "activate_schedule", schedules.activate_schedule, ("DEMO-2027",), {}
    opening = {"reference": "ALT-1", "dues_year": 2026, "due_on": DAY, "today": DAY}
    yield "book_opening_item", ledger.book_opening_item, (member_id, 5000), opening
    yield "plan_run", billing.plan_run, (2027,), {"issued_on": DAY, "today": DAY}
    run_id = newest(actor, BillingRun)
    yield "refresh_run", billing.refresh_run, (run_id,), {}
    yield "hold_item", billing.hold_item, (run_id, member_id), {"reason": "wait"}
    yield "bill_item", billing.bill_item, (run_id, member_id), {}
    yield "release_run", billing.release_run, (run_id,), {"today": DAY}
    yield "pause_run", billing.pause_run, (run_id,), {}
    yield "resume_run", billing.resume_run, (run_id,), {}
    lane = write(actor, billing.take_lane, run_id, base_url="http://localhost")
    yield "issue_next", billing.issue_next, (lane,), {"today": DAY}
    yield "issue_next again", billing.issue_next, (lane,), {"today": DAY}
    yield "finish the run", billing.issue_next, (lane,), {"today": DAY}
    fence, rows = write(actor, outbox.claim, invoicing.RENDER, 25)
    frozen = invoicing.frozen_documents(read_as(actor), [ref for _row, ref in rows])
    made = [invoicing.Made(ref, pdf.render(frozen[ref])) for _row, ref in rows]
    yield "keep_pdfs", invoicing.keep_pdfs, (fence, [row for row, _ref in rows], made), {}
    yield "record_payment", payments.record_payment, (member_id, 61000), paid
    first = newest(actor, Payment)
    item = read_as(actor).execute(select(OpenItem.id).where(OpenItem.reference == "ALT-1")).scalar_one()
    yield "unallocate", payments.unallocate, (first, "ALT-1"), {"today": DAY}
    yield "allocate", payments.allocate, (first, [Share(item, 100)]), {"today": DAY}
    offset = {"received_on": DAY, "today": DAY}
    yield "record_offset", offsets.record_offset, (member_id, 200), offset
    yield (
        "record_payment by a reference",
        payments.record_payment,
        (member_id, 70),
        {**paid, "external_ref": "B-1"},
    )
    yield "reverse_payment", payments.reverse_payment, (first,), {"reason": "vertippt", "today": DAY}
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": DAY}
    yield "waive", corrections.waive, ("RE2027-0002", 100), decided
    yield "send_invoices", dispatch.send_invoices, (["RE2027-0002"],), {}
    yield "start_draft", single_invoices.start_draft, ("M0001", DraftKind.ITEMS), {"dues_year": 2027}
    draft_id = newest(actor, InvoiceDraft)
    text = single_invoices.DraftText(2027, lines=[FreeLine("Nachtrag", 5000)])
    yield "change_draft", single_invoices.change_draft, (draft_id, text), {"version": 1}
    seen = {"version": 2, "cents": 5000, "today": DAY, "base_url": "http://localhost", "sends": True}
    yield "issue_draft", single_invoices.issue_draft, (draft_id,), seen
    wrong = {"reason": Reason(Cause.WRONG_AMOUNT), "today": DAY}
    yield "cancel_invoice", corrections.cancel_invoice, ("RE2027-0002",), wrong
    yield from bank_steps(actor)
    yield "close_year", closings.close_year, (2026,), {"today": DAY}
    yield "reopen_year", closings.reopen_year, (2026,), {"reason": "Beleg fehlte"}
    yield from two_people(actor, decided)


def two_people(actor, decided):
    """Yield what is submitted to a second person, returned, submitted again, and approved."""
    write(actor, make_person, email="kasse@b.example", roles=[Role.TREASURER, Role.ADMIN], password=None)
    user_id = write(actor, make_person, email="vorstand@b.example", roles=[Role.BOARD], password=None)
    board = replace(actor, user_id=user_id, roles=frozenset({Role.BOARD}))
    yield "submit", corrections.waive, ("RE2027-0001", 20000), decided
    number = newest(actor, Approval)
    yield "return_approval", acting_as, (board, approvals.return_approval, number), {"reason": "Beleg fehlt"}
    yield "submit again", corrections.waive, ("RE2027-0001", 20000), decided
    done = {"today": DAY, "base_url": "http://localhost"}
    yield "approve", acting_as, (board, approving.approve, newest(actor, Approval)), done


def acting_as(session, person, use_case, *args, **kwargs):
    """Run a use case in the name of another person than the one that these steps are written by."""
    session.info["actor"] = replace(person, form_token=None).because("test")
    return use_case(session, *args, **kwargs)


def bank_steps(actor):
    """Yield the operations of a bank statement."""
    entries = (entry(700, day=DAY), entry(900, day=DAY), entry(-5, day=DAY, iban=None))
    sent = BankFile("camt.053.001.08", (statement(*entries, opening=5),))
    yield "take_in", importing.take_in, (sent,), {"file_hash": "aa", "file_name": "auszug.xml"}
    last = newest(actor, BankLine)
    yield "set_aside", deciding.set_aside, (last, Category.BANK_FEES), {"always": True}
    rest = {"rest": Rest.CREDIT, "credit_to": "M0001", "today": DAY}
    yield "post_line", deciding.post_line, (last - 1, [Part("ALT-1", 500)]), rest
    yield "undo_line", deciding.undo_line, (last - 1,), {"reason": "falsch", "today": DAY}
    write(actor, deciding.post_line, last - 1, [], **rest)
    refund = {"payee": Payee(line_id=last - 1), "today": DAY}
    yield "prepare_refund", refunds.prepare_refund, ("M0001", 900), refund
    yield "create_file", refunds.create_file, (), {"today": DAY}
    yield "pay_out", refunds.pay_out, ("ER2027-0001",), {"on": DAY}


def newest(actor, model):
    return read_as(actor).execute(select(func.max(model.id))).scalar_one()


@pytest.mark.parametrize(
    "after", [False, pytest.param(True, marks=pytest.mark.release)], ids=["before", "after"]
)
def test_inv_33_a_statement_that_fails_leaves_the_state_before(app, treasurer, after):
    member_id = make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", headcount=300)
    faults = 0
    for name, use_case, args, kwargs in steps(treasurer, member_id):
        actor = replace(treasurer, form_token=name)
        with failing(None) as statements:
            rehearse(actor, use_case, *args, **kwargs)
        before = state()
        for number in range(1, len(statements) + 2):
            with failing(number, after=after), pytest.raises(Exception, match=r"^$|Fault|program failed"):
                write(actor, use_case, *args, **kwargs)
            assert state() == before, (name, number, statements[: number + 1])
            faults += 1
        with failing(None) as seen:
            write(actor, use_case, *args, **kwargs)
        assert len(seen) == len(statements) + 1, name
        assert state() != before, name
    assert faults > 250
    assert verify(read_as(treasurer), full=True).findings == []


def busy(kind):
    """Return the error by which a database says that trying again can help."""
    if kind == "sqlite":
        return sqlite3.OperationalError("database is locked")
    return psycopg.errors.DeadlockDetected("deadlock detected")


@pytest.fixture
def owing(app, treasurer):
    make_association(treasurer)
    return make_member(treasurer, number="M0001")


def pay(actor, member_id):
    return write(
        actor, payments.record_payment, member_id, 100, received_on=DAY, method=Method.CASH, today=DAY
    )


class Once:
    """Raises an error of the driver at the commit, so many times."""

    def __init__(self, times: int) -> None:
        self.left, self.tried = times, 0

    def __call__(self, connection) -> None:
        self.tried += 1
        if self.left:
            self.left -= 1
            orig = busy(connection.dialect.name)
            raise DBAPIError.instance("COMMIT", None, orig, type(orig).__mro__[1], dialect=connection.dialect)


@pytest.mark.parametrize("times", [1, MAX_TRIES - 1])
def test_fi_21_a_deadlock_or_a_lock_is_tried_again_and_acts_once(app, treasurer, owing, times):
    hook = Once(times)
    event.listen(db.engine, "commit", hook)
    pay(treasurer, owing)
    event.remove(db.engine, "commit", hook)
    assert hook.tried == times + 1
    assert read_as(treasurer).execute(select(func.count(Payment.id))).scalar_one() == 1
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_21_after_five_tries_it_ends_with_nothing_done(app, treasurer, owing):
    before, hook = state(), Once(99)
    event.listen(db.engine, "commit", hook)
    with pytest.raises(DBAPIError):
        pay(treasurer, owing)
    event.remove(db.engine, "commit", hook)
    assert hook.tried == MAX_TRIES
    assert state() == before


def broken_after_commit(dialect):
    """Commit, then lose the connection before the answer arrives."""
    commit = dialect.do_commit

    def lost(connection) -> None:
        commit(connection)
        dialect.do_commit = commit
        error = psycopg.OperationalError("server closed the connection unexpectedly")
        raise DBAPIError.instance(
            "COMMIT", None, error, psycopg.Error, dialect=dialect, connection_invalidated=True
        )

    dialect.do_commit = lost


def test_fi_20_a_commit_whose_answer_is_lost_gives_the_result_that_was_kept(app, treasurer, owing):
    actor = replace(treasurer, form_token="form-1")
    broken_after_commit(db.engine.dialect)
    first = pay(actor, owing)
    assert pay(actor, owing) == first
    assert read_as(treasurer).execute(select(func.count(Payment.id))).scalar_one() == 1


def test_inv_03_a_number_that_was_taken_and_not_committed_is_taken_again(app, treasurer, owing):
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=DAY, today=DAY)
    write(treasurer, billing.release_run, run_id, today=DAY)
    lane = write(treasurer, billing.take_lane, run_id, base_url="http://localhost")

    def issue_and_fail(session):
        billing.issue_next(session, lane, today=DAY)
        raise Fault

    with pytest.raises(Fault):
        write(treasurer, issue_and_fail)
    write(treasurer, billing.issue_next, lane, today=DAY)
    series = (
        read_as(treasurer).execute(select(NumberSeries.last).where(NumberSeries.series == "RE")).scalar_one()
    )
    assert series == 1
