"""Decisions about bank lines: each is booked once, can be taken back, and bank, ledger and open items agree."""

from __future__ import annotations

from datetime import timedelta

import pytest

from membership.domain.banking.statements import (
    Category,
    LineDecided,
    LineUndecided,
    NothingGiven,
    Part,
    PartsDiffer,
    PaymentDiffers,
    Rest,
    WrongDirection,
)
from membership.domain.payments import AllocatedTooMuch, Method
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_known
from membership.persistence.queries.payments import credit_cents, get_open_item
from membership.services import payments
from membership.services.banking.deciding import post_line, record_line, set_aside, undo_line
from membership.services.banking.learning import drop_rule, forget_iban
from membership.services.banking.matching import match_open
from membership.services.banking.waiving import Waiver
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member
from tests.services.banking.books import DAY, books_cents, entry, lines, statement, taken_in

FIRST, SECOND = "RE2027-0001", "RE2027-0002"


@pytest.fixture
def books(app, treasurer):
    """Two members who owe 600.00 and 2,400.00."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", name="Weser Guss AG", headcount=300)
    bill_year(treasurer, with_papers=False)
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def opened(books, *cents: int, word: str = "ohne") -> list[int]:
    """Take lines of these amounts in and return their ids."""
    taken_in(books, statement(*(entry(each, word) for each in cents)))
    return [view.line.id for view in lines(books)]


def open_cents(books, number: str) -> int:
    return get_open_item(read_as(books), number).open_cents


def post(books, line_id: int, *parts: Part, **given) -> int:
    return write(books, post_line, line_id, parts, today=DAY, **given)


def test_a_line_pays_documents_of_two_members_and_is_taken_back_whole(books):
    (line,) = opened(books, 70_000)
    post(books, line, Part(FIRST, 60_000), Part(SECOND, 10_000))
    assert (open_cents(books, FIRST), open_cents(books, SECOND), books_cents(books)) == (0, 230_000, 70_000)
    write(books, undo_line, line, reason="falsches Mitglied", today=DAY)
    assert (open_cents(books, FIRST), open_cents(books, SECOND), books_cents(books)) == (60_000, 240_000, 0)
    post(books, line, Part(FIRST, 60_000), rest=Rest.CREDIT)
    assert (open_cents(books, FIRST), credit_cents(read_as(books), 1)) == (0, 10_000)


def test_a_small_remainder_is_waived_with_its_reason_and_comes_back_with_the_line(books):
    (line,) = opened(books, 59_950)
    why = Waiver("Kleindifferenz", "Einstellung PAY-3")
    post(books, line, Part(FIRST, 59_950), rest=Rest.WAIVE, waiver=why)
    assert open_cents(books, FIRST) == 0
    write(books, undo_line, line, reason="doch nicht", today=DAY)
    assert open_cents(books, FIRST) == 60_000


def test_a_part_payment_leaves_the_rest_open_and_a_stranger_becomes_credit(books):
    part, all_credit = opened(books, 10_000, 5_000)
    post(books, part, Part(FIRST, 10_000))
    post(books, all_credit, rest=Rest.CREDIT, credit_to="M0002")
    assert (open_cents(books, FIRST), credit_cents(read_as(books), 2)) == (50_000, 5_000)


@pytest.mark.parametrize(
    ("cents", "given", "refusal"),
    [
        (-500, {"parts": (Part(FIRST, 500),)}, WrongDirection),
        (500, {"parts": (Part(FIRST, 400),)}, PartsDiffer),
        (500, {"parts": (Part(FIRST, 600),)}, PartsDiffer),
        (500, {"parts": (Part(FIRST, -100), Part(SECOND, 600))}, PartsDiffer),
        (500, {"parts": (), "rest": Rest.CREDIT}, NothingGiven),
        (90_000, {"parts": (Part(FIRST, 90_000),)}, AllocatedTooMuch),
    ],
)
def test_what_cannot_be_posted_is_refused_and_the_line_stays_open(books, cents, given, refusal):
    (line,) = opened(books, cents)
    with pytest.raises(refusal):
        post(books, line, *given["parts"], rest=given.get("rest", Rest.OPEN))
    assert lines(books)[0].decision is None
    assert books_cents(books) == 0


def test_inv_09_a_line_is_decided_once_and_taken_back_once(books):
    (line,) = opened(books, 60_000)
    with pytest.raises(LineUndecided):
        write(books, undo_line, line, reason="x", today=DAY)
    post(books, line, Part(FIRST, 60_000))
    with pytest.raises(LineDecided, match="Birgit Wessels"):
        post(books, line, Part(SECOND, 60_000))
    write(books, undo_line, line, reason="x", today=DAY)
    with pytest.raises(LineUndecided):
        write(books, undo_line, line, reason="x", today=DAY)


def test_inv_09_a_posting_that_the_books_lost_is_found(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    (line,) = opened(treasurer, 60_000)
    post(treasurer, line, rest=Rest.CREDIT, credit_to="M0001")

    def lose(session):
        payment = payments.queries.get_payment(session, 1)
        payments.withdraw(session, payment, reason="an der Zuordnung vorbei", today=DAY)

    write(treasurer, lose)
    found = verify(read_as(treasurer), full=False).findings
    assert [(each.invariant, each.object) for each in found] == [("INV-09", f"bank line {line}")]


def test_money_that_is_no_dues_is_booked_under_its_category_and_a_rule_does_it_next_time(books):
    (line,) = opened(books, -1_250, word="Kontoführung")
    write(books, set_aside, line, Category.BANK_FEES, always=True)
    assert books_cents(books) == -1_250
    later = DAY + timedelta(days=28)
    taken_in(
        books,
        statement(entry(-990, "Kontoführung", day=later), entry(990, "Erstattung", day=later), opening=-1250),
    )
    assert len(post_all_sure(books, today=later)) == 1
    assert [view.decision is None for view in lines(books)] == [False, False, True]
    write(books, drop_rule, bank_known.list_rules(read_as(books))[0].id)
    write(books, undo_line, line, reason="x", today=DAY)
    assert books_cents(books) == -990


def test_a_payment_recorded_by_hand_is_recognised_and_not_booked_again(books):
    paid = {"received_on": DAY, "method": Method.TRANSFER, "today": DAY}
    payment = write(books, payments.record_payment, 1, 60_000, **paid)
    first, second = opened(books, 60_000, 60_000)
    match = match_open(read_as(books), today=DAY)[0]
    assert (match.unseen[0][:2], match.is_sure) == ((payment, "M0001"), False)
    write(books, record_line, first, payment)
    with pytest.raises(PaymentDiffers):
        write(books, record_line, second, payment)
    with pytest.raises(payments.PaymentOnStatement):
        write(books, payments.reverse_payment, payment, reason="x", today=DAY)
    assert books_cents(books) == 60_000
    write(books, undo_line, first, reason="x", today=DAY)
    assert (open_cents(books, FIRST), books_cents(books)) == (0, 60_000)


def test_bnk_9_what_is_sure_is_posted_with_its_signs_and_the_rest_waits(books):
    taken_in(books, statement(
        entry(60_000, "Beitrag re 2027 0001", name="Wer auch immer", iban=None),
        entry(240_000, "Mitgliedsbeitrag", name="Weser Guss AG", iban=None),
        entry(5_000, "Spende", name="Jemand", iban=None),
    ))  # fmt: skip
    assert len(post_all_sure(books, today=DAY)) == 1
    sure = lines(books)[0].decision
    assert (sure.is_automatic, "B" in sure.signs, open_cents(books, FIRST)) == (True, True, 0)
    suggested = match_open(read_as(books), today=DAY)[0]
    assert (suggested.is_sure, list(suggested.numbers.values())) == (False, [SECOND])


def test_bnk_10_an_account_is_learned_and_can_be_forgotten(books):
    first, second = opened(books, 100, 60_000 - 100)
    post(books, first, Part(FIRST, 100))
    assert "E" in {str(each.rule) for each in match_open(read_as(books), today=DAY)[0].candidates[0].reasons}
    write(books, forget_iban, bank_known.list_ibans(read_as(books), 1)[0].id)
    assert bank_known.list_ibans(read_as(books), 1) == []
    write(books, undo_line, first, reason="x", today=DAY)
    assert lines(books)[1].line.id == second


def test_bnk_10_an_account_that_a_posting_taught_is_forgotten_when_that_is_taken_back(books):
    (line,) = opened(books, 50_000)
    post(books, line, Part(FIRST, 50_000))
    assert [each.line_id for each in bank_known.list_ibans(read_as(books), 1)] == [line]
    write(books, undo_line, line, reason="falsches Mitglied", today=DAY)
    assert bank_known.list_ibans(read_as(books), 1) == []
    post(books, line, Part(SECOND, 50_000))
    assert [len(bank_known.list_ibans(read_as(books), each)) for each in (1, 2)] == [0, 1]
