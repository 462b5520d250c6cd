"""Free lines: what can be billed together, with which VAT, and that no cent is lost on the way."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.assessment import LineKind
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.stored import from_stored, to_stored
from membership.domain.invoicing import billed_parts, entry_of
from membership.domain.ledger import Account
from membership.domain.money import rounded
from membership.domain.single_invoices import (
    DueBeforeIssue,
    DuesWithVat,
    FreeLine,
    LineIncomplete,
    NoLines,
    Vat,
    VatMixed,
    due_day,
    free_assessment,
)

DAY = date(2027, 3, 1)


def bill(*lines):
    return free_assessment("M0001", 2027, "ORD", lines)


def line(cents=10000, kind=LineKind.SERVICE_FEE, vat=Vat.NONE, text="Messestand"):
    return FreeLine(text, cents, kind, vat)


untaxed = st.builds(
    line,
    st.integers(1, 10**9),
    st.sampled_from([LineKind.DUES, LineKind.ADMISSION_FEE, LineKind.SERVICE_FEE]),
)
taxed = st.builds(line, st.integers(1, 10**9), vat=st.sampled_from([Vat.REGULAR, Vat.REDUCED]))


@given(st.lists(untaxed, min_size=1, max_size=12) | st.lists(taxed, min_size=1, max_size=12))
def test_inv_24_the_parts_add_up_to_the_total_and_the_entry_balances(lines):
    assessment = bill(*lines)
    (part,) = billed_parts(assessment.lines)
    assert part.net_cents == sum(each.cents for each in lines)
    rate = {Vat.NONE: 0, Vat.REGULAR: 19, Vat.REDUCED: 7}
    expected = sum(rounded(Fraction(each.cents * rate[each.vat], 100)) for each in lines)
    assert part.tax_cents == expected
    assert part.gross_cents == part.net_cents + expected
    entry = entry_of(part, number="RE2027-0001", on=DAY, member_id=1, open_item_id=1)
    assert sum(posting.cents for posting in entry.postings) == 0
    assert sum(step.result for step in assessment.steps) * 100 == part.net_cents


@given(st.lists(untaxed, min_size=1, max_size=5))
def test_what_is_frozen_is_read_again(lines):
    assessment = bill(*lines)
    assert from_stored(to_stored(assessment)) == assessment


def test_each_kind_of_line_has_its_own_account():
    assessment = bill(line(1, LineKind.DUES), line(2, LineKind.ADMISSION_FEE), line(4, LineKind.SERVICE_FEE))
    (part,) = billed_parts(assessment.lines)
    entry = entry_of(part, number="RE2027-0001", on=DAY, member_id=1, open_item_id=1)
    booked = {posting.account: posting.cents for posting in entry.postings if posting.cents}
    assert booked == {
        Account.RECEIVABLES: 7,
        Account.DUES_INCOME: -1,
        Account.ADMISSION_INCOME: -2,
        Account.SERVICE_INCOME: -4,
    }


def test_d_inv_4_a_line_without_a_word_about_vat_carries_none():
    (billed,) = bill(FreeLine("Aufnahme", 5000)).lines
    assert (billed.tax, billed.tax_amount.cents) == (Treatment.NOT_TAXABLE, 0)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], NoLines),
        ([line(text="  ")], LineIncomplete),
        ([line(0)], LineIncomplete),
        ([line(-100)], LineIncomplete),
        ([line(), line(vat=Vat.REGULAR)], VatMixed),
        ([line(kind=LineKind.DUES, vat=Vat.REGULAR)], DuesWithVat),
        ([line(kind=LineKind.ADMISSION_FEE, vat=Vat.REDUCED)], DuesWithVat),
    ],
)
def test_what_cannot_be_billed_is_refused(lines, error):
    with pytest.raises(error):
        bill(*lines)


def test_the_line_that_is_incomplete_is_named_by_its_place():
    with pytest.raises(LineIncomplete) as refused:
        bill(line(), line(0))
    assert refused.value.values == {"n": 2}


def test_two_rates_share_an_invoice():
    (part,) = billed_parts(bill(line(10000, vat=Vat.REGULAR), line(10000, vat=Vat.REDUCED)).lines)
    assert (part.net_cents, part.tax_cents) == (20000, 2600)


def test_an_invoice_is_due_on_the_day_that_was_asked_for_and_never_before_its_issue():
    assert due_day(None, usual=date(2027, 1, 31), issued_on=DAY) == DAY
    assert due_day(None, usual=date(2027, 4, 1), issued_on=DAY) == date(2027, 4, 1)
    assert due_day(DAY, usual=date(2027, 4, 1), issued_on=DAY) == DAY
    with pytest.raises(DueBeforeIssue):
        due_day(date(2027, 2, 28), usual=DAY, issued_on=DAY)
