"""Versions of the fee schedule as pages list and show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.invoicing import ASKING
from membership.persistence.models.dues import FeeScheduleVersion
from membership.persistence.models.invoicing import Invoice


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version: where it stands and its stored form."""

    id: int
    code: str
    name: str
    state: str
    valid_from: date
    valid_to: date | None
    activated_at: datetime | None
    version: int
    document: Mapping[str, Any]


_LINE = select(
    FeeScheduleVersion.id,
    FeeScheduleVersion.code,
    FeeScheduleVersion.name,
    FeeScheduleVersion.state,
    FeeScheduleVersion.valid_from,
    FeeScheduleVersion.valid_to,
    FeeScheduleVersion.activated_at,
    FeeScheduleVersion.version,
    FeeScheduleVersion.document,
)


def list_versions(session: Session) -> list[VersionLine]:
    """Return all versions, the newest first."""
    order = (FeeScheduleVersion.valid_from.desc(), FeeScheduleVersion.id.desc())
    return [VersionLine(*row) for row in session.execute(_LINE.order_by(*order))]


def get_version(session: Session, version_id: int) -> VersionLine:
    """Return one version; raise `NotFound` when there is none."""
    row = session.execute(_LINE.where(FeeScheduleVersion.id == version_id)).first()
    if row is None:
        raise NotFound(what="fee schedule", key=version_id)
    return VersionLine(*row)


def id_of_version(session: Session, code: str) -> int:
    """Return the id of the version with a code; raise `NotFound` when there is none."""
    found = session.execute(select(FeeScheduleVersion.id).where(FeeScheduleVersion.code == code)).scalar()
    if found is None:
        raise NotFound(what="fee schedule", key=code)
    return found


def count_billed(session: Session, code: str, *, first_year: int, last_year: int | None) -> int:
    """Return how many invoices of these dues years were worked out by other versions than this one."""
    statement = select(func.count(Invoice.id)).where(
        Invoice.dues_year >= first_year, Invoice.schedule_code != code, Invoice.kind.in_(ASKING)
    )
    if last_year is not None:
        statement = statement.where(Invoice.dues_year <= last_year)
    return session.execute(statement).scalar_one()
