"""Money that one file shows one by one and another one as a sum is posted once, whichever came first."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from membership.domain.banking.statements import Category, StatementDiffers
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_lines
from membership.persistence.queries.payments import get_open_item
from membership.services.banking.deciding import set_aside, undo_line
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member
from tests.services.banking.books import DAY, books_cents, entry, lines, statement, taken_in

TODAY = date(2027, 2, 16)
NEXT = DAY + timedelta(days=1)
OTHERS = {"name": "Beta Guss AG", "iban": "DE27100777770209299700"}


@pytest.fixture
def books(app, treasurer):
    """Three invoices of 600.00, and an account that a statement of the day before has shown at 0.00."""
    make_association(treasurer)
    for number in ("M0001", "M0002", "M0003"):
        make_member(treasurer, number=number, name=f"Hansa {number[-1]} GmbH")
    bill_year(treasurer, with_papers=False)
    before = DAY - timedelta(days=1)
    taken_in(treasurer, statement(entry(1, "x", day=before), entry(-1, "y", day=before)))
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def single(number: int, cents: int = 60_000, **changes):
    return entry(cents, f"RE2027-000{number}", **{**OTHERS, "iban": f"DE0{number}", **changes})


def bare(cents: int, **changes):
    return entry(cents, "SAMMLER", **{"name": None, "iban": None, **changes})


def report(*entries, kind="camt.052.001.08"):
    """Return entries without balances that prove anything."""
    return statement(*entries, opening=None, kind=kind)


def opened(books) -> list[int]:
    session = read_as(books)
    session.expire_all()
    return [get_open_item(session, f"RE2027-000{number}").open_cents for number in (1, 2, 3)]


def waiting(books) -> list[int]:
    """Return the open entries of the day on."""
    views = bank_lines.list_lines(read_as(books), bank_lines.Choice(is_open=True))
    return [view.line.amount_cents for view in views if view.line.booked_on >= DAY]


SINGLES = report(single(1), single(2, 59_000), kind="csv")
SUM = statement(bare(119_000), kind="mt940")


def test_fi_43_a_sum_of_entries_that_were_posted_one_by_one_is_known(books):
    taken_in(books, SINGLES)
    post_all_sure(books, today=TODAY)
    done = taken_in(books, SUM)
    assert (done, waiting(books)) == ((0, 1, 0), [59_000])
    assert opened(books) == [0, 60_000, 60_000]


def test_fi_43_entries_of_a_sum_that_is_open_divide_it(books):
    taken_in(books, SUM)
    assert taken_in(books, SINGLES).gap_cents == 0
    assert waiting(books) == [60_000, 59_000]
    post_all_sure(books, today=TODAY)
    assert (opened(books)[0], waiting(books)) == (0, [59_000])
    assert taken_in(books, report(single(1), single(2, 59_000))).new == 0


def test_fi_43_entries_of_a_sum_that_was_decided_are_known(books):
    taken_in(books, SUM)
    sum_id = lines(books)[-1].line.id
    write(books, set_aside, sum_id, Category.OTHER)
    assert taken_in(books, SINGLES) == (0, 2, 0)
    assert waiting(books) == []
    write(books, undo_line, sum_id, reason="doch Beiträge", today=TODAY)
    taken_in(books, report(single(1), single(2, 59_000)))
    assert waiting(books) == [60_000, 59_000]


def test_fi_44_two_equal_payments_and_their_sum_stay_two(books):
    taken_in(books, report(single(1, 30_000), single(1, 30_000)))
    assert taken_in(books, statement(bare(60_000), kind="mt940")) == (0, 1, 0)
    assert waiting(books) == [30_000, 30_000]


def test_a_credit_of_the_same_sum_that_is_money_of_its_own_counts(books):
    taken_in(books, SINGLES)
    both = statement(single(1), single(2, 59_000), bare(119_000), kind="mt940")
    assert taken_in(books, both) == (1, 2, 0)
    assert sorted(waiting(books)) == [59_000, 60_000, 119_000]


@pytest.mark.parametrize("is_sum_first", [False, True])
def test_what_may_be_two_choices_asks_a_person_and_books_nothing(books, is_sum_first):
    singles = report(single(1, 30_000), single(2, 30_000), single(3, 60_000))
    whole = statement(bare(90_000), bare(30_000), kind="mt940")
    first, second = (whole, singles) if is_sum_first else (singles, whole)
    taken_in(books, first)
    before = waiting(books)
    with pytest.raises(StatementDiffers):
        taken_in(books, second)
    assert waiting(books) == before


def test_without_balances_nothing_is_taken_for_the_same(books):
    taken_in(books, SINGLES)
    taken_in(books, report(bare(119_000)))
    assert sorted(waiting(books)) == [59_000, 60_000, 119_000]


def test_balances_that_leave_a_gap_either_way_prove_nothing_even_where_a_person_accepts_it(books):
    taken_in(books, SINGLES)
    beside = statement(bare(119_000), opening=50_000, kind="mt940")
    assert taken_in(books, beside, accepted="Auszug fehlt").new == 1
    assert sorted(waiting(books)) == [59_000, 60_000, 119_000]


FILES = {
    "list": report(single(1), single(2), single(3, 70_000), entry(-500, "Porto"), kind="csv"),
    "report": report(single(1), single(2), single(3, 70_000), entry(-500, "Porto")),
    "old": statement(bare(190_000), entry(-500, "Porto"), kind="mt940"),
    "next": statement(single(3, 1_000, day=NEXT), opening=189_500, kind="mt940"),
}


@pytest.mark.parametrize("order", list(permutations(FILES)), ids="-".join)
def test_fi_43_the_books_are_the_same_whatever_order_the_files_come_in(books, order):
    for name in order:
        taken_in(books, FILES[name], accepted="die andere Datei folgt")
        post_all_sure(books, today=TODAY)
    assert (opened(books), sorted(waiting(books))) == ([0, 0, 60_000], [-500, 1_000, 70_000])
    assert books_cents(books) == 120_000
