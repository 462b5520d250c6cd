"""What the home of a company says first: when an invoice comes, that none does, that one was cancelled or waived."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.corrections import Cause, Reason
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import Override
from membership.services import corrections, payments
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.web.portal.test_portal import browser_for, words_of

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
ISSUED = date(2027, 1, 11)


@pytest.fixture
def home(web, monkeypatch):
    """Return what the home of a company says on a day; the association has M0001."""
    make_association(STAFF)
    make_member(STAFF, number="M0001", name="Alpha Werke GmbH")

    def said(day, member_id=1):
        monkeypatch.setenv("MEMBERSHIP_TODAY", day)
        return words_of(browser_for(web, member_id, email=f"am-{day}@alpha.example").get("/portal/"))

    return said


def test_before_the_first_run_no_month_is_named(home):
    assert "Ihre Rechnung für 2027 ist noch nicht erstellt." in home("2027-01-05")


def test_the_month_of_last_years_invoices_is_expected_until_it_is_over(home):
    bill_year(STAFF, with_papers=False)
    write(STAFF, payments.record_payment, 1, 60_000, received_on=ISSUED, method=Method.TRANSFER, today=ISSUED)
    assert "Ihr Beitrag 2027 ist bezahlt" in home("2027-12-31")
    assert "kommt voraussichtlich im Januar" in home("2028-01-03")
    late = home("2028-02-01")
    assert "voraussichtlich" not in late
    assert "Ihre Rechnung für 2028 ist noch nicht erstellt." in late


def test_who_owes_no_dues_reads_that_no_invoice_comes(home):
    make_member(STAFF, number="M0002", name="Beta Guss AG")
    free = Override(
        member_id=1, kind="waive", value=None, from_year=2027, to_year=2027, organ="Vorstand", reason="Ehrung",
        decided_on=ISSUED,
    )  # fmt: skip
    write(STAFF, lambda session: session.add(free))
    bill_year(STAFF, with_papers=False)
    page = home("2027-02-01")
    assert "Sie sind 2027 beitragsfrei." in page
    assert "noch nicht erstellt" not in page


def test_a_cancelled_invoice_is_named_as_such(home):
    bill_year(STAFF, with_papers=False)
    write(
        STAFF, corrections.cancel_invoice, "RE2027-0001", reason=Reason(Cause.OTHER, "Fehler"), today=ISSUED
    )
    page = home("2027-02-01")
    assert "Die Rechnung für 2027 wurde storniert." in page
    assert "bezahlt. Vielen Dank" not in page


def test_of_a_waived_invoice_nobody_is_thanked_for_paying(home):
    bill_year(STAFF, with_papers=False)
    write(
        STAFF,
        corrections.waive,
        "RE2027-0001",
        60_000,
        reason="Härtefall",
        resolution="Vorstand",
        today=ISSUED,
    )
    page = home("2027-02-01")
    assert "Für 2027 ist nichts mehr zu zahlen." in page
    assert "Vielen Dank" not in page


def test_who_joins_next_year_reads_about_that_year(home):
    later = make_member(STAFF, number="M0007", name="Neu GmbH", start=date(2028, 1, 1))
    page = home("2027-11-15", later)
    assert "Ihre Rechnung für 2028 ist noch nicht erstellt." in page
