"""Pages of refunds: from the credit balance, or from the overpaid bank entry, to the file and to the statement."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from membership.domain.banking.statements import Rest
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services.banking.deciding import post_line
from tests.conftest import NOW, person
from tests.factories import make_association, make_member
from tests.services.banking.books import entry, statement, taken_in
from tests.web.treasurer.test_direct_debits import post

STAFF = person(Role.TREASURER, Role.ADMIN)
AREA = "/treasurer/payments/refunds"
DAY = date(2027, 1, 8)


@pytest.fixture
def browser(web):
    """A member with a credit balance of 100.00, and a bank entry that names it and nothing that is open."""
    make_association(STAFF)
    make_member(STAFF, number="M0001", name="Hansa Blech GmbH")
    taken_in(STAFF, statement(entry(10_000, "doppelt", day=DAY), entry(2_500, "M0001", day=DAY)))
    write(STAFF, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
    with time_machine.travel(NOW, tick=False):
        yield web.signed_in(Role.TREASURER)


def test_a_refund_goes_from_the_credit_balance_to_the_file_and_the_bank(browser):
    assert "100,00" in browser.get(AREA).text
    asked = browser.get(f"{AREA}/new?member=M0001").text
    assert "Guthaben von 100,00" in asked
    assert "DE•• •••• 2051" in asked
    shown = post(browser, f"{AREA}/new", member="M0001", amount="60", account="1", purpose="Zu viel gezahlt")
    assert "ER2027-0001" in shown.text
    made = post(browser, f"{AREA}/create-file", refund="ER2027-0001")
    assert "UE2027-0001" in made.text
    file = browser.post(f"{AREA}/files/UE2027-0001/download", data={"csrf_token": browser.token()})
    assert (file.status_code, file.content_type) == (200, "application/xml")
    assert b'<InstdAmt Ccy="EUR">60.00</InstdAmt>' in file.data
    assert "Bei der Bank eingereicht" in post(browser, f"{AREA}/files/UE2027-0001/submitted").text
    refused = post(browser, f"{AREA}/files/UE2027-0001/withdraw")
    assert (refused.status_code, "nicht ausgeführt" in refused.text) == (422, True)
    left = entry(-6_000, day=DAY, end_to_end_id="ER2027-0001", name="Hansa Blech GmbH")
    taken_in(STAFF, statement(left, opening=12_500))
    waiting = browser.get("/treasurer/bank/entries").text
    assert "Erstattung an Hansa Blech GmbH" in waiting
    answer = post(browser, "/treasurer/bank/entries/3/refund", refund="ER2027-0001")
    assert answer.status_code == 200
    assert "Ausgezahlt" in browser.get(f"{AREA}/of/ER2027-0001").text
    assert "Erstattung ER2027-0001" in browser.get("/treasurer/bank/entries/3").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": "100,01", "account": "1"}, "Guthaben von 100,00"),
        ({"amount": "0", "account": "1"}, "0,00"),
        ({"amount": "5", "account": "other", "iban": "DE00"}, "IBAN"),
        ({"amount": "5", "account": "other"}, "IBAN"),
    ],
)
def test_what_cannot_be_refunded_is_said_at_its_field(browser, given, said):
    refused = post(browser, f"{AREA}/new", member="M0001", **given)
    assert refused.status_code == 422
    assert said in refused.text


def test_an_entry_that_is_overpaid_is_posted_and_leads_to_its_refund(browser):
    page = post(browser, "/treasurer/bank/entries/2/post", rest="credit", credit_to="M0001", then="refund")
    assert "Neue Erstattung" in page.text
    assert 'value="25,00"' in page.text
    assert 'value="2" checked' in page.text or 'checked id="account-0"' in page.text


def test_a_refund_is_withdrawn_and_the_amount_is_a_credit_balance_again(browser):
    post(browser, f"{AREA}/new", member="M0001", amount="100", account="1")
    assert "Zurückgenommen" in post(browser, f"{AREA}/of/ER2027-0001/withdraw", reason="verrechnen").text
    assert browser.get(f"{AREA}/of/ER2027-9999").status_code == 404
