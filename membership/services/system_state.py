"""The state of the installation in one look, each part with whether somebody has to do something.

Source: `ux.md` 9 "System status"; `reliability.md` FI-15, FI-58.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from membership.persistence.queries import system as queries
from membership.persistence.queries.dispatch import get_counts, get_lane
from membership.services import schema
from membership.services.daily import Care, care_taken

_GIGABYTE: Final = 1024**3
_SHARE: Final = 20
"""Warn below one part in twenty of the disk."""
_PATIENCE: Final = timedelta(minutes=5)
"""So long a worker may need before work that waits means that there is none."""
_FRESH: Final = timedelta(days=2)


class Light(StrEnum):
    """Whether a part is well: yes, somebody should look, something is broken, or nothing can be said yet."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"
    UNKNOWN = "neutral"


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk that the data lie on."""

    free: int
    total: int

    @property
    def light(self) -> Light:
        """Return a warning below 1 GB or 5 % free."""
        return Light.WARNING if self.free < max(_GIGABYTE, self.total // _SHARE) else Light.OK


@dataclass(frozen=True, slots=True)
class Mails:
    """The mail queue."""

    waiting: int
    for_person: int
    halted_at: datetime | None
    rests_until: datetime | None
    reason: str

    @property
    def light(self) -> Light:
        """Return danger while the server takes nothing, a warning while a person is asked or has halted it."""
        if self.rests_until and self.waiting:
            return Light.DANGER
        return Light.WARNING if self.for_person or (self.halted_at and self.waiting) else Light.OK


@dataclass(frozen=True, slots=True)
class SystemState:
    """All of it, as of a moment."""

    database: queries.Database
    revision: str
    is_up_to_date: bool
    care: Care
    tasks: tuple[queries.TaskDay, ...]
    queue: queries.Queue
    mails: Mails
    disk: Disk
    at: datetime

    @property
    def backup_light(self) -> Light:
        """Return a warning when the newest backup is older than two days, or there is none."""
        if self.care.backup_on is None:
            return Light.WARNING if self.care.checked_at else Light.UNKNOWN
        return Light.OK if self.at.date() - self.care.backup_on <= _FRESH else Light.WARNING

    @property
    def check_light(self) -> Light:
        """Return danger when the check of the books found something, a warning when it is older than two days."""
        if self.care.checked_at is None:
            return Light.UNKNOWN
        if self.care.findings:
            return Light.DANGER
        return Light.OK if self.at - self.care.checked_at <= _FRESH else Light.WARNING

    @property
    def queue_light(self) -> Light:
        """Return a warning when work waits so long that there seems to be no worker, or some was given up."""
        waits = self.queue.oldest_at is not None and self.at - self.queue.oldest_at > _PATIENCE
        return Light.WARNING if waits or self.queue.failed else Light.OK

    @property
    def backup_age(self) -> int | None:
        """Return the age of the newest backup in days."""
        return None if self.care.backup_on is None else (self.at.date() - self.care.backup_on).days


def system_state(session: Session, *, state_dir: Path, at: datetime) -> SystemState:
    """Return how the installation stands."""
    lane, counts = get_lane(session), get_counts(session)
    revision = schema.revision_of(session) or ""
    rests = lane.not_before if lane.not_before and lane.not_before > at else None
    return SystemState(
        database=queries.get_database(session),
        revision=revision,
        is_up_to_date=revision == schema.head(),
        care=care_taken(session),
        tasks=tuple(queries.list_tasks(session)),
        queue=queries.get_queue(session),
        mails=Mails(
            waiting=counts.waiting,
            for_person=counts.failed + counts.unknown,
            halted_at=lane.halted_at,
            rests_until=rests,
            reason=lane.reason if rests else "",
        ),
        disk=_disk(state_dir),
        at=at,
    )


def _disk(folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(free=usage.free, total=usage.total)
