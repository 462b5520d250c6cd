"""A single invoice by its pages: for whom, what, a draft with its preview, a check page, the invoice."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.drafts import InvoiceDraft
from membership.persistence.models.invoicing import Invoice
from membership.web.treasurer.invoices import singles
from tests.factories import make_association, make_member
from tests.jobs.conftest import set_server
from tests.web.treasurer.conftest import said_by

PAGES = "/treasurer/invoices"


@pytest.fixture
def browser(web, monkeypatch, treasurer):
    monkeypatch.setattr(singles, "wake", lambda: None)
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-03-01")
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Alpha Werke GmbH")
    return web.signed_in(Role.TREASURER)


def begun(browser, kind="items"):
    answer = browser.send(f"{PAGES}/single/M0001", kind=kind, year="2027")
    assert answer.status_code == 303, answer.text
    return answer.location


def fill(browser, address, action=None, **fields):
    page = browser.get(address).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    given = {"version": version, "year": "2027", "title": "Messe", "text": "", "due_on": "", **fields}
    for row in range(3):
        for name, value in (("text", ""), ("amount", ""), ("kind", "dues"), ("vat", "none")):
            given.setdefault(f"{name}_{row}", value)
    return browser.send(address, action=action, **given)


def issue(browser, address, **fields):
    page = browser.get(f"{address}/check").text
    seen = dict(re.findall(r'name="(version|cents)" value="(\d+)"', page))
    return browser.send(f"{address}/issue", **seen, **fields)


LINE = {"text_0": "Standmiete", "amount_0": "1.250,50", "kind_0": "service_fee"}


def test_from_the_list_to_an_invoice_in_a_few_steps(browser, web):
    assert browser.get(f"{PAGES}/single?q=m0001").location == f"{PAGES}/single/M0001"
    assert "Alpha Werke GmbH" in browser.get(f"{PAGES}/single?q=alpha").text
    draft = begun(browser)
    answer = fill(browser, draft, "check", **LINE, due_on="20.3.27")
    assert answer.location == f"{draft}/check"
    check = said_by(browser.get(answer.location))
    assert "RE2027-0001" in check
    assert "1.250,50 €" in check
    assert "20.03.2027" in check
    answer = issue(browser, draft)
    assert answer.location == f"{PAGES}/RE2027-0001"
    page = said_by(browser.get(answer.location))
    assert "Rechnung RE2027-0001 ist erstellt." in page
    assert "Standmiete" in page
    assert "Auf heutige Größe bringen" not in page
    assert browser.get(draft).location == answer.location
    assert browser.get(f"{draft}/check").location == answer.location
    assert web.rows(select(Invoice.gross_cents)) == [(125050,)]


def test_the_preview_stands_beside_the_draft_and_is_a_pdf_too(browser):
    draft = begun(browser)
    assert "mindestens eine Position" in said_by(browser.get(draft))
    fill(browser, draft, **LINE)
    page = said_by(browser.get(draft))
    assert "Der Entwurf ist gespeichert." in page
    assert "1.250,50 €" in page
    response = browser.get(f"{draft}/0.pdf")
    assert response.data.startswith(b"%PDF")


def test_the_dues_of_a_year_are_worked_out(browser, web):
    draft = begun(browser, "dues")
    assert "600,00 €" in said_by(browser.get(draft))
    assert issue(browser, draft).status_code == 303
    other = begun(browser, "dues")
    assert "hat für dieses Beitragsjahr schon die Rechnung RE2027-0001" in said_by(browser.get(other))
    assert browser.get(f"{other}/check").location == other
    assert browser.send(f"{other}/issue", version="1", cents="60000").status_code in {303, 409}
    assert len(web.rows(select(Invoice.id))) == 1


def test_the_list_of_invoices_leads_to_the_drafts(browser):
    draft = begun(browser, "dues")
    issue(browser, draft)
    begun(browser)
    page = browser.get(f"{PAGES}?year=2027").text
    assert f'href="{PAGES}/drafts"' in page
    assert f'href="{PAGES}/single"' in page
    assert "Alpha Werke GmbH" in browser.get(f"{PAGES}/drafts").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Bitte schreiben Sie mindestens eine Position"),
        ({"text_1": "Stand"}, "Position 1 braucht einen Text und einen Betrag über 0."),
        ({"text_0": "Stand", "amount_0": "-5"}, "Position 1 braucht einen Text und einen Betrag über 0."),
        ({"text_0": "Stand", "amount_0": "1,234"}, "ist kein Betrag"),
        ({**LINE, "vat_0": "19", "text_1": "b", "amount_1": "1"}, "gehören nicht auf eine Rechnung"),
        ({**LINE, "kind_0": "dues", "vat_0": "7"}, "folgt aus der Beitragsordnung"),
        ({**LINE, "due_on": "1.1.2027"}, "nicht vor dem Rechnungsdatum"),
        ({**LINE, "year": "27"}, "Ein Jahr von 2000 bis 2100"),
        ({**LINE, "text": "a" * 1001}, "Dieser Text ist zu lang"),
    ],
)
def test_bad_input_is_refused_with_one_sentence_and_kept(browser, web, fields, sentence):
    draft = begun(browser)
    answer = fill(browser, draft, **fields)
    assert answer.status_code == 422
    assert sentence in said_by(answer)
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text
    if "text_0" in fields:
        assert fields["text_0"] in answer.text
    assert web.rows(select(InvoiceDraft.version)) == [(1,)]


def test_a_draft_that_somebody_else_changed_is_not_overwritten(browser, web):
    draft = begun(browser)
    fill(browser, draft, **LINE)
    answer = fill(browser, draft, **{**LINE, "version": "1", "text_0": "Anderes"})
    assert answer.status_code == 422
    assert "Jemand hat diesen Entwurf geändert" in answer.text
    assert web.rows(select(InvoiceDraft.lines))[0][0][0]["text"] == "Standmiete"


def test_what_was_seen_on_the_check_page_is_what_is_issued(browser, web):
    draft = begun(browser)
    fill(browser, draft, **LINE)
    answer = browser.send(f"{draft}/issue", version="2", cents="1")
    assert answer.status_code == 409
    assert "Inzwischen hat sich geändert" in answer.text
    assert browser.send(f"{draft}/issue", version="x", cents="1").status_code == 400
    assert web.rows(select(Invoice.id)) == []


def test_a_double_click_makes_one_invoice(browser, web):
    draft = begun(browser)
    fill(browser, draft, **LINE)
    for _click in range(2):
        answer = browser.send(f"{draft}/issue", version="2", cents="125050", form_token="same")
        assert answer.status_code == 303
    assert browser.send(f"{draft}/issue", version="2", cents="125050").location == f"{PAGES}/RE2027-0001"
    assert len(web.rows(select(Invoice.id))) == 1


def test_it_is_sent_at_once_where_a_mail_server_is_set_up(browser, web, server, treasurer):
    set_server(treasurer, server.port)
    draft = begun(browser)
    fill(browser, draft, **LINE)
    assert "Rechnung erstellen und senden" in browser.get(f"{draft}/check").text
    issue(browser, draft, action="send")
    assert web.rows(select(Dispatch.document)) == [("RE2027-0001",)]


def test_a_draft_can_be_thrown_away(browser, web):
    draft = begun(browser)
    assert browser.send(f"{draft}/discard").location == f"{PAGES}/drafts"
    assert "Keine Entwürfe" in browser.get(f"{PAGES}/drafts").text
    assert web.rows(select(InvoiceDraft.id)) == []
