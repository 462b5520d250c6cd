"""Pages of sending: the check page, progress, what a person decides, one invoice, the mail server, the texts."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
import time_machine
from sqlalchemy import select

from membership.domain.policy import Role
from membership.jobs import engine
from membership.persistence.db import write
from membership.persistence.models.dispatch import Dispatch
from membership.services import billing, dispatch
from tests.conftest import NOW, TODAY
from tests.factories import bill_year, make_member
from tests.jobs.conftest import set_server
from tests.mail_server import CUT
from tests.web.treasurer.sending import work


def sendings(web):
    return [
        tuple(map(str, row))
        for row in web.rows(select(Dispatch.recipient, Dispatch.state).order_by(Dispatch.id))
    ]


def test_a_run_is_sent_from_its_result_by_way_of_a_check_page(web, to_send, server, treasurer):
    set_server(treasurer, server.port)
    browser = web.signed_in(Role.TREASURER)
    assert "3 Rechnungen senden" in browser.get(f"/treasurer/billing/{to_send}").text
    page = browser.get(f"/treasurer/dispatch/run/{to_send}").text
    assert "2 Rechnungen" in page
    assert "1 Rechnung" in page
    assert "Rechnung RE2027-0003: Mitgliedsbeitrag 2027" in page
    answer = browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    assert answer.location.endswith(f"/treasurer/dispatch?run={to_send}")
    page = browser.get(answer.location).text
    assert "0 von 2" in page
    assert "data-refresh" in page
    assert work(treasurer) == 2
    page = browser.get(answer.location).text
    assert "2 von 2" in page
    assert "data-refresh" not in page
    assert "2 von 2 E-Mails gesendet" in browser.get(f"/treasurer/billing/{to_send}").text
    assert [address for address, _content in server.handler.mails] == ["a@werk.example", "b@werk.example"]


def test_a_check_page_that_is_no_longer_true_is_shown_again(web, to_send):
    browser = web.signed_in(Role.TREASURER)
    answer = browser.send(f"/treasurer/dispatch/run/{to_send}", mails="5", letters="1")
    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.text
    assert sendings(web) == []


def test_the_same_click_twice_hands_over_once(web, to_send):
    browser = web.signed_in(Role.TREASURER)
    for _click in range(2):
        answer = browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1", form_token="same")
        assert answer.status_code == 303
    assert browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1").status_code == 303
    assert len(sendings(web)) == 3


def test_without_a_mail_server_the_pages_say_so_and_what_waits_can_be_taken_back(web, to_send, treasurer):
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    assert "kein Mailserver eingerichtet" in browser.get(f"/treasurer/dispatch/run/{to_send}").text
    browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    assert work(treasurer) == 0
    page = browser.get(f"/treasurer/dispatch?run={to_send}").text
    assert "2 E-Mails warten: Es ist kein Mailserver eingerichtet." in page
    assert "/treasurer/settings/mail" in page
    browser.send("/treasurer/dispatch/withdraw", run=to_send, back=f"/treasurer/dispatch?run={to_send}")
    assert {state for _recipient, state in sendings(web)} == {"withdrawn"}


def test_failed_and_unclear_mails_wait_for_a_person(web, to_send, server, treasurer, handler):
    set_server(treasurer, server.port)
    handler.faults["RCPT"] = lambda _handler, address: "550 5.1.1 unknown user" if "a@" in address else None
    handler.faults["ACCEPTED"] = lambda *_given: CUT
    browser = web.signed_in(Role.TREASURER)
    browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    work(treasurer)
    overview = browser.get("/treasurer/overview").text
    assert "2 E-Mails brauchen Sie" in overview
    assert "1 Rechnung geht per Post" in overview
    page = browser.get("/treasurer/dispatch?view=person").text
    assert "nimmt diese Empfängeradresse nicht an" in page
    assert "Ob die E-Mail ankam, ist nicht bekannt" in page
    assert "550 5.1.1 unknown user" in browser.get("/treasurer/dispatch/1").text
    browser.send("/treasurer/dispatch/2/arrived", back="/treasurer/dispatch?view=person")
    handler.faults.clear()
    browser.send("/treasurer/dispatch/1/retry", back="/treasurer/dispatch?view=person")
    assert work(treasurer) == 1
    assert [state for _recipient, state in sendings(web)] == ["sent", "sent", "new"]
    answer = browser.send("/treasurer/dispatch/2/retry", back="//evil.example")
    assert answer.location.endswith("/treasurer/dispatch")
    assert "wartet nicht mehr auf eine Entscheidung" in browser.get("/treasurer/dispatch").text


def test_the_sending_is_halted_and_goes_on(web, to_send, server, treasurer):
    set_server(treasurer, server.port)
    browser = web.signed_in(Role.TREASURER)
    browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    browser.send("/treasurer/dispatch/halt", back="/treasurer/dispatch")
    assert work(treasurer) == 0
    assert "Der Versand ist seit" in browser.get("/treasurer/dispatch").text
    browser.send("/treasurer/dispatch/go-on", back="/treasurer/dispatch")
    assert work(treasurer) == 2


def test_a_server_that_does_not_answer_pauses_the_sending_with_the_reason(web, to_send, treasurer):
    set_server(treasurer, 1)
    browser = web.signed_in(Role.TREASURER)
    browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    work(treasurer)
    page = browser.get("/treasurer/dispatch").text
    assert "Der Versand pausiert: Der Mailserver antwortet nicht." in page
    assert "Es geht nichts verloren" in page
    assert "Sofort versuchen" in page


def test_an_invoice_is_sent_again_to_chosen_recipients(web, to_send, server, treasurer):
    set_server(treasurer, server.port)
    browser = web.signed_in(Role.TREASURER)
    browser.send("/treasurer/dispatch/invoice/RE2027-0001", recipient="a@werk.example")
    assert work(treasurer) == 1
    page = browser.get("/treasurer/invoices/RE2027-0001").text.replace("<wbr>", "")
    assert "Erneut senden" in page
    assert "a@werk.example" in page
    assert "Rechnung per E-Mail gesendet" in page
    browser.send("/treasurer/dispatch/invoice/RE2027-0001", other="neu@werk.example")
    assert work(treasurer) == 1
    answer = browser.send("/treasurer/dispatch/invoice/RE2027-0001", other="a@b.example, c@d.example")
    assert answer.status_code == 422
    assert "ist keine E-Mail-Adresse" in answer.text
    assert browser.send("/treasurer/dispatch/invoice/RE2027-0001").status_code == 422


def test_a_mail_that_came_back_asks_for_another_address(web, to_send, server, treasurer):
    set_server(treasurer, server.port)
    browser = web.signed_in(Role.TREASURER)
    browser.send("/treasurer/dispatch/invoice/RE2027-0001", recipient="a@werk.example")
    work(treasurer)
    browser.send("/treasurer/dispatch/1/bounced", back="/treasurer/dispatch/1")
    assert "Unzustellbar" in browser.get("/treasurer/dispatch/1").text
    assert "1 E-Mail kam zurück" in browser.get("/treasurer/overview").text


def test_letters_are_one_pdf_by_postcode_and_are_marked_as_posted(web, to_send, treasurer):
    make_member(treasurer, number="M0004", name="Delta eG", invoice_email="", postcode="99999", country="DE")
    make_member(treasurer, number="M0005", name="Eta AG", invoice_email="", postcode="01001", country="CH")
    make_member(treasurer, number="M0006", name="Zeta AG", invoice_email="", postcode="00500")
    second = bill_year(treasurer)
    browser = web.signed_in(Role.TREASURER)
    write(treasurer, dispatch.send_run, to_send)
    write(treasurer, dispatch.send_run, second)
    content = browser.get("/treasurer/dispatch/letters.pdf").data
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 4
    assert cities(content) == ["00500", "01067", "99999", "01001"]
    page = browser.get("/treasurer/dispatch").text
    last = re.search(r'name="last" value="(\d+)"', page)[1]
    browser.send("/treasurer/dispatch/letters/posted", last=last)
    assert browser.get("/treasurer/dispatch/letters.pdf").status_code == 404


def cities(content):
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_range() for page in pdf]
    return [re.search(r"\n(?:CH-)?(\d{5}) Bremen", text)[1] for text in texts]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR])
def test_others_see_the_sending_and_have_no_button(web, to_send, role):
    browser = web.signed_in(role)
    assert browser.get("/treasurer/dispatch").status_code == 200
    assert browser.get(f"/treasurer/dispatch/run/{to_send}").status_code == 403
    assert browser.send("/treasurer/dispatch/withdraw").status_code == 403


def test_fi_31_with_the_queue_away_the_page_works_and_the_sweep_sends(
    web, to_send, server, treasurer, monkeypatch
):
    def away(_app):
        raise ConnectionError("the queue is away")

    set_server(treasurer, server.port)
    monkeypatch.setattr(engine, "engine_of", away)
    browser = web.signed_in(Role.TREASURER)
    answer = browser.send(f"/treasurer/dispatch/run/{to_send}", mails="2", letters="1")
    assert answer.status_code == 303
    assert len(sendings(web)) == 3
    assert engine.work(web.app) == 2


def test_the_list_of_invoices_shows_and_filters_how_far_each_is(web, to_send, server, treasurer, handler):
    set_server(treasurer, server.port)
    handler.faults["RCPT"] = lambda _handler, address: "550 no" if "b@" in address else None
    browser = web.signed_in(Role.TREASURER)
    assert listed(browser, "unsent") == ["RE2027-0001", "RE2027-0002", "RE2027-0003"]
    write(treasurer, dispatch.send_run, to_send)
    assert listed(browser, "waiting") == ["RE2027-0001", "RE2027-0002", "RE2027-0003"]
    work(treasurer)
    assert listed(browser, "sent") == ["RE2027-0001"]
    assert listed(browser, "problem") == ["RE2027-0002"]
    assert listed(browser, "waiting") == ["RE2027-0003"]
    assert listed(browser, "unsent") == []
    page = browser.get("/treasurer/invoices?year=2027").text
    for word in ("Gesendet", "Fehlgeschlagen", "Zu verschicken"):
        assert word in page


def listed(browser, sending):
    page = browser.get(f"/treasurer/invoices?year=2027&sending={sending}").text
    return sorted(set(re.findall(r'href="/treasurer/invoices/(RE2027-\d{4})"', page)))


def test_a_run_is_made_and_sent_in_one_go_and_taken_back_it_stays_taken_back(web, to_send, server, treasurer):
    make_member(treasurer, number="M0009", name="Theta AG", invoice_email="t@werk.example")
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    with time_machine.travel(NOW, tick=False):
        browser = web.signed_in(Role.TREASURER)
        assert "erstellen und senden" not in browser.get(f"/treasurer/billing/{run_id}/check").text
        set_server(treasurer, server.port)
        page = browser.get(f"/treasurer/billing/{run_id}/check").text
        assert "1 Rechnung erstellen und senden" in page
        assert "1 per E-Mail, 0 per Post" in page
        fields = {
            name: re.search(rf'name="{name}" value="(\d+)"', page)[1] for name in ("documents", "cents")
        }
        browser.send(f"/treasurer/billing/{run_id}/release", action="send", **fields)
        assert sendings(web) == []
        engine.work(web.app)
    assert server.handler.recipients == ["t@werk.example"]
    assert write(treasurer, dispatch.send_finished_run, run_id) == 0
    assert write(treasurer, dispatch.send_finished_run, to_send) == 0
