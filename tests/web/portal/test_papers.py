"""The papers of a company: all invoices as one file, what was paid, the account; of another company not a byte."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.factories import bill_year, make_association, make_member
from tests.invoices.conftest import read_placed
from tests.web.portal.test_portal import BETA, STAFF, TODAY, browser_for, pay, without_numbers


@pytest.fixture(autouse=True)
def _on_a_day_in_january(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())


@pytest.fixture
def companies(web):
    """M0001 Alpha owes 600.00, M0002 Beta 1,200.00."""

    def make():
        make_association(STAFF)
        ids = [
            make_member(STAFF, number="M0001", name="Alpha Werke GmbH"),
            make_member(STAFF, number="M0002", name=BETA, headcount=60),
        ]
        bill_year(STAFF)
        return ids

    return web.prepared("papers", make)


@pytest.fixture
def alpha(web, companies):
    return browser_for(web, companies[0])


def test_all_invoices_come_as_one_file_with_none_of_another_company(alpha):
    assert "/portal/invoices/all.zip" in alpha.get("/portal/invoices").text
    response = alpha.get("/portal/invoices/all.zip")
    names = zipfile.ZipFile(io.BytesIO(response.data)).namelist()
    assert names == ["RE2027-0001_Alpha-Werke-GmbH.pdf"]
    assert response.headers["Content-Disposition"] == "attachment; filename=M0001_2027-01-25.zip"


def test_what_was_paid_is_confirmed_on_paper(alpha, companies):
    address = "/portal/invoices/RE2027-0001/receipt"
    assert alpha.get(address).status_code == 404
    pay(companies[0], 20000)
    pay(companies[0], 40000)
    pay(companies[1], 120000)
    assert address in alpha.get("/portal/invoices").text
    assert address in alpha.get("/portal/").text
    said = " ".join(each.text for each in read_placed(alpha.get(address).data))
    for expected in (
        "Zahlungsbestätigung",
        "RE2027-0001",
        "600,00 €",
        "200,00 €",
        "400,00 €",
        "vollständig bezahlt",
    ):
        assert expected in said.replace("\xa0", " ")
    foreign = alpha.get("/portal/invoices/RE2027-0002/receipt")
    assert without_numbers(foreign) == without_numbers(alpha.get("/portal/invoices/RE2027-0009/receipt"))
    assert foreign.status_code == 404


def test_the_account_is_a_paper_too(alpha, companies):
    pay(companies[0], 20000)
    response = alpha.get("/portal/invoices/account.pdf")
    said = " ".join(each.text for each in read_placed(response.data)).replace("\xa0", " ")
    assert "400,00" in said
    assert BETA not in said
