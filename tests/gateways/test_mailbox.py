"""Reading a mailbox by IMAP from a server that misbehaves: in bounds of time and bytes, and nothing is changed."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import date

import pytest

from membership.domain import bounces as reasons
from membership.domain.bounces import Mailbox, MailboxAway
from membership.domain.mail import Security
from membership.gateways.bounce_mail import LONGEST
from membership.gateways.mailbox import SECONDS, ImapReader
from tests.imap_server import PASSWORD, USER, ImapServer
from tests.mail_server import Raw, dripping, free_port, make_contexts


def mailbox_at(port: int, **changes) -> Mailbox:
    return replace(Mailbox("127.0.0.1", port, Security.NONE, USER, PASSWORD), **changes)


def read(mailbox: Mailbox, *, after=0, since=None, limit=100, seconds=SECONDS, context=None):
    with ImapReader(seconds=seconds, context=context)(mailbox) as opened:
        found = [opened.fetch(uid) for uid in opened.list_after(after, since=since, limit=limit)]
    return [(each.uid, each.content) for each in found if each]


def test_every_mail_is_read_from_its_first_byte_and_nothing_is_changed():
    with ImapServer() as server:
        server.put("Subject: eins\r\n\r\ntext")
        server.put(b"\xff\x00 zwei)\r\n* 3 FETCH")
        mails = read(mailbox_at(server.port), since=date(2026, 12, 13))
    assert mails == [(1, b"Subject: eins\r\n\r\ntext"), (2, b"\xff\x00 zwei)\r\n* 3 FETCH")]
    assert [each for each in server.commands if not each.startswith("UID")] == [
        "CAPABILITY", "AUTHENTICATE PLAIN", 'EXAMINE "INBOX"', "LOGOUT",
    ]  # fmt: skip
    assert "UID SEARCH UID 1:* SINCE 13-Dec-2026" in server.commands
    assert not any(
        word in each for each in server.commands for word in ("STORE", "SELECT", "EXPUNGE", "COPY")
    )


def test_reading_goes_on_after_the_last_mail_also_where_the_server_names_it_again():
    with ImapServer() as server:
        for number in range(5):
            server.put(f"mail {number}")
        assert [uid for uid, _content in read(mailbox_at(server.port), after=3)] == [4, 5]
        assert read(mailbox_at(server.port), after=5) == []
        assert [uid for uid, _content in read(mailbox_at(server.port), limit=2)] == [1, 2]


def test_a_long_mail_is_read_up_to_its_limit():
    with ImapServer() as server:
        server.put(b"x" * (3 * LONGEST))
        assert [len(content) for _uid, content in read(mailbox_at(server.port))] == [LONGEST]


def test_another_folder_and_a_sign_in_without_plain():
    with ImapServer() as server:
        server.is_plain_offered = False
        server.put("hier", folder="Mail Delivery/2027")
        mailbox = mailbox_at(server.port, user="kasse", password='geheim " wort', folder="Mail Delivery/2027")
        assert read(mailbox) == [(1, b"hier")]


def test_encrypted_from_the_first_byte_or_by_starttls(tmp_path):
    of_server, of_client = make_contexts(tmp_path)
    with ImapServer(tls=of_server) as server:
        server.put("sicher")
        assert read(mailbox_at(server.port, security=Security.TLS), context=of_client) == [(1, b"sicher")]
        with pytest.raises(MailboxAway) as away:
            read(mailbox_at(server.port, security=Security.TLS))
    assert away.value.message == reasons.TLS_FAILED
    with ImapServer(starttls=of_server) as server:
        server.put("sicher")
        mailbox = mailbox_at(server.port, security=Security.STARTTLS)
        with ImapReader(context=of_client)(mailbox) as opened:
            assert "INJECTED" not in opened.imap.capabilities
            assert opened.fetch(1).content == b"sicher"


def _away(mailbox: Mailbox, **changes) -> str:
    with pytest.raises(MailboxAway) as away:
        read(mailbox, **changes)
    return away.value.message


def test_what_is_wrong_is_said_in_words():
    with ImapServer() as server:
        assert _away(mailbox_at(server.port, password="falsch")) == reasons.LOGIN_REFUSED
        assert _away(mailbox_at(server.port, folder="Gibt es nicht")) == reasons.NO_FOLDER
        assert _away(mailbox_at(server.port, security=Security.STARTTLS)) == reasons.NO_STARTTLS
        server.is_plain_offered = False
        assert _away(mailbox_at(server.port, user="kasse", password="falsch")) == reasons.LOGIN_REFUSED
        assert _away(mailbox_at(server.port)) == reasons.LOGIN_REFUSED
    assert _away(mailbox_at(free_port())) == reasons.NO_CONNECTION
    assert _away(mailbox_at(993, host="gibtesnicht.invalid")) == reasons.NO_HOST


@pytest.mark.parametrize(
    ("name", "fault", "reason"),
    [
        ("GREETING", b"220 mail.example ESMTP\r\n", reasons.NOT_IMAP),
        ("GREETING", b"HTTP/1.1 400 Bad Request\r\n\r\n", reasons.NOT_IMAP),
        ("GREETING", b"* BYE too many\r\n", reasons.NOT_IMAP),
        ("GREETING", b"x" * (3 * LONGEST), reasons.TOO_MUCH),
        ("CAPABILITY", b"* CAPABILITY {999999999999}\r\n", reasons.TOO_MUCH),
        ("EXAMINE", b"* 1 EXISTS\r\n{tag} BAD what\r\n", reasons.NO_FOLDER),
        ("UID SEARCH", b"* SEARCH 99999999999999999999999 x 7\r\n{tag} NO no\r\n", reasons.NOT_IMAP),
        ("UID SEARCH", b"* SEARCH 1\r\n" * 60_000, reasons.TOO_MUCH),
        ("UID FETCH", b"* 1 FETCH (UID 1 BODY[]<0> {99999999}\r\n", reasons.TOO_MUCH),
        ("UID FETCH", b"* BYE gone\r\n", reasons.CLOSED),
        ("UID FETCH", b"", reasons.TOO_SLOW),
        ("UID FETCH", lambda sock: sock.shutdown(socket.SHUT_RDWR), reasons.CLOSED),
        ("UID FETCH", dripping, reasons.TOO_SLOW),
    ],
)
def test_fi_34_a_server_that_talks_nonsense_or_never_ends_is_given_up(name, fault, reason):
    with ImapServer() as server:
        server.put("mail")
        server.faults[name] = fault
        assert (
            _away(mailbox_at(server.port), seconds=1.0 if reason == reasons.TOO_SLOW else SECONDS) == reason
        )


def test_a_server_that_drips_from_the_start_is_given_up():
    with Raw(dripping) as server:
        assert _away(mailbox_at(server.port), seconds=0.5) == reasons.TOO_SLOW


@pytest.mark.parametrize(
    "said",
    [b"{tag} NO gone\r\n", b"{tag} OK done\r\n", b"* 1 FETCH (UID 1)\r\n{tag} OK done\r\n", b"* 2 EXPUNGE\r\n{tag} OK done\r\n"],
)  # fmt: skip
def test_a_mail_that_is_gone_is_left_out(said):
    with ImapServer() as server:
        server.put("mail")
        server.faults["UID FETCH"] = said
        assert read(mailbox_at(server.port)) == []


def test_numbers_that_are_none_are_left_out():
    with ImapServer() as server:
        server.put("mail")
        server.faults["UID SEARCH"] = b"* SEARCH 99999999999999999999999 x -1 1\r\n{tag} OK done\r\n"
        assert [uid for uid, _content in read(mailbox_at(server.port))] == [1]
