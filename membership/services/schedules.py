"""Fee schedules: drafts taken in and changed, put into force, and then only followed (DUE-1, DUE-32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from membership.domain.approvals import Action, Proposal, Waiting
from membership.domain.dues.check import check_schedule
from membership.domain.dues.schedule import FeeSchedule, read_schedule
from membership.domain.dues.schedule.form import Resolution
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.domain.resolutions import Key, organ_of
from membership.persistence import chain
from membership.persistence.columns import canonical
from membership.persistence.db import actor_of, guard
from membership.persistence.models.dues import FeeScheduleVersion, ScheduleState
from membership.persistence.models.resolutions import ResolutionRecord
from membership.persistence.queries import dues as queries
from membership.persistence.queries.resolutions import find_file, was_any_in_force
from membership.services.approvals import require_second

NO_FILE: Final = phrase(
    "The PDF of the resolution is missing. Only the very first fee schedule may wait for it. "
    "Upload it on the page of the schedule, or record it with “resolutions put”."
)
_WORDS: Final = {
    ScheduleState.DRAFT: phrase("Draft"),
    ScheduleState.RESOLVED: phrase("Resolved"),
    ScheduleState.IN_FORCE: phrase("In force"),
    ScheduleState.SUPERSEDED: phrase("Followed"),
}


class ScheduleInUse(Conflict):
    """Only a draft can be changed (DUE-1)."""

    message = N_(
        "The fee schedule %(code)s has the state “%(state)s” and cannot be changed. Follow it with a new version."
    )
    code = "schedule_in_use"


class ScheduleIncomplete(DomainError):
    """Something that a schedule in force needs is missing (DUE-31, DUE-32)."""

    message = N_("The fee schedule %(code)s cannot come into force: %(why)s")
    code = "schedule_incomplete"


class ScheduleOverlaps(DomainError):
    """Two versions would apply to one dues year (DUE-2)."""

    message = N_("The fee schedule %(code)s overlaps with %(other)s, which is in force from the same day.")
    code = "schedule_overlaps"


def import_schedule(session: Session, document: Mapping[str, Any]) -> str:
    """Take a schedule in as a draft and return its code; the same one again changes nothing.

    A draft of the same code is replaced. Raises `ScheduleWrong` with the JSON pointer, `ScheduleInUse`.
    """
    require(actor_of(session), "schedule.write")
    schedule = read_schedule(document)
    row = session.execute(
        select(FeeScheduleVersion).where(FeeScheduleVersion.code == schedule.code).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        row = FeeScheduleVersion(
            code=schedule.code, state=ScheduleState.DRAFT, created_at=actor_of(session).at
        )
        session.add(row)
        action = "schedule.import"
    elif row.document == dict(document):
        return row.code
    else:
        _require_draft(row)
        row.version += 1
        action = "schedule.change"
    row.name, row.document = schedule.name, dict(document)
    row.valid_from, row.valid_to = schedule.valid_from, schedule.valid_to
    chain.note(session, action, "schedule", row.code)
    return row.code


def _require_draft(row: FeeScheduleVersion) -> None:
    if row.state is not ScheduleState.DRAFT:
        raise ScheduleInUse(code=row.code, state=_WORDS[row.state])


def delete_schedule(session: Session, code: str) -> None:
    """Throw a draft away."""
    require(actor_of(session), "schedule.write")
    row = queries.get_schedule(session, code, lock=True)
    _require_draft(row)
    session.delete(row)
    chain.note(session, "schedule.delete", "schedule", code)


def activate_schedule(session: Session, code: str) -> str | Waiting:
    """Put a draft into force; the version before it for the same cohort ends the day before. Return the state.

    Where a second person is needed it waits and stays a draft.

    One that is in force already stays so. Raises `ScheduleIncomplete` while resolution, its file or due date is
    missing, the resolution is still to come, a check is fatal or further sites would be billed, `ScheduleOverlaps`
    when another version starts on the same day or later.
    """
    require(actor_of(session), "schedule.write")
    guard(session, "schedules")
    row = queries.get_schedule(session, code, lock=True)
    if row.state in {ScheduleState.IN_FORCE, ScheduleState.SUPERSEDED}:
        return str(row.state)
    schedule = read_schedule(row.document)
    _require_complete(schedule)
    ahead = resolution_ahead(schedule, today=actor_of(session).at.date())
    if ahead is not None:
        raise ScheduleIncomplete(code=schedule.code, why=ahead)
    kept = resolution_file(session, schedule)
    if kept is None and needs_resolution_file(session, row.code):
        raise ScheduleIncomplete(code=schedule.code, why=NO_FILE)
    ended = _versions_to_end(session, row, schedule)
    go = require_second(session, _proposal(row, schedule, ended, kept.sha256 if kept else ""))
    if isinstance(go, Waiting):
        return go
    for other in ended:
        _end(session, other, row.valid_from - timedelta(days=1))
    row.state, row.activated_at = ScheduleState.IN_FORCE, actor_of(session).at
    chain.note(
        session,
        "schedule.activate",
        "schedule",
        code,
        facts={"valid_from": row.valid_from, **go.facts},
    )
    return str(row.state)


def _require_complete(schedule: FeeSchedule) -> None:
    for finding in check_schedule(schedule):
        if finding.is_fatal:
            raise ScheduleIncomplete(code=schedule.code, why=finding.text)
    why = _not_recorded(schedule)
    if why is not None:
        raise ScheduleIncomplete(code=schedule.code, why=why)
    for category in schedule.categories.values():
        # No table holds the sizes of further sites, so they would never be billed (DUE-11c).
        if category.further_sites is not None:
            raise ScheduleIncomplete(
                code=schedule.code,
                why=phrase(
                    "Category %(category)s bills further sites (“sites”), and their sizes cannot be recorded yet. "
                    "Take “sites” out.",
                    category=category.code,
                ),
            )


def _not_recorded(schedule: FeeSchedule) -> Phrase | None:
    """Return what a schedule needs that the books do not keep yet, so that it would be billed wrongly; else None."""
    if schedule.follows_joining:
        return phrase(
            "The dues years of this schedule begin on the day of joining (“dues_year_start”), and the yearly run bills "
            "one year for all. It can only be worked out with “dues explain”."
        )
    if any(category.previous_year for category in schedule.categories.values()):
        return phrase(
            "This schedule compares with the annual amount of the year before (“previous_year”), which is not kept "
            "apart from what was billed. Take it out, or decide such cases one by one."
        )
    if any(basis.derived and basis.derived.years for basis in schedule.bases.described.values()):
        return phrase(
            "This schedule takes the mean of several years (“years”), and only one size a year is recorded. "
            "Take it out and record the mean."
        )
    return None


def resolution_ahead(schedule: FeeSchedule, *, today: date) -> Phrase | None:
    """Return what is wrong with a resolution that is still to come: nothing of it can be in force; else None."""
    day = schedule.resolution.on if schedule.resolution else None
    if day is None or day <= today:
        return None
    return phrase(
        "The resolution is dated %(day)s, and that day is still to come. Correct the day, or wait for the resolution.",
        day=day,
    )


def resolution_key(schedule: FeeSchedule) -> Key | None:
    """Return what the resolution of a schedule is known by; None while its organ or day is missing."""
    said = schedule.resolution
    return Key(said.on, organ_of(said.organ), said.item) if said and said.on else None


def resolution_file(session: Session, schedule: FeeSchedule) -> ResolutionRecord | None:
    """Return the kept file of the resolution of a schedule; None when there is none."""
    key = resolution_key(schedule)
    return find_file(session, key) if key else None


def find_without_file(session: Session) -> FeeScheduleVersion | None:
    """Return a version in force whose resolution has no file yet; None when there is none."""
    rows = session.execute(
        select(FeeScheduleVersion)
        .where(FeeScheduleVersion.state == ScheduleState.IN_FORCE)
        .order_by(FeeScheduleVersion.valid_from)
    ).scalars()
    return next((row for row in rows if resolution_file(session, read_schedule(row.document)) is None), None)


def needs_resolution_file(session: Session, code: str) -> bool:
    """Return whether a version cannot come into force without the file: all but the very first (`decisions.md` 29)."""
    return was_any_in_force(session, but=code)


def _versions_to_end(
    session: Session, row: FeeScheduleVersion, schedule: FeeSchedule
) -> list[FeeScheduleVersion]:
    """Return the versions in force that this one follows; those of another cohort stay beside it (DUE-2)."""
    found = []
    others = session.execute(
        select(FeeScheduleVersion).where(FeeScheduleVersion.state == ScheduleState.IN_FORCE)
    ).scalars()
    for other in others:
        if read_schedule(other.document).cohort != schedule.cohort:
            continue
        if other.valid_from >= row.valid_from:
            raise ScheduleOverlaps(code=row.code, other=other.code)
        if other.valid_to is None or other.valid_to >= row.valid_from:
            found.append(other)
    return found


def _proposal(
    row: FeeScheduleVersion, schedule: FeeSchedule, ended: Sequence[FeeScheduleVersion], file_sha256: str
) -> Proposal:
    resolution = schedule.resolution
    return Proposal(
        Action.SCHEDULE,
        "activate_schedule",
        "schedule",
        row.code,
        phrase("Put the fee schedule %(code)s into force", code=row.code),
        {"code": row.code},
        shown=(
            (N_("Name"), row.name),
            (N_("In force from"), row.valid_from),
            (N_("Follows"), ", ".join(other.code for other in ended) or "–"),
            (N_("Resolution"), _resolution_words(resolution)),
        ),
        rests_on={"document": sha256(canonical(row.document).encode()).hexdigest(), "file": file_sha256},
    )


def _resolution_words(resolution: Resolution | None) -> Phrase | str:
    if resolution is None or resolution.on is None:
        return "–"
    return phrase("%(organ)s of %(day)s", organ=resolution.organ or "–", day=resolution.on)


def _end(session: Session, other: FeeScheduleVersion, last_day: date) -> None:
    session.execute(
        update(FeeScheduleVersion)
        .where(FeeScheduleVersion.id == other.id)
        .values(valid_to=last_day, state=ScheduleState.SUPERSEDED)
    )
    chain.note(session, "schedule.supersede", "schedule", other.code, facts={"valid_to": last_day})
