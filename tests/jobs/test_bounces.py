"""Mails that come back: read from a real IMAP server, each finds its sending once, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select, update

from membership.domain import bounces as reasons
from membership.domain.bounces import Report
from membership.gateways.bounce_mail import read_report
from membership.gateways.mailbox import ImapReader
from membership.jobs.bounces import Reading, read_bounces, read_each_hour, try_mailbox
from membership.jobs.engine import Engine
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.dispatch import Dispatch, MailboxMark
from membership.persistence.queries.dispatch import count_for_person
from membership.services import bounces, dispatch, mailbox
from membership.services.mail_server import PasswordUnprotected
from membership.services.verify import verify
from tests.imap_server import PASSWORD, USER, ImapServer
from tests.mail_server import CUT
from tests.reports import ABSENT, postfix


def set_mailbox(actor, port, **changes):
    values = {
        "mail.bounce_host": "127.0.0.1", "mail.bounce_port": port, "mail.bounce_security": "none",
        "mail.bounce_user": USER, **changes,
    }  # fmt: skip
    write(actor, mailbox.change_mailbox, values, password=PASSWORD)


@pytest.fixture
def box(mailing):
    """Three invoices that were sent to m1 to m3, and the mailbox that reports about them arrive in."""
    mailing.bill(3)
    mailing.hand_over()
    mailing.work()
    current_app.extensions["membership_mailbox_reader"] = ImapReader(seconds=10.0)
    with ImapServer() as server:
        set_mailbox(mailing.actor, server.port)
        yield server


def come_back(mailing, index, **changes):
    row = mailing.rows()[index]
    return postfix(row.message_id, row.recipient, **changes)


def read(mailing):
    return read_bounces(current_app, mailing.actor)


def bounced(mailing):
    return [row.bounced_at is not None for row in mailing.rows()]


def mark(mailing):
    session = read_as(mailing.actor)
    session.rollback()
    session.expire_all()
    return session.execute(select(MailboxMark)).scalar_one()


def test_a_mail_that_came_back_is_marked_with_what_the_server_said(mailing, box):
    box.put(ABSENT)
    box.put(come_back(mailing, 1))
    assert read(mailing) == Reading(looked_at=2, marked=1)
    assert bounced(mailing) == [False, True, False]
    row = mailing.rows()[1]
    assert (str(row.state), row.reason, row.answer) == (
        "sent", reasons.NO_SUCH_ADDRESS, "550 5.1.1 user unknown",
    )  # fmt: skip
    assert count_for_person(read_as(mailing.actor)).bounced == 1
    session = read_as(mailing.actor)
    record = session.execute(select(AuditRecord).where(AuditRecord.action == "dispatch.bounced")).scalar_one()
    assert (record.object_ref, record.facts) == (row.document, {"dispatch": row.id, "status": "5.1.1"})
    value = session.execute(select(AuditValue).where(AuditValue.audit_id == record.id)).scalar_one()
    assert value.new == "m2@werk.example"
    assert verify(session, full=True).findings == []


def test_each_mail_is_read_once_and_a_report_twice_marks_once(mailing, box):
    box.put(come_back(mailing, 0))
    assert read(mailing) == Reading(looked_at=1, marked=1)
    assert read(mailing) == Reading()
    box.put(come_back(mailing, 0))
    box.put(come_back(mailing, 2))
    assert read(mailing) == Reading(looked_at=2, marked=1)
    assert bounced(mailing) == [True, False, True]
    assert mark(mailing).last_uid == 3


def test_a_mailbox_that_was_numbered_anew_is_read_again_and_nothing_is_marked_twice(mailing, box):
    box.put(come_back(mailing, 0))
    read(mailing)
    box.numbering += 1
    box.put(come_back(mailing, 1))
    assert read(mailing) == Reading(looked_at=2, marked=1)
    searches = [command for command in box.commands if "SEARCH" in command]
    assert [command.split(" SINCE")[0] for command in searches] == ["UID SEARCH UID 1:*"] * 2


def test_a_new_sending_to_a_better_address_is_not_marked_by_the_old_report(mailing, box):
    box.put(come_back(mailing, 0))
    read(mailing)
    write(mailing.actor, dispatch.send_to, mailing.rows()[0].document, ["neu@werk.example"])
    mailing.work()
    box.numbering += 1
    assert read(mailing).marked == 0
    assert bounced(mailing) == [True, False, False, False]
    assert count_for_person(read_as(mailing.actor)).bounced == 0


def test_a_report_without_the_number_finds_the_newest_mail_to_its_address_for_two_weeks(mailing, box):
    row = mailing.rows()[2]
    box.put(postfix("<of-another-program@mx.example>", row.recipient.upper()))
    assert read(mailing).marked == 1
    assert bounced(mailing) == [False, False, True]


def test_a_report_without_the_number_finds_no_old_mail(mailing, box):
    row = mailing.rows()[2]
    long_ago = row.sent_at - timedelta(days=15)
    write(mailing.actor, lambda session: session.execute(update(Dispatch).values(sent_at=long_ago)))
    report = read_report(postfix("<other@mx.example>", row.recipient).encode())
    keep = {"place": "x", "numbering": 1, "last_uid": 1}
    assert write(mailing.as_of(1), bounces.keep_read, [report], **keep) == 0
    by_number = read_report(come_back(mailing, 2).encode())
    assert write(mailing.as_of(1), bounces.keep_read, [by_number], **keep) == 1


def test_a_mail_that_was_passed_on_is_found_by_its_number(mailing, box):
    box.put(postfix(mailing.rows()[0].message_id, "weitergeleitet@anderswo.example"))
    assert read(mailing).marked == 1
    assert bounced(mailing) == [True, False, False]


def test_a_report_about_foreign_mail_marks_nothing(mailing, box):
    box.put(postfix())
    assert read(mailing) == Reading(looked_at=1, marked=0)
    assert bounced(mailing) == [False] * 3


def test_a_mail_of_which_nobody_knew_whether_it_went_did_go_and_came_back(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.handler.faults["ACCEPTED"] = lambda *_given: CUT
    mailing.work()
    assert mailing.states() == ["unknown"]
    report = read_report(come_back(mailing, 0).encode())
    write(mailing.actor, bounces.keep_read, [report], place="x", numbering=1, last_uid=1)
    assert (mailing.states(), bounced(mailing)) == (["sent"], [True])


def test_a_failed_mail_and_a_withdrawn_one_stay_what_they_are(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.handler.faults["RCPT"] = lambda *_given: "550 no"
    mailing.work()
    report = read_report(come_back(mailing, 0).encode())
    assert write(mailing.actor, bounces.keep_read, [report], place="x", numbering=1, last_uid=1) == 0
    assert (mailing.states(), bounced(mailing)) == (["failed"], [False])


def test_a_report_that_says_nothing_marks_nothing(mailing, box):
    keep = {"place": "x", "numbering": 1, "last_uid": 1}
    assert write(mailing.actor, bounces.keep_read, [Report()], **keep) == 0


def test_a_mailbox_that_cannot_be_read_is_kept_since_when_and_why_until_it_can(mailing, box):
    box.faults["LOGIN"] = b"{tag} NO locked\r\n"
    assert read(mailing).reason == reasons.LOGIN_REFUSED
    first = mark(mailing).failed_at
    assert first is not None
    assert read(mailing).reason == reasons.LOGIN_REFUSED
    assert (mark(mailing).failed_at, mark(mailing).reason) == (first, reasons.LOGIN_REFUSED)
    box.faults.clear()
    assert read(mailing).is_done
    assert (mark(mailing).failed_at, mark(mailing).reason) == (None, "")


def test_what_was_read_before_the_connection_broke_is_kept(mailing, box, monkeypatch):
    monkeypatch.setattr("membership.jobs.bounces._AT_ONCE", 1)
    box.put(come_back(mailing, 0))
    box.put(come_back(mailing, 1))
    fetch = box._said
    box._said = lambda tag, name, rest, folder: (
        b"* BYE\r\n" if rest.startswith("UID FETCH 2 ") else fetch(tag, name, rest, folder)
    )
    current_app.extensions["membership_mailbox_reader"] = ImapReader(seconds=0.5)
    assert not read(mailing).is_done
    assert (bounced(mailing), mark(mailing).last_uid) == ([True, False, False], 1)
    box._said = fetch
    assert read(mailing) == Reading(looked_at=1, marked=1)


def test_trying_reads_nothing_and_keeps_nothing(mailing, box):
    box.put(come_back(mailing, 0))
    assert try_mailbox(current_app, mailing.actor) == Reading(looked_at=1)
    assert bounced(mailing) == [False] * 3
    assert mark(mailing).read_at is None
    assert not any("FETCH" in command for command in box.commands)


def test_without_a_mailbox_nothing_is_read(mailing):
    assert read(mailing) == Reading(reason=reasons.NO_MAILBOX)
    assert mark(mailing).failed_at is None


def test_the_demonstration_opens_no_foreign_mailbox(mailing, box):
    settings = current_app.extensions["membership"]
    current_app.extensions["membership"] = replace(settings, is_demo=True)
    assert read(mailing).is_done
    set_mailbox(
        mailing.actor, 993, **{"mail.bounce_host": "imap.verein.example", "mail.bounce_security": "tls"}
    )
    assert read(mailing) == Reading(reason=reasons.DEMONSTRATION)


def test_a_password_does_not_travel_in_the_clear(mailing):
    with pytest.raises(PasswordUnprotected):
        set_mailbox(mailing.actor, 143, **{"mail.bounce_host": "imap.verein.example"})


def test_the_mailbox_is_read_by_the_worker_each_hour_and_an_error_stops_nothing(mailing, box, caplog):
    names = [task.name for task in Engine(current_app._get_current_object()).queue._registry.periodic_tasks]
    assert any("bounces" in name for name in names)
    current_app.extensions["membership_mailbox_reader"] = None
    assert read_each_hour(current_app, mailing.actor) == Reading()
    assert "mailbox" in caplog.text


def test_a_reader_that_fails_at_one_mail_goes_on_with_the_next(mailing, box):
    def fails_at_the_first(content):
        if b"kaputt" in content:
            raise ValueError(content)
        return read_report(content)

    current_app.extensions["membership_report_reader"] = fails_at_the_first
    box.put("kaputt")
    box.put(come_back(mailing, 0))
    assert read(mailing) == Reading(looked_at=2, marked=1)
