"""The texts of mails: changed, previewed, restored; an unknown placeholder is named."""

from __future__ import annotations

import re

import pytest

from membership.domain.policy import Role
from tests.jobs.conftest import set_server
from tests.web.treasurer.sending import work

pytestmark = pytest.mark.usefixtures("to_send")


def edit(browser, **changes):
    page = browser.get("/treasurer/settings/texts/invoice/de").text
    body = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)[1]
    subject = re.search(r'name="subject"[^>]*value="([^"]*)"', page)[1]
    return browser.send(
        "/treasurer/settings/texts/invoice/de", **{"subject": subject, "body": body, **changes}
    )


def test_a_changed_text_goes_out(web, server, treasurer, handler):
    set_server(treasurer, server.port)
    browser = web.signed_in(Role.TREASURER)
    assert edit(browser, body="Moin {{ firma }},\n\n[Zur Rechnung]").status_code == 303
    browser.send("/treasurer/dispatch/invoice/RE2027-0001", recipient="a@werk.example")
    work(treasurer)
    assert handler.parsed().get_body(("plain",)).get_content().startswith("Moin Alpha Werke GmbH,")
    assert "geändert" in browser.get("/treasurer/settings/texts").text
    browser.send("/treasurer/settings/texts/invoice/de/restore")
    assert "Vielen Dank, dass Sie Mitglied sind." in browser.get("/treasurer/settings/texts/invoice/de").text


def test_an_unknown_placeholder_is_named_with_the_one_that_was_meant(web):
    browser = web.signed_in(Role.TREASURER)
    answer = edit(browser, body="{{ rechnugnr }}\n\n[Ansehen]")
    assert answer.status_code == 422
    assert "{{ rechnugnr }} gibt es nicht. Meinten Sie {{ rechnung_nr }}?" in answer.text


def test_a_preview_saves_nothing(web):
    browser = web.signed_in(Role.TREASURER)
    answer = edit(browser, body="Hallo {{ firma }}\n\n[Ansehen]", action="preview")
    assert "Hallo Gamma KG" in answer.text
    assert "Hallo" not in browser.get("/treasurer/settings/texts/invoice/de").text


def test_unknown_texts_are_not_there(web):
    browser = web.signed_in(Role.TREASURER)
    assert browser.get("/treasurer/settings/texts/nope/de").status_code == 404
    assert browser.get("/treasurer/settings/texts/invoice/fr").status_code == 404
