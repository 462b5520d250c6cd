"""An invoice is followed by another: cancelled and issued anew, replaced by one paper, brought to a late size."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from invoices.document import Document
from membership.domain.corrections import AlreadyCancelled, PaidMoney
from membership.jobs.billing import render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue, CategoryPeriod, Member, Membership
from membership.persistence.queries.invoicing import get_document
from membership.services import corrections, invoicing, settings
from membership.services.corrections.adjusting import LateDecrease, TooLateToAdjust
from membership.services.corrections.reassessing import NoMemberThen, NotDecided, PartsDiffer
from membership.services.corrections.reissuing import NothingOwed
from tests.factories import SCHEDULE, bill_year, make_association, make_member
from tests.services.corrections.conftest import ALPHA, LATER, WRONG, Books

URL = "http://localhost"


def report_size(books, heads, member=None):
    def change(session):
        row = session.execute(
            select(BasisValue).where(BasisValue.member_id == (member or books.alpha))
        ).scalar_one()
        row.value = Fraction(heads)

    write(books.actor, change)


def adjust(books, number=ALPHA, *, today=LATER, paid=PaidMoney.CREDIT):
    return write(books.actor, corrections.adjust_invoice, number, paid=paid, today=today, base_url=URL)


def document(books, number):
    return Document.from_content(get_document(read_as(books.actor), number)[0].content["document"])


def test_j_cancel_and_reissue_makes_two_papers_by_todays_facts(books):
    write(books.actor, lambda session: setattr(session.get(Member, books.alpha), "name", "Alpha Werke AG"))
    report_size(books, 60)
    made = write(books.actor, corrections.reissue_invoice, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    assert tuple(made) == ("KO2027-0001", "RE2027-0003")
    new = document(books, "RE2027-0003")
    assert (new.recipient.company, new.gross_cents, new.refers_to.number) == ("Alpha Werke AG", 120000, ALPHA)
    assert "ersetzt die Rechnung RE2027-0001" in new.intro
    assert (books.state(), books.state("RE2027-0003")) == ("cancelled", "open")
    assert books.view("RE2027-0003").invoice.generation == 2
    assert books.findings() == []


def test_what_was_paid_settles_the_new_invoice(books):
    books.pay(60000)
    write(books.actor, corrections.reissue_invoice, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    assert (books.state("RE2027-0003"), books.credit()) == ("paid", 0)
    assert books.findings() == []


def test_what_was_credit_before_stays_credit_when_an_invoice_is_issued_anew(books):
    books.pay(60000)
    books.pay(10000)
    write(books.actor, corrections.reissue_invoice, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    assert (books.state("RE2027-0003"), books.credit()) == ("paid", 10000)
    assert books.findings() == []


@pytest.mark.parametrize(
    ("category", "tax", "error"),
    [
        ("EHR", None, NothingOwed),
        ("FOE", None, NotDecided),
        ("SCI", {"treatment": "SPLIT", "taxable_percent": "50", "rate": "19"}, PartsDiffer),
    ],
)
def test_what_todays_facts_do_not_bill_is_no_corrected_invoice(app, treasurer, category, tax, error):
    schedule = copy.deepcopy(SCHEDULE)
    schedule["categories"]["SCI"] |= {} if tax is None else {"tax": tax}
    make_association(treasurer, schedule)
    alpha = make_member(treasurer, number="M0001")
    write(treasurer, settings.change_settings, {"association.tax_number": "60/145/12345"})
    bill_year(treasurer)
    books = Books(treasurer, alpha, alpha)
    write(
        treasurer,
        lambda session: setattr(session.execute(select(CategoryPeriod)).scalar_one(), "category", category),
    )
    for use_case in (corrections.replace_invoice, corrections.reissue_invoice):
        with pytest.raises(error):
            write(treasurer, use_case, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    assert (books.state(), books.view().open_cents) == ("overdue", 60000)
    assert books.findings() == []


def test_who_was_no_member_in_the_year_by_todays_facts_owes_nothing_that_could_be_corrected(books):
    def end(session):
        session.execute(
            select(Membership).where(Membership.member_id == books.alpha)
        ).scalar_one().end = date(2026, 12, 31)

    write(books.actor, end)
    with pytest.raises(NoMemberThen):
        adjust(books)
    assert books.findings() == []


def test_d_inv_14_a_corrected_invoice_takes_the_place_of_the_old_one(books):
    report_size(books, 60)
    books.pay(60000)
    number = write(books.actor, corrections.replace_invoice, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    assert number == "RE2027-0003"
    new = document(books, number)
    assert (new.kind, new.refers_to.number, new.gross_cents) == ("corrected", ALPHA, 120000)
    assert (books.state(), books.view().standing.credited_cents) == ("cancelled", 60000)
    assert books.view(number).open_cents == 60000
    assert read_as(books.actor).execute(select(Invoice).where(Invoice.series == "KO")).first() is None
    render_waiting(books.actor)
    assert invoicing.stored_pdf(read_as(books.actor), number).startswith(b"%PDF")
    with pytest.raises(AlreadyCancelled):
        books.cancel()
    assert books.cancel(number) == "KO2027-0001"
    assert books.findings() == []


def test_sc_6_a_late_declaration_lowers_the_dues_after_payment(books):
    books.pay(120000, member=books.beta)
    report_size(books, 12, books.beta)
    number = adjust(books, "RE2027-0002")
    assert (number, document(books, number).gross_cents) == ("KO2027-0001", 60000)
    assert document(books, number).kind == "correction"
    assert (books.credit(books.beta), books.state("RE2027-0002")) == (60000, "paid")
    with pytest.raises(corrections.NothingChanged):
        adjust(books, "RE2027-0002")
    assert books.findings() == []


def test_due_29_a_late_declaration_that_raises_the_dues_makes_a_supplementary_invoice(books):
    report_size(books, 60)
    number = adjust(books)
    new = document(books, number)
    assert (number, new.gross_cents, new.kind) == ("RE2027-0003", 60000, "invoice")
    assert new.lines[0].text == "Mitgliedsbeitrag 2027, Nachberechnung"
    assert books.state() == "overdue"
    report_size(books, 300)
    assert adjust(books) == "RE2027-0004"
    report_size(books, 12)
    assert books.findings() == []


def test_due_29_after_the_last_day_the_invoice_stands(app, treasurer):
    with pytest.raises(TooLateToAdjust):
        adjust(lowered(treasurer, correct_until="dues_year:02-01"))


def test_due_40_a_late_decrease_is_ignored_where_the_schedule_says_so(app, treasurer):
    with pytest.raises(LateDecrease):
        adjust(lowered(treasurer, late_decrease="ignored"))


def lowered(treasurer, **declaration):
    schedule = {**copy.deepcopy(SCHEDULE), "declaration": declaration}
    make_association(treasurer, schedule)
    alpha = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    books = Books(treasurer, alpha, alpha)
    report_size(books, 1)
    return books


def test_a_taxed_supplement_and_a_taxed_correction_add_up(app, treasurer):
    schedule = copy.deepcopy(SCHEDULE)
    schedule["categories"]["ORD"]["tax"] = {"treatment": "S", "rate": "19"}
    make_association(treasurer, schedule)
    write(treasurer, settings.change_settings, {"association.tax_number": "60/145/12345"})
    alpha = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    books = Books(treasurer, alpha, alpha)
    report_size(books, 60)
    assert document(books, adjust(books)).gross_cents == 71400
    books.correct(12345)
    paper = document(books, "KO2027-0001")
    assert (paper.gross_cents, paper.totals.net_cents) == (12345, 10374)
    books.cancel()
    assert document(books, "KO2027-0002").gross_cents == 71400 - 12345
    assert books.findings() == []


def test_a_reissued_invoice_is_not_billed_again_by_a_run(books):
    from membership.services import billing

    write(books.actor, corrections.reissue_invoice, ALPHA, reason=WRONG, today=LATER, base_url=URL)
    run_id = write(books.actor, billing.plan_run, 2027, issued_on=LATER, today=LATER)
    with pytest.raises(billing.NothingToBill):
        write(books.actor, billing.release_run, run_id, today=LATER)


DAY_OF_PLAN = (date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1))
