"""Settings of the association: first values, changes, the logo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.policy import Actor, Job, require
from membership.domain.settings import KINDS, SettingValue, check_german, checked
from membership.persistence import chain
from membership.persistence.db import actor_of, write
from membership.persistence.models.settings import Setting


def first_values(values: Mapping[str, object], *, at: datetime) -> None:
    """Copy the first values of `config/default.toml` [association] into the database; known settings stay."""
    actor = Actor(name="setup", at=at, request_id="start", job=Job.SETUP)
    write(actor, add_missing_settings, values)


def add_missing_settings(session: Session, values: Mapping[str, object]) -> None:
    """Add every setting that the database does not know yet."""
    known = set(session.execute(select(Setting.key)).scalars())
    missing = [key for key in KINDS if key not in known]
    if not missing:
        return
    at = actor_of(session).at
    session.execute(
        insert(Setting),
        [{"key": key, "value": checked(key, values[key]), "changed_at": at} for key in missing],
    )
    chain.note(session, "settings.first_values", "settings", "association", facts={"count": len(missing)})


def change_settings(session: Session, changes: Mapping[str, object]) -> list[str]:
    """Change settings and return the keys that are different now; each leaves old and new in the audit log."""
    require(actor_of(session), "settings.write")
    before: dict[str, object] = dict(session.execute(select(Setting.key, Setting.value)).all())
    after: dict[str, SettingValue] = {key: checked(key, value) for key, value in changes.items()}
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    check_german({**before, **after}, changed)
    at = actor_of(session).at
    for key, value in changed.items():
        session.execute(update(Setting).where(Setting.key == key).values(value=value, changed_at=at))
    if changed:
        values = {key: (before.get(key), value) for key, value in changed.items()}
        chain.note(session, "settings.change", "settings", ", ".join(sorted(changed)), values=values)
    return sorted(changed)
