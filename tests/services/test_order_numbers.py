"""Order numbers: asked for before the invoice, given for a dues year, waited for in the run, printed and carried."""

from __future__ import annotations

import pytest
from lxml import etree
from sqlalchemy import select, update

from membership.domain.billing import ItemState
from membership.domain.errors import NotAllowed, NotFound
from membership.domain.member_fields import FieldWrong
from membership.domain.policy import Role
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import RunItem
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue, Member, OrderNumber
from membership.services import billing, dispatch, invoicing, members, run_review
from membership.services.dispatch.words import words_of
from membership.services.members.facts import YearsWrong
from membership.services.settings import change_settings
from tests.conftest import TODAY, person
from tests.factories import make_association, make_member
from tests.invoices.conftest import read_placed
from tests.invoices.einvoices import LEITWEG, one
from tests.services.members.test_importing import csv, take_in
from tests.services.test_einvoices import objections

WISH = {"order_wish": "before_invoice"}
YEAR = 2027


@pytest.fixture
def books(app, treasurer):
    """M0001 asks for an order number, M0002 does not."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", **WISH)
    make_member(treasurer, number="M0002", name="Zweite GmbH")
    return treasurer


def member_id(actor, number="M0001"):
    return read_as(actor).execute(select(Member.id).where(Member.number == number)).scalar_one()


def plan(actor):
    return write(actor, billing.plan_run, YEAR, issued_on=TODAY, today=TODAY)


def give(actor, order_number, number="M0001", year=YEAR):
    return write(actor, members.set_order_number, number, order_number, year=year)


def states(actor, run_id):
    rows = read_as(actor).execute(
        select(Member.number, RunItem.state)
        .join(Member, Member.id == RunItem.member_id)
        .where(RunItem.run_id == run_id)
        .order_by(Member.number)
    )
    return dict(rows.all())


def issue(actor, run_id):
    write(actor, billing.release_run, run_id, today=TODAY)
    issue_run(actor, run_id, base_url="https://verein.example", today=TODAY)
    render_waiting(actor)


def billed(actor):
    rows = read_as(actor).execute(select(Member.number).join(Invoice, Invoice.member_id == Member.id))
    return sorted(rows.scalars())


def test_who_asked_waits_until_the_number_of_this_year_is_there(books):
    give(books, "4500 1", year=YEAR - 1)
    run_id = plan(books)
    assert states(books, run_id) == {"M0001": ItemState.HELD, "M0002": ItemState.PLANNED}
    give(books, "4500 2")
    with pytest.raises(billing.RunChanged):
        write(books, billing.release_run, run_id, today=TODAY)
    write(books, billing.refresh_run, run_id)
    assert states(books, run_id) == {"M0001": ItemState.PLANNED, "M0002": ItemState.PLANNED}
    issue(books, run_id)
    assert billed(books) == ["M0001", "M0002"]


def test_a_later_run_bills_who_waited(books):
    issue(books, plan(books))
    assert billed(books) == ["M0002"]
    give(books, "4500 2")
    issue(books, plan(books))
    assert billed(books) == ["M0001", "M0002"]


def test_a_number_that_is_taken_back_makes_the_member_wait_again(books):
    give(books, "4500 2")
    run_id = plan(books)
    assert states(books, run_id)["M0001"] is ItemState.PLANNED
    give(books, "")
    write(books, billing.refresh_run, run_id)
    assert states(books, run_id)["M0001"] is ItemState.HELD


def test_billed_without_a_number_stays_decided_when_the_run_is_worked_out_anew(books):
    run_id = plan(books)
    write(books, billing.bill_item, run_id, member_id(books))
    write(books, billing.refresh_run, run_id)
    assert states(books, run_id)["M0001"] is ItemState.PLANNED
    issue(books, run_id)
    assert billed(books) == ["M0001", "M0002"]


@pytest.mark.parametrize("billed_first", [True, False])
def test_held_back_by_a_person_stays_so_when_the_number_comes(books, billed_first):
    run_id = plan(books)
    if billed_first:
        write(books, billing.bill_item, run_id, member_id(books))
    write(books, billing.hold_item, run_id, member_id(books), reason="Insolvenz")
    give(books, "4500 2")
    write(books, billing.refresh_run, run_id)
    assert states(books, run_id)["M0001"] is ItemState.HELD
    write(books, billing.bill_item, run_id, member_id(books))
    assert states(books, run_id)["M0001"] is ItemState.PLANNED


def test_held_back_by_a_person_stays_so_while_no_number_is_there(books):
    run_id = plan(books)
    write(books, billing.hold_item, run_id, member_id(books), reason="Insolvenz")
    write(books, billing.refresh_run, run_id)
    row = read_as(books).execute(select(RunItem.reason, RunItem.reason_text).where(RunItem.reason != ""))
    assert row.all() == [("Insolvenz", None)]


def test_what_is_owed_is_still_compared_for_who_waits(books):
    run_id = plan(books)
    write(books, lambda session: session.execute(update(BasisValue).values(value=60)))
    with pytest.raises(billing.RunChanged):
        write(books, billing.release_run, run_id, today=TODAY)


def test_in_the_run_a_number_is_entered_in_place_and_an_empty_one_is_refused(books):
    run_id = plan(books)
    with pytest.raises(run_review.OrderNumberMissing):
        write(books, run_review.enter_order_number, run_id, member_id(books), order_number=" ")
    write(books, run_review.enter_order_number, run_id, member_id(books), order_number="4500 2")
    assert states(books, run_id)["M0001"] is ItemState.PLANNED


@pytest.mark.parametrize("changes", [{}, {"leitweg_id": LEITWEG, "order_number": "Kst. 815"}])
def test_bt_13_the_number_of_the_year_stands_on_the_page_and_in_the_xml(books, changes):
    write(books, members.change_member, "M0001", changes)
    contact = {"invoice.contact_name": "Fenja Ubben", "association.phone": "04900 654321"}
    write(books, change_settings, contact)
    give(books, "4500 & 17")
    issue(books, plan(books))
    session = read_as(books)
    (number,) = session.execute(select(Invoice.number).where(Invoice.member_id == member_id(books))).scalars()
    xml = invoicing.stored_xml(session, number)
    assert one(etree.fromstring(xml), "BuyerOrderReferencedDocument", "IssuerAssignedID") == "4500 & 17"
    assert objections(xml) == []
    assert any("4500 & 17" in place.text for place in read_placed(invoicing.stored_pdf(session, number)))


def test_an_invoice_keeps_its_number_in_the_mail_and_who_gave_none_has_the_one_for_every_invoice(books):
    write(books, members.change_member, "M0002", {"order_number": "Kst. 815"})
    give(books, "4500 2")
    issue(books, plan(books))
    give(books, "4500 3")
    numbers = list(read_as(books).execute(select(Invoice.number)).scalars())
    write(books, dispatch.send_invoices, numbers)
    session = read_as(books)
    said = [words_of(session, each, zone="UTC").body for each in session.execute(select(Dispatch)).scalars()]
    assert sorted("4500 2" in body for body in said) == [False, True]
    assert sorted("Kst. 815" in body for body in said) == [False, True]
    assert not any("4500 3" in body for body in said)


def test_the_number_is_kept_with_who_and_when_and_the_log_keeps_the_one_before(books):
    assert give(books, " 4500  1 ")
    assert not give(books, "4500 1")
    assert give(books, "4500 2")
    session = read_as(books)
    row = session.execute(select(OrderNumber)).scalar_one()
    assert (row.number, row.dues_year, row.recorded_by) == ("4500 2", YEAR, books.name)
    assert row.recorded_at == books.at
    log = session.execute(select(AuditRecord).where(AuditRecord.action == "member.order_number")).scalars()
    assert [each.facts for each in log] == [{"year": YEAR}] * 2


@pytest.mark.parametrize(("order_number", "error"), [("x" * 500, FieldWrong), ("Nr. \u202e1", FieldWrong)])
def test_a_number_that_cannot_be_printed_is_refused(books, order_number, error):
    with pytest.raises(error):
        give(books, order_number)


def test_a_year_of_two_digits_is_refused(books):
    with pytest.raises(YearsWrong):
        give(books, "4500", year=27)


def test_a_company_enters_its_own_number_and_nobody_elses(books):
    own = member_id(books)
    company = person(companies=((own, Role.COMPANY_ADMIN),))
    assert give(company, "4500 9")
    with pytest.raises(NotFound):
        give(company, "4500 9", number="M0002")
    with pytest.raises(NotAllowed):
        give(person(companies=((own, Role.COMPANY_USER),)), "4500 10")
    with pytest.raises(NotAllowed):
        give(person(Role.BOARD), "4500 10")


def listed(actor):
    return members.member_documents(read_as(actor), today=TODAY, everybody=True)


def test_a_list_says_who_asks_for_an_order_number_before_the_invoice(app, treasurer):
    rows = (
        "M0081;Nordlack GmbH;a@b.example;ja;",
        "M0082;Wattgrund GmbH;b@b.example;nein;Kst. 815",
        "M0083;Deichwerke GmbH;c@b.example;;",
    )
    take_in(treasurer, csv(*rows, head="Nr;Firma;E-Mail;Bestellnummer vor Rechnung;Bestellnummer"))
    assert [(row["order_wish"], row["order_number"]) for row in listed(treasurer)] == [
        ("before_invoice", None), ("none", "Kst. 815"), ("none", None),
    ]  # fmt: skip


def test_what_belongs_to_a_year_goes_with_a_member_whose_import_is_undone(app, treasurer):
    result = take_in(treasurer, csv("M0081;Nordlack GmbH;a@b.example", head="Nr;Firma;E-Mail"))
    write(treasurer, members.set_order_number, "M0081", "4500 17", year=2027)
    write(treasurer, members.undo_import, result["import"], today=TODAY)
    assert listed(treasurer) == []
