"""Reports about undelivered mails: in the form of RFC 3464 and in those that servers use instead; nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain import bounces as reasons
from membership.domain.bounces import Failure, reason_of
from membership.gateways.bounce_mail import LONGEST, read_report
from tests import reports
from tests.conftest import IS_RELEASE
from tests.reports import ADDRESS, NUMBER, postfix

WHOLE = {
    "postfix": postfix(),
    "head of the mail only": reports.HEAD_ONLY,
    "fields without types": reports.NO_RECIPIENT_FIELDS,
    "status as text": reports.STATUS_AS_TEXT,
    "exchange": reports.EXCHANGE,
    "qmail": reports.QMAIL,
    "exim": reports.EXIM,
    "windows line ends": postfix().replace("\n", "\r\n"),
    "no action": postfix().replace("Action: failed\n", ""),
    "given up after days": postfix(status="4.4.7", code="4.4.7 delivery time expired"),
    "no message about the whole": postfix().replace("Reporting-MTA: dns; mx.verein.example\n", ""),
}
NOTHING = {
    "a note of absence": reports.ABSENT,
    "a receipt for reading": reports.READ,
    "a report that a person passes on": reports.FORWARDED,
    "a delay": postfix(action="delayed", status="4.4.1", code="connection timed out"),
    "a delivery": postfix(action="delivered", status="2.0.0", code="250 ok"),
    "a passing on": postfix(action="relayed", status="2.0.0", code="250 ok"),
    "an invoice of somebody": "From: shop@example.org\nSubject: Rechnung 5.1.1\n\n550 user unknown\n",
    "a daemon that says something else": "From: MAILER-DAEMON@x.example\nSubject: Quarantine\n\nName: a@b.example\n",
    "nothing": "",
    "nothing but a head": "From: <>\n",
    "no action and success": postfix(status="2.1.5")
    .replace("Action: failed\n", "")
    .replace("550 5.1.1", "250"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_report_names_the_address_and_the_number_of_the_mail(name):
    report = read_report(WHOLE[name].encode())
    assert report.failures[0].recipient == ADDRESS
    assert report.message_ids == (NUMBER,)


@pytest.mark.parametrize("name", NOTHING)
def test_what_reports_no_failure_is_no_report(name):
    assert read_report(NOTHING[name].encode()).failures == ()


def test_status_and_the_words_of_the_server_are_kept():
    assert read_report(postfix().encode()).failures == (Failure(ADDRESS, "5.1.1", "550 5.1.1 user unknown"),)
    (full,) = read_report(reports.EXCHANGE.encode()).failures
    assert (full.status, full.said) == (
        "5.2.2",
        "554 5.2.2 mailbox full; STOREDRV.Deliver: MapiExceptionShutoffQuotaExceeded",
    )
    (qmail,) = read_report(reports.QMAIL.encode()).failures
    assert (qmail.status, "550 5.1.1 unknown user" in qmail.said) == ("5.1.1", True)


def test_a_report_about_several_recipients_names_each():
    first = "Final-Recipient: rfc822; " + ADDRESS
    second = f"Final-Recipient: rfc822; zweite@werk.example\nAction: delayed\nStatus: 4.0.0\n\n{first}"
    assert [each.recipient for each in read_report(postfix().replace(first, second).encode()).failures] == [
        ADDRESS
    ]
    assert [each.recipient for each in read_report(reports.EXIM.encode()).failures] == [
        ADDRESS,
        "zweite@werk.example",
    ]


def test_the_copy_of_the_mail_names_no_recipient():
    assert [each.recipient for each in read_report(reports.QMAIL.encode()).failures] == [ADDRESS]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", reasons.NO_SUCH_ADDRESS), ("5.1.10", reasons.NO_SUCH_ADDRESS), ("5.2.1", reasons.NO_SUCH_ADDRESS),
        ("5.2.2", reasons.MAILBOX_FULL), ("4.2.2", reasons.MAILBOX_FULL), ("5.2.3", reasons.TOO_LARGE),
        ("5.3.4", reasons.TOO_LARGE), ("4.4.7", reasons.NOT_REACHED), ("5.7.1", reasons.UNWANTED),
        ("5.0.0", reasons.CAME_BACK), ("", reasons.CAME_BACK), ("nonsense", reasons.CAME_BACK),
        ("5.22.1", reasons.CAME_BACK), ("5.10.1", reasons.CAME_BACK),
    ],
)  # fmt: skip
def test_a_code_is_said_in_words(status, reason):
    assert reason_of(status) == reason


def test_words_of_a_foreign_server_are_one_printable_line_of_bounded_length():
    code = "550 " + "\x1b[31mrot\x00\u202e" + "x" * 5000
    (failure,) = read_report(postfix(code=code).encode()).failures
    assert len(failure.said) <= 300
    assert failure.said.isprintable()


def nested(kind: str, count: int) -> bytes:
    """Return a mail in a mail in a mail …"""
    if kind == "message/rfc822":
        return b"Content-Type: message/rfc822\n\n" * count
    return b"".join(
        b'Content-Type: multipart/report; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(count)
    )


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/report"])
@pytest.mark.parametrize("count", [7, 59, 61, 5000])
def test_a_mail_that_is_nested_deeply_ends_without_a_word(kind, count):
    assert read_report(nested(kind, count)).failures == ()


@pytest.mark.parametrize(
    "piece",
    [
        b"Final-Recipient: rfc822; a@b.example\n\n", b"\n\n", b": \n", b"Action: failed\n", b"=\xff\xfe\x00", b"--B\n",
        b" continued\n", b"X-Failed-Recipients: a@b.example\n", b"a@", b"<a@b.example>:\n", b"5.1.1 " * 3,
    ],
)  # fmt: skip
def test_a_mail_of_one_piece_over_and_over_is_read_in_bounds(piece):
    head = b'From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary="B"\n\n--B\n'
    for kind in (b"Content-Type: message/delivery-status\n\n", b"Content-Type: text/plain\n\n", b""):
        report = read_report((head + kind + piece * (2 * LONGEST // len(piece)))[: 2 * LONGEST])
        assert len(report.failures) <= 50
        assert len(report.message_ids) <= 20


_PIECES = [line + "\n" for text in WHOLE.values() for line in text.splitlines()]
_MANGLED = st.lists(
    st.one_of(
        st.sampled_from(_PIECES).map(str.encode),
        st.binary(max_size=40),
        st.sampled_from(
            [b"\r\n", b"\n\n", b"=?utf-8?q?=ff?=", b"Content-Transfer-Encoding: base64\n", b"\x00"]
        ),
    ),
    max_size=60,
).map(b"".join)


@given(_MANGLED)
def test_whatever_arrives_is_read_without_an_error(content):
    report = read_report(content)
    assert all(each.recipient and each.said.isprintable() for each in report.failures)


@pytest.mark.release
@pytest.mark.skipif(not IS_RELEASE, reason="SCALE=release runs this")
@given(st.binary(max_size=4000), st.integers(0, 3000), st.sampled_from(sorted(WHOLE)))
def test_a_report_that_was_cut_and_overwritten_is_read_without_an_error(noise, at, name):
    content = WHOLE[name].encode()
    read_report(content[:at] + noise + content[at + len(noise) :])
