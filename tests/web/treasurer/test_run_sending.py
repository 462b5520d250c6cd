"""When the invoices of a run go out, and the mail of it that a person sends to herself first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.dispatch import list_runs_to_send
from membership.services import dispatch
from membership.services.dispatch import send_finished_run
from membership.web.treasurer.billing import release
from tests.factories import make_association, make_member
from tests.jobs.conftest import set_server
from tests.web.treasurer.runs import release_run, started, today, work_off


@pytest.fixture
def browser(web, monkeypatch, treasurer):
    monkeypatch.setattr(release, "wake", lambda: None)
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Werk Nord GmbH", invoice_email="rechnung@werk.example")
    return web.signed_in(Role.TREASURER)


def test_the_test_mail_of_a_run_goes_to_oneself_with_a_draft_and_leaves_nothing(
    browser, web, server, treasurer
):
    set_server(treasurer, server.port)
    run = started(browser)
    check = browser.get(f"{run}/check").text
    assert "Testmail an mich" in check
    assert "Absender" in check
    assert "beitrag@verein.example" in check
    page = browser.send(f"{run}/test-mail").text
    assert "Der Mailserver hat die Testmail" in page
    ((address, _content),) = server.handler.mails
    assert "@" in address
    assert address != "rechnung@werk.example"
    mail = server.handler.parsed()
    assert f"RE{today().year}-0001" in mail["subject"]
    (attached,) = mail.iter_attachments()
    assert attached.get_content().startswith(b"%PDF")
    assert web.rows(select(Dispatch.id)) == []


def test_without_a_mail_server_the_test_mail_says_why_it_did_not_go(browser):
    run = started(browser)
    assert "kein Mailserver eingerichtet" in browser.send(f"{run}/test-mail").text


def test_the_test_mail_of_a_run_without_invoices_is_refused_in_words(browser, server, treasurer):
    set_server(treasurer, server.port)
    run = started(browser)
    browser.send(f"{run}/members/1/hold")
    answer = browser.send(f"{run}/test-mail")
    assert answer.status_code == 422
    assert "nichts zu berechnen" in answer.text


def test_invoices_go_out_at_the_time_that_was_chosen_and_not_before(browser, web, server, treasurer):
    set_server(treasurer, server.port)
    run = started(browser)
    later = today() + timedelta(days=2)
    answer = release_run(
        browser, run, action="send", when="at", send_on=later.strftime("%d.%m.%Y"), send_time="07:30"
    )
    assert answer.status_code == 303
    work_off(treasurer)
    assert "Geplant für" in browser.get(run).text
    ((run_id, send_at),) = web.rows(select(BillingRun.id, BillingRun.send_at))
    assert send_at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "07:30"
    before, after = send_at - timedelta(seconds=1), send_at
    assert list_runs_to_send(read_as(treasurer), before) == []
    assert list_runs_to_send(read_as(treasurer), after) == [run_id]
    assert write(replace(treasurer, at=before, form_token=None), send_finished_run, run_id) == 0
    assert write(replace(treasurer, at=after, form_token=None), send_finished_run, run_id) == 1


def test_a_planned_sending_can_be_called_off(browser, web, server, treasurer):
    set_server(treasurer, server.port)
    run = started(browser)
    day = (today() + timedelta(days=2)).strftime("%d.%m.%Y")
    release_run(browser, run, action="send", when="at", send_on=day, send_time="07:30")
    work_off(treasurer)
    run_id = run.rsplit("/", 1)[1]
    assert browser.send(f"/treasurer/dispatch/run/{run_id}/call-off").status_code == 303
    page = browser.get(run).text
    assert "Der geplante Versand ist abgesagt" in page
    assert "Geplant für" not in page
    at = treasurer.at + timedelta(days=400)
    assert write(replace(treasurer, at=at, form_token=None), dispatch.send_finished_run, int(run_id)) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"send_on": "", "send_time": "08:00"}, "Tag und Uhrzeit des Versands ein"),
        ({"send_on": "heute", "send_time": "acht"}, "Tag und Uhrzeit des Versands ein"),
        ({"send_on": "01.02.2020", "send_time": "08:00"}, "Dieser Zeitpunkt ist vorbei"),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(browser, web, server, treasurer, fields, sentence):
    set_server(treasurer, server.port)
    run = started(browser)
    answer = release_run(browser, run, action="send", when="at", **fields)
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2
    assert web.rows(select(BillingRun.state)) == [("draft",)]


def test_the_protocol_names_who_did_what_and_every_member(browser, web, treasurer):
    make_member(treasurer, number="M0002", name="Werk Süd GmbH")
    run = started(browser)
    assert browser.get(f"{run}/protocol.pdf").status_code == 404
    browser.send(f"{run}/members/2/hold", reason="zahlt erst im Mai")
    release_run(browser, run)
    work_off(treasurer)
    assert f"{run}/protocol.pdf" in browser.get(run).text
    response = browser.get(f"{run}/protocol.pdf")
    assert response.content_type == "application/pdf"
    page = pypdfium2.PdfDocument(response.data)[0].get_textpage().get_text_bounded().replace("\xa0", " ")
    assert "Beitragslauf freigegeben, Birgit Wessels" in page
    assert "2 Mitglieder im Lauf = 1 mit Rechnung + 1 zurückgestellt" in page
    assert f"RE{today().year}-0001" in page
    assert "Zurückgestellt: zahlt erst im Mai" in page.replace("\r\n", " ")
    assert page.count("600,00 €") == 2
