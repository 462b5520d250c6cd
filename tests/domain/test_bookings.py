"""What is booked for a payment, an allocation and a reversal, and what an offset draws on; no database needed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.invoicing import days_overdue
from membership.domain.ledger import (
    Account,
    Entry,
    EntryKind,
    EntryUnbalanced,
    Posting,
    balance,
    entry,
    reversal,
)
from membership.domain.offsets import CreditTooSmall, NothingToOffset, OffsetBeyondOpen, drawn, is_from_credit
from membership.domain.payments import (
    ACCOUNTS,
    AmountNotPositive,
    Method,
    Share,
    allocation_entry,
    payment_entry,
)

DAY, LATER = date(2027, 1, 11), date(2027, 2, 16)
BEYOND = (0, -1)


@pytest.mark.parametrize(
    ("method", "account"),
    [
        (Method.CASH, Account.CASH),
        (Method.TRANSFER, Account.BANK),
        (Method.CARD, Account.CARD),
        (Method.OFFSET, Account.OFFSET),
    ],
)
def test_a_payment_goes_to_its_account_and_to_the_members_credit(method, account):
    booked = payment_entry(100, method=method, member_id=7, on=DAY, text="bar")
    assert (booked.kind, booked.posted_on, booked.text, booked.reverses_id) == (
        EntryKind.PAYMENT,
        DAY,
        "bar",
        None,
    )
    assert booked.postings == (Posting(account, 100), Posting(Account.CREDITS, -100, 7))
    assert set(ACCOUNTS) == set(Method)


def test_an_allocation_takes_credit_and_settles_one_item():
    booked = allocation_entry(100, member_id=7, open_item_id=3, on=DAY, text="RE1")
    assert (booked.kind, booked.posted_on, booked.text) == (EntryKind.ALLOCATION, DAY, "RE1")
    assert booked.postings == (Posting(Account.CREDITS, 100, 7), Posting(Account.RECEIVABLES, -100, 7, 3))


@pytest.mark.parametrize("cents", BEYOND)
def test_a_payment_of_nothing_is_none(cents):
    with pytest.raises(AmountNotPositive):
        payment_entry(cents, method=Method.CASH, member_id=7, on=DAY, text="x")
    with pytest.raises(AmountNotPositive):
        is_from_credit(cents, [], credit_cents=100, member="A", note="x")
    assert payment_entry(1, method=Method.CASH, member_id=7, on=DAY, text="x").postings[0].cents == 1


@pytest.mark.parametrize("cents", [(), (0,), (5,), (5, -4), (5, -5, 0)])
def test_inv_01_an_entry_that_does_not_balance_cannot_be_built(cents):
    with pytest.raises(EntryUnbalanced):
        Entry(EntryKind.PAYMENT, DAY, "x", tuple(Posting(Account.BANK, each) for each in cents))


def test_inv_01_lines_that_move_nothing_are_left_out():
    postings = [Posting(Account.BANK, 5), Posting(Account.TAX_PAYABLE, 0), Posting(Account.CREDITS, -5, 1)]
    assert entry(EntryKind.PAYMENT, DAY, "x", postings).postings == (postings[0], postings[2])
    assert balance(postings) == 0


def test_a_reversal_has_the_other_signs_and_names_its_entry():
    booked = allocation_entry(100, member_id=7, open_item_id=3, on=DAY, text="RE1")
    back = reversal(booked, 12, on=LATER, text="vertippt")
    assert (back.kind, back.posted_on, back.text, back.reverses_id) == (
        EntryKind.REVERSAL,
        LATER,
        "vertippt",
        12,
    )
    assert back.postings == (Posting(Account.CREDITS, -100, 7), Posting(Account.RECEIVABLES, 100, 7, 3))


def test_an_offset_uses_the_credit_while_there_is_one():
    given_ = [Share(1, 60), Share(2, 40)]
    assert is_from_credit(100, given_, credit_cents=100, member="A", note="")
    assert is_from_credit(100, [Share(1, 130)], credit_cents=130, member="A", note="")
    with pytest.raises(CreditTooSmall):
        is_from_credit(101, given_, credit_cents=100, member="A", note="")
    with pytest.raises(OffsetBeyondOpen):
        is_from_credit(100, [Share(1, 99)], credit_cents=100, member="A", note="")


def test_an_offset_without_credit_names_its_claim():
    assert not is_from_credit(100, [], credit_cents=0, member="A", note="Messestand")
    with pytest.raises(NothingToOffset):
        is_from_credit(100, [], credit_cents=0, member="A", note="  ")


def test_the_first_payment_is_used_up_before_the_next():
    assert drawn([Share(1, 70), Share(2, 50)], [(11, 100), (12, 40)]) == [
        (11, Share(1, 70)), (11, Share(2, 30)), (12, Share(2, 20)),
    ]  # fmt: skip
    assert drawn([Share(1, 5), Share(2, 5)], [(11, 5), (12, 9)]) == [(11, Share(1, 5)), (12, Share(2, 5))]


@given(st.lists(st.integers(1, 500), max_size=6), st.lists(st.integers(1, 500), max_size=6))
def test_inv_10_no_payment_gives_more_than_it_has_and_no_item_gets_more_than_asked(shares, free):
    asked = [Share(item, cents) for item, cents in enumerate(shares)]
    found = drawn(asked, list(enumerate(free)))
    assert sum(share.cents for _payment, share in found) == min(sum(shares), sum(free))
    for payment, cents in enumerate(free):
        assert sum(share.cents for one, share in found if one == payment) <= cents
    for share in asked:
        assert (
            sum(part.cents for _payment, part in found if part.open_item_id == share.open_item_id)
            <= share.cents
        )
    assert all(share.cents > 0 for _payment, share in found)


def test_what_is_paid_is_never_overdue():
    late = {"due_on": date(2027, 1, 29), "today": date(2027, 2, 3)}
    assert days_overdue(open_cents=1, **late) == 5
    assert days_overdue(open_cents=0, **late) == 0
