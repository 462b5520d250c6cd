"""A link by mail signs in or sets a new password; whether there is an account is told by the mail alone."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from sqlalchemy import select

from membership.domain.policy import Role
from membership.gateways.mail import SmtpMailer
from membership.jobs import engine
from membership.jobs.dispatch import Post, send_waiting
from membership.jobs.mail_page import MailPage
from membership.persistence.db import write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import User, UserRole
from membership.services import mail_server
from tests.conftest import NOW, person
from tests.factories import make_association
from tests.web.conftest import PASSWORD
from tests.web.treasurer.conftest import Idle

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
BASE = "http://beitrag.verein.example"
NEW = "vier Hafen Wiesen Laternen"


@pytest.fixture
def members(web, server, monkeypatch):
    """A person of the member area and one of the office, and a mail server."""
    monkeypatch.setattr(engine, "engine_of", lambda _app: Idle())
    with time_machine.travel(NOW, tick=False):
        make_association(STAFF)
        given = {"mail.host": "127.0.0.1", "mail.port": server.port, "mail.security": "none"}
        write(STAFF, mail_server.change_mail_server, {**given, "mail.sender": "beitrag@verein.example"})
        web.app.extensions["membership"] = replace(web.app.extensions["membership"], base_url=BASE)
        web.person(Role.COMPANY_USER, email="maren@alpha.example", password=PASSWORD, has_totp=False)
        web.person(Role.OFFICE, email="buero@verein.example", password=PASSWORD, has_totp=False)
        yield web


def ask(web, email, wish="sign-in"):
    page = web.browser().send("/forgot", email=email, wish=wish)
    assert page.status_code == 200
    return re.sub(r'value="[^"]*"', "", page.text)


def send(web):
    return send_waiting(STAFF, Post(SmtpMailer(), MailPage(web.app.jinja_env), BASE, moment=lambda: NOW))


def link_in(handler, page):
    text = message_from_bytes(handler.mails[-1][1], policy=default).get_body(("plain",)).get_content()
    return re.search(rf"/{page}/[0-9a-f]{{64}}", text)[0]


def test_sec_19_the_page_says_the_same_about_every_address(members):
    addresses = ("maren@alpha.example", "buero@verein.example", "niemand@alpha.example")
    assert len({ask(members, email, wish) for email in addresses for wish in ("sign-in", "password")}) == 1
    kinds = members.rows(select(Dispatch.kind, Dispatch.recipient).order_by(Dispatch.id))
    assert kinds == [
        ("sign_in_link", "maren@alpha.example"),
        ("password_reset", "maren@alpha.example"),
        ("password_reset", "buero@verein.example"),
    ]


def test_sec_26_a_link_by_mail_signs_in_once_and_by_its_button_only(members, handler):
    ask(members, "Maren@Alpha.example")
    ask(members, "maren@alpha.example")
    assert send(members) == 1
    link = link_in(handler, "link")
    assert link not in members.rows(select(Dispatch.body))[0][0]
    for _scanner in range(2):
        assert members.browser().get(link).status_code == 200
    browser = members.browser()
    assert browser.send(link).status_code == 303
    assert "/portal" in browser.get("/").headers["Location"]
    assert members.browser().send(link).status_code == 404


def test_sec_32_staff_never_get_a_link_that_signs_in(members, handler):
    ask(members, "buero@verein.example", "sign-in")
    assert send(members) == 1
    assert members.browser().send(link_in(handler, "reset"), password=NEW).status_code == 303
    assert members.browser().send("/sign-in", email="buero@verein.example", password=NEW).status_code == 303


def test_sec_32_who_became_staff_before_the_mail_went_out_gets_none(members, handler):
    ask(members, "maren@alpha.example")

    def promote(session):
        found = session.execute(select(User.id).where(User.email == "maren@alpha.example")).scalar_one()
        session.add(UserRole(user_id=found, role=Role.BOARD))

    write(STAFF, promote)
    send(members)
    assert handler.mails == []


def test_who_was_invited_may_do_without_a_password(members):
    admin = members.signed_in(Role.ADMIN)
    page = admin.send("/treasurer/users/invite", email="neu@alpha.example", companies="M0001", language="de")
    link = re.search(r"/invitation/[0-9a-f]+", page.text)
    assert link, page.text
    assert "Link anmelden" in members.browser().get(link[0]).text.replace("\xa0", " ")
    browser = members.browser()
    assert browser.send(link[0], name="Nora Neu", password="", language="de").status_code == 303
    assert "/portal" in browser.get("/").headers["Location"]
    for guess in ("", "x", NEW):
        assert (
            members.browser().send("/sign-in", email="neu@alpha.example", password=guess).status_code == 422
        )
