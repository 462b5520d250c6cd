"""The ledger on both databases: what is accepted, and what the database itself refuses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from membership.domain.errors import NotFound
from membership.domain.ledger import Account, Entry, EntryKind, EntryUnbalanced, Posting, reversal
from membership.persistence import chain
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.services import ledger
from tests.factories import make_member

DAY = date(2027, 1, 11)


def opened(actor, cents=60000, reference="ALT-1"):
    member_id = make_member(actor)
    item = write(
        actor,
        ledger.book_opening_item,
        member_id,
        cents,
        reference=reference,
        dues_year=2026,
        due_on=DAY,
        today=DAY,
    )
    return member_id, item


def test_inv_01_an_entry_that_does_not_balance_cannot_be_built():
    with pytest.raises(EntryUnbalanced):
        Entry(EntryKind.PAYMENT, DAY, "x", (Posting(Account.BANK, 100), Posting(Account.CREDITS, -99)))


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=8))
def test_a_reversal_brings_every_account_back_to_zero(amounts):
    rest = -sum(amounts)
    postings = [Posting(Account.BANK, cents) for cents in amounts] + (
        [Posting(Account.OPENING, rest)] if rest else []
    )
    if len(postings) < 2:
        return
    booked = Entry(EntryKind.PAYMENT, DAY, "x", tuple(postings))
    back = reversal(booked, 1, on=DAY, text="back")
    assert [a.cents + b.cents for a, b in zip(booked.postings, back.postings, strict=True)] == [0] * len(
        postings
    )


def test_inv_11_the_open_amount_is_the_sum_of_the_ledger_lines(app, treasurer):
    _, item = opened(treasurer)
    session = read_as(treasurer)
    lines = session.execute(
        select(func.sum(EntryLine.amount_cents)).where(EntryLine.open_item_id == item)
    ).scalar_one()
    assert session.get(OpenItem, item).open_cents == lines == 60000


def test_inv_01_the_database_refuses_a_header_whose_lines_do_not_balance(app, treasurer):
    def cheat(session):
        ledger.book(session, _unbalanced())

    with pytest.raises(DBAPIError, match="does not balance"):
        write(treasurer, cheat)


def _unbalanced():
    honest = Entry(EntryKind.PAYMENT, DAY, "x", (Posting(Account.BANK, 100), Posting(Account.OPENING, -100)))
    object.__setattr__(honest, "postings", (Posting(Account.BANK, 100), Posting(Account.OPENING, -99)))
    return honest


def test_inv_01_lines_without_header_are_refused_at_the_commit(app, treasurer):
    def only_lines(session):
        session.execute(
            text(
                "INSERT INTO entry_lines (entry_id, position, account, amount_cents) VALUES (900, 1, 'bank', 5)"
            )
        )

    with pytest.raises(DBAPIError):
        write(treasurer, only_lines)


def test_inv_01_a_closed_entry_takes_no_further_line(app, treasurer):
    opened(treasurer)

    def add(session):
        session.execute(
            text(
                "INSERT INTO entry_lines (entry_id, position, account, amount_cents) VALUES (1, 9, 'bank', 5)"
            )
        )

    with pytest.raises(DBAPIError, match="entry is closed"):
        write(treasurer, add)


def test_the_open_amount_cannot_be_set_by_hand(app, treasurer):
    opened(treasurer)
    with pytest.raises(DBAPIError, match="follows the ledger"):
        write(treasurer, lambda s: s.execute(text("UPDATE open_items SET open_cents = 1")) and None)


def test_inv_03_entry_numbers_run_without_gap_after_a_rollback(app, treasurer):
    member_id = make_member(treasurer)

    def book_and_fail(session):
        ledger.book_opening_item(session, member_id, 5, reference="X", dues_year=2026, due_on=DAY, today=DAY)
        message = "after the number"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        write(treasurer, book_and_fail)
    write(
        treasurer,
        ledger.book_opening_item,
        member_id,
        5,
        reference="Y",
        dues_year=2026,
        due_on=DAY,
        today=DAY,
    )
    numbers = read_as(treasurer).execute(select(EntryLine.entry_id).distinct()).scalars().all()
    assert numbers == [1]


def test_an_entry_that_was_never_booked_cannot_be_reversed(app, treasurer):
    opened(treasurer)
    with pytest.raises(NotFound):
        write(treasurer, ledger.reverse, 2, on=DAY, text="x")


def test_append_outside_a_unit_of_work_is_a_programming_error(session):
    with pytest.raises(AssertionError):
        chain.append(session, OpenItem)
