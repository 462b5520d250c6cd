"""What a member sees of a debit: announced, under way, come back; and nothing of the whole collection."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from membership import clock
from membership.domain.dues.assessment import LineKind
from membership.domain.policy import Role
from membership.domain.single_invoices import DraftKind, FreeLine, Vat
from membership.persistence.db import read_as, write
from membership.persistence.models.users import UserCompany
from membership.services import direct_debits, invoice_links, run_samples, tokens
from membership.services.settings import change_settings
from membership.services.single_invoices import DraftText, change_draft, issue_draft, start_draft
from tests.conftest import person
from tests.factories import bill_year, make_association, make_mandate, make_member

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
TEXT = "Wir buchen 1.200,00 € am 01.02.2027 von DE•• •••• 2051 ab. Sie müssen nichts tun."
DUE, TODAY = date(2027, 2, 1), date(2027, 1, 18)


@pytest.fixture
def browser(web, monkeypatch):
    """The browser of M0001, which pays by direct debit; nothing is debited of M0002."""
    make_association(STAFF)
    write(
        STAFF,
        change_settings,
        {"bank.creditor_id": "DE98ZZZ09999999999", "association.tax_number": "12/345/67890"},
    )
    member_id = make_member(STAFF, number="M0001", name="Alpha Werke GmbH", headcount=60)
    make_mandate(STAFF, "M0001")
    make_member(STAFF, number="M0002", name="Beta Guss AG")
    bill_year(STAFF, with_papers=False)
    user_id = web.person(email="kontakt@alpha.example")
    own = UserCompany(user_id=user_id, member_id=member_id, role=Role.COMPANY_ADMIN)
    write(STAFF, lambda session: session.add(own))

    def opened(today=TODAY):
        monkeypatch.setenv("MEMBERSHIP_TODAY", today.isoformat())
        return web.browser_of(user_id)

    return opened


def home(browser, today=TODAY):
    return plain(browser(today).get("/portal/").text)


def plain(text):
    return re.sub(r"<[^>]+>", "", text.replace("<wbr>", "")).replace("\xa0", " ").replace("\u2060", "")


def test_an_announced_debit_asks_for_nothing(browser):
    page = home(browser)
    assert TEXT in page
    assert "Im Einzug" in page
    assert "So überweisen Sie" not in page
    assert "DE89" not in page


def test_a_debit_is_expected_until_it_comes_back(browser):
    write(STAFF, direct_debits.create_collection, DUE, today=TODAY)
    assert TEXT in home(browser)
    write(STAFF, direct_debits.mark_submitted, 1, on=TODAY)
    later = date(2027, 2, 5)
    assert TEXT in home(browser, later)
    write(STAFF, direct_debits.return_debit, "RE2027-0001-1", reason_code="MS03", on=date(2027, 2, 4))
    page = home(browser, later)
    assert "Wir buchen" not in page
    assert "So überweisen Sie" in page


def test_a_debit_that_nobody_handed_in_is_expected_no_longer(browser):
    page = home(browser, date(2027, 2, 2))
    assert "Wir buchen" not in page
    assert "So überweisen Sie" in page


def test_the_link_of_a_mail_names_the_mandate_and_no_account(browser, web):
    browser()
    for number, is_debited in (("RE2027-0001", True), ("RE2027-0002", False)):
        secret = tokens.new_secret()
        write(replace(STAFF, at=clock.now()), invoice_links.make_link, number, secret=secret)
        raw = web.browser().get(f"/invoice/{secret}").text
        page = plain(raw)
        assert ("am 01.02.2027 mit dem Mandat M0001-01 ab" in page) is is_debited
        assert ("qr-code" in raw) is not is_debited
        assert "2051" not in page


def test_an_invoice_bears_its_own_title(browser):
    draft = write(STAFF, start_draft, "M0001", DraftKind.ITEMS, dues_year=2027)
    line = FreeLine("Standmiete", 10000, LineKind.SERVICE_FEE, Vat.REGULAR)
    written = DraftText(2027, title="Zulieferertag 2027", lines=[line])
    version = write(STAFF, change_draft, draft, written, version=1)
    write(STAFF, issue_draft, draft, version=version, cents=11900, today=date(2027, 1, 12), base_url="")
    page = home(browser)
    assert re.search(r"Zulieferertag 2027\s+Im Einzug\s+119,00 €", page)
    assert re.search(r"Mitgliedsbeitrag 2027\s+Im Einzug\s+1\.200,00 €", page)


def test_the_test_mail_of_a_run_announces_the_debit(browser):
    words, _files = run_samples.sample_mail(read_as(STAFF), 1, base_url="")
    assert "Mandat M0001-01" in "".join(str(part) for part in words.parts)
