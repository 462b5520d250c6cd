"""Mail by SMTP against a real server that misbehaves: what became of each mail, told apart to the last byte."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import AuthResult

from membership.domain import mail_reasons as reasons
from membership.domain.dispatch import Outcome
from membership.domain.mail import Attachment, Letter, MailServer, MailServerAway, Security
from membership.gateways.mail import SmtpMailer
from tests.mail_server import CUT, Handler, Raw, Server, dripping, free_port, make_contexts

LETTER = Letter(
    recipient="buchhaltung@werk.example",
    recipient_name="Maren Brandt",
    subject="Rechnung RE2027-0001: Mitgliedsbeitrag 2027, 600,00 €, fällig am 31.01.2027",
    text="Sehr geehrte Frau Brandt,\n\n.anbei die Rechnung über 600,00 €.\n",
    html="<p>Sehr geehrte Frau Brandt</p>",
    message_id="<0123456789abcdef@verein.example>",
    language="de",
    at=datetime(2027, 1, 11, 9, 30, tzinfo=UTC),
    attachments=(Attachment("RE2027-0001.pdf", "application/pdf", b"%PDF-1.7 \x00\xff bytes"),),
)


def server_at(port: int, **changes) -> MailServer:
    return replace(
        MailServer(
            host="127.0.0.1", port=port, security=Security.NONE, sender="beitrag@verein.example",
            sender_name="Verein, Schatzmeisterei", reply_to="kasse@verein.example",
        ),
        **changes,
    )  # fmt: skip


def send(server, letter=LETTER, *, seconds=30.0, is_late=lambda: False):
    with SmtpMailer(seconds=seconds)(server) as connection:
        return connection.send(letter, is_late=is_late)


@pytest.fixture
def handler():
    return Handler()


def test_a_mail_arrives_with_its_words_its_file_and_its_heads(handler):
    with Server(handler) as running:
        delivery = send(server_at(running.port))
    assert (delivery.outcome, delivery.answer) == (Outcome.SENT, "250 2.0.0 queued as 4711")
    assert handler.recipients == ["buchhaltung@werk.example"]
    mail = handler.parsed()
    assert mail["Subject"] == LETTER.subject
    assert mail["From"] == '"Verein, Schatzmeisterei" <beitrag@verein.example>'
    assert mail["To"] == "Maren Brandt <buchhaltung@werk.example>"
    assert mail["Reply-To"] == "kasse@verein.example"
    assert mail["Message-ID"] == LETTER.message_id
    assert mail.get_body(("plain",)).get_content().splitlines() == LETTER.text.splitlines()
    assert mail.get_body(("html",)).get_content().strip() == LETTER.html
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("RE2027-0001.pdf", LETTER.attachments[0].content)


def test_every_byte_that_travels_is_ascii_and_no_line_is_too_long(handler):
    with Server(handler) as running:
        send(server_at(running.port), replace(LETTER, text="ä" * 3000))
    content = handler.mails[0][1]
    content.decode("ascii")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


HANGING = 3.0
"""Seconds until an answer: longer than the sender waits then."""


@pytest.mark.parametrize(
    ("stage", "answer", "outcome", "reason", "is_down"),
    [
        ("MAIL", "550 not your address", Outcome.RETRY, reasons.SENDER_REFUSED, True),
        ("MAIL", "451 too many", Outcome.RETRY, reasons.SERVER_BUSY, True),
        ("RCPT", "450 greylisted", Outcome.RETRY, reasons.LATER, False),
        ("RCPT", "550 no such user", Outcome.FAILED, reasons.RECIPIENT_REFUSED, False),
        ("RCPT", "530 authentication required", Outcome.RETRY, reasons.LOGIN_REFUSED, True),
        ("RCPT", "421 shutting down", Outcome.RETRY, reasons.SERVER_BUSY, True),
        ("DATA", "452 no room", Outcome.RETRY, reasons.LATER, False),
        ("DATA", "554 looks like spam", Outcome.FAILED, reasons.MAIL_REFUSED, False),
        ("MAIL", CUT, Outcome.RETRY, reasons.CLOSED, True),
        ("RCPT", CUT, Outcome.RETRY, reasons.CLOSED, True),
        ("RCPT", HANGING, Outcome.RETRY, reasons.TOO_SLOW, True),
        ("DATA", CUT, Outcome.UNKNOWN, reasons.BROKEN_OFF, False),
        ("ACCEPTED", CUT, Outcome.UNKNOWN, reasons.BROKEN_OFF, False),
        ("DATA", HANGING, Outcome.UNKNOWN, reasons.BROKEN_OFF, False),
    ],
)
def test_fi_34_each_answer_and_each_break_has_its_outcome(handler, stage, answer, outcome, reason, is_down):
    handler.faults[stage] = lambda *_given: answer
    with Server(handler) as running:
        delivery = send(server_at(running.port), seconds=1.0 if answer == HANGING else 30.0)
    assert (delivery.outcome, delivery.reason, delivery.is_server_down) == (outcome, reason, is_down)
    if isinstance(answer, str) and answer != CUT:
        assert delivery.answer == answer


def test_fi_34_a_server_that_hangs_is_given_thirty_seconds():
    assert SmtpMailer().seconds == 30.0


def test_after_a_refusal_the_next_mail_goes_on_the_same_connection(handler):
    handler.faults["RCPT"] = lambda _handler, address: "550 no" if address.startswith("bad") else None
    with Server(handler) as running, SmtpMailer()(server_at(running.port)) as connection:
        refused = connection.send(replace(LETTER, recipient="bad@werk.example"), is_late=lambda: False)
        sent = connection.send(LETTER, is_late=lambda: False)
    assert (refused.outcome, sent.outcome) == (Outcome.FAILED, Outcome.SENT)


def test_fi_30_a_mail_that_is_late_ends_before_its_last_byte(handler):
    with Server(handler) as running:
        delivery = send(server_at(running.port), is_late=lambda: True)
    assert (delivery.outcome, delivery.reason) == (Outcome.RETRY, reasons.TOO_LATE)
    assert handler.mails == []


def closing(_accepted):
    return


def web_server(accepted: socket.socket) -> None:
    accepted.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    time.sleep(0.3)


def endless(accepted: socket.socket) -> None:
    while True:
        accepted.sendall(b"220-and so on\r\n")


def one_long_line(accepted: socket.socket) -> None:
    while True:
        accepted.sendall(b"220 " + b"x" * 1000)


def silent(accepted: socket.socket) -> None:
    accepted.recv(1)


def noise(accepted: socket.socket) -> None:
    accepted.sendall(bytes(range(256)) + b"\n")
    time.sleep(0.3)


def refusing(accepted: socket.socket) -> None:
    accepted.sendall(b"554 no \x1b[31mservice\x00 for you\r\n")
    time.sleep(0.3)


@pytest.mark.parametrize(
    ("talk", "reason", "answer"),
    [
        (closing, reasons.CLOSED, ""),
        (web_server, reasons.NOT_SMTP, ""),
        (endless, reasons.NOT_SMTP, ""),
        (one_long_line, reasons.NOT_SMTP, ""),
        (noise, reasons.NOT_SMTP, ""),
        (silent, reasons.TOO_SLOW, ""),
        (dripping, reasons.TOO_SLOW, ""),
        (refusing, reasons.SERVER_BUSY, "554 no [31mservice for you"),
    ],
)
def test_a_server_that_talks_nonsense_is_given_up_with_a_reason(talk, reason, answer):
    seconds = 1.0 if reason == reasons.TOO_SLOW else 30.0
    with Raw(talk) as raw, pytest.raises(MailServerAway) as refused:
        send(server_at(raw.port), seconds=seconds)
    assert (refused.value.message, refused.value.answer) == (reason, answer)


def test_nobody_listens_and_no_such_host_are_told_apart():
    with pytest.raises(MailServerAway, match="does not answer"):
        send(server_at(free_port()))
    with pytest.raises(MailServerAway, match="no mail server of this name"):
        send(server_at(25, host="no-such-host.invalid"))


def test_a_server_without_starttls_gets_no_mail(handler):
    with Server(handler) as running, pytest.raises(MailServerAway, match="STARTTLS"):
        send(server_at(running.port, security=Security.STARTTLS, user="a", password="b"))
    assert handler.mails == []


def test_tls_to_a_server_that_speaks_plainly_fails_with_a_reason(handler):
    with Server(handler) as running, pytest.raises(MailServerAway) as refused:
        send(server_at(running.port, security=Security.TLS))
    assert refused.value.message in {reasons.TLS_FAILED, reasons.CLOSED}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", "a@werk.example\r\nBcc: b@boese.example"),
        ("recipient", "a@werk.example,b@boese.example"),
        ("recipient", "a(comment)@werk.example"),
        ("recipient", "<a@werk.example>"),
        ("recipient", "a@werk.example> SIZE=1"),
        ("recipient", "@werk.example:a@boese.example"),
        ("recipient_name", "Brandt\r\nBcc: b@boese.example"),
        ("subject", "Rechnung\r\nBcc: b@boese.example\r\n\r\nText"),
        ("message_id", "<a@b>\r\nX-Evil: 1"),
    ],
)
def test_sec_64_a_line_end_in_a_head_or_a_list_of_addresses_sends_nothing(handler, field, value):
    with Server(handler) as running:
        delivery = send(server_at(running.port), replace(LETTER, **{field: value}))
    assert (delivery.outcome, delivery.reason) == (Outcome.FAILED, reasons.ADDRESS_WRONG)
    assert handler.commands == []


def test_sec_64_a_name_with_signs_of_a_head_names_one_recipient(handler):
    with Server(handler) as running:
        send(server_at(running.port), replace(LETTER, recipient_name='Brandt, "M." <x@boese.example>; b@c'))
    assert handler.recipients == ["buchhaltung@werk.example"]
    assert [each.addr_spec for each in handler.parsed()["To"].addresses] == ["buchhaltung@werk.example"]


def test_a_domain_with_umlauts_travels_as_dns_knows_it(handler):
    with Server(handler) as running:
        send(server_at(running.port), replace(LETTER, recipient="post@bäcker.example"))
    assert handler.recipients == ["post@xn--bcker-gra.example"]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """The server's certificate for 127.0.0.1, and a context that trusts it."""
    return make_contexts(tmp_path_factory.mktemp("tls"))


def signing_in(password):
    def check(_server, _session, _envelope, _mechanism, given):
        return AuthResult(success=given.login == b"kasse" and given.password == password, handled=False)

    return check


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_encrypted_way_with_a_sign_in(handler, contexts, security):
    of_server, trusting = contexts
    options = {"authenticator": signing_in("Wattgrün".encode()), "auth_required": True}
    if security is Security.TLS:
        options = {**options, "auth_required": False, "tls": of_server, "auth_require_tls": False}
    else:
        options |= {"tls_context": of_server, "require_starttls": True}
    with Server(handler, **options) as running:
        at = server_at(running.port, security=security, user="kasse", password="Wattgrün")
        with SmtpMailer(context=trusting)(at) as connection:
            assert connection.send(LETTER, is_late=lambda: False).outcome is Outcome.SENT
        with (
            pytest.raises(MailServerAway) as refused,
            SmtpMailer(context=trusting)(replace(at, password="falsch")),
        ):
            pass
        assert (refused.value.message, refused.value.answer[:3]) == (reasons.LOGIN_REFUSED, "535")
        with pytest.raises(MailServerAway) as distrusted:
            send(at)
        assert distrusted.value.message == reasons.TLS_FAILED


def test_the_password_shows_in_no_text_of_the_server():
    assert "geheim" not in repr(server_at(25, password="geheim"))
