"""What a company sees of corrections: its cancellation with the PDF, and every step in its account."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.corrections import Cause, Reason
from membership.domain.policy import Role
from membership.jobs.billing import render_waiting
from membership.persistence.db import write
from membership.services import corrections
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.web.treasurer.conftest import said_by

BOOKKEEPER = person(Role.TREASURER, Role.ADMIN, user_id=1000)
LATER = date(2027, 2, 16)


@pytest.fixture
def company(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    make_association(BOOKKEEPER)
    make_member(BOOKKEEPER, number="M0001", name="Alpha Werke GmbH")
    make_member(BOOKKEEPER, number="M0002", name="Beta Guss AG", headcount=60)
    bill_year(BOOKKEEPER)
    return web.signed_in(Role.COMPANY_ADMIN)


def cancel(number):
    reason = Reason(Cause.OTHER, "interne Notiz")
    write(BOOKKEEPER, corrections.cancel_invoice, number, reason=reason, today=LATER)
    render_waiting(BOOKKEEPER)


def test_a_cancellation_stands_with_its_pdf_at_the_invoice(company):
    cancel("RE2027-0001")
    said = said_by(company.get("/portal/invoices"))
    assert "Storniert" in said
    assert "Storno KO2027-0001" in said
    assert "interne Notiz" not in said
    assert company.get("/portal/invoices/KO2027-0001/pdf").data.startswith(b"%PDF")
    account = said_by(company.get("/portal/invoices/account"))
    assert "Korrektur zu Rechnung RE2027-0001" in account


def test_sec_12_the_cancellation_of_another_company_is_not_found(company):
    cancel("RE2027-0002")
    assert "KO2027-0001" not in company.get("/portal/invoices").text
    assert company.get("/portal/invoices/KO2027-0001/pdf").status_code == 404


def test_a_deferred_invoice_shows_its_new_day(company):
    write(
        BOOKKEEPER, corrections.defer, "RE2027-0001",
        until=date(2027, 6, 30), reason="Engpass", today=LATER,
    )  # fmt: skip
    assert "Gestundet bis 30.06.2027" in said_by(company.get("/portal/invoices"))
    assert company.get("/portal/").status_code == 200
