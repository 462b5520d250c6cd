"""What has to be booked of a payment: whole, each change once, whatever the provider did in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.ledger import Account
from membership.domain.online_payments import attempts
from membership.domain.online_payments.attempts import (
    AmountOutside,
    AttemptState,
    NothingChosen,
    NothingToPay,
    Offer,
    OnlineOff,
    OverLimit,
    Owed,
    Way,
    check_order,
    goes_on,
)
from membership.domain.online_payments.comparison import absent, uncovered
from membership.domain.online_payments.events import Subject, next_try, subject_of
from membership.domain.online_payments.pictures import (
    ChangeKind,
    Dispute,
    Look,
    Movement,
    Page,
    Paid,
    Payout,
    Refund,
    changes_of,
    doubt_about,
    fee_entry,
    payout_entry,
    standing_cents,
    state_of,
)
from tests.conftest import NOW

DAY = date(2027, 2, 1)
BOTH = Offer((Way.CARD, Way.SEPA_DEBIT), 1_000_000)
CENTS = st.integers(1, 2_000_000)


def movement(name, cents, fee=0, kind="charge", source="ch_1", on=DAY):
    return Movement(name, kind, source, cents, fee, "eur", on)


@st.composite
def payments(draw):
    """A payment with refunds, some of which failed, and disputes that took the money and may have brought it back."""
    cents = draw(CENTS)
    refunds, left = [], cents
    for number in range(draw(st.integers(0, 3))):
        part = draw(st.integers(1, max(left, 1)))
        if part > left:
            break
        failed = draw(st.booleans())
        left -= 0 if failed else part
        on = DAY + timedelta(days=draw(st.integers(0, 90)))
        refunds.append(
            Refund(f"re_{number}", part, "failed" if failed else "succeeded", on, on if failed else None)
        )
    disputes = []
    if left and draw(st.booleans()):
        moves = [
            movement(
                "txn_d", -left, draw(st.integers(0, 2000)), "adjustment", "dp_1", DAY + timedelta(days=5)
            )
        ]
        if draw(st.booleans()):
            moves.append(movement("txn_w", left, 0, "adjustment", "dp_1", DAY + timedelta(days=50)))
        disputes.append(Dispute("dp_1", "lost", tuple(moves)))
    return Paid(
        "pi_1", "u", "succeeded", cents, "eur", is_live=False, charge_id="ch_1", charged_on=DAY,
        movement=movement("txn_1", cents, draw(st.integers(0, 3000))), refunds=tuple(refunds), disputes=tuple(disputes),
    )  # fmt: skip


@given(payments())
def test_each_change_stands_once_and_together_they_are_what_lies_at_the_provider(paid):
    changes = changes_of(paid)
    keys = [(change.object_id, change.kind) for change in changes]
    assert len(keys) == len(set(keys))
    assert changes[0].kind is ChangeKind.PAYMENT
    fees = sum(each.fee_cents for each in [paid.movement, *(m for d in paid.disputes for m in d.movements)])
    assert sum(change.cents for change in changes) == standing_cents(paid) - fees
    assert 0 <= standing_cents(paid) <= paid.cents
    assert doubt_about(paid, cents=paid.cents, currency="eur", is_live=False) is None
    expected = AttemptState.PAID if standing_cents(paid) else AttemptState.TAKEN_BACK
    assert state_of(None, paid) is expected


@given(payments(), st.integers(0, 6))
def test_what_was_booked_of_an_earlier_picture_stands_unchanged_in_a_later_one(paid, count):
    earlier = Paid(
        **{
            **{name: getattr(paid, name) for name in Paid.__slots__},
            "refunds": paid.refunds[:count],
            "disputes": (),
        }
    )
    assert set(changes_of(earlier)) <= set(changes_of(paid))


@given(CENTS, st.integers(-500, 5000).filter(bool))
def test_fees_and_payouts_balance_and_move_the_account_of_the_provider(cents, fee):
    booked = fee_entry(fee, on=DAY, text="x")
    assert {line.account: line.cents for line in booked.postings} == {
        Account.BANK_FEES: fee,
        Account.ONLINE: -fee,
    }
    booked = payout_entry(cents, on=DAY, text="x")
    assert {line.account: line.cents for line in booked.postings} == {
        Account.BANK: cents,
        Account.ONLINE: -cents,
    }


@given(st.lists(st.tuples(CENTS, st.integers(0, 3000)), min_size=1, max_size=6))
def test_a_payout_adds_up_when_its_movements_less_fees_are_its_amount(parts):
    moves = tuple(movement(f"txn_{n}", cents, fee) for n, (cents, fee) in enumerate(parts))
    net = sum(cents - fee for cents, fee in parts)
    own = movement("txn_p", -net, 0, "payout", "po_1")
    assert Payout("po_1", net, "eur", "paid", DAY, False, (*moves, own)).adds_up
    assert not Payout("po_1", net + 1, "eur", "paid", DAY, False, (*moves, own)).adds_up


def page(status):
    return Page("cs_1", status, "unpaid", "pi_1", "u", "", NOW)


@pytest.mark.parametrize(
    ("status", "intent", "expected"),
    [
        ("open", None, "open"), ("open", "requires_payment_method", "open"), ("complete", None, "pending"),
        ("complete", "processing", "pending"), ("complete", "requires_payment_method", "failed"),
        ("complete", "canceled", "failed"), ("expired", None, "ended"), ("expired", "requires_payment_method", "ended"),
        ("complete", "requires_action", "pending"),
    ],
)  # fmt: skip
def test_fi_36_an_attempt_is_failed_only_when_the_provider_says_so(status, intent, expected):
    paid = Paid("pi_1", "u", intent, 100, "eur", is_live=False) if intent else None
    assert state_of(page(status), paid) == expected


def test_an_old_answer_never_leads_back():
    line = [AttemptState.ASKED, AttemptState.OPEN, AttemptState.PENDING, AttemptState.FAILED]
    for place, before in enumerate(line):
        assert [after for after in line if goes_on(before, after)] == line[place + 1 :]
    assert not goes_on(AttemptState.ENDED, AttemptState.OPEN)


@pytest.mark.parametrize(
    ("changes", "look"),
    [({"is_live": True}, Look.MODE), ({"currency": "usd"}, Look.CURRENCY), ({"cents": 99}, Look.AMOUNT)],
)
def test_fi_40_what_was_not_asked_for_is_doubted(changes, look):
    given = {"cents": 100, "currency": "eur", "is_live": False, **changes}
    paid = Paid("pi_1", "u", "succeeded", charge_id="ch_1", charged_on=DAY, **given)
    assert doubt_about(paid, cents=100, currency="eur", is_live=False) is look


@pytest.mark.parametrize(
    ("owed", "way", "offer", "error"),
    [
        ([], Way.CARD, BOTH, NothingChosen),
        ([Owed(1, "A", 5), Owed(1, "A", 5)], Way.CARD, BOTH, NothingChosen),
        ([Owed(n, "A", 500) for n in range(21)], Way.CARD, BOTH, NothingChosen),
        ([Owed(1, "A", 0)], Way.CARD, BOTH, NothingToPay),
        ([Owed(1, "A", 500), Owed(2, "B", -1)], Way.CARD, BOTH, NothingToPay),
        ([Owed(1, "A", 49)], Way.CARD, BOTH, AmountOutside),
        ([Owed(1, "A", attempts.LARGEST_CENTS + 1)], Way.CARD, BOTH, AmountOutside),
        ([Owed(1, "A", 1_000_001)], Way.SEPA_DEBIT, BOTH, OverLimit),
        ([Owed(1, "A", 500)], Way.SEPA_DEBIT, Offer((Way.CARD,), 1_000_000), OnlineOff),
        ([Owed(1, "A", 500)], Way.CARD, attempts.OFF, OnlineOff),
    ],
)
def test_sec_74_what_cannot_be_paid_is_refused_with_its_reason(owed, way, offer, error):
    with pytest.raises(error):
        check_order(owed, way, offer)


@given(st.lists(st.integers(50, 50_000), min_size=1, max_size=20))
def test_sec_71_the_amount_is_the_sum_of_what_is_open(amounts):
    assert check_order([Owed(n, f"A{n}", cents) for n, cents in enumerate(amounts)], Way.CARD, BOTH) == sum(
        amounts
    )


def test_at_the_limit_the_debit_is_offered_and_one_cent_above_it_is_not():
    assert BOTH.ways_for(1_000_000) == (Way.CARD, Way.SEPA_DEBIT)
    assert BOTH.ways_for(1_000_001) == (Way.CARD,)
    assert BOTH.ways_for(49) == ()


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("checkout.session.completed", Subject.PAGE), ("charge.dispute.created", Subject.DISPUTE),
        ("charge.refunded", Subject.CHARGE), ("charge.refund.updated", Subject.REFUND), ("refund.failed", Subject.REFUND),
        ("payment_intent.payment_failed", Subject.INTENT), ("payout.paid", Subject.PAYOUT), ("mandate.updated", None),
    ],
)  # fmt: skip
def test_an_event_says_where_to_look(kind, subject):
    assert subject_of(kind) is subject


def test_fi_41_it_is_tried_again_soon_and_later_once_an_hour():
    waits = [(next_try(tries, NOW) - NOW).total_seconds() for tries in range(1, 9)]
    assert waits == [15, 60, 240, 960, 3600, 3600, 3600, 3600]


@given(payments())
def test_fi_42_the_comparison_misses_nothing_and_is_silent_when_all_is_booked(paid):
    moves = [paid.movement, *(m for d in paid.disputes for m in d.movements)]
    moves += [movement(f"txn_{each.id}", -each.cents, 0, "refund", each.id) for each in paid.refunds]
    posted = {(change.object_id, change.kind) for change in changes_of(paid)}
    assert uncovered(moves, posted, ()) == []
    assert [each.movement for each in uncovered(moves, set(), ())] == moves
    assert absent(changes_of(paid), moves) == []
    assert absent(changes_of(paid), []) == changes_of(paid)
    assert uncovered([movement("t", 1, kind="stripe_fee")], posted, ())[0].subject is None
    assert uncovered([movement("t", 1, kind="payout", source="po_1")], posted, {"po_1"}) == []
