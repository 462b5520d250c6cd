"""One bank entry that sums several returned debits: a person names them, each invoice is open again, the fee divided."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from membership.domain.banking.statements import LineDecided, PartsDiffer, WrongDirection
from membership.domain.direct_debits.collections import ItemState
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.direct_debits.returns import Back, fee_shares
from membership.domain.errors import AlreadyDone, NotFound
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections, mandates
from membership.persistence.queries.payments import get_open_item
from membership.services import direct_debits
from membership.services.banking.deciding import return_line, undo_line
from membership.services.banking.matching import match_open
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.banking.books import books_cents, entry, lines, statement, taken_in

DUE = date(2027, 2, 1)
BACK = DUE + timedelta(days=4)
DEBITS = tuple(f"RE2027-000{number}-1" for number in (1, 2, 3))
BARE = {"name": None, "iban": None, "day": BACK}


@pytest.fixture
def books(app, treasurer):
    """A collection of three times 600.00 that the bank has credited."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002", "M0003"):
        make_member(treasurer, number=number, name=f"Hansa {number[-1]} GmbH")
        make_mandate(treasurer, number)
    bill_year(treasurer, with_papers=False)
    made = write(treasurer, direct_debits.create_collection, DUE, today=date(2027, 1, 11))
    write(treasurer, direct_debits.export_collection, made.id, today=date(2027, 1, 12))
    write(treasurer, direct_debits.mark_submitted, made.id, on=date(2027, 1, 28))
    taken_in(treasurer, statement(entry(180_000, day=DUE, name=None, iban=None, payment_id="LS2027-0001-1")))
    assert len(post_all_sure(treasurer, today=BACK)) == 1
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def opened(books) -> tuple[int, ...]:
    session = read_as(books)
    session.expire_all()
    return tuple(get_open_item(session, f"RE2027-000{number}").open_cents for number in (1, 2, 3))


def items(books):
    session = read_as(books)
    session.expire_all()
    return [line.item for line in collections.list_items(session, 1)]


def came_back(books, cents, **changes) -> int:
    """Take in that so many cents left the account, and return the entry."""
    taken_in(books, statement(entry(-cents, "SEPA-RUECKLASTSCHRIFTEN", **BARE, **changes), opening=180_000))
    return lines(books)[-1].line.id


@pytest.mark.parametrize("is_fee_of_member", [False, True])
def test_d_sepa_15_a_sum_of_returns_opens_each_invoice_books_the_fee_and_is_taken_back(
    books, is_fee_of_member
):
    line_id = came_back(books, 120_701)
    backs = [Back(DEBITS[2], "AC04"), Back(DEBITS[0])]
    write(books, return_line, line_id, came_back=backs, fee_cents=701, is_fee_of_member=is_fee_of_member)
    assert (opened(books), books_cents(books)) == ((60_000, 0, 60_000), 180_000 - 120_701)
    states = [(item.state, item.return_code, item.fee_cents) for item in items(books)]
    returned = ItemState.RETURNED
    assert states == [(returned, "MS03", 351), (ItemState.SETTLED, "", 0), (returned, "AC04", 350)]
    kept = [view.state_on(BACK) for view in mandates.list_mandates(read_as(books))]
    assert kept == [MandateState.ACTIVE, MandateState.ACTIVE, MandateState.REVOKED]
    owed = [item.fee_item_id is not None for item in items(books)]
    assert owed == [is_fee_of_member, False, is_fee_of_member]
    with pytest.raises(LineDecided):
        write(books, return_line, line_id, came_back=backs, fee_cents=701)
    with pytest.raises(AlreadyDone):
        write(books, undo_line, 1, reason="die Rückgaben zuerst", today=BACK)

    write(books, undo_line, line_id, reason="andere", today=BACK)
    assert (opened(books), books_cents(books)) == ((0, 0, 0), 180_000)
    assert {item.state for item in items(books)} == {ItemState.SETTLED}
    assert {view.state_on(BACK) for view in mandates.list_mandates(read_as(books))} == {MandateState.ACTIVE}
    others = [Back(DEBITS[1]), Back(DEBITS[2])]
    write(books, return_line, line_id, came_back=others, fee_cents=701, is_fee_of_member=is_fee_of_member)
    assert opened(books) == (0, 60_000, 60_000)


@pytest.mark.parametrize(
    ("backs", "fee", "error"),
    [
        (DEBITS[:2], 0, PartsDiffer), (DEBITS[:2], 699, PartsDiffer), (DEBITS, -59_300, PartsDiffer),
        (DEBITS[:1], 700, PartsDiffer), ((DEBITS[0], DEBITS[0]), 700, AlreadyDone), (("RE9-1",), 700, NotFound),
    ],
)  # fmt: skip
def test_what_does_not_come_to_the_entry_is_refused_whole(books, backs, fee, error):
    line_id = came_back(books, 120_700)
    with pytest.raises(error):
        write(books, return_line, line_id, came_back=[Back(each) for each in backs], fee_cents=fee)
    assert (opened(books), books_cents(books)) == ((0, 0, 0), 180_000)


def test_a_debit_that_came_back_by_itself_is_in_no_sum_and_nothing_of_the_sum_is_booked(books):
    single = came_back(books, 60_000, end_to_end_id=DEBITS[0])
    write(books, return_line, single)
    taken_in(books, statement(entry(-120_000, "SAMMLER", **BARE), opening=120_000))
    with pytest.raises(AlreadyDone):
        write(books, return_line, lines(books)[-1].line.id, came_back=[Back(DEBITS[1]), Back(DEBITS[0])])
    assert opened(books) == (60_000, 0, 0)


def test_money_that_came_is_no_sum_of_returns(books):
    taken_in(books, statement(entry(60_000, "?", **BARE), opening=180_000))
    with pytest.raises(WrongDirection):
        write(books, return_line, lines(books)[-1].line.id, came_back=[Back(DEBITS[0])], fee_cents=0)


def test_a_block_that_came_back_whole_needs_no_names(books):
    line_id = came_back(books, 180_900, payment_id="LS2027-0001-1", batch="R-1")
    (match,) = match_open(read_as(books), today=BACK)
    assert (match.candidates[0].is_return, match.is_sure) == (True, False)
    write(books, return_line, line_id)
    assert opened(books) == (60_000,) * 3
    assert [item.fee_cents for item in items(books)] == [300] * 3


def test_a_block_of_which_one_debit_came_back_before_is_not_guessed(books):
    """What is missing would otherwise become a fee of the bank."""
    write(books, return_line, came_back(books, 60_000, end_to_end_id=DEBITS[0]))
    taken_in(books, statement(entry(-180_900, payment_id="LS2027-0001-1", **BARE), opening=120_000))
    with pytest.raises(PartsDiffer):
        write(books, return_line, lines(books)[-1].line.id)
    assert opened(books) == (60_000, 0, 0)


def test_the_shares_of_a_fee_come_to_it():
    assert [fee_shares(701, 2), fee_shares(0, 3), fee_shares(2, 3)] == [[351, 350], [0, 0, 0], [1, 1, 0]]
