"""The database handle and `write()`: the only place that begins and commits.

Source: `reliability.md` 5.1 to 5.3, 5.7; `architecture.md` "A slice from end to end".
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from membership.domain.errors import OnlyLooking
from membership.domain.policy import Actor
from membership.persistence import chain, form_tokens
from membership.persistence.columns import Base
from membership.persistence.models.settings import Guard
from membership.persistence.queries.visible import limit_reads

P = ParamSpec("P")
R = TypeVar("R")

MAX_TRIES: Final = 5
_BUSY_PG: Final = {"40001", "40P01", "55P03"}


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
event.listen(Session, "do_orm_execute", limit_reads)


def prepare(engine: Engine) -> None:
    """Set the pragmas of each connection and how a transaction begins (`reliability.md` 5.2, 5.3)."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "connect", _postgresql_connect)


def _sqlite_connect(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own object
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=10000",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _postgresql_connect(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own object
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '30s'")
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
        cursor.execute("SET timezone = 'UTC'")
    connection.commit()


def actor_of(session: Session) -> Actor:
    """Return who acts in this session; a session without an actor must not write."""
    actor = session.info.get("actor")
    assert isinstance(actor, Actor), "no actor in this session"
    return actor


def read_as(actor: Actor) -> Session:
    """Return the session of this request or command for reading, with the actor in it (`queries/visible.py`)."""
    session = cast("Session", db.session())
    session.info["actor"] = actor
    return session


def write(
    actor: Actor, use_case: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run one use case as one unit of work, commit it and return its result.

    Ends the open read, begins a write, runs the use case, adds the audit rows and one link of the chain, commits.
    Runs it again, up to five times, when the database was busy; so the use case must not act outside the database.
    A repeated form token gives the first result; with other content it raises `form_tokens.TokenReused`.
    """
    return _tried(actor, use_case, args, kwargs, is_rehearsal=False)


def rehearse(
    actor: Actor, use_case: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run one use case like `write`, take everything back and return what the result would be (`--dry-run`)."""
    return _tried(actor, use_case, args, kwargs, is_rehearsal=True)


def _tried(
    actor: Actor,
    use_case: Callable[..., R],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    is_rehearsal: bool,
) -> R:
    session = cast("Session", db.session())
    for attempt in range(1, MAX_TRIES + 1):
        try:
            result = _unit(session, actor, use_case, args, kwargs)
            if is_rehearsal:
                session.rollback()
            else:
                session.commit()
        except DBAPIError as error:
            session.rollback()
            if error.connection_invalidated and (
                kept := _kept_result(session, actor, use_case, args, kwargs)
            ):
                return cast("R", kept.value)
            if attempt == MAX_TRIES or not is_busy(error):
                raise
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - a pause, not a secret
        except BaseException:
            session.rollback()
            raise
        else:
            return result
        finally:
            session.info.pop("unit", None)
            session.info["actor"] = actor
    raise AssertionError(use_case)


def _kept_result(
    session: Session,
    actor: Actor,
    use_case: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> form_tokens.FirstResult | None:
    """Return what was committed although the connection broke before the answer came (FI-20)."""
    try:
        asked = form_tokens.fingerprint(use_case.__name__, args, kwargs)
        return form_tokens.find_result(session, actor, asked=asked)
    except DBAPIError:
        return None
    finally:
        session.rollback()


def close() -> None:
    """Let go of the database of this application: a file can only be replaced while nobody holds it."""
    db.session.remove()
    db.engine.dispose()


def is_busy(error: DBAPIError) -> bool:
    """Return whether trying again can help: SQLite busy, PostgreSQL serialisation failure, deadlock or lock wait."""
    if isinstance(error, OperationalError) and "database is locked" in str(error.orig):
        return True
    return getattr(error.orig, "sqlstate", None) in _BUSY_PG


def _unit(
    session: Session,
    actor: Actor,
    use_case: Callable[..., R],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> R:
    session.rollback()
    if actor.is_looking:
        raise OnlyLooking
    name = use_case.__name__
    session.info["actor"] = actor if actor.reason else actor.because(name)
    session.info["unit"] = chain.Unit(use_case=name)
    session.connection(execution_options={"write": True})
    asked = form_tokens.fingerprint(name, args, kwargs) if actor.form_token else ""
    if asked and (first := form_tokens.first_result(session, actor, asked)) is not None:
        return cast("R", first.value)
    result = use_case(session, *args, **kwargs)
    session.flush()
    if asked:
        form_tokens.keep_result(session, actor, result)
    chain.close(session)
    return result


def locked(session: Session, model: type[Base], row_id: int) -> bool:
    """Lock one row for the rest of the unit of work and return whether it exists (SQLite: the unit is the lock)."""
    return session.execute(_lock(model), {"row_id": row_id}).first() is not None


@cache
def _lock(model: type[Base]) -> Select[Any]:
    column = model.__table__.c.id
    return select(column).where(column == bindparam("row_id")).with_for_update()


_LOCK_GUARD: Final = select(Guard.id).where(Guard.name == bindparam("of_rule")).with_for_update()


def guard(session: Session, name: str) -> None:
    """Lock the guard row of a rule over several rows, before the rule is checked (`reliability.md` 46)."""
    session.execute(_LOCK_GUARD, {"of_rule": name}).one()


def changed_one(session: Session, statement: Update) -> bool:
    """Run an UPDATE that must hit one row and return whether it did (`reliability.md` 4, 30)."""
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount == 1


def insert_missing(session: Session, model: type[Base], values: Mapping[str, object]) -> None:
    """Insert one row; do nothing when its key exists, whoever was first (`reliability.md` 4)."""
    connection = session.connection()
    connection.execute(_insert_missing(model, connection.dialect.name), dict(values))


@cache
def _insert_missing(model: type[Base], dialect: str) -> Insert:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(cast("Table", model.__table__)).on_conflict_do_nothing()


__all__ = [
    "Session", "actor_of", "changed_one", "close", "db", "guard", "insert_missing", "is_busy", "locked",
    "prepare", "read_as", "rehearse", "write",
]  # fmt: skip
