"""Money of our own on a statement: payouts, refunds, debits that come back or are paid in parts, and the words of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from membership.domain.banking.facts import (
    Certainty,
    Known,
    OpenItem,
    OwnDebit,
    OwnPayout,
    OwnRefund,
    Payer,
    Rule,
)
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.matching import match_line, match_lines

DAY = date(2027, 2, 1)
ITEMS = [
    OpenItem(1, "RE2027-0001", 1, 20_000, DAY, 2027),
    OpenItem(2, "RE2027-0002", 2, 30_000, DAY, 2027),
]
PAYERS = [
    Payer(1, "M0001", ("Weser Lackiererei GmbH",), mandates=("M0001-01",)),
    Payer(2, "M0002", ("Harle Sitzbau AG",)),
    Payer(3, "EHREN", ("&", "Jade Federn KG"), ibans=("DE1",)),
    Payer(4, "M0004", ("Moorwind Antriebe GmbH",)),
    Payer(5, "M0005", ("Nenner Guss AG",)),
]
DEBITS = [OwnDebit("A-1", "LS-1", 1, 10_000, "LS", DAY), OwnDebit("A-2", "LS-2", 1, 10_000, "LS", DAY)]
PAYOUTS = [OwnPayout("po_1", 5_000, DAY), OwnPayout("po_2", 5_000, DAY + timedelta(days=1))]
REFUNDS = [OwnRefund("ER-1", "F1", 2, 700, "DE2")]
KNOWN = Known(ITEMS, PAYERS, DEBITS, REFUNDS, PAYOUTS)


def line(euros, text=None, **changes) -> Entry:
    return Entry(
        Decimal(str(euros)), "EUR", **{"booked_on": DAY, "remittance": text, "name": "Fremde", **changes}
    )


def matched(*lines: Entry):
    return match_lines(lines, KNOWN)


@pytest.mark.parametrize(
    ("changes", "payout"),
    [
        ({"name": "Stripe Payments Europe"}, "po_1"),
        ({"remittance": "STRIPE po_2"}, "po_2"),
        ({"name": "Stripe", "booked_on": DAY + timedelta(days=14)}, "po_1"),
        ({"name": "Stripe", "booked_on": DAY + timedelta(days=16)}, ""),
        ({"name": "Stripe", "booked_on": DAY - timedelta(days=5)}, ""),
        ({"name": "Stripe", "booked_on": None}, ""),
        ({"name": "Streifen"}, ""),
        ({"name": "Stripe", "amount": Decimal("50.01")}, ""),
    ],
)
def test_str_10_a_payout_is_told_by_name_amount_and_day_and_is_never_sure(changes, payout):
    found = match_line(line(50)._replace(**changes), Index(KNOWN))
    assert [each.payout for each in found[:1]] == (
        [payout] if payout else [each.payout for each in found[:1]]
    )
    assert any(each.payout for each in found) is bool(payout)
    assert all(each.certainty is Certainty.LIKELY for each in found if each.payout)


def test_a_debit_that_came_back_is_no_refund_and_names_its_mandate_where_the_bank_does():
    assert matched(line(-7, iban="DE2", return_reason="MS03")) == [()]
    assert matched(line(-7, iban="DE2"))[0][0].refunds == ("ER-1",)
    (sure,) = matched(line(-7, payment_id="F1"))[0]
    assert (sure.refunds, sure.certainty) == (("ER-1",), Certainty.SURE)
    (found,) = matched(line(-100, end_to_end_id="A-1", mandate_id="M0001-01"))[0]
    assert found.rules == {Rule.COLLECTION, Rule.MANDATE}
    (block,) = matched(line(-100, batch="B", payment_id="LS-2"))[0]
    assert (block.is_return, block.shares) == (True, ((1, 10_000),))


def test_two_debits_of_one_invoice_are_both_sure_and_the_second_sees_what_the_first_left():
    first, second = matched(line(100, end_to_end_id="A-1"), line(100, end_to_end_id="A-2"))
    assert [each[0].certainty for each in (first, second)] == [Certainty.SURE] * 2
    three = (line(100, end_to_end_id="A-1"), line(100, end_to_end_id="A-2"), line(200, "RE2027-0001"))
    sure = [each[0] for each in matched(*three) if each[0].certainty is Certainty.SURE]
    assert sum(share.cents for each in sure for share in each.shares) == 20_000


def test_who_owes_nothing_gets_a_credit_balance_when_number_or_account_say_so():
    (found,) = matched(line(12, "Mitglied M0004"))[0]
    assert (found.members, found.shares, found.rest_cents) == ((4,), (), 1_200)
    assert matched(line(12, iban="DE1"))[0][0].members == (3,)
    assert matched(line(12, "Kd 99999")) == [()]


def test_a_number_that_follows_and_does_not_exist_is_left_alone():
    (found,) = matched(line(200, "RE2027-0001 + 9999"))[0]
    assert (found.certainty, found.shares) == (Certainty.SURE, ((1, 20_000),))


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("Weser Lackierrei GmbH", True),
        ("Weser Lakiererei", True),
        ("Weser Gießerei GmbH", False),
        ("Wesel Lackfabrik", False),
        ("Harle Sietzbau AG", True),
        ("Sitz", False),
        ("Nereer Guss AG", False),
    ],
)
def test_a_name_with_a_typing_error_is_similar_and_another_one_is_not(name, is_found):
    found = match_line(line(1, name=name), Index(KNOWN))
    assert any(Rule.NAME in each.rules for each in found) is is_found
