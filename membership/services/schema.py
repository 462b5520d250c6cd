"""The schema: brought up to date, compared with what the program ships, and checked at each start."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade as run_migrations
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError, ServiceUnavailable
from membership.domain.policy import Actor, Job
from membership.domain.settings import KINDS
from membership.persistence import grants, triggers
from membership.persistence.db import write
from membership.persistence.models import Base
from membership.persistence.models.settings import Setting
from membership.services import keys, settings

_logger = logging.getLogger(__name__)
_NAMED: Final = 3
_QUIET: Final = ("alembic", "alembic.runtime.migration")


class SchemaOutdated(ServiceUnavailable):
    """The database is not at the schema of this program."""

    message = N_("The database is not up to date. Run “membership db upgrade”, then start again.")
    code = "schema"


class TriggersWrong(ServiceUnavailable):
    """Triggers are missing or changed: somebody was at the database by hand (FI-59)."""

    message = N_(
        "Somebody changed the rules inside the database (%(names)s). Nothing is written. Run “membership verify "
        "--full” and look at what it finds; “membership db upgrade” puts the rules back."
    )
    code = "triggers"


def upgrade(values: Mapping[str, object], *, at: datetime) -> str:
    """Bring the database to the present schema, make all triggers anew, add missing settings; return the revision."""
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    run_migrations()
    settings.first_values(values, at=at)
    write(Actor(name="setup", at=at, request_id="start", job=Job.SETUP), keys.keep_marks)
    return head()


@cache
def head() -> str:
    """Return the revision that this program brings; looked up once, it takes a tenth of a second."""
    found = _scripts().get_current_head()
    assert found, "no migration"
    return found


def revisions() -> set[str]:
    """Return every revision that this program knows."""
    return {script.revision for script in _scripts().walk_revisions()}


def revision_of(session: Session) -> str | None:
    """Return the revision a database is at; None while it is empty."""
    return _revision(session.connection())


def is_new(session: Session) -> bool:
    """Return whether the database holds no table yet."""
    return not inspect(session.connection()).get_table_names()


def require_present(session: Session) -> None:
    """Raise unless the database is at the present revision, its triggers are in place and the key is the right one.

    Raises `SchemaOutdated`, `TriggersWrong`, `crypto.KeyMissing`.
    """
    require_reachable(session)
    if wrong := triggers.differences(session.connection()):
        raise TriggersWrong(names=", ".join(wrong[:_NAMED]) + (", …" if len(wrong) > _NAMED else ""))
    keys.require_field_key(session)


def require_reachable(session: Session) -> None:
    """Raise `SchemaOutdated` unless the database is at the present revision; its triggers may be wrong."""
    if _revision(session.connection()) != head():
        raise SchemaOutdated


class RoleUnknown(InputError):
    """There is no such account, or this database knows none."""

    message = N_("The database has no account “%(name)s”. Make it first; docs/operation.md says how.")
    code = "role_unknown"


def grant(session: Session, role: str) -> int:
    """Give the program's account on PostgreSQL its rights and return on how many tables; raise `RoleUnknown`."""
    connection = session.connection()
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    if connection.dialect.name == "sqlite" or connection.execute(query, {"name": role}).first() is None:
        raise RoleUnknown(name=role)
    count = grants.grant(connection, role)
    session.commit()
    return count


def warn_of_superuser(session: Session) -> bool:
    """Return whether the program runs with an account that no rule of the database binds, and say so in the log."""
    if not grants.is_superuser(session.connection()):
        return False
    _logger.warning(
        "The program runs as a superuser of PostgreSQL: give it an account of its own (db grant)."
    )
    return True


def check(session: Session) -> list[str]:
    """Return what differs from the shipped schema, triggers and settings, one sentence each."""
    connection = session.connection()
    if _revision(connection) != head():
        return [f"revision: expected {head()}, found {_revision(connection)}"]
    found = [f"trigger {name}: missing or changed" for name in triggers.differences(connection)]
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found += [f"schema: {difference!r}" for difference in compare_metadata(context, Base.metadata)]
    found += [f"{name}: not the key that the data were made with" for name in keys.other_keys(session)]
    known = set(session.execute(select(Setting.key)).scalars())
    found += [f"setting {key}: missing" for key in sorted(KINDS.keys() - known)]
    return found + [f"setting {key}: unknown" for key in sorted(known - KINDS.keys())]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    folder = Path(triggers.__file__).parent
    return ScriptDirectory(str(folder / "migrations"))
