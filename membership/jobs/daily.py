"""What is done once a day without anybody asking: the books are checked, an anchor is kept, a backup is made."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from flask import Flask

from membership import __version__, clock, paths
from membership.domain.online_payments.events import KEPT_DAYS
from membership.domain.policy import Actor, Job
from membership.jobs.online_comparison import compare
from membership.jobs.online_payments import desk_of
from membership.persistence.db import read_as, write
from membership.services import (
    anchors,
    applications,
    backup,
    daily,
    direct_debits,
    online_payments,
    staff_mail,
)
from membership.services.verify import verify
from membership.settings import Settings

_logger = logging.getLogger(__name__)
_NAMED: Final = 5
Task = Callable[[Actor, Settings, date], tuple[str, Mapping[str, object]]]


def run_daily(app: Flask, *, moment: datetime | None = None) -> list[str]:
    """Do the tasks of this day that nobody has done yet and return their names; the demonstration has none.

    A task that fails is logged, shown on the overview and tried again after an hour; the others are done all the same.
    """
    settings: Settings = app.extensions["membership"]
    if settings.is_demo:
        return []
    at = moment or clock.now()
    day = clock.day_of(at, settings.time_zone)
    actor = Actor(name="keeper", at=at, request_id=f"job-{secrets.token_hex(6)}", job=Job.KEEPER)
    done = []
    for name, task in _tasks_of(app).items():
        fence = write(actor, daily.claim_task, name, day)
        if fence is None:
            continue
        state, outcome = _tried(name, task, actor, settings, day)
        ended = actor if moment else replace(actor, at=clock.now())
        write(ended, daily.settle_task, name, day, fence=fence, state=state, outcome=outcome)
        done.append(name)
    return done


def _tried(
    name: str, task: Task, actor: Actor, settings: Settings, day: date
) -> tuple[str, Mapping[str, object]]:
    try:
        return task(actor, settings, day)
    except Exception as error:
        _logger.exception("the daily task %s", name)
        return daily.FAILED, {"error": f"{type(error).__name__}: {error}"[:300]}


def _check(actor: Actor, settings: Settings, day: date) -> tuple[str, Mapping[str, object]]:
    """Check all of the books, against the anchors too; when all holds a new anchor is kept and mailed (FI-58)."""
    session = read_as(actor)
    verdict = verify(session, full=True)
    anchors.check_anchors(session, verdict, anchors.kept_anchors(settings.state_dir))
    for finding in verdict.findings[:_NAMED]:
        _logger.critical(
            "%s %s: expected %s, found %s", finding.invariant, finding.object, finding.expected, finding.found
        )
    if verdict.ok:
        anchor = anchors.take_anchor(session, at=actor.at)
        anchors.keep_anchor(anchor, settings.state_dir)
        write(actor, staff_mail.put_anchor, anchor, day=day)
    first = verdict.findings[0] if verdict.findings else None
    named = {"first": f"{first.invariant} {first.object}"} if first else {}
    return daily.DONE, {"findings": len(verdict.findings), **named}


def _backup(actor: Actor, settings: Settings, day: date) -> tuple[str, Mapping[str, object]]:
    """Make the backup of the day and let go of the oldest: by their number, never by their age (FI-46)."""
    folder = backup_folder(settings)
    paths.make_private_dir(folder)
    name = f"{day.isoformat()}{backup.ENDING}"
    if (folder / name).exists():
        return daily.DONE, {"file": name}
    manifest = backup.make_backup(read_as(actor), folder / name, at=actor.at, program=__version__)
    kept = sorted(folder.glob(f"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]{backup.ENDING}"))
    for old in kept[: -settings.backup_keep]:
        if old.name != name:
            old.unlink()
    return daily.DONE, {"file": name, "seq": manifest.anchor.seq, "size": manifest.size}


def backup_folder(settings: Settings) -> Path:
    """Return where the daily backups lie."""
    return Path(settings.backup_dir) if settings.backup_dir else settings.state_dir / "backups"


def _tasks_of(app: Flask) -> Mapping[str, Task]:
    """Return the tasks of an installation; online payments are compared only where a key is set."""
    desk = desk_of(app)
    if desk is None:
        return _TASKS

    def compared(_actor: Actor, _settings: Settings, _day: date) -> tuple[str, Mapping[str, object]]:
        found = compare(desk)
        outcome = {
            "movements": found.movements,
            "booked": found.booked,
            "differences": len(found.differences),
        }
        return daily.DONE, outcome

    return {**_TASKS, daily.COMPARE: compared}


def _mandates(actor: Actor, _settings: Settings, day: date) -> tuple[str, Mapping[str, object]]:
    """Tell the treasurers of mandates that expire within 60 days, each once."""
    told = frozenset(daily.last_outcome(read_as(actor), daily.MANDATES).get("told", ()))
    return daily.DONE, {"told": write(actor, direct_debits.warn_of_expiring, today=day, told=told)}


def _forget(actor: Actor, _settings: Settings, _day: date) -> tuple[str, Mapping[str, object]]:
    """Let go of what names people in online payments and nobody needs any more (ACC-24)."""
    before = actor.at - timedelta(days=KEPT_DAYS)
    return daily.DONE, write(actor, online_payments.forget_old, before=before)


def _erase(actor: Actor, settings: Settings, day: date) -> tuple[str, Mapping[str, object]]:
    """Erase applications that nobody confirmed, and those that led to nothing when their time is over (ACC-24)."""
    return daily.DONE, write(actor, applications.erase_old, today=day, zone=settings.time_zone)


_TASKS: Final[Mapping[str, Task]] = {
    daily.CHECK: _check,
    daily.BACKUP: _backup,
    daily.MANDATES: _mandates,
    daily.FORGET: _forget,
    daily.ERASE: _erase,
}
