"""The mailbox for mails that come back: its settings, what a report changes on the pages."""

from __future__ import annotations

from typing import Final

import pytest
from flask import current_app
from sqlalchemy import select

from membership.domain.policy import Role
from membership.gateways.mailbox import ImapReader
from membership.jobs.bounces import read_bounces
from membership.persistence.db import write
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.dispatch import Dispatch, SealedSetting
from membership.services import dispatch
from tests.imap_server import PASSWORD, USER, ImapServer
from tests.jobs.conftest import set_server
from tests.reports import postfix
from tests.web.treasurer.conftest import said_by
from tests.web.treasurer.sending import work

PAGE: Final = "/treasurer/settings/mailbox"
FIELDS: Final = {
    "host": "127.0.0.1",
    "security": "none",
    "user": USER,
    "password": PASSWORD,
    "folder": "INBOX",
}


@pytest.fixture
def box(web, to_send):
    web.app.extensions["membership_mailbox_reader"] = ImapReader(seconds=10.0)
    with ImapServer() as server:
        yield server


@pytest.fixture
def admin(web, box):
    browser = web.signed_in(Role.ADMIN, email="admin@verein.example")
    assert browser.send(PAGE, port=str(box.port), **FIELDS).status_code == 303
    return browser


def come_back(web, treasurer, server, box, to_send):
    """Send the invoices and let the first mail come back; return its sending."""
    set_server(treasurer, server.port)
    write(treasurer, dispatch.send_run, to_send)
    work(treasurer)
    row = web.rows(select(Dispatch).order_by(Dispatch.id))[0][0]
    box.put(postfix(row.message_id, row.recipient))
    read_bounces(current_app, treasurer)
    return row


def test_the_mailbox_is_opened_and_the_page_says_how_many_mails_lie_in_it(admin, box):
    box.put("eins")
    assert "Das Postfach ist lesbar; darin liegt 1 E-Mail." in said_by(admin.send(f"{PAGE}/test"))
    assert not any("FETCH" in command for command in box.commands)


def test_what_is_wrong_is_said_in_words_of_our_own_and_never_in_the_servers(admin, box):
    box.faults["LOGIN"] = b"{tag} NO <b>evil words</b>\r\n"
    page = admin.send(f"{PAGE}/test").text
    assert "hat die Anmeldung abgelehnt" in page
    assert "evil" not in page


def test_the_password_is_sealed_and_shown_nowhere(web, admin):
    page = admin.get(PAGE).text
    assert PASSWORD not in page
    assert "Ein Passwort ist gespeichert" in page
    ((sealed,),) = web.rows(select(SealedSetting.sealed))
    assert PASSWORD.encode() not in sealed
    assert "Passwort des Postfachs" in admin.get("/treasurer/audit").text
    assert all(PASSWORD not in str(row) for row in web.rows(select(AuditValue.old, AuditValue.new)))
    admin.send(PAGE, port="143", **{**FIELDS, "password": ""})
    assert len(web.rows(select(SealedSetting.key))) == 1
    admin.send(PAGE, port="143", **{**FIELDS, "password": "", "user": ""})
    assert web.rows(select(SealedSetting.key)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "imap.verein.example"}, "nicht unverschlüsselt gesendet"),
        ({"host": "169.254.169.254"}, "der Name eines Mailservers"),
        ({"folder": 'INBOX" (x'}, "der Name eines Ordners"),
        ({"folder": ""}, "den Ordner ein"),
    ],
)
def test_sec_67_what_cannot_be_a_mailbox_is_refused_at_its_field(admin, changes, said):
    answer = admin.send(PAGE, port="143", **{**FIELDS, **changes})
    assert answer.status_code == 422
    assert said in answer.text


def test_only_the_administration_changes_and_tries_it(web, box):
    browser = web.signed_in(Role.TREASURER)
    assert "Postfach speichern" not in browser.get(PAGE).text
    assert browser.send(PAGE, port="143", **FIELDS).status_code == 403
    assert browser.send(f"{PAGE}/test").status_code == 403


def test_a_mail_that_came_back_is_seen_wherever_somebody_would_use_the_address_again(
    web, treasurer, admin, server, box, to_send
):
    row = come_back(web, treasurer, server, box, to_send)
    browser = web.signed_in(Role.TREASURER, email="kasse@verein.example")
    assert "1 E-Mail kam zurück" in said_by(browser.get("/treasurer/overview"))
    sending = said_by(browser.get(f"/treasurer/dispatch/{row.id}"))
    assert "Sie kam zurück: Das Postfach gibt es nicht, oder es ist geschlossen." in sending
    assert "550 5.1.1 user unknown" in sending
    again = browser.get(f"/treasurer/dispatch/invoice/{row.document}")
    assert said_by(again).count("Die letzte E-Mail kam am") == 1
    assert said_by(browser.get("/treasurer/members/M0001")).count("Die letzte E-Mail kam am") == 1
    assert "Die letzte E-Mail" not in said_by(browser.get("/treasurer/members/M0002"))


def test_the_check_page_of_the_next_run_names_the_address(web, treasurer, admin, server, box, to_send):
    row = come_back(web, treasurer, server, box, to_send)
    write(treasurer, dispatch.withdraw_waiting)
    browser = web.signed_in(Role.TREASURER, email="kasse@verein.example")
    page = said_by(browser.get(f"/treasurer/dispatch/run/{to_send}"))
    assert "Zuletzt kam die E-Mail zurück" not in page, "this invoice is no longer to be sent"
    write(treasurer, lambda session: session.get_one(Dispatch, row.id).__setattr__("document", "RE2026-0001"))
    write(treasurer, lambda session: session.get_one(Dispatch, row.id).__setattr__("invoice_id", None))
    page = said_by(browser.get(f"/treasurer/dispatch/run/{to_send}"))
    assert "Zuletzt kam die E-Mail zurück Alpha Werke GmbH a@werk.example" in page


def test_a_mailbox_that_cannot_be_read_is_work_for_the_administration(web, treasurer, admin, box):
    box.faults["LOGIN"] = b"{tag} NO locked\r\n"
    read_bounces(current_app, treasurer)
    assert "Das Postfach für zurückgekommene E-Mails ist nicht lesbar" in said_by(
        admin.get("/treasurer/overview")
    )
    assert "nicht lesbar: Der Server des Postfachs hat die Anmeldung abgelehnt" in said_by(admin.get(PAGE))
    other = web.signed_in(Role.OFFICE, email="buero@verein.example")
    assert "nicht lesbar" not in said_by(other.get("/treasurer/overview"))
