"""LOAD-07 on PostgreSQL: a hundred signed messages of Stripe a second for two minutes, to two web processes in turn.

What is measured is that of `webhooks`; both processes use one database, so a message that is sent twice may reach both.
The server is the one of the tests (`MEMBERSHIP_TEST_POSTGRESQL`, else this machine); the database is made and dropped.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.measure import Result
from bench.webhooks import GOAL, steady

NAME = "load_07_webhooks_postgresql"
PER_SECOND = 100
PROCESSES = 2
_SERVER: Final = os.environ.get("MEMBERSHIP_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")


def missing() -> str:
    """Return what this machine lacks."""
    try:
        import psycopg

        psycopg.connect(f"{_SERVER}/postgres", connect_timeout=3).close()
    except (ImportError, OSError, psycopg.OperationalError):
        return "a PostgreSQL server"
    return ""


@contextmanager
def database() -> Iterator[str]:
    """Make a database, return its address, and drop it."""
    import psycopg

    name = f"bb_bench_{secrets.token_hex(4)}"
    with psycopg.connect(f"{_SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{_SERVER.replace('postgresql://', 'postgresql+psycopg://')}/{name}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def measure() -> Result:
    """Return the ratio of one long round."""
    with tempfile.TemporaryDirectory() as folder, database() as address:
        return steady(Path(folder), address, per_second=PER_SECOND, processes=PROCESSES)


__all__ = ["GOAL", "NAME", "measure", "missing"]
