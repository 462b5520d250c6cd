"""Refunds wait for a second person; an account that never paid does so even where refunds do not."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.approvals import Action, ApprovalOutdated, NotPossibleNow, Waiting
from membership.domain.banking.statements import Rest
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries import refunds as queries
from membership.persistence.queries.approvals import get_approval
from membership.persistence.queries.payments import credit_cents
from membership.services import ledger, offsets, refunds
from membership.services.approving import approve
from membership.services.banking.deciding import post_line
from membership.services.refunds import Payee
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import make_association, make_member
from tests.services.banking.books import entry, statement, taken_in
from tests.services.test_approvals import BOARD, add_people

DAY = date(2027, 2, 3)
NEW = "DE02500105170137075030"
DONE = {"today": DAY, "base_url": "http://localhost"}


@pytest.fixture
def books(app, treasurer):
    """A member with a credit balance of 100.00 from one bank entry, and somebody on the board."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Hansa Blechformteile GmbH")
    taken_in(treasurer, statement(entry(10_000, "doppelt", day=DAY)))
    write(treasurer, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
    write(treasurer, change_settings, {"approval.refund": False})
    add_people(treasurer, u1=Role.TREASURER, u2=Role.ADMIN, u7=Role.BOARD)
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def asked(actor, cents: int, **payee):
    return write(actor, refunds.prepare_refund, "M0001", cents, payee=Payee(**payee), today=DAY)


def test_mem_18_an_account_that_never_paid_waits_for_the_board_and_is_kept_encrypted(books):
    waiting = asked(books, 4_000, iban=NEW)
    assert isinstance(waiting, Waiting)
    row = get_approval(read_as(books), waiting.approval).approval
    assert row.action is Action.PAYEE
    assert NEW not in str(row.arguments) + str(row.shown)
    assert credit_cents(read_as(books), 1) == 10_000
    write(BOARD, approve, waiting.approval, **DONE)
    view = queries.get_refund(read_as(books), "ER2027-0001")
    assert (view.row.iban_shown[-4:], credit_cents(read_as(books), 1)) == ("5030", 6_000)


def test_the_account_that_paid_needs_nobody_where_the_setting_is_off(books):
    assert asked(books, 4_000, line_id=1) == "ER2027-0001"


def test_mem_18_every_refund_waits_where_the_setting_is_on_and_one_that_became_too_high_is_not_made(books):
    write(books, change_settings, {"approval.refund": True})
    first = asked(books, 8_000, line_id=1)
    assert get_approval(read_as(books), first.approval).approval.action is Action.REFUND
    write(BOARD, approve, first.approval, **DONE)
    second = asked(books, 2_000, line_id=1)
    write(books, use_credit)
    with pytest.raises((ApprovalOutdated, NotPossibleNow)):
        write(BOARD, approve, second.approval, **DONE)
    assert len(queries.list_refunds(read_as(books))) == 1


def use_credit(session):
    """Use the credit balance for something else in the meantime."""
    owed = {"reference": "ALT-1", "dues_year": 2026, "due_on": DAY, "today": DAY}
    ledger.book_opening_item(session, 1, 1_000, **owed)
    session.flush()
    offsets.record_offset(session, 1, 1_000, received_on=DAY, today=DAY)
