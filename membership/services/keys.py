"""The keys of an installation: marked once, compared at each start, never made anew over data that need the old one.

Source: `reliability.md` 5.11 (51), FI-51.
"""

from __future__ import annotations

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from membership.domain.policy import require
from membership.persistence import crypto
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.members import Member
from membership.persistence.models.operation import KeyMark
from membership.persistence.models.users import User

FIELD, BACKUP = "field_key", "backup_key"


def marks(session: Session) -> dict[str, str]:
    """Return key name -> its mark, of the keys that this process has."""
    keys = crypto.keys_of(session)
    return {FIELD: crypto.mark_of(keys.field), BACKUP: crypto.mark_of(keys.backup)}


def keep_marks(session: Session) -> None:
    """Mark the keys that no mark is kept of; a mark that is there stays."""
    require(actor_of(session), "settings.operate")
    for name, mark in marks(session).items():
        insert_missing(session, KeyMark, {"name": name, "mark": mark, "at": actor_of(session).at})


def other_keys(session: Session) -> list[str]:
    """Return the names of keys that are not those the data were made with."""
    kept = dict(session.execute(select(KeyMark.name, KeyMark.mark)).all())
    return [name for name, mark in marks(session).items() if kept.get(name, mark) != mark]


def require_field_key(session: Session) -> None:
    """Raise `KeyMissing` when the field key is another than the one the data were encrypted with."""
    if FIELD in other_keys(session):
        raise crypto.KeyMissing(name=FIELD)


def is_needed(session: Session) -> bool:
    """Return whether the database holds data that a new field key could not read; False for an empty database."""
    present = set(inspect(session.connection()).get_table_names())
    if KeyMark.__tablename__ in present and session.get(KeyMark, FIELD) is not None:
        return True
    if not {Member.__tablename__, User.__tablename__} <= present:
        return False
    sealed = (
        select(Member.id).where(Member.iban_sealed.is_not(None)).limit(1),
        select(User.id).where(User.totp_sealed.is_not(None)).limit(1),
    )
    return any(session.execute(statement).first() is not None for statement in sealed)
