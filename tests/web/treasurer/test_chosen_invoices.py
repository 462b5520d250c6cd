"""Several invoices at once by the list: sent again, deferred, as one file; and a note to one of them."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import select

from membership.domain.corrections import Cause, Reason
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.ledger import OpenItem
from membership.services import corrections
from membership.web.treasurer import list_address
from membership.web.treasurer.invoices import chosen
from tests.conftest import TODAY
from tests.web.treasurer.conftest import BOOKKEEPER, said_by

PAGES = "/treasurer/invoices"
ALL = ["RE2027-0001", "RE2027-0002", "RE2027-0003"]


@pytest.fixture
def browser(web, billed, monkeypatch):
    monkeypatch.setattr(chosen, "wake", lambda: None)
    return web.signed_in(Role.TREASURER)


def query(action, numbers=ALL):
    return f"{PAGES}/chosen?action={action}&" + "&".join(f"selected={number}" for number in numbers)


def sendings(web):
    return web.rows(select(Dispatch.document, Dispatch.kind, Dispatch.round).order_by(Dispatch.id))


def test_marked_invoices_are_sent_after_a_check_page_and_again_when_asked(browser, web, billed):
    page = browser.get(f"{PAGES}?year=2027").text
    assert page.count('name="selected"') == 3
    check = said_by(browser.get(query("send", ALL[:2])))
    assert "2 Rechnungen senden" in check
    assert "1.800,00 €" in check
    assert sendings(web) == []
    assert browser.send(f"{PAGES}/chosen/send-all", selected=ALL[:2]).status_code == 303
    assert [(document, kind) for document, kind, _round in sendings(web)] == [
        ("RE2027-0001", "invoice"),
        ("RE2027-0002", "invoice"),
    ]
    check = said_by(browser.get(query("send")))
    assert "Sie ist schon unterwegs." in check
    assert "1 Rechnung senden" in check
    write(BOOKKEEPER, settle)
    browser.send(f"{PAGES}/chosen/send-all", selected=["RE2027-0001"])
    assert sendings(web)[-1] == ("RE2027-0001", "invoice_again", 2)


def settle(session):
    for row in session.execute(select(Dispatch)).scalars():
        row.state = "sent"


def test_what_was_cancelled_is_left_out_with_the_reason(browser, web, billed):
    reason = {"reason": Reason(Cause.WRONG_AMOUNT), "today": TODAY.replace(month=2, day=16)}
    write(BOOKKEEPER, corrections.cancel_invoice, "RE2027-0002", **reason)
    for action in ("send", "defer"):
        assert "Sie ist storniert." in said_by(browser.get(query(action)))
    browser.send(f"{PAGES}/chosen/send-all", selected=ALL)
    assert [row[0] for row in sendings(web)] == ["RE2027-0001", "RE2027-0003"]


def test_marked_invoices_are_deferred_all_or_none(browser, web, billed):
    fields = {"selected": ALL, "until": "30.6.27", "reason": "Hochwasser", "resolution": ""}
    answer = browser.send(f"{PAGES}/chosen/defer-all", **{**fields, "until": "1.1.27"})
    assert answer.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text
    days = select(OpenItem.due_on).distinct()
    before = web.rows(days)
    assert browser.send(f"{PAGES}/chosen/defer-all", **{**fields, "reason": " "}).status_code == 422
    assert web.rows(days) == before
    assert browser.send(f"{PAGES}/chosen/defer-all", **fields).status_code == 303
    assert [str(day) for (day,) in web.rows(days)] == ["2027-06-30"]
    assert "3 Rechnungen sind gestundet." in browser.get(PAGES).text


def test_pdfs_of_marked_invoices_and_of_the_whole_filter_come_as_one_file(browser, billed):
    marked = browser.get(query("pdf", ALL[:2]))
    archive = zipfile.ZipFile(BytesIO(browser.get(marked.location).data))
    assert [name[:11] for name in archive.namelist()] == ALL[:2]
    whole = zipfile.ZipFile(BytesIO(browser.get(f"{PAGES}/documents.zip?year=2027&q=Beta").data))
    assert [name[:11] for name in whole.namelist()] == ["RE2027-0002"]
    assert browser.get(f"{PAGES}/documents.zip?year=2027&q=nichts").status_code == 404


def test_all_of_the_filter_are_taken_on_every_page_and_a_list_that_grew_meanwhile_says_so(
    browser, web, billed, monkeypatch
):
    assert 'name="whole_list"' not in browser.get(PAGES).text
    monkeypatch.setattr(list_address, "_USUAL_SIZE", 2)
    page = browser.get(f"{PAGES}?year=2027&tab=open")
    assert "Alle 3 auswählen · Offen: 2.250,00 €" in said_by(page)
    assert 'data-cents="225000"' in page.text
    assert '<input type="hidden" name="tab" value="open">' in page.text
    billed.pay(billed.alpha, 600_00)
    whole = f"{PAGES}/chosen?year=2027&tab=open&selected=RE2027-0001&whole_list"
    check = browser.get(f"{whole}=3&action=send")
    assert "Sie hatte 3 Zeilen, als Sie alle auswählten, jetzt hat sie 2." in said_by(check)
    assert re.findall(r'name="selected" value="([^"]+)"', check.text) == ALL[1:]
    assert "Die Liste hat sich geändert" not in said_by(browser.get(f"{whole}=2&action=defer"))
    assert "tab=open" in browser.get(f"{whole}=2&action=pdf").location
    monkeypatch.setattr(chosen, "_MOST", 1)
    assert browser.get(f"{whole}=2&action=send").location == f"{PAGES}?tab=open&year=2027"
    assert "2 Rechnungen sind ausgewählt; ein Schritt nimmt höchstens 1." in said_by(browser.get(PAGES))


@pytest.mark.parametrize(("role", "allowed"), [(Role.OFFICE, "pdf"), (Role.AUDITOR, "pdf")])
def test_who_may_only_look_gets_files_and_nothing_else(web, billed, role, allowed):
    browser = web.signed_in(role)
    assert browser.get(query(allowed)).status_code == 303
    for action in ("send", "defer", "erase"):
        assert browser.get(query(action)).status_code == 404
    assert browser.send(f"{PAGES}/chosen/send-all", selected=ALL).status_code == 403
    assert browser.send(f"{PAGES}/RE2027-0001/note", note="x").status_code == 403


def test_without_a_mark_the_list_says_so(browser):
    assert browser.get(f"{PAGES}/chosen?action=send").status_code == 303
    assert "mindestens eine Rechnung" in browser.get(PAGES).text


def test_a_note_stands_in_the_history_with_person_and_time(browser, web, billed):
    answer = browser.send(f"{PAGES}/RE2027-0001/note", note="Zahlt am Freitag, sagt Herr Meier")
    assert answer.status_code == 303
    page = said_by(browser.get(f"{PAGES}/RE2027-0001"))
    assert "Die Notiz steht im Verlauf." in page
    assert "Zahlt am Freitag, sagt Herr Meier" in page
    answer = browser.send(f"{PAGES}/RE2027-0001/note", note="  ")
    assert answer.status_code == 422
    assert "Bitte schreiben Sie etwas." in answer.text


def test_the_menu_leads_to_the_payment_link(browser, billed):
    assert 'href="/treasurer/dispatch/invoice/RE2027-0001#link"' in browser.get(f"{PAGES}/RE2027-0001").text
