"""Reading the mailbox for mails that come back: each hour, when somebody asks, and once to try its settings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask

from membership import clock
from membership.domain import bounces as reasons
from membership.domain.bounces import Mailbox, MailboxAway, Report
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.services import bounces, mailbox
from membership.services.mail_server import is_this_machine
from membership.services.ports import MailboxReader, ReadableMailbox
from membership.settings import Settings

_logger = logging.getLogger(__name__)
_AT_ONCE, _MOST = 50, 2000
"""So many mails are read between two commits, and in one go: the rest follows an hour later."""
ReportReader = Callable[[bytes], Report]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: mails looked at and sendings marked, or why the mailbox could not be read."""

    looked_at: int = 0
    marked: int = 0
    reason: str = ""

    @property
    def is_done(self) -> bool:
        """Return whether the mailbox could be read."""
        return not self.reason


def read_bounces(app: Flask, actor: Actor) -> Reading:
    """Read what arrived since the last time and mark the sendings that came back; empty without a mailbox."""
    found = _find(app, actor)
    if isinstance(found, Reading):
        return found
    try:
        with _reader(app)(found) as opened:
            return _read(actor, found, opened, app.extensions["membership_report_reader"])
    except MailboxAway as away:
        write(_now(actor), bounces.keep_away, reason=away.message)
        return Reading(reason=away.message)


def try_mailbox(app: Flask, actor: Actor) -> Reading:
    """Open the mailbox and return how many mails lie in it; nothing is read and nothing kept."""
    found = _find(app, actor)
    if isinstance(found, Reading):
        return found
    try:
        with _reader(app)(found) as opened:
            return Reading(looked_at=opened.count)
    except MailboxAway as away:
        return Reading(reason=away.message)


def read_each_hour(app: Flask, actor: Actor) -> Reading:
    """Read the mailbox if there is one; what goes wrong is logged and stops nothing else."""
    try:
        return read_bounces(app, actor)
    except Exception:
        _logger.exception("the mailbox for mails that come back")
        return Reading()


def _find(app: Flask, actor: Actor) -> Mailbox | Reading:
    settings: Settings = app.extensions["membership"]
    session = read_as(actor)
    found = mailbox.find_mailbox(session)
    session.rollback()
    if found is None:
        return Reading(reason=reasons.NO_MAILBOX)
    if settings.is_demo and not is_this_machine(found.host):
        return Reading(reason=reasons.DEMONSTRATION)
    return found


def _reader(app: Flask) -> MailboxReader:
    reader: MailboxReader = app.extensions["membership_mailbox_reader"]
    return reader


def _now(actor: Actor) -> Actor:
    return replace(actor, at=clock.now(), form_token=None)


def _read(actor: Actor, found: Mailbox, opened: ReadableMailbox, report_of: ReportReader) -> Reading:
    numbering = opened.numbering
    session = read_as(actor)
    place = bounces.find_place(session, place=found.place, numbering=numbering)
    session.rollback()
    uids = opened.list_after(place.after, since=place.since, limit=_MOST)
    looked_at = marked = 0
    for start in range(0, max(len(uids), 1), _AT_ONCE):
        part = uids[start : start + _AT_ONCE]
        reports = [report for uid in part if (report := _report(opened, uid, report_of)).failures]
        looked_at += len(part)
        last = part[-1] if part else place.after
        marked += write(
            _now(actor), bounces.keep_read, reports, place=found.place, numbering=numbering, last_uid=last
        )
    return Reading(looked_at, marked)


def _report(opened: ReadableMailbox, uid: int, report_of: ReportReader) -> Report:
    """Return what one mail reports; a mail that cannot be read reports nothing and stops no other."""
    fetched = opened.fetch(uid)
    if fetched is None:
        return Report()
    try:
        return report_of(fetched.content)
    except Exception:
        _logger.exception("mail %s of the mailbox", uid)
        return Report()
