"""Own direct debits on a bank statement: the credit settles, what comes back opens again, and bank and books agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from membership.domain.banking.facts import Rule
from membership.domain.banking.statements import LineDecided, PartsDiffer, WrongDirection
from membership.domain.direct_debits.collections import ItemState
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.errors import AlreadyDone
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections, mandates
from membership.persistence.queries.payments import get_open_item
from membership.services import direct_debits
from membership.services.banking.deciding import collect_line, return_line, undo_line
from membership.services.banking.matching import match_open
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.banking.books import books_cents, entry, lines, statement, taken_in

DUE = date(2027, 2, 1)
BACK = DUE + timedelta(days=4)
CREDIT = {"name": "Fahrzeugcluster Musterland", "iban": None, "payment_id": "LS2027-0001-1"}
RETURN = {"name": "Hansa 2", "end_to_end_id": "RE2027-0002-1", "return_reason": "AC04", "iban": None}


@pytest.fixture
def books(app, treasurer):
    """Two invoices of 600.00 in one collection that is at the bank."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number, name=f"Hansa {number[-1]} GmbH")
        make_mandate(treasurer, number)
    bill_year(treasurer, with_papers=False)
    made = write(treasurer, direct_debits.create_collection, DUE, today=date(2027, 1, 11))
    write(treasurer, direct_debits.export_collection, made.id, today=date(2027, 1, 12))
    write(treasurer, direct_debits.mark_submitted, made.id, on=date(2027, 1, 28))
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def opened(books) -> tuple[int, int]:
    session = read_as(books)
    session.expire_all()
    return tuple(get_open_item(session, f"RE2027-000{number}").open_cents for number in (1, 2))


def states(books) -> list[ItemState]:
    session = read_as(books)
    session.expire_all()
    return [line.item.state for line in collections.list_items(session, 1)]


def test_sepa_13_a_batch_credit_settles_all_its_invoices_by_itself(books):
    taken_in(books, statement(entry(120_000, day=DUE, **CREDIT)))
    assert len(post_all_sure(books, today=BACK)) == 1
    assert (opened(books), books_cents(books)) == ((0, 0), 120_000)
    write(books, undo_line, 1, reason="falsch", today=BACK)
    assert (opened(books), books_cents(books)) == ((60_000, 60_000), 0)
    assert states(books) == [ItemState.OPEN] * 2
    write(books, collect_line, 1, today=BACK)
    assert books_cents(books) == 120_000


@pytest.mark.parametrize("is_fee_of_member", [False, True])
def test_fi_45_a_return_opens_its_invoice_once_books_the_fee_and_can_be_taken_back(books, is_fee_of_member):
    taken_in(books, statement(entry(120_000, day=DUE, **CREDIT)))
    post_all_sure(books, today=BACK)
    twice = entry(-60_300, day=BACK, **RETURN)
    taken_in(books, statement(twice, twice, opening=120_000))
    first, second = (view.line.id for view in lines(books) if view.decision is None)
    (match,) = {
        each.view.line.id: each
        for each in match_open(read_as(books), today=BACK)
        if each.view.line.id == first
    }.values()
    assert (match.candidates[0].is_return, match.is_sure) == (True, False)
    assert Rule.COLLECTION in match.candidates[0].rules
    write(books, return_line, first, is_fee_of_member=is_fee_of_member)
    assert (opened(books)[1], books_cents(books)) == (60_000, 59_700)
    assert mandates.list_mandates(read_as(books))[1].state_on(BACK) is MandateState.REVOKED
    with pytest.raises(AlreadyDone):
        write(books, return_line, second)
    with pytest.raises(LineDecided):
        write(books, return_line, first)
    with pytest.raises(AlreadyDone):
        write(books, undo_line, 1, reason="die Rückgabe zuerst", today=BACK)
    write(books, undo_line, first, reason="doch nicht", today=BACK)
    assert (opened(books), books_cents(books)) == ((0, 0), 120_000)
    write(books, undo_line, 1, reason="jetzt", today=BACK)
    assert (opened(books), books_cents(books)) == ((60_000, 60_000), 0)


def test_d_sepa_15_a_number_of_mt940_acts_on_the_mandate_like_its_code_and_an_unknown_one_ends_nothing(books):
    taken_in(books, statement(entry(120_000, day=DUE, **CREDIT)))
    post_all_sure(books, today=BACK)
    first = {**RETURN, "end_to_end_id": "RE2027-0001-1", "return_reason": "905"}
    back = (entry(-60_300, day=BACK, **first), entry(-60_300, day=BACK, **{**RETURN, "return_reason": "902"}))
    taken_in(books, statement(*back, opening=120_000, kind="mt940"))
    for view in lines(books)[1:]:
        write(books, return_line, view.line.id)
    kept = [view.state_on(BACK) for view in mandates.list_mandates(read_as(books))]
    assert kept == [MandateState.ACTIVE, MandateState.REVOKED]
    assert [line.item.return_code for line in collections.list_items(read_as(books), 1)] == ["905", "AC04"]


def test_a_credit_that_is_not_the_sum_of_the_debits_is_left_to_a_person(books):
    taken_in(books, statement(entry(110_000, day=DUE, **CREDIT)))
    assert post_all_sure(books, today=BACK) == []
    with pytest.raises(PartsDiffer):
        write(books, collect_line, 1, today=BACK)
    assert (opened(books), states(books)) == ((60_000, 60_000), [ItemState.OPEN] * 2)


def test_money_that_came_is_no_return_of_the_debit_that_it_names(books):
    taken_in(books, statement(entry(60_000, day=DUE, end_to_end_id="RE2027-0001-1", iban=None)))
    with pytest.raises(WrongDirection):
        write(books, return_line, 1)


def test_one_debit_that_the_bank_shows_by_itself_is_settled_alone(books):
    taken_in(books, statement(entry(60_000, day=DUE, end_to_end_id="RE2027-0001-1", iban=None)))
    assert len(post_all_sure(books, today=BACK)) == 1
    assert opened(books) == (0, 60_000)
    write(books, undo_line, 1, reason="x", today=BACK)
    assert opened(books) == (60_000, 60_000)
