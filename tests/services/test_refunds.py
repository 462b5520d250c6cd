"""A credit balance goes back on both databases: once, to the account that paid, by a file, until the bank shows it."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pytest
from lxml import etree

from membership.domain.banking.statements import LineDecided, PartsDiffer, Rest
from membership.domain.errors import AlreadyDone
from membership.domain.payments import AllocatedTooMuch, AmountNotPositive, Share
from membership.domain.refunds import (
    ExecutedTooEarly,
    NothingToRefund,
    PayeeOutside,
    PaymentRefunded,
    RefundAccountMissing,
    RefundState,
    RefundStateOther,
    RefundTooHigh,
    WithdrawalReasonMissing,
)
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries import refunds as queries
from membership.persistence.queries.payments import credit_cents, list_payments
from membership.services import ledger, payments, refunds
from membership.services.bank_accounts import IbanUnreadable
from membership.services.banking.deciding import post_line, refund_line, undo_line
from membership.services.banking.matching import match_open
from membership.services.refunds import Payee
from membership.services.verify import verify
from tests.factories import make_association, make_member
from tests.services.banking.books import PAYER, books_cents, entry, lines, statement, taken_in

DAY = date(2027, 2, 3)
NEXT = date(2027, 2, 4)
OTHER = "DE02500105170137075030"
SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def books(app, treasurer):
    """A member with a credit balance of 100.00 from one bank entry."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Hansa Blechformteile GmbH")
    taken_in(treasurer, statement(entry(10_000, "doppelt gezahlt", day=DAY)))
    write(treasurer, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def prepared(actor, cents: int = 10_000, **changes) -> str:
    payee = Payee(**({"line_id": 1} | changes))
    return write(actor, refunds.prepare_refund, "M0001", cents, payee=payee, today=DAY, purpose="Überzahlung")


def credit(actor) -> int:
    return credit_cents(read_as(actor), 1)


def state(actor, number: str = "ER2027-0001") -> RefundState:
    return queries.get_refund(read_as(actor), number).state


def left(cents: int = -10_000, **changes):
    given = {"name": "Hansa Blechformteile GmbH", "iban": PAYER, "end_to_end_id": "ER2027-0001"} | changes
    return entry(cents, "", day=NEXT, **given)


def test_sec_74_no_more_is_refunded_than_the_credit_balance_and_nothing_twice(books):
    for cents, error in ((10_001, RefundTooHigh), (0, AmountNotPositive), (-5, AmountNotPositive)):
        with pytest.raises(error):
            prepared(books, cents)
    assert prepared(books, 6_000) == "ER2027-0001"
    assert credit(books) == 4_000
    with pytest.raises(RefundTooHigh):
        prepared(books, 4_001)
    assert prepared(books, 4_000) == "ER2027-0002"
    with pytest.raises(RefundTooHigh):
        prepared(books, 1)
    payment = list_payments(read_as(books))[0].payment.id
    for step in (
        lambda: write(books, payments.unallocate, payment, "ER2027-0001", today=DAY),
        lambda: write(books, undo_line, 1, reason="falsch", today=DAY),
    ):
        with pytest.raises(PaymentRefunded):
            step()


def test_a_refund_goes_by_a_file_to_the_account_that_paid_and_the_bank_entry_ends_it(books):
    number = prepared(books)
    made = write(books, refunds.create_file, today=DAY)
    kept = queries.get_file(read_as(books), made).row
    assert (made, kept.execute_on, kept.item_count, kept.sum_cents) == ("UE2027-0001", DAY, 1, 10_000)
    content = write(books, refunds.export_file, made)
    root = etree.fromstring(content)
    schema = files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(root)

    def told(path: str) -> list[str]:
        return [each.text for each in root.iterfind(f".//{path}", SPACE)]

    assert (told("p:CtrlSum"), told("p:NbOfTxs")) == (["100.00"] * 2, ["1"] * 2)
    assert told("p:CdtrAcct/p:Id/p:IBAN") == [PAYER]
    assert told("p:EndToEndId") == [number]
    assert told("p:Ustrd") == ["Ueberzahlung ER2027-0001 M0001"]
    assert told("p:PstlAdr") == []
    write(books, refunds.mark_submitted, made, on=DAY)
    with pytest.raises(AlreadyDone):
        write(books, refunds.mark_submitted, made, on=DAY)
    taken_in(books, statement(left(), opening=10_000))
    assert len(post_all_sure(books, today=NEXT)) == 1
    assert (state(books), books_cents(books), credit(books)) == (RefundState.PAID, 0, 0)
    with pytest.raises(LineDecided):
        write(books, refund_line, 2, [number])


def test_what_the_bank_showed_is_taken_back_by_a_counter_entry_and_can_be_booked_again(books):
    number = prepared(books)
    write(books, refunds.create_file, today=DAY)
    taken_in(books, statement(left(), opening=10_000))
    post_all_sure(books, today=NEXT)
    write(books, undo_line, 2, reason="doch nicht", today=NEXT)
    assert (state(books), books_cents(books)) == (RefundState.FILED, 10_000)
    write(books, refund_line, 2, [number])
    assert (state(books), books_cents(books)) == (RefundState.PAID, 0)


def test_a_refund_that_a_statement_shows_twice_is_paid_once(books):
    prepared(books)
    write(books, refunds.create_file, today=DAY)
    taken_in(books, statement(left(), left(), opening=10_000))
    assert len(post_all_sure(books, today=NEXT)) == 1
    assert [view.decision is None for view in lines(books)] == [False, False, True]


def test_an_entry_that_only_fits_account_and_amount_is_suggested_and_another_amount_is_refused(books):
    number = prepared(books)
    taken_in(books, statement(left(end_to_end_id=None), left(-9_999), opening=10_000))
    found = {match.view.line.amount_cents: match for match in match_open(read_as(books), today=NEXT)}
    assert found[-10_000].candidates[0].refunds == (number,)
    assert not found[-10_000].is_sure
    assert found[-9_999].candidates == ()
    assert post_all_sure(books, today=NEXT) == []
    wrong = next(view.line.id for view in lines(books) if view.line.amount_cents == -9_999)
    with pytest.raises(PartsDiffer):
        write(books, refund_line, wrong, [number])


def test_a_file_that_was_not_carried_out_is_withdrawn_and_its_refund_given_up(books):
    number = prepared(books)
    with pytest.raises(ExecutedTooEarly):
        write(books, refunds.create_file, today=DAY, on=DAY - timedelta(days=1))
    made = write(books, refunds.create_file, today=DAY, on=date(2027, 2, 6))
    assert queries.get_file(read_as(books), made).row.execute_on == date(2027, 2, 8)
    with pytest.raises(NothingToRefund):
        write(books, refunds.create_file, today=DAY)
    with pytest.raises(RefundStateOther):
        write(books, refunds.withdraw_refund, number, on=DAY)
    write(books, refunds.mark_submitted, made, on=DAY)
    with pytest.raises(WithdrawalReasonMissing):
        write(books, refunds.withdraw_file, made, on=DAY)
    write(books, refunds.withdraw_file, made, on=DAY, reason="Datei abgelehnt")
    with pytest.raises(NothingToRefund):
        write(books, refunds.export_file, made)
    write(books, refunds.withdraw_refund, number, on=DAY, reason="will verrechnen")
    assert (state(books), credit(books)) == (RefundState.WITHDRAWN, 10_000)
    with pytest.raises(AlreadyDone):
        write(books, refunds.withdraw_refund, number, on=DAY)
    assert prepared(books) == "ER2027-0002"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"line_id": None}, RefundAccountMissing),
        ({"line_id": None, "iban": "DE00123"}, IbanUnreadable),
        ({"line_id": None, "iban": "TR330006100519786457841326"}, PayeeOutside),
    ],
)
def test_without_an_account_that_can_be_reached_nothing_is_refunded(books, changes, error):
    with pytest.raises(error):
        prepared(books, **changes)
    assert credit(books) == 10_000


def test_money_on_its_way_back_does_not_pay_an_invoice(books):
    prepared(books)
    payment = list_payments(read_as(books))[0]
    assert payment.free_cents == 0
    item = write(books, owe)
    with pytest.raises(AllocatedTooMuch):
        write(books, payments.allocate, payment.payment.id, [Share(item, 1)], today=DAY)


def owe(session):
    owed = {"reference": "ALT-1", "dues_year": 2026, "due_on": DAY, "today": DAY}
    return ledger.book_opening_item(session, 1, 500, **owed)
