"""What statements tell of an account, whether they join, and how money is booked that is no dues."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Balance, Entry, Statement, Status, decimal_text
from membership.domain.banking.statements import (
    Balances,
    Category,
    account_of,
    brought_gap,
    opening_entry,
    other_entry,
)
from membership.domain.ledger import Account

JAN, FEB, MAR = date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)
FIRST, LAST = Balances(JAN, 100, FEB, 250), Balances(MAR, 250, MAR, 300)


@pytest.mark.parametrize(
    ("category", "cents", "account"),
    [
        (Category.TRANSFER, 1, Account.TRANSIT),
        (Category.CARD_PAYOUT, -1, Account.CARD),
        (Category.BANK_FEES, -1, Account.BANK_FEES),
        (Category.GRANT, 1, Account.OTHER_INCOME),
        (Category.SUPPLIER, -1, Account.OTHER_EXPENSE),
    ],
)
def test_bnk_11_money_that_is_no_dues_moves_the_account_of_its_category(category, cents, account):
    assert account_of(category, cents) is account
    booked = other_entry(cents, category, on=JAN, text="x")
    assert [(each.account, each.cents) for each in booked.postings] == [
        (Account.BANK, cents),
        (account, -cents),
    ]


def test_the_books_begin_with_what_the_first_statement_opens_with():
    postings = opening_entry(500, on=JAN, text="x").postings
    assert [(each.account, each.cents) for each in postings] == [(Account.BANK, 500), (Account.OPENING, -500)]


def test_bnk_3_statements_join_in_any_order_and_what_is_missing_is_told_once():
    assert FIRST.joined(LAST) == LAST.joined(FIRST) == Balances(JAN, 100, MAR, 300)
    assert FIRST.joined(Balances()) == FIRST == Balances().joined(FIRST)
    assert (FIRST.gap_cents(150), FIRST.gap_cents(100), Balances().gap_cents(7)) == (0, 50, 0)
    assert [brought_gap(before, after) for before, after in ((0, 5), (5, 5), (5, 0))] == [5, 0, 0]


def test_inv_34_a_difference_is_told_of_booked_entries_in_the_currency_of_the_account_alone():
    entries = (
        Entry(Decimal(10), "EUR"), Entry(Decimal(3), None), Entry(Decimal(7), "USD"),
        Entry(Decimal(5), "EUR", status=Status.PENDING),
    )  # fmt: skip
    opening, closing = Balance(Decimal(1), "EUR", JAN), Balance(Decimal(15), "EUR", FEB)
    told = Statement("camt.053", "X", "EUR", opening=opening, closing=closing, entries=entries)
    assert told.difference == Decimal(-1)
    assert told._replace(closing=None).difference is None
    assert told._replace(closing=closing._replace(currency="USD")).difference is None


def test_an_amount_has_two_places_and_more_only_where_it_has_them():
    assert [decimal_text(Decimal(each)) for each in ("1", "-0.00", "1.234")] == ["1.00", "0.00", "1.234"]
