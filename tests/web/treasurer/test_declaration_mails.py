"""A round of 142 requests through a real mail server, from the treasurer's page to the answer behind the link."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine

from membership.domain.policy import Role
from membership.gateways.mail import SmtpMailer
from membership.jobs import engine
from membership.jobs.dispatch import Post, send_waiting
from membership.jobs.mail_page import MailPage
from membership.persistence.db import read_as, write
from membership.persistence.queries import declarations as queries
from membership.services import mail_server
from tests.factories import add_member, make_association
from tests.web.treasurer.conftest import Idle, said_by

AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)
BASE = "http://localhost"
MEMBERS = 142


@pytest.fixture
def many(web, treasurer, server, monkeypatch):
    """142 members with an address each, one of them speaks English; nothing runs in the background."""
    actor = replace(treasurer, at=AT)
    monkeypatch.setattr(engine, "engine_of", lambda _app: Idle())
    with time_machine.travel(AT, tick=False):
        make_association(actor)

        def add(session):
            for n in range(1, MEMBERS + 1):
                language = "en" if n == MEMBERS else "de"
                add_member(session, number=f"M{n:04d}", name=f"Werk {n:03d} GmbH", language=language,
                           invoice_email=f"rechnung@werk{n:03d}.example")  # fmt: skip

        write(actor, add)
        given = {"mail.host": "127.0.0.1", "mail.port": server.port, "mail.security": "none"}
        write(actor, mail_server.change_mail_server, {**given, "mail.sender": "beitrag@verein.example"})
        yield actor


def send(web, actor):
    """Hand in what waits, with no way between the server and this machine, so that links are written."""
    post = Post(
        SmtpMailer(), MailPage(web.app.jinja_env), "https://beitrag.verein.example", moment=lambda: AT
    )
    return send_waiting(actor, post)


def test_142_requests_are_sent_each_with_its_own_link_and_an_answer_comes_back(web, many, handler):
    browser = web.signed_in(Role.TREASURER)
    page = "/treasurer/declarations/new"
    fields = {"year": "2028", "deadline": "30.11.2027", "late_until": "31.03.2028", "reminds": "y"}
    assert "142 Anfragen senden" in said_by(browser.send(page, **fields))
    assert browser.send(page, step="open", seen="142", **fields).status_code == 303
    assert send(web, many) == MEMBERS
    mails = [message_from_bytes(content, policy=default) for _to, content in handler.mails]
    texts = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in mails}
    links = {to: re.search(r"/declaration/[0-9a-f]{64}", text)[0] for to, text in texts.items()}
    assert len(set(links.values())) == MEMBERS
    first = next(mail for mail in mails if "werk001" in mail["To"])
    assert first["Subject"] == "Eine Frage, eine Minute: Beschäftigtenzahl für den Beitrag 2028"
    said = re.sub(r"\s+", " ", texts[first["To"]])
    for expected in ("am 30. Juni 2027", "Zuletzt haben Sie 37 Beschäftigte gemeldet.", "bis zum 30. November 2027",
                     "Eine Anmeldung ist nicht nötig.", "Ohne Ihre Meldung rechnen wir mit der bisherigen Zahl."):  # fmt: skip
        assert expected in said.replace("\xa0", " ")
    english = next(mail for mail in mails if "werk142" in mail["To"])
    assert english["Subject"] == "One question, one minute: number of employees for dues 2028"

    visitor, link = web.browser(), links[first["To"]]
    assert "Werk 001 GmbH" in visitor.get(link).text
    assert "Werk 002 GmbH" not in visitor.get(link).text
    visitor.send(f"{link}/question/1", answer="40")
    assert visitor.send(f"{link}/contact", name="Eva Holm", email="").status_code == 303
    assert visitor.send(f"{link}/check").status_code == 303
    handler.mails.clear()
    assert send(web, many) == 1
    (thanks,) = [message_from_bytes(content, policy=default) for _to, content in handler.mails]
    assert thanks["Subject"] == "Danke: Ihre Selbstauskunft 2028 ist eingegangen"
    (file,) = thanks.iter_attachments()
    assert (file.get_filename(), file.get_content()[:5]) == ("SA2028-M0001.pdf", b"%PDF-")
    view = queries.get_request(read_as(many), 2028, "M0001")
    assert (str(view.state), str(view.version.way)) == ("received", "link")
