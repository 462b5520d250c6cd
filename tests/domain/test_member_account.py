"""A member's own view: what its home says, the order of what is owed, the running account."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.invoicing import InvoiceState, Standing
from membership.domain.ledger import EntryKind
from membership.domain.member_account import (
    Document,
    HomeState,
    Movement,
    belonging,
    entry_words,
    home_state,
    month_expected,
    owed,
    running,
    shown_year,
)

TODAY = date(2027, 2, 16)


def document(*, cents=60000, open_cents=60000, year=2027, due=date(2027, 2, 28), number="RE2027-0001"):
    return Document(
        number, True, "RF48RE20270042", year, date(2027, 1, 11), Standing(cents, open_cents, due), None, True
    )


@pytest.mark.parametrize(
    ("open_cents", "due", "state"),
    [
        (60000, date(2027, 2, 28), InvoiceState.OPEN),
        (60000, TODAY, InvoiceState.OPEN),
        (20000, date(2027, 2, 28), InvoiceState.PARTLY_PAID),
        (20000, date(2027, 1, 31), InvoiceState.OVERDUE),
        (0, date(2027, 1, 31), InvoiceState.PAID),
    ],
)
def test_a_document_shows_one_status(open_cents, due, state):
    assert document(open_cents=open_cents, due=due).state(TODAY) is state


def test_what_a_document_says_of_itself_is_what_it_stands_at():
    standing = Standing(60000, 20000, date(2027, 2, 26), credited_cents=10000)
    each = replace(document(), standing=standing)
    assert (each.due_on, each.original_cents, each.counted_cents) == (date(2027, 2, 26), 60000, 50000)
    assert (each.open_cents, each.paid_cents) == (20000, 30000)


@pytest.mark.parametrize(
    ("due", "since"),
    [
        (date(2027, 2, 26), date(2027, 2, 27)),
        (date(2027, 2, 27), date(2027, 3, 2)),
        (date(2027, 3, 26), date(2027, 3, 31)),
    ],
)
def test_a_document_is_overdue_from_the_day_after_the_last_on_which_a_bank_works(due, since):
    """27 February is a Saturday, 26 March Good Friday."""
    assert document(due=due).overdue_since == since


@pytest.mark.parametrize(
    ("kind", "reversed_kind", "words"),
    [
        (EntryKind.INVOICE, None, "Dues invoice"),
        (EntryKind.PAYMENT, None, "Payment"),
        (EntryKind.PAYMENT, EntryKind.PAYMENT, "Payment taken back"),
        (EntryKind.WAIVER, EntryKind.WAIVER, "Waiver taken back"),
        ("of later", None, "Booking"),
        (EntryKind.INVOICE, EntryKind.CREDIT_NOTE, "Booking"),
    ],
)
def test_an_entry_is_called_by_what_it_is_or_takes_back(kind, reversed_kind, words):
    assert entry_words(kind, reversed_kind) == words


def test_the_home_of_a_member_that_owes_an_old_amount_does_not_say_that_all_is_paid():
    documents = [document(open_cents=0), document(year=2026, open_cents=100)]
    assert home_state(documents, year=2027) is HomeState.OWED


def test_the_home_says_paid_only_when_the_year_was_invoiced():
    assert home_state([document(open_cents=0)], year=2027) is HomeState.PAID
    assert home_state([document(open_cents=0, year=2026)], year=2027) is HomeState.NOTHING_YET
    assert home_state([], year=2027) is HomeState.NOTHING_YET


def settled(**standing):
    return replace(document(), standing=Standing(60000, 0, date(2027, 2, 28), **standing))


@pytest.mark.parametrize(
    ("documents", "is_free", "state"),
    [
        ([settled(waived_cents=60000)], False, HomeState.SETTLED),
        ([settled(waived_cents=10000)], False, HomeState.PAID),
        ([settled(credited_cents=60000)], False, HomeState.CANCELLED),
        ([settled(credited_cents=60000), document(open_cents=0)], False, HomeState.PAID),
        ([settled(credited_cents=60000)], True, HomeState.FREE),
        ([], True, HomeState.FREE),
        ([document(open_cents=0)], True, HomeState.PAID),
        ([replace(document(open_cents=0), title="Umlage")], False, HomeState.NOTHING_YET),
        ([replace(document(), title="Umlage")], True, HomeState.OWED),
    ],
)
def test_the_home_says_what_became_of_the_dues_of_the_year(documents, is_free, state):
    assert home_state(documents, year=2027, is_free=is_free) is state


@pytest.mark.parametrize(
    ("issued_before", "month"),
    [
        (None, None),
        (date(2026, 1, 31), None),
        (date(2026, 2, 28), date(2027, 2, 1)),
        (date(2026, 11, 10), date(2027, 11, 1)),
        (date(2025, 12, 10), None),
    ],
)
def test_an_invoice_is_expected_in_the_month_of_last_year_until_it_is_over(issued_before, month):
    assert month_expected(issued_before, today=TODAY) == month


def test_who_joins_next_year_is_shown_the_year_of_joining():
    assert shown_year(TODAY, belonging([(date(2028, 1, 1), None)])) == 2028
    assert shown_year(TODAY, belonging([(date(2026, 7, 1), None)])) == 2027
    assert shown_year(TODAY, None) == shown_year(TODAY, belonging([(None, None)])) == 2027


def test_what_is_due_first_stands_first():
    documents = [
        document(number="B", due=date(2027, 3, 1)),
        document(number="A", due=date(2026, 1, 31)),
        document(number="C", open_cents=0),
    ]
    assert [each.number for each in owed(documents)] == ["A", "B"]


def test_the_last_period_of_membership_counts():
    found = belonging([(date(2020, 1, 1), date(2022, 12, 31)), (date(2025, 7, 1), None)])
    assert (found.since, found.until) == (date(2025, 7, 1), None)
    assert belonging([]) is None


def test_a_membership_has_ended_the_day_after_its_last_day():
    found = belonging([(None, date(2027, 1, 31))])
    assert not found.has_ended(date(2027, 1, 31))
    assert found.has_ended(date(2027, 2, 1))


@given(
    st.lists(
        st.tuples(st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(-(10**6), 10**6)), max_size=20
    )
)
def test_the_running_account_ends_with_the_sum_of_its_movements(entries):
    movements = [
        Movement(number, day, EntryKind.PAYMENT, False, "", cents)
        for number, (day, cents) in enumerate(entries)
    ]
    lines = running(movements)
    assert [line.movement.posted_on for line in lines] == sorted(day for day, _cents in entries)
    if lines:
        assert lines[-1].balance_cents == sum(cents for _day, cents in entries)
