"""From a member list to a paid invoice: the whole path by the services, on both databases."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from membership.domain.billing import RunCounts, RunState
from membership.domain.payments import Method
from membership.persistence.db import read_as, write
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import billing as billing_queries
from membership.persistence.queries import invoicing as queries
from membership.services import invoicing, payments
from tests.factories import bill_year, make_association, make_member

DAY = date(2027, 1, 11)


def test_members_are_billed_pay_and_their_invoice_is_paid(app, treasurer):
    make_association(treasurer)
    ordinary = make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", category="EHR", headcount=None)
    make_member(treasurer, number="M0003", headcount=None)
    make_member(treasurer, number="M0004", headcount=250, start=date(2027, 5, 17))

    run_id = bill_year(treasurer)

    session = read_as(treasurer)
    totals = billing_queries.run_totals(session, run_id)
    assert totals.counts == RunCounts(invoices=2, held=0, free=1, failed=1)
    assert (totals.first_number, totals.last_number) == ("RE2027-0001", "RE2027-0002")
    assert totals.total_cents == 60000 + 175000
    assert billing_queries.get_run(session, run_id).state is RunState.DONE_WITH_ERRORS

    view = queries.get_invoice(session, "RE2027-0001")
    assert (view.invoice.gross_cents, view.open_cents) == (60000, 60000)
    assert view.invoice.due_on == date(2027, 1, 31)
    assert invoicing.stored_pdf(session, "RE2027-0001").startswith(b"%PDF-1.7")

    write(
        treasurer,
        payments.record_payment,
        ordinary,
        60000,
        received_on=DAY,
        method=Method.TRANSFER,
        today=DAY,
    )
    assert queries.get_invoice(read_as(treasurer), "RE2027-0001").open_cents == 0


def test_inv_12_a_second_run_bills_only_those_who_are_new(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    make_member(treasurer, number="M0002")
    bill_year(treasurer)
    numbers = (
        read_as(treasurer).execute(select(Invoice.number, Invoice.member_id).order_by(Invoice.number)).all()
    )
    assert [number for number, _ in numbers] == ["RE2027-0001", "RE2027-0002"]
    assert len({member for _, member in numbers}) == 2
