"""What a company sees of itself, on both databases; nothing of another, whoever asks."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.errors import NotFound
from membership.domain.ledger import EntryKind
from membership.domain.member_account import running
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.members import Contact
from membership.persistence.queries import member_account as queries
from membership.persistence.queries.companies import list_people
from membership.services import ledger, payments
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

DAY = date(2027, 1, 11)


@pytest.fixture
def companies(app, treasurer):
    make_association(treasurer)
    ids = [
        make_member(treasurer, number=f"M000{n}", name=name)
        for n, name in ((1, "Alpha GmbH"), (2, "Beta AG"))
    ]
    bill_year(treasurer)
    return ids


def contact_of(member_id):
    """Return the session of a portal person of one company."""
    return read_as(person(user_id=9, companies=((member_id, Role.COMPANY_USER),)))


def pay(actor, member_id, cents, on=date(2027, 1, 20)):
    return write(
        actor, payments.record_payment, member_id, cents, received_on=on, method=Method.TRANSFER, today=on
    )


def test_documents_say_what_is_open_when_it_was_paid_and_whether_there_is_a_pdf(companies, treasurer):
    pay(treasurer, companies[0], 20000)
    [found] = queries.list_documents(contact_of(companies[0]), companies[0])
    assert (found.number, found.original_cents, found.open_cents) == ("RE2027-0001", 60000, 40000)
    assert (found.has_invoice, found.has_pdf, found.paid_on) == (True, True, date(2027, 1, 20))
    assert found.reference.startswith("RF")


def test_what_was_owed_before_has_no_invoice(companies, treasurer):
    write(
        treasurer, ledger.book_opening_item, companies[1], 30000,
        reference="R-2026-17", dues_year=2026, due_on=date(2026, 2, 28), today=DAY,
    )  # fmt: skip
    numbers = {
        each.number: each.has_invoice
        for each in queries.list_documents(contact_of(companies[1]), companies[1])
    }
    assert numbers == {"R-2026-17": False, "RE2027-0002": True}


def test_the_running_account_has_invoices_and_payments_and_what_was_taken_back(companies, treasurer):
    payment = pay(treasurer, companies[0], 65000)
    write(treasurer, payments.reverse_payment, payment, reason="Vertippt", today=date(2027, 1, 25))
    lines = running(queries.list_movements(contact_of(companies[0]), companies[0]))
    assert [(line.movement.kind, line.movement.takes_back, line.balance_cents) for line in lines] == [
        (EntryKind.INVOICE, False, 60000),
        (EntryKind.PAYMENT, False, -5000),
        (EntryKind.PAYMENT, True, 60000),
    ]
    assert lines[0].movement.document == "RE2027-0001"


def test_inv_18_a_contact_reads_nothing_of_another_company(companies, treasurer):
    own, foreign = companies
    pay(treasurer, foreign, 1000)
    write(treasurer, lambda session: session.add(Contact(member_id=foreign, name="Fremd", functions=[])))
    session = contact_of(own)
    assert queries.list_companies(session, companies, ended_since=date(2026, 1, 11)) == [
        queries.Company(own, "M0001", "Alpha GmbH")
    ]
    assert queries.list_documents(session, foreign) == []
    assert queries.list_movements(session, foreign) == []
    assert queries.list_periods(session, foreign) == []
    assert queries.list_contacts(session, foreign) == []
    assert queries.list_sizes(session, foreign) == []
    assert list_people(session, foreign) == []
    assert queries.find_category(session, foreign, on=DAY) is None
    assert queries.find_dues_class(session, foreign) == ""
    with pytest.raises(NotFound):
        queries.get_record(session, foreign)
    with pytest.raises(NotFound):
        queries.require_own_invoice(session, "RE2027-0002", [own])
    assert queries.require_own_invoice(session, "RE2027-0001", [own]) == "RE2027-0001"


def test_a_person_of_the_staff_sees_in_the_portal_only_the_companies_they_act_for(companies, treasurer):
    session = read_as(treasurer)
    with pytest.raises(NotFound):
        queries.require_own_invoice(session, "RE2027-0002", [companies[0]])


def test_category_size_and_class_are_those_of_the_company(companies):
    session = contact_of(companies[0])
    assert queries.find_category(session, companies[0], on=DAY)[1] == "Ordinary member"
    assert [int(size.value) for size in queries.list_sizes(session, companies[0])] == [37]
    assert queries.find_dues_class(session, companies[0]) == "10–49"
    assert queries.list_periods(session, companies[0]) == [(date(2014, 4, 1), None)]
