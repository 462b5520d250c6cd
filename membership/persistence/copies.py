"""Whole databases: copied under load, brought back beside the present one, put in its place in one step.

SQLite by its online backup; PostgreSQL by `pg_dump` and `pg_restore`. Source: `reliability.md` 54, FI-10, FI-15.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from membership.domain.errors import N_, ServiceUnavailable
from membership.persistence.db import prepare

R = TypeVar("R")
_IN_USE: Final = ("55006", "55P03")


class ToolMissing(ServiceUnavailable):
    """`pg_dump` or `pg_restore` is not there, or failed."""

    message = N_("%(tool)s cannot be used (%(why)s). On Debian: apt install postgresql-client.")
    code = "tool"


class DatabaseInUse(ServiceUnavailable):
    """The database cannot be put in place while somebody works with it."""

    message = N_(
        "The database is in use. Stop the server and the workers, then try again; nothing was changed."
    )
    code = "in_use"


def copy_to(engine: Engine, target: Path, look: Callable[[Session], R]) -> R:
    """Write a consistent copy of the database into a new private file; return what `look` sees in that very copy."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if engine.dialect.name == "sqlite":
        return _copy_sqlite(engine, target, look)
    return _copy_postgresql(engine, target, look)


def _copy_sqlite(engine: Engine, target: Path, look: Callable[[Session], R]) -> R:
    source = sqlite3.connect(str(engine.url.database), timeout=10)
    with closing(source), closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with opened(sqlite_url(target)) as beside, Session(beside) as session:
        return look(session)


def _copy_postgresql(engine: Engine, target: Path, look: Callable[[Session], R]) -> R:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(connection) as session:
        session.execute(text("SET idle_in_transaction_session_timeout = 0"))
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        seen = look(session)
        _run_tool("pg_dump", engine.url, "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        session.rollback()
        connection.invalidate()
    return seen


def sqlite_url(path: Path) -> URL:
    """Return the address of a SQLite file."""
    return URL.create("sqlite", database=str(path))


@contextmanager
def opened(url: URL) -> Iterator[Engine]:
    """Open another database with the pragmas of ours, and close it again."""
    engine = create_engine(url)
    prepare(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def bring_back(dump: Path, url: URL, *, beside: str) -> URL:
    """Turn the copy in a file into a database beside the present one and return its address."""
    if url.get_backend_name() == "sqlite":
        target = Path(f"{url.database}.{beside}")
        dump.replace(target)
        return sqlite_url(target)
    name = f"{url.database}_{beside}"
    for options in (("--no-owner",), ("--no-owner", "--no-privileges")):
        _on_server(url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        try:
            _run_tool("pg_restore", url.set(database=name), "--exit-on-error", *options, str(dump), into=True)
            break
        except ToolMissing:
            if "--no-privileges" in options:
                raise
    return url.set(database=name)


def drop(url: URL) -> None:
    """Take a database that was brought back beside away again."""
    if url.get_backend_name() == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{url.database}{suffix}").unlink(missing_ok=True)
    else:
        _on_server(url, f'DROP DATABASE IF EXISTS "{url.database}"')


def put_in_place(new: URL, url: URL, *, kept: str) -> str | None:
    """Put a database into the place of the present one in one step; return the name under which that one is kept.

    Raises `DatabaseInUse` while somebody works with either of them; then nothing was changed.
    """
    if url.get_backend_name() == "sqlite":
        return _put_file(Path(str(new.database)), Path(str(url.database)), kept)
    old = f"{url.database}_{kept}"
    try:
        _on_server(
            url,
            f'ALTER DATABASE "{url.database}" RENAME TO "{old}"',
            f'ALTER DATABASE "{new.database}" RENAME TO "{url.database}"',
            at_once=True,
        )
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _IN_USE:
            raise DatabaseInUse from error
        raise
    return old


def _put_file(new: Path, path: Path, kept: str) -> str | None:
    require_alone(sqlite_url(new))
    old = None
    if path.exists() and path.stat().st_size:
        require_alone(sqlite_url(path))
        old = f"{path}.{kept}"
        os.link(path, old)
    new.replace(path)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return old


def require_alone(url: URL) -> None:
    """Raise `DatabaseInUse` while somebody else has this database open; a SQLite file has its log in it afterwards."""
    if url.get_backend_name() != "sqlite":
        _require_no_session(url)
        return
    if not Path(str(url.database)).exists():
        return
    try:
        with closing(sqlite3.connect(str(url.database), timeout=0)) as connection:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise DatabaseInUse from error
    except sqlite3.DatabaseError:  # no database any more: nobody can work with it
        return
    if mode != "delete":
        raise DatabaseInUse


def _require_no_session(url: URL) -> None:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    engine = create_engine(url.set(database="postgres"))
    try:
        with engine.connect() as connection:
            if connection.execute(query, {"name": url.database}).scalar_one():
                raise DatabaseInUse
    finally:
        engine.dispose()


def _on_server(url: URL, *statements: str, at_once: bool = False) -> None:
    """Run statements beside the database, in one transaction or (databases cannot be made in one) each for itself."""
    level = {} if at_once else {"isolation_level": "AUTOCOMMIT"}
    engine = create_engine(url.set(database="postgres"), **level)
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()
    finally:
        engine.dispose()


def _run_tool(tool: str, url: URL, *arguments: str, into: bool = False) -> None:
    found = shutil.which(tool)
    if found is None:
        raise ToolMissing(tool=tool, why="not found")
    address = make_url(url).set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    place = (f"--dbname={address}",)
    command = [found, *(place if into else ()), *arguments, *(() if into else place)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise ToolMissing(tool=tool, why=(said[0] if said else str(ended.returncode)).rstrip("."))


__all__ = [
    "DatabaseInUse", "OperationalError", "ToolMissing", "bring_back", "copy_to", "drop", "opened", "put_in_place",
    "require_alone", "sqlite_url",
]  # fmt: skip
