"""Payments recorded again after a reversal, and dues offset with the credit balance: nothing is spent twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from membership.domain.errors import DomainError, NotFound
from membership.domain.ledger import Account
from membership.domain.offsets import CreditTooSmall, NothingToOffset, OffsetBeyondOpen
from membership.domain.payments import AllocatedTooMuch, Method, ReceivedInFuture, Share
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.queries import payments as queries
from membership.services import ledger, offsets, payments, receipts
from membership.services.verify import verify
from tests.conftest import TODAY
from tests.factories import bill_year, make_association, make_member

FIRST, SECOND = "RE2027-0001", "OLD-1"


@pytest.fixture
def member(app, treasurer) -> int:
    return owing_twice(treasurer)


def owing_twice(treasurer) -> int:
    """Make a member that owes 600.00 of an invoice and 400.00 from before."""
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer, with_papers=False)
    write(
        treasurer, ledger.book_opening_item, member_id, 40000,
        reference=SECOND, dues_year=2026, due_on=TODAY, today=TODAY,
    )  # fmt: skip
    return member_id


def receive(actor, cents, *, method=Method.TRANSFER, document=FIRST, on=TODAY, reason=""):
    return write(
        actor, receipts.record_receipt, document, cents,
        received_on=on, method=method, today=TODAY, reason=reason,
    )  # fmt: skip


def offset(actor, cents, *, document=SECOND, **changes):
    return receive(actor, cents, method=Method.OFFSET, document=document, **changes)


def give_credit(actor, member_id, cents):
    return write(
        actor, payments.record_payment, member_id, cents,
        received_on=TODAY, method=Method.TRANSFER, today=TODAY, shares=[],
    )  # fmt: skip


def open_of(actor, document):
    return queries.get_open_item(read_as(actor), document).open_cents


def on_account(actor, account):
    statement = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(EntryLine.account == account)
    return int(read_as(actor).execute(statement).scalar_one())


def test_inv_09_a_payment_recorded_again_after_its_reversal_is_posted_again(treasurer, member):
    first = receive(treasurer, 60000)
    write(treasurer, payments.reverse_payment, first, reason="wrong member", today=TODAY)
    second = receive(treasurer, 60000)
    assert second != first
    assert open_of(treasurer, FIRST) == 0
    assert receive(treasurer, 60000) == second
    write(treasurer, payments.reverse_payment, second, reason="wrong again", today=TODAY)
    third = receive(treasurer, 60000)
    assert third not in {first, second}
    assert on_account(treasurer, Account.BANK) == 60000
    assert verify(read_as(treasurer), full=False).ok


def test_d_inv_15_an_offset_uses_up_the_credit_balance(treasurer, member):
    paid = give_credit(treasurer, member, 40000)
    assert offset(treasurer, 40000) == paid
    assert open_of(treasurer, SECOND) == 0
    assert queries.credit_cents(read_as(treasurer), member) == 0
    assert on_account(treasurer, Account.BANK) == 40000
    assert on_account(treasurer, Account.OFFSET) == 0
    assert verify(read_as(treasurer), full=False).ok


def test_inv_09_the_same_offset_again_is_reported_and_not_done_twice(treasurer, member):
    paid = give_credit(treasurer, member, 50000)
    assert offset(treasurer, 10000) == paid
    assert offset(treasurer, 10000) == paid
    assert open_of(treasurer, SECOND) == 30000
    offset(treasurer, 10000, reason="a second part")
    assert open_of(treasurer, SECOND) == 20000
    write(treasurer, payments.unallocate, paid, SECOND, today=TODAY)
    offset(treasurer, 10000)
    assert open_of(treasurer, SECOND) == 30000


def test_an_offset_takes_the_oldest_credit_first_and_as_much_as_it_needs(treasurer, member):
    first, second = give_credit(treasurer, member, 10000), give_credit(treasurer, member, 20000)
    assert offset(treasurer, 25000) == second
    rows = read_as(treasurer).execute(select(Allocation.payment_id, Allocation.amount_cents)).all()
    assert rows == [(first, 10000), (second, 15000)]
    assert queries.credit_cents(read_as(treasurer), member) == 5000


def test_more_than_the_credit_balance_cannot_be_offset(treasurer, member):
    give_credit(treasurer, member, 10000)
    with pytest.raises(CreditTooSmall, match=r"100\.00"):
        offset(treasurer, 10001, reason="and a claim")
    assert open_of(treasurer, SECOND) == 40000


def test_an_offset_settles_the_document_it_names_and_no_other(treasurer, member):
    give_credit(treasurer, member, 60000)
    with pytest.raises(OffsetBeyondOpen, match=r"400\.00"):
        offset(treasurer, 40001)
    offset(treasurer, 40000)
    with pytest.raises(OffsetBeyondOpen, match=r"0\.00"):
        offset(treasurer, 20000)
    assert open_of(treasurer, FIRST) == 60000


def test_without_credit_balance_and_without_a_reason_nothing_can_be_offset(treasurer, member):
    with pytest.raises(NothingToOffset):
        offset(treasurer, 40000)
    assert read_as(treasurer).execute(select(Payment.id)).all() == []


def test_another_claim_of_the_member_is_offset_when_it_is_named(treasurer, member):
    claim = {"reason": "Their invoice 17 for the hall"}
    own = offset(treasurer, 50000, **claim)
    assert own == offset(treasurer, 50000, **claim)
    assert read_as(treasurer).get_one(Payment, own).channel == "offset"
    assert open_of(treasurer, SECOND) == 0
    assert on_account(treasurer, Account.OFFSET) == 50000
    assert queries.credit_cents(read_as(treasurer), member) == 10000
    assert verify(read_as(treasurer), full=False).ok


def test_an_offset_of_a_day_that_has_not_come_is_refused(treasurer, member):
    give_credit(treasurer, member, 40000)
    with pytest.raises(ReceivedInFuture):
        offset(treasurer, 40000, on=date(2027, 1, 12))


@pytest.mark.parametrize("record", [payments.record_payment, offsets.record_offset])
def test_money_of_tomorrow_or_of_nobody_is_not_recorded(treasurer, member, record):
    given = {"received_on": TODAY, "today": TODAY}
    given |= {"method": Method.CASH} if record is payments.record_payment else {}
    with pytest.raises(ReceivedInFuture):
        write(treasurer, record, member, 100, **{**given, "received_on": TODAY + timedelta(days=1)})
    with pytest.raises(NotFound):
        write(treasurer, record, member + 1, 100, **given)
    assert read_as(treasurer).execute(select(Payment.id)).all() == []


def test_pay_2_an_offset_without_a_named_document_settles_what_is_due_first(treasurer, member):
    paid = give_credit(treasurer, member, 50000)
    assert write(treasurer, offsets.record_offset, member, 50000, received_on=TODAY, today=TODAY) == paid
    assert (open_of(treasurer, FIRST), open_of(treasurer, SECOND)) == (50000, 0)


def test_an_offset_may_be_shared_by_hand_between_documents(treasurer, member):
    give_credit(treasurer, member, 70000)
    items = {each.reference: each.id for each in queries.list_owed(read_as(treasurer), member)}
    shares = [Share(items[FIRST], 30000), Share(items[SECOND], 40000)]
    write(
        treasurer, offsets.record_offset, member, 70000, received_on=TODAY, today=TODAY, shares=shares,
    )  # fmt: skip
    assert (open_of(treasurer, FIRST), open_of(treasurer, SECOND)) == (30000, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "credit", "offset", "claim", "reverse", "unallocate", "allocate"]),
        st.sampled_from([FIRST, SECOND]),
        st.sampled_from([1, 9999, 10000, 30000, 40000, 60000, 100001]),
    ),
    max_size=10,
)


@pytest.fixture
def owing(sqlite_app, treasurer) -> int:
    return owing_twice(treasurer)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_inv_10_what_came_in_is_what_is_settled_and_what_is_credit(treasurer, owing, steps):
    """The books of one example go on in the next: the rule holds after any number of steps."""
    for step in steps:
        take(treasurer, owing, *step)
        session = read_as(treasurer)
        came_in = sum(on_account(treasurer, each) for each in (Account.BANK, Account.CASH, Account.OFFSET))
        billed, still_open = session.execute(
            select(func.sum(OpenItem.original_cents), func.sum(OpenItem.open_cents))
        ).one()
        credit = queries.credit_cents(session, owing)
        assert came_in == billed - still_open + credit
        assert credit == sum(free for _payment, free in queries.list_free(session, owing))
        assert credit >= 0
    assert verify(read_as(treasurer), full=False).ok


def take(actor, member_id, kind, document, cents):
    """Take one step; what a rule refuses changes nothing."""
    last = read_as(actor).execute(select(func.max(Payment.id))).scalar_one() or 0
    steps = {
        "pay": lambda: receive(actor, cents, document=document),
        "credit": lambda: give_credit(actor, member_id, cents),
        "offset": lambda: offset(actor, cents, document=document),
        "claim": lambda: offset(actor, cents, document=document, reason="Their invoice"),
        "reverse": lambda: write(actor, payments.reverse_payment, last, reason="wrong", today=TODAY),
        "unallocate": lambda: write(actor, payments.unallocate, last, document, today=TODAY),
        "allocate": lambda: write(
            actor, payments.allocate, last,
            [Share(queries.get_open_item(read_as(actor), document).id, cents)], today=TODAY,
        ),
    }  # fmt: skip
    try:
        steps[kind]()
    except DomainError:
        return


def test_a_document_of_another_member_is_not_settled_by_an_offset(treasurer, member):
    other = make_member(treasurer, number="M0002")
    give_credit(treasurer, other, 40000)
    item = queries.get_open_item(read_as(treasurer), SECOND)
    with pytest.raises((payments.ForeignDocument, AllocatedTooMuch)):
        write(
            treasurer, offsets.record_offset, other, 40000,
            received_on=TODAY, today=TODAY, shares=[Share(item.id, 40000)],
        )  # fmt: skip
