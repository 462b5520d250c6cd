"""How an amount settles open items, and what a payment will do before it is booked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.payments import (
    AllocatedTooMuch,
    AmountNotPositive,
    Owed,
    Settled,
    Share,
    SharesTooMuch,
    effect_of,
    named_first,
    shares_of,
)

TODAY = date(2027, 2, 16)
OLD = Owed(1, "RE2026-0001", date(2026, 1, 31), date(2026, 1, 11), 20000)
DUE = Owed(2, "RE2027-0001", date(2027, 1, 31), date(2027, 1, 11), 60000)
LATER = Owed(3, "RE2027-0002", date(2027, 3, 31), date(2027, 1, 1), 30000)
OWED = [LATER, DUE, OLD]


def test_pay_2_what_is_due_comes_first_and_the_oldest_before_the_newer():
    assert shares_of(100000, OWED, today=TODAY) == [Share(1, 20000), Share(2, 60000), Share(3, 20000)]


def test_pay_2_the_item_that_the_payer_names_comes_before_all_others():
    assert named_first(70000, OWED, 3, today=TODAY) == [Share(3, 30000), Share(1, 20000), Share(2, 20000)]


def test_a_named_item_that_is_paid_already_leaves_the_usual_order():
    assert named_first(10000, OWED, 99, today=TODAY) == [Share(1, 10000)]


def test_a_payment_in_full_does_nothing_else():
    effect = effect_of(60000, [Share(2, 60000)], OWED)
    assert effect.is_plain
    assert effect.settled == (Settled("RE2027-0001", 60000, 0),)


@pytest.mark.parametrize(
    ("cents", "shares"),
    [
        (50000, [Share(2, 50000)]),
        (60100, [Share(2, 60000)]),
        (80000, [Share(2, 60000), Share(1, 20000)]),
        (100, []),
    ],
    ids=["part payment", "over-payment", "two items", "credit only"],
)
def test_everything_else_is_worth_a_word(cents, shares):
    assert not effect_of(cents, shares, OWED).is_plain


def test_what_is_left_of_an_item_and_of_the_amount_is_named():
    effect = effect_of(60000, [Share(2, 50000)], OWED)
    assert effect.settled == (Settled("RE2027-0001", 50000, 10000),)
    assert effect.credit_cents == 10000


@pytest.mark.parametrize("cents", [0, -1])
def test_a_payment_of_nothing_is_refused(cents):
    with pytest.raises(AmountNotPositive):
        effect_of(cents, [], OWED)


def test_parts_that_come_to_more_than_the_amount_are_refused():
    with pytest.raises(SharesTooMuch):
        effect_of(60000, [Share(2, 50000), Share(1, 10001)], OWED)


@pytest.mark.parametrize("part", [20001, 0, -5])
def test_a_part_lies_between_nothing_and_what_is_open(part):
    with pytest.raises(AllocatedTooMuch):
        effect_of(60000, [Share(1, part)], OWED)


@given(
    st.integers(1, 10**7),
    st.lists(st.integers(1, 10**6), max_size=6),
    st.integers(0, 6),
)
def test_inv_10_shares_and_credit_add_up_to_the_amount(cents, amounts, named):
    owed = [Owed(n, f"R{n}", date(2027, 1, 1 + n), TODAY, open_) for n, open_ in enumerate(amounts)]
    effect = effect_of(cents, named_first(cents, owed, named, today=TODAY), owed)
    assert sum(item.cents for item in effect.settled) + effect.credit_cents == cents
    assert effect.credit_cents == 0 or all(item.rest_cents == 0 for item in effect.settled)
    assert effect.credit_cents == max(0, cents - sum(amounts))
