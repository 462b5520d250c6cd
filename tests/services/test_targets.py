"""Allocations by target: however often and in whichever order they are asked for, the books add up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from membership.domain.payments import AllocatedTooMuch, Method
from membership.persistence.db import read_as, write
from membership.persistence.queries import payments as queries
from membership.services import payments
from membership.services.payments import ForeignDocument, PaymentReversed
from membership.services.targets import NamedTwice, SettlesMore, allocate_up_to
from tests.conftest import TODAY
from tests.factories import bill_year, make_association, make_member


@pytest.fixture
def paid(app, treasurer):
    """A payment of 400.00 of M0001, who owes 600.00; M0002 owes 1,200.00."""
    make_association(treasurer)
    member = make_member(treasurer, number="M0001", name="Alpha Werke GmbH")
    make_member(treasurer, number="M0002", name="Beta Guss AG", headcount=60)
    bill_year(treasurer, with_papers=False)
    return write(
        treasurer, payments.record_payment, member, 40000,
        received_on=TODAY, method=Method.CASH, today=TODAY, shares=[],
    )  # fmt: skip


def settled(actor, payment_id, document="RE2027-0001"):
    session = read_as(actor)
    session.rollback()
    item = queries.get_open_item(session, document)
    return queries.settled_cents(session, payment_id, item.id), item.open_cents


@given(st.lists(st.integers(-100, 70000), max_size=5))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_inv_10_a_target_is_reached_or_refused_and_the_same_again_does_nothing(paid, treasurer, wanted):
    present = settled(treasurer, paid)[0]
    for cents in wanted:
        parts = [("RE2027-0001", cents)]
        if cents <= 0 or cents > 40000:
            with pytest.raises(AllocatedTooMuch):
                write(treasurer, allocate_up_to, paid, parts, today=TODAY)
        elif cents < present:
            with pytest.raises(SettlesMore):
                write(treasurer, allocate_up_to, paid, parts, today=TODAY)
        else:
            assert write(treasurer, allocate_up_to, paid, parts, today=TODAY) == cents - present
            assert write(treasurer, allocate_up_to, paid, parts, today=TODAY) == 0
            present = cents
        assert settled(treasurer, paid) == (present, 60000 - present)


def test_what_is_refused_for_one_document_leaves_the_others_alone(paid, treasurer):
    for parts, refusal in (
        ([("RE2027-0001", 100), ("RE2027-0002", 100)], ForeignDocument),
        ([("RE2027-0001", 100), ("re2027-0001", 200)], NamedTwice),
    ):
        with pytest.raises(refusal):
            write(treasurer, allocate_up_to, paid, parts, today=TODAY)
    assert settled(treasurer, paid) == (0, 60000)


def test_a_payment_that_was_taken_back_settles_nothing_any_more(paid, treasurer):
    write(treasurer, payments.reverse_payment, paid, reason="mistyped", today=TODAY)
    with pytest.raises(PaymentReversed):
        write(treasurer, allocate_up_to, paid, [("RE2027-0001", 100)], today=TODAY)
