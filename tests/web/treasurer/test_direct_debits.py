"""Pages of direct debits: the four steps of a collection, and a mandate from its form to its end."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
import time_machine

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services.direct_debits import settle_collection
from membership.services.settings import change_settings
from tests.conftest import NOW, person
from tests.factories import bill_year, make_association, make_mandate, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
AREA = "/treasurer/bank/direct-debits"


@pytest.fixture
def browser(web):
    make_association(STAFF)
    write(STAFF, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(STAFF, number=number, name=f"Hansa {number} GmbH")
        make_mandate(STAFF, number)
    make_member(STAFF, number="M0003", name="Nordwerk GmbH", payment_method="direct_debit")
    bill_year(STAFF, with_papers=False)
    with time_machine.travel(NOW, tick=False):
        yield web.signed_in(Role.TREASURER)


def post(browser, address, **data):
    """Return the answer of a form, or the page that it leads to."""
    answer = browser.post(address, data={"csrf_token": browser.token(), **data})
    return browser.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def test_a_collection_goes_from_the_day_to_the_file_and_to_the_bank(browser):
    assert "01.02.2027" in browser.get(f"{AREA}/new").text
    checked = browser.get(f"{AREA}/new?day=2027-02-01").text
    assert "1.200,00" in checked
    assert "Das Mitglied hat kein Mandat erteilt." in checked
    made = post(
        browser, f"{AREA}/new", day="2027-02-01", shown=["RE2027-0001", "RE2027-0002"], document="RE2027-0002"
    )
    assert "LS2027-0001" in made.text
    assert "Vergleichen Sie dort: 1 Lastschriften" in made.text
    file = browser.post(f"{AREA}/1/file", data={"csrf_token": browser.token()})
    assert (file.status_code, file.content_type) == (200, "application/xml")
    assert b"RE2027-0002-1" in file.data
    assert b"RE2027-0001-1" not in file.data
    assert "Bei der Bank eingereicht" in post(browser, f"{AREA}/1/submitted").text
    assert post(browser, f"{AREA}/1/withdraw").status_code == 409
    (payment_id,) = write(STAFF, settle_collection, 1, on=date(2027, 2, 1), today=date(2027, 2, 1))
    paid = browser.get(f"/treasurer/payments/{payment_id}")
    assert (paid.status_code, "Lastschrift" in paid.text) == (200, True)


def test_a_day_on_which_nothing_can_be_collected_says_what_to_do(browser):
    refused = browser.get(f"{AREA}/new?day=2027-01-31")
    assert refused.status_code == 422
    assert "Der nächste Bankarbeitstag ist der 01.02.2027." in refused.text
    early = browser.get(f"{AREA}/new?day=2027-01-25").text
    assert "Der früheste Tag für die nächste Rechnung ist der 01.02.2027." in early


def test_a_mandate_is_taken_down_signed_kept_and_revoked(browser):
    given = {
        "member": "M0003",
        "iban": "DE89 3704 0044 0532 0130 00",
        "scheme": "CORE",
        "recurrence": "recurrent",
    }
    made = post(browser, f"{AREA}/mandates/new", **given)
    assert "Das Mandat M0003-01 ist erfasst." in made.text
    assert "DE89" not in made.text.replace("DE•• •••• 3000", "")
    assert browser.get(f"{AREA}/mandates/3/form.pdf").data.startswith(b"%PDF-")
    assert "Das Mandat ist aktiv." in post(browser, f"{AREA}/mandates/3/sign", signed_on="11.01.2027").text
    wrong = post(browser, f"{AREA}/mandates/3/document", file=(BytesIO(b"<html>"), "a.pdf"))
    assert "Bitte wählen Sie eine PDF-Datei" in wrong.text
    post(browser, f"{AREA}/mandates/3/document", file=(BytesIO(b"%PDF-1.7"), "Mandat.pdf"))
    assert browser.get(f"{AREA}/mandates/3/documents/1").data == b"%PDF-1.7"
    assert "Das Mandat ist widerrufen." in post(browser, f"{AREA}/mandates/3/revoke").text
    listed = browser.get(f"{AREA}/mandates?state=revoked").text
    assert "M0003-01" in listed
    assert "M0001-01" not in listed


@pytest.mark.parametrize("iban", ["DE89 3704", "US00"])
def test_a_wrong_account_is_said_at_its_field(browser, iban):
    given = {"member": "M0003", "iban": iban, "scheme": "CORE", "recurrence": "recurrent"}
    answer = post(browser, f"{AREA}/mandates/new", **given)
    assert answer.status_code == 422
    assert 'id="iban-error"' in answer.text


def test_a_mandate_gets_another_account_is_blocked_and_freed_with_its_history(browser):
    mandate = f"{AREA}/mandates/1"
    opened = browser.get(f"{mandate}/amend").text
    assert "DE•• •••• 2051" in opened
    same = post(browser, f"{mandate}/amend", iban="", holder="Hansa M0001 GmbH")
    assert same.status_code == 422
    assert "gilt schon für dieses Konto" in same.text
    changed = post(browser, f"{mandate}/amend", iban="DE89 3704 0044 0532 0130 00", holder="Hansa Holding AG")
    assert "Das Mandat ist geändert." in changed.text
    assert "Hansa Holding AG, DE•• •••• 3000" in changed.text
    assert post(browser, f"{mandate}/block", reason=" ").status_code == 422
    assert "Das Mandat ist gesperrt." in post(browser, f"{mandate}/block", reason="Bank prüft").text
    left_out = browser.get(f"{AREA}/new?day=2027-02-01").text
    assert "Das Mandat M0001-01 ist gesperrt" in left_out
    freed = post(browser, f"{mandate}/reinstate", reason="Bank hat bestätigt")
    assert "Das Mandat ist wieder frei." in freed.text
    for told in (
        "Bank prüft",
        "Bank hat bestätigt",
        "Gesperrt",
        "Erfasst",
        "Hansa M0001 GmbH, DE•• •••• 2051",
    ):
        assert told in freed.text
    assert post(browser, f"{mandate}/reinstate", reason="noch einmal").status_code == 422
    renamed = post(browser, f"{mandate}/amend", iban="", holder="Hansa Neu AG")
    assert "Hansa Neu AG, DE•• •••• 3000" in renamed.text
    post(browser, f"{mandate}/revoke")
    assert "Neue IBAN" not in browser.get(f"{mandate}/amend").text


def test_a_form_about_another_account_knows_what_its_page_showed(browser):
    post(browser, f"{AREA}/mandates/1/amend", iban="DE89 3704 0044 0532 0130 00", holder="Hansa M0001 GmbH")
    seen = "Hansa M0001 GmbH, DE•• •••• 2051"
    answer = post(browser, f"{AREA}/mandates/1/amend", iban="", holder="Hansa Neu AG", seen=seen)
    assert answer.status_code == 422
    assert "In der Zwischenzeit" in answer.text or "inzwischen" in answer.text
