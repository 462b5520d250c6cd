"""The commands `outbox`, `texts`, `invoices send` and `billing run --send`: their shapes, what is refused."""

from __future__ import annotations

import json

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.factories import make_association, make_member
from tests.imap_server import PASSWORD, USER, ImapServer
from tests.jobs.conftest import set_server
from tests.mail_server import Handler, Server
from tests.reports import postfix

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys, handler):
    """Books with two members and a mail server; nothing is billed yet."""
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    assert main(["db", "upgrade"]) == 0
    with Server(handler) as running:
        app = create_app(Settings.load())
        with app.app_context():
            make_association(STAFF)
            make_member(STAFF, number="M0001", name="Alpha Werke GmbH", invoice_email="a@werk.example")
            make_member(STAFF, number="M0002", name="Beta Guss AG", invoice_email="b@werk.example")
            set_server(STAFF, running.port)
            db.session.remove()
            db.engine.dispose()
        capsys.readouterr()
        yield


def answered(capsys, *argv, code=0):
    capsys.readouterr()
    assert main([*argv, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_the_run_is_sent_when_it_is_asked_for_and_once(capsys, handler):
    assert answered(capsys, "billing", "run", "2027")["sent"] == 0
    assert handler.mails == []
    assert answered(capsys, "billing", "run", "2027", "--send")["sent"] == 2
    assert answered(capsys, "billing", "run", "2027", "--send")["sent"] == 2
    assert handler.recipients == ["a@werk.example", "b@werk.example"]


def test_a_rehearsed_run_sends_nothing(capsys, handler):
    answered(capsys, "billing", "run", "2027", "--send", "--dry-run")
    assert handler.mails == []


def test_invoices_are_sent_by_number_once(capsys, handler):
    answered(capsys, "billing", "run", "2027")
    assert answered(capsys, "invoices", "send", "RE2027-0001")["number"] == "RE2027-0001"
    both = answered(capsys, "invoices", "send", "RE2027-0001", "RE2027-0002")
    assert [each["number"] for each in both] == ["RE2027-0001", "RE2027-0002"]
    assert handler.recipients == ["a@werk.example", "b@werk.example"]
    assert main(["invoices", "send", "RE2027-0099"]) == 2


def test_what_needs_a_person_is_listed_and_decided(capsys, handler):
    handler.faults["RCPT"] = lambda _handler, address: (
        "550 5.1.1 unknown" if address.startswith("b@") else None
    )
    answered(capsys, "billing", "run", "2027", "--send")
    (failed,) = answered(capsys, "outbox", "list")
    assert {key: failed[key] for key in ("id", "document", "member", "recipient", "state", "answer")} == {
        "id": 2, "document": "RE2027-0002", "member": "M0002", "recipient": "b@werk.example", "state": "failed",
        "answer": "550 5.1.1 unknown",
    }  # fmt: skip
    assert len(answered(capsys, "outbox", "list", "--all")) == 2
    handler.faults.clear()
    assert answered(capsys, "outbox", "retry", "2")["state"] == "sent"
    assert answered(capsys, "outbox", "list") == []
    assert main(["outbox", "settle", "2", "sent"]) == 3
    assert main(["outbox", "retry", "99"]) == 2


def test_an_unclear_mail_is_settled(capsys, handler):
    handler.faults["ACCEPTED"] = lambda *_given: "cut"
    answered(capsys, "billing", "run", "2027", "--send")
    assert [each["state"] for each in answered(capsys, "outbox", "list")] == ["unknown", "unknown"]
    assert answered(capsys, "outbox", "settle", "1", "sent")["state"] == "sent"
    assert answered(capsys, "outbox", "settle", "2", "failed")["state"] == "failed"


def test_a_text_goes_into_a_file_and_back(capsys, tmp_path):
    file = tmp_path / "text.txt"
    assert main(["texts", "get", "invoice", "de", str(file)]) == 0
    assert file.read_text().startswith("Rechnung {{ rechnung_nr }}: Mitgliedsbeitrag {{ jahr }}")
    assert answered(capsys, "texts", "put", "invoice", "de", str(file))["changed"] is False
    file.write_text(file.read_text().replace("{{ anrede }}", "Moin"))
    assert answered(capsys, "texts", "put", "invoice", "de", str(file))["changed"] is True
    assert "Moin," in answered(capsys, "texts", "get", "invoice", "de")["body"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Betreff\n\n{{ rechnugnr }}\n\n[A]", "Meinten Sie {{ rechnung_nr }}?"),
        (b"Betreff\n\nText", "eckigen Klammern"),
        (b"", "Betreff und einen Text"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused(capsys, tmp_path, content, said):
    file = tmp_path / "text.txt"
    file.write_bytes(content)
    assert main(["texts", "put", "invoice", "de", str(file)]) == 2
    assert said in capsys.readouterr().err
    assert main(["texts", "put", "nope", "de", str(file)]) == 2


def test_the_mailbox_of_mails_that_came_back_is_read(capsys, monkeypatch):
    assert answered(capsys, "outbox", "bounces", code=4)["error"]["code"] == "mailbox"
    answered(capsys, "billing", "run", "2027", "--send")
    (first, _second) = answered(capsys, "outbox", "list", "--all")
    with ImapServer() as server:
        server.put(postfix("<lost@mx.example>", "a@werk.example"))
        for key, value in (
            ("host", "127.0.0.1"),
            ("security", "none"),
            ("user", USER),
            ("port", str(server.port)),
        ):
            answered(capsys, "settings", "set", f"mail.bounce_{key}", value)
        assert answered(capsys, "outbox", "bounces", code=4)["error"]["code"] == "mailbox"
        monkeypatch.setattr("membership.services.mailbox.find_password", lambda *_given: PASSWORD)
        assert answered(capsys, "outbox", "bounces") == {"looked_at": 1, "marked": 1}
        assert answered(capsys, "outbox", "bounces") == {"looked_at": 0, "marked": 0}
    assert first["bounced_at"] is None
    assert answered(capsys, "outbox", "list", "--all")[0]["bounced_at"] is not None
