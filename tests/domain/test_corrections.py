"""What is taken off the lines of an invoice, which payments come free, what a document shows; no database needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.document import Line as PaperLine
from invoices.document import totals
from membership.domain.claims import (
    MOST_INSTALMENTS,
    DayTooEarly,
    EventKind,
    Instalment,
    InstalmentsWrong,
    due_parts,
    loss_entry,
    next_due,
    plan_of,
    tax_within,
)
from membership.domain.corrections import (
    Cause,
    CorrectionTooLarge,
    NothingLeft,
    Reason,
    ReasonMissing,
    credit_entry,
    freed,
    gross_of,
    part_of,
    rest_of,
    taken_by,
    with_gross,
)
from membership.domain.dues.assessment import Line, LineKind
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.invoicing import InvoiceState, Standing, TaxPart
from membership.domain.ledger import balance
from membership.domain.money import Money
from membership.domain.phrases import phrase

DUE, TODAY = date(2027, 1, 31), date(2027, 2, 16)
MARCH, APRIL, MAY = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)


def line(cents, kind=LineKind.DUES, rate=None):
    tax = Money(cents).times(rate) if rate else Money(0)
    treatment = Treatment.TAXABLE if rate else Treatment.NOT_TAXABLE
    return Line(kind, phrase("x"), Money(cents), treatment, rate, tax)


LINES = st.lists(
    st.builds(line, st.integers(1, 500_000), rate=st.just(Fraction(19, 100))), min_size=1, max_size=4
) | st.lists(st.builds(line, st.integers(1, 500_000)), min_size=1, max_size=4)


@given(LINES, st.lists(st.integers(1, 400_000), max_size=12))
def test_inv_24_corrections_and_the_rest_add_up_to_the_invoice(lines, amounts):
    taken = []
    for cents in amounts:
        try:
            part = part_of(rest_of(lines, taken), cents, number="RE2027-0001")
        except CorrectionTooLarge:
            continue
        assert gross_of(part) == cents
        assert all(one.amount.cents >= 0 and one.tax_amount.cents >= 0 for one in part)
        can_be_printed(part)
        taken.append([tuple(each) for each in taken_by(part)])
    rest = rest_of(lines, taken)
    assert gross_of(rest) + sum(net + tax for each in taken for net, tax in each) == gross_of(lines)
    assert all(one.amount.cents >= 0 and one.tax_amount.cents >= 0 for one in rest)
    can_be_printed(rest)


def can_be_printed(lines):
    """Build the sums of a paper, which refuse a tax that does not belong to its rate."""
    papers = [
        PaperLine(
            text="x", amount_cents=one.amount.cents, treatment=str(one.tax),
            rate_percent=Decimal(19) if one.tax_rate else Decimal(0),
            tax_cents=one.tax_amount.cents if one.tax_rate else None,
        )
        for one in lines
        if gross_of([one])
    ]  # fmt: skip
    assert totals(papers).gross_cents == gross_of(lines)


@given(LINES)
def test_inv_01_the_entry_of_a_credit_note_balances(lines):
    booked = credit_entry(
        lines, text="KO2027-0001", on=TODAY, member_id=1, open_item_id=1, tax_part=TaxPart.ALL
    )
    assert balance(booked.postings) == 0
    assert sum(one.cents for one in booked.postings if one.open_item_id) == -gross_of(lines)


@given(st.integers(1, 10**7), st.integers(0, 10**6), st.integers(1, 10**7))
def test_inv_01_the_entry_of_a_waiver_balances(cents, tax_cents, gross_cents):
    tax = tax_within(cents, tax_cents=min(tax_cents, gross_cents // 2), gross_cents=gross_cents)
    if cents - tax > 0:
        booked = loss_entry(EventKind.WAIVER, cents, tax, text="x", on=TODAY, member_id=1, open_item_id=1)
        assert balance(booked.postings) == 0


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=6), st.data())
def test_exactly_the_wanted_amount_comes_free(parts, data):
    wanted = data.draw(st.integers(0, sum(parts)))
    found = freed(wanted, list(enumerate(parts)))
    assert sum(parts[one.allocation_id] - one.keeps_cents for one in found) == wanted
    assert all(one.keeps_cents == 0 for one in found[:-1])


def test_due_26_the_remaining_cents_stand_in_the_last_instalment():
    plan = plan_of(100_000, [MARCH, APRIL, MAY], today=TODAY)
    assert [part.cents for part in plan] == [33_333, 33_333, 33_334]


@pytest.mark.parametrize(
    ("open_cents", "due_on", "left"),
    [
        (300, MARCH, [100, 100, 100]),
        (250, MARCH, [50, 100, 100]),
        (200, APRIL, [100, 100]),
        (1, MAY, [1]),
        (0, MAY, []),
        (350, MARCH, [100, 100, 100, 50]),
    ],
)
def test_payments_settle_the_earliest_instalment_first(open_cents, due_on, left):
    plan = [Instalment(day, 100) for day in (MARCH, APRIL, MAY)]
    assert next_due(plan, open_cents) == due_on
    assert [part.cents for part in due_parts(plan, open_cents)] == left


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(600, 0, DUE, credited_cents=600), InvoiceState.CANCELLED),
        (Standing(600, 0, DUE, credited_cents=100, waived_cents=100), InvoiceState.WAIVED),
        (Standing(600, 0, DUE, waived_cents=1, written_off_cents=1), InvoiceState.WAIVED),
        (Standing(600, 0, DUE, written_off_cents=600), InvoiceState.WRITTEN_OFF),
        (Standing(600, 0, DUE), InvoiceState.PAID),
        (Standing(600, 600, MARCH, first_due_on=DUE), InvoiceState.DEFERRED),
        (Standing(600, 600, DUE, first_due_on=DUE), InvoiceState.OVERDUE),
        (Standing(600, 100, MARCH), InvoiceState.PARTLY_PAID),
        (Standing(600, 500, MARCH, credited_cents=100), InvoiceState.OPEN),
        (Standing(600, 599, MARCH), InvoiceState.PARTLY_PAID),
        (Standing(600, 600, MARCH, first_due_on=MARCH), InvoiceState.OPEN),
        (Standing(1, 0, DUE, credited_cents=1), InvoiceState.CANCELLED),
        (Standing(0, 0, DUE), InvoiceState.PAID),
    ],
)
def test_d_inv_17_one_state_by_the_order_of_the_words(standing, state):
    assert standing.state(TODAY) is state


def test_a_standing_adds_up():
    standing = Standing(600, 100, DUE, credited_cents=200, waived_cents=50, written_off_cents=30)
    assert standing.counted_cents == 400
    assert standing.paid_cents == 220


def test_of_nothing_no_part_is_taken_off():
    with pytest.raises(NothingLeft):
        part_of([line(0)], 1, number="RE2027-0001")


def test_a_claim_is_not_split_into_more_instalments_than_it_has_cents():
    assert [part.cents for part in plan_of(4, (MARCH, APRIL, MAY), today=TODAY)] == [1, 1, 2]
    assert [part.cents for part in plan_of(3, (MARCH, APRIL, MAY), today=MARCH)] == [1, 1, 1]
    with pytest.raises(InstalmentsWrong):
        plan_of(2, (MARCH, APRIL, MAY), today=TODAY)
    for days in ((MARCH,), (MARCH, MARCH), (APRIL, MARCH)):
        with pytest.raises(InstalmentsWrong):
            plan_of(300, days, today=TODAY)
    with pytest.raises(DayTooEarly):
        plan_of(300, (MARCH, APRIL), today=APRIL)


def test_a_cause_without_a_name_needs_words():
    with pytest.raises(ReasonMissing):
        Reason(Cause.OTHER, " ")
    assert Reason(Cause.OTHER, "Messe fiel aus").words == "Messe fiel aus"
    assert Reason(Cause.WRONG_AMOUNT).words == ""


def test_a_plan_has_two_instalments_at_least_and_no_more_than_anybody_keeps_track_of():
    days = [date(2027 + n // 12, n % 12 + 1, 28) for n in range(2, MOST_INSTALMENTS + 3)]
    for wrong in (days[:1], days):
        with pytest.raises(InstalmentsWrong):
            plan_of(10_000, wrong, today=TODAY)
    for right in (days[:2], days[:-1]):
        assert [part.due_on for part in plan_of(10_000, right, today=TODAY)] == right


def test_a_plan_that_begins_too_early_names_its_first_day():
    with pytest.raises(DayTooEarly) as refused:
        plan_of(300, (MARCH, APRIL, MAY), today=APRIL)
    assert refused.value.values == {"day": MARCH, "first": APRIL}


def test_one_cent_beyond_a_plan_is_due_with_its_last_day():
    plan = plan_of(300, (MARCH, APRIL), today=TODAY)
    assert due_parts(plan, 301)[-1] == Instalment(APRIL, 1)


def test_what_comes_free_is_taken_off_as_far_as_it_must_be_and_no_further():
    assert freed(0, [(1, 500)]) == []
    assert [(each.allocation_id, each.keeps_cents) for each in freed(500, [(1, 500), (2, 500)])] == [(1, 0)]
    assert [(each.allocation_id, each.keeps_cents) for each in freed(501, [(1, 500), (2, 500)])] == [
        (1, 0),
        (2, 499),
    ]


def test_a_line_over_an_amount_with_tax_has_the_net_amount_and_the_tax_of_its_rate():
    made = with_gross(line(100, rate=Fraction(19, 100)), 119_00)
    assert (made.amount.cents, made.tax_amount.cents) == (100_00, 19_00)
    made = with_gross(line(100), 119_00)
    assert (made.amount.cents, made.tax_amount.cents) == (119_00, 0)
