"""Faults at single statements: an operation is run again and again, and each of its statements fails once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy import event, inspect, text

from membership.persistence.columns import Base
from membership.persistence.db import db

TABLES = sorted(Base.metadata.tables)

_HASH = "(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t)"


class Fault(Exception):
    """What is thrown at the chosen statement."""


def state() -> dict[str, str]:
    """Return table -> hash of all its rows: two databases with equal states hold the same."""
    found = {}
    with db.engine.connect() as connection:
        present = set(inspect(connection).get_table_names())
        tables = [table for table in TABLES if table in present]
        if tables and connection.dialect.name == "postgresql":
            hashes = ", ".join(_HASH.format(table) for table in tables)
            return dict(zip(tables, connection.execute(text(f"SELECT {hashes}")).one(), strict=True))
        for table in tables:
            rows = sorted(repr(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}")))
            found[table] = sha256("\n".join(rows).encode()).hexdigest()
    return found


@contextmanager
def failing(
    number: int | None, error: Callable[[], Exception] = Fault, *, after: bool = False
) -> Iterator[list[str]]:
    """Raise at the n-th statement (before or after it was run), or at the commit behind the last; None only counts."""
    seen: list[str] = []

    def run(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        seen.append(statement)
        if len(seen) == number:
            raise error()

    def commit(_connection) -> None:
        seen.append("COMMIT")
        if len(seen) == number:
            raise error()

    moment = "after_cursor_execute" if after else "before_cursor_execute"
    event.listen(db.engine, moment, run)
    event.listen(db.engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(db.engine, moment, run)
        event.remove(db.engine, "commit", commit)
