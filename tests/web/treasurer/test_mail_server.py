"""The page of the mail server: a test mail, what is wrong in plain words, a password that nobody sees again."""

from __future__ import annotations

from typing import Final

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import read_as
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.dispatch import SealedSetting
from membership.services.mail_server import is_proven
from tests.conftest import person

pytestmark = pytest.mark.usefixtures("to_send")

ADMIN: Final = person(Role.ADMIN)
FIELDS: Final = {
    "host": "127.0.0.1", "security": "none", "user": "", "password": "", "sender": "beitrag@verein.example",
    "sender_name": "", "reply_to": "",
}  # fmt: skip


def test_a_test_mail_arrives_and_the_page_says_so(web, server, handler):
    browser = web.signed_in(Role.ADMIN, email="admin@verein.example")
    answer = browser.send("/treasurer/settings/mail", port=str(server.port), **FIELDS)
    assert answer.status_code == 303
    assert (
        "Senden Sie jetzt die Testmail am Ende dieser Seite." in browser.get("/treasurer/settings/mail").text
    )
    page = browser.send("/treasurer/settings/mail/test").text
    assert "hat die Testmail an admin@verein.example angenommen" in page
    assert "250 2.0.0 queued as 4711" in page
    assert handler.recipients == ["admin@verein.example"]
    assert handler.parsed()["Subject"].startswith("Testmail von Fahrzeugcluster Musterland")


def test_the_task_of_the_set_up_is_done_by_a_test_mail_and_open_again_with_another_server(web, server):
    browser = web.signed_in(Role.ADMIN)
    browser.send("/treasurer/settings/mail", port=str(server.port), **FIELDS)
    assert not is_proven(read_as(ADMIN))
    browser.send("/treasurer/settings/mail/test")
    assert is_proven(fresh())
    browser.send("/treasurer/settings/mail", port="2525", **FIELDS)
    assert not is_proven(fresh())
    assert "Testmail ist angekommen" in browser.get("/treasurer/audit?kind=settings").text


def fresh():
    session = read_as(ADMIN)
    session.rollback()
    return session


def test_what_is_wrong_is_said_in_plain_words(web):
    browser = web.signed_in(Role.ADMIN)
    browser.send("/treasurer/settings/mail", port="1", **FIELDS)
    assert "Der Mailserver antwortet nicht" in browser.send("/treasurer/settings/mail/test").text


def test_the_password_is_sealed_and_shown_nowhere(web):
    browser = web.signed_in(Role.ADMIN)
    fields = {**FIELDS, "user": "kasse", "password": "Geheim-4711", "security": "starttls"}
    assert browser.send("/treasurer/settings/mail", port="587", **fields).status_code == 303
    page = browser.get("/treasurer/settings/mail").text
    assert "Geheim-4711" not in page
    assert "Ein Passwort ist gespeichert" in page
    ((sealed,),) = web.rows(select(SealedSetting.sealed))
    assert b"Geheim" not in sealed
    assert "Geheim-4711" not in browser.get("/treasurer/audit").text
    assert all("Geheim" not in str(row) for row in web.rows(select(AuditValue.old, AuditValue.new)))
    browser.send("/treasurer/settings/mail", port="587", **{**fields, "password": ""})
    assert len(web.rows(select(SealedSetting.key))) == 1
    browser.send("/treasurer/settings/mail", port="587", **{**fields, "password": "", "user": ""})
    assert web.rows(select(SealedSetting.key)) == []


def test_a_password_does_not_travel_in_the_clear(web):
    browser = web.signed_in(Role.ADMIN)
    fields = {**FIELDS, "host": "mail.verein.example", "user": "kasse", "password": "x"}
    answer = browser.send("/treasurer/settings/mail", port="25", **fields)
    assert answer.status_code == 422
    assert "nicht unverschlüsselt gesendet" in answer.text


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "http://intern/", "a b", "224.0.0.1", "mail.verein.de:25"]
)
def test_a_host_that_is_no_mail_server_is_refused(web, host):
    browser = web.signed_in(Role.ADMIN)
    answer = browser.send("/treasurer/settings/mail", port="25", **{**FIELDS, "host": host})
    assert answer.status_code == 422
    assert "der Name eines Mailservers" in answer.text


def test_only_the_administration_changes_it(web):
    browser = web.signed_in(Role.TREASURER)
    assert "E-Mail-Server speichern" not in browser.get("/treasurer/settings/mail").text
    assert browser.send("/treasurer/settings/mail", port="25", **FIELDS).status_code == 403
