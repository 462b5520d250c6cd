"""Resolutions as they were recorded, and what names one: schedules, levies, waivers, decisions, exclusions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from membership.domain.claims import EventKind
from membership.domain.errors import N_, NotFound
from membership.domain.members import EndCause
from membership.domain.resolutions import Key, key_in, organ_of
from membership.persistence.models.billing import Levy
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.dues import FeeScheduleVersion
from membership.persistence.models.members import Member, Membership, Override
from membership.persistence.models.resolutions import ResolutionRecord

KIND_SCHEDULE, KIND_LEVY, KIND_WAIVER = N_("Fee schedule"), N_("Levy"), N_("Waiver")
KIND_DECISION, KIND_EXCLUSION = N_("Decision for one member"), N_("Exclusion")


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that rests on a resolution: its kind in words, and the number or code that names it."""

    key: Key
    kind: str
    ref: str
    row_id: int = 0

    @property
    def is_of_member(self) -> bool:
        """Return whether `ref` is the number of a member."""
        return self.kind in {KIND_WAIVER, KIND_DECISION, KIND_EXCLUSION}


def list_records(session: Session) -> list[ResolutionRecord]:
    """Return all rows without their files, the latest resolution first, of the same one what was recorded last."""
    order = (ResolutionRecord.decided_on.desc(), ResolutionRecord.id.desc())
    statement = select(ResolutionRecord).options(defer(ResolutionRecord.content_sealed)).order_by(*order)
    return list(session.execute(statement).scalars())


def get_record(session: Session, resolution_id: int) -> ResolutionRecord:
    """Return one row; raise `NotFound` when there is none."""
    found = session.get(ResolutionRecord, resolution_id)
    if found is None:
        raise NotFound(what="resolution", key=resolution_id)
    return found


def key_of(row: ResolutionRecord) -> Key:
    """Return what a recorded resolution is known by."""
    return Key(row.decided_on, row.organ, row.item)


def find_file(session: Session, key: Key) -> ResolutionRecord | None:
    """Return what was recorded last with a file about a resolution; None when there is none."""
    statement = select(ResolutionRecord).where(
        ResolutionRecord.decided_on == key.on, ResolutionRecord.sha256 != ""
    )
    rows = session.execute(
        statement.options(defer(ResolutionRecord.content_sealed)).order_by(ResolutionRecord.id.desc())
    ).scalars()
    return next((row for row in rows if key_of(row).covers(key)), None)


def was_any_in_force(session: Session, *, but: str) -> bool:
    """Return whether another fee schedule was ever put into force."""
    statement = select(FeeScheduleVersion.id).where(
        FeeScheduleVersion.activated_at.is_not(None), FeeScheduleVersion.code != but
    )
    return session.execute(statement.limit(1)).first() is not None


def list_uses(session: Session) -> list[Use]:
    """Return all that names a resolution by its organ and day, in the order of the kinds."""
    return [*_schedules(session), *_levies(session), *_waivers(session), *_of_members(session)]


def _schedules(session: Session) -> Iterator[Use]:
    rows = session.execute(
        select(FeeScheduleVersion.id, FeeScheduleVersion.code, FeeScheduleVersion.document)
        .where(FeeScheduleVersion.activated_at.is_not(None))
        .order_by(FeeScheduleVersion.id)
    )
    for row_id, code, document in rows:
        key = _key_in_document(document)
        if key is not None:
            yield Use(key, KIND_SCHEDULE, code, row_id)


def _levies(session: Session) -> Iterator[Use]:
    for code, document in session.execute(select(Levy.code, Levy.document).order_by(Levy.code)):
        key = _key_in_document(document)
        if key is not None:
            yield Use(key, KIND_LEVY, code)


def _key_in_document(document: dict[str, object]) -> Key | None:
    said = document.get("resolution")
    if not isinstance(said, dict) or not said.get("date"):
        return None
    return Key(
        date.fromisoformat(str(said["date"])), organ_of(str(said["organ"])), str(said.get("item") or "")
    )


def _waivers(session: Session) -> Iterator[Use]:
    taken_back = select(ItemEvent.reverses_id).where(ItemEvent.reverses_id.is_not(None))
    statement = (
        select(ItemEvent.resolution, Member.number)
        .join(Member, Member.id == ItemEvent.member_id)
        .where(
            ItemEvent.kind == EventKind.WAIVER,
            ItemEvent.reverses_id.is_(None),
            ItemEvent.id.not_in(taken_back),
        )
        .order_by(ItemEvent.id)
    )
    for text, number in session.execute(statement):
        key = key_in(text)
        if key is not None:
            yield Use(key, KIND_WAIVER, number)


def _of_members(session: Session) -> Iterator[Use]:
    decided = select(Override.organ, Override.decided_on, Member.number).join(
        Member, Member.id == Override.member_id
    )
    for organ, day, number in session.execute(decided.order_by(Override.id)):
        if organ and day is not None:
            yield Use(Key(day, organ_of(organ)), KIND_DECISION, number)
    excluded = (
        select(Membership.state_note, Member.number)
        .join(Member, Member.id == Membership.member_id)
        .where(Membership.end_cause == EndCause.EXCLUSION)
    )
    for note, number in session.execute(excluded.order_by(Membership.id)):
        key = key_in(note)
        if key is not None:
            yield Use(key, KIND_EXCLUSION, number)
