"""Drafts of fee schedules made on pages: added under a free code, changed only by who saw the newest version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.dues.indexation import indexed
from membership.domain.dues.schedule import FeeSchedule, read_schedule
from membership.domain.dues.schedule.form import Rounding
from membership.domain.dues.year import DuesYear
from membership.domain.errors import N_, Conflict, InputError, NotFound
from membership.domain.policy import require
from membership.persistence.db import actor_of
from membership.persistence.queries import dues as queries
from membership.services.schedules import import_schedule


class CodeTaken(InputError):
    """Another version has this code already."""

    message = N_("There is a fee schedule %(code)s already. Choose another short name.")
    code = "schedule_code"


@dataclass(frozen=True, slots=True)
class Example:
    """A schedule to start from."""

    name: str
    schedule: FeeSchedule


def list_examples(folder: Path) -> list[Example]:
    """Return the examples that ship with the program, by name."""
    return [_example(path) for path in sorted(folder.glob("*.json"))]


def get_example(folder: Path, name: str) -> Example:
    """Return one example; raise `NotFound` when there is none of that name."""
    for path in folder.glob("*.json"):
        if path.stem == name:
            return _example(path)
    raise NotFound(what="example", key=name)


def _example(path: Path) -> Example:
    return Example(path.stem, read_schedule(json.loads(path.read_text("utf-8"))))


def add_draft(session: Session, document: Mapping[str, Any]) -> str:
    """Keep a new draft and return its code; raises `CodeTaken`, `ScheduleWrong`."""
    require(actor_of(session), "schedule.write")
    code = read_schedule(document).code
    if any(row.code == code for row in queries.list_schedules(session)):
        raise CodeTaken(code=code)
    return import_schedule(session, document)


def index_schedule(
    session: Session, code: str, *, new_code: str, year: int, share: Fraction, rounding: Rounding
) -> str:
    """Keep a draft with the amounts of a version raised (DUE-18) and return its code; raises `CodeTaken`."""
    require(actor_of(session), "schedule.write")
    schedule = read_schedule(queries.get_schedule(session, code).document)
    valid_from = DuesYear(year, schedule.starts).first
    document = indexed(schedule.document, share, rounding=rounding, code=new_code, valid_from=valid_from)
    return add_draft(session, document)


def change_draft(session: Session, code: str, document: Mapping[str, Any], *, version: int) -> str:
    """Change a draft; raises `Conflict` when somebody changed it since, `ScheduleInUse` when it is no draft."""
    require(actor_of(session), "schedule.write")
    if queries.get_schedule(session, code, lock=True).version != version:
        raise Conflict
    return import_schedule(session, document)
