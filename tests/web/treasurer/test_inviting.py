"""All members are invited at once: each once, by a mail whose link lets one person in and nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from sqlalchemy import select

from membership.domain.companies import InvitationsChanged, Uninvited, invitee_of
from membership.domain.policy import Role
from membership.gateways.mail import SmtpMailer
from membership.jobs import engine
from membership.jobs.dispatch import Post, send_waiting
from membership.jobs.mail_page import MailPage
from membership.persistence.db import write
from membership.persistence.models.companies import CompanyInvitation
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Contact
from membership.persistence.models.users import User, UserCompany
from membership.services import companies, mail_server
from tests.conftest import NOW, TODAY, person
from tests.factories import make_association, make_member
from tests.web.treasurer.conftest import Idle, said_by

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
BASE = "http://beitrag.verein.example"
PAGE = "/treasurer/members/invite"


@pytest.fixture
def ids(web, server, monkeypatch):
    """Four members: with a main contact, with an address for invoices, without any address, and with access already."""
    monkeypatch.setattr(engine, "engine_of", lambda _app: Idle())
    with time_machine.travel(NOW, tick=False):
        make_association(STAFF)
        given = {"mail.host": "127.0.0.1", "mail.port": server.port, "mail.security": "none"}
        write(STAFF, mail_server.change_mail_server, {**given, "mail.sender": "beitrag@verein.example"})
        addresses = ("r@alpha.example", "r@beta.example", "", "r@delta.example")
        made = [
            make_member(STAFF, number=f"M000{place}", name=f"Werk {place} GmbH", invoice_email=address)
            for place, address in enumerate(addresses, 1)
        ]
        user_id = web.person(email="hat@delta.example")

        def add(session):
            session.add(
                Contact(
                    member_id=made[0], name="Rita Rechnung", email="rita@alpha.example", functions=["billing"]
                )
            )
            session.add(
                Contact(
                    member_id=made[0], name="Maren Brandt", email="maren@alpha.example", functions=["main"]
                )
            )
            session.add(UserCompany(user_id=user_id, member_id=made[3], role=Role.COMPANY_ADMIN))

        write(STAFF, add)
        web.app.extensions["membership"] = replace(web.app.extensions["membership"], base_url=BASE)
        yield made


def test_every_member_without_access_gets_one_mail_that_lets_its_person_in(web, ids, handler):
    browser = web.signed_in(Role.OFFICE)
    said = said_by(browser.get(PAGE))
    assert "2 Personen werden eingeladen" in said
    assert "Maren Brandt, maren@alpha.example" in said
    assert "r@beta.example" in said
    assert "Werk 3 GmbH (M0003)" in said
    assert "Werk 4 GmbH" not in said
    assert browser.send(PAGE, seen="2").status_code == 303
    assert "Niemand ist mehr einzuladen" in said_by(browser.get(PAGE))
    assert write(STAFF, companies.invite_all, today=TODAY, count=0) == 0
    post = Post(SmtpMailer(), MailPage(web.app.jinja_env), BASE, moment=lambda: NOW)
    assert send_waiting(STAFF, post) == 2
    mails = [message_from_bytes(content, policy=default) for _to, content in handler.mails]
    text = next(each for each in mails if "maren" in each["To"]).get_body(("plain",)).get_content()
    assert "bis 18. Januar 2027" in re.sub(r"\s+", " ", text).replace("\xa0", " ")
    link = re.search(r"/join/[0-9a-f]{64}", text)[0]
    (kept,) = web.rows(select(Dispatch.body).where(Dispatch.recipient == "maren@alpha.example"))[0]
    assert link not in kept
    visitor = web.browser()
    assert "Werk 1 GmbH" in visitor.get(link).text
    given = {"name": "Maren Brandt", "password": "vier Hafen Wiesen Laternen", "language": "de"}
    assert web.browser().send(link, **given).status_code == 303
    rows = web.rows(
        select(User.email, UserCompany.role).join(UserCompany).where(UserCompany.member_id == ids[0])
    )
    assert rows == [("maren@alpha.example", Role.COMPANY_ADMIN)]


def test_without_a_way_for_the_mails_nothing_is_promised_and_nothing_sent(web, ids):
    browser = web.signed_in(Role.OFFICE)
    write(STAFF, mail_server.change_mail_server, {"mail.host": ""})
    assert "kein E-Mail-Server eingerichtet" in said_by(browser.get(PAGE))
    assert browser.send(PAGE, seen="2").status_code == 422
    assert web.rows(select(CompanyInvitation.id)) == []


def test_another_number_than_was_read_is_asked_again(web, ids):
    with pytest.raises(InvitationsChanged):
        write(STAFF, companies.invite_all, today=TODAY, count=3)


@pytest.mark.parametrize(
    ("functions", "invited"),
    [
        ((("billing",), ("main",)), "1@a.example"),
        ((("newsletter",), ("representative",)), "1@a.example"),
        (((), ()), "0@a.example"),
        ((), "rechnung@a.example"),
    ],
)
def test_mem_14_who_fits_best_is_invited(functions, invited):
    contacts = tuple((f"P{place}", f"{place}@a.example", each) for place, each in enumerate(functions))
    assert invitee_of(Uninvited("M1", "A", "de", "rechnung@a.example", contacts)).email == invited
