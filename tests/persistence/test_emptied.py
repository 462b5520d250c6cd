"""A database of the tests that is used again is as good as a new one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import SERVER, Database, has_postgresql


@pytest.fixture(scope="module")
def pool(tmp_path_factory, worker_id) -> Iterator[Database]:
    if not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    made = Database("postgresql", tmp_path_factory.mktemp("emptied"), f"{worker_id}_emptied")
    yield made
    made.close()


def _plain(address: str) -> str:
    return f"{SERVER}/{address.rsplit('/', 1)[1]}"


def _contents(address: str) -> dict[str, list[str]]:
    with psycopg.connect(_plain(address)) as connection:
        places = connection.execute(
            "SELECT sequencename::text, last_value::text FROM pg_sequences"
        ).fetchall()
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
        rows = {
            name: sorted(row[0] for row in connection.execute(f'SELECT row("{name}".*)::text FROM "{name}"'))
            for (name,) in tables
        }
        return rows | {"sequences": sorted(f"{name} {place}" for name, place in places)}


def test_it_holds_the_rows_and_sequences_of_a_new_one(pool) -> None:
    address, _state = pool.fresh()
    as_new = _contents(address)
    with psycopg.connect(_plain(address)) as connection:
        connection.execute("INSERT INTO guards (name) VALUES ('left by a test')")
        connection.execute("DELETE FROM mail_lane")
        connection.execute("SELECT nextval(seqrelid) FROM pg_sequence")
    assert _contents(address) != as_new
    pool.drop(address)
    again, _state = pool.fresh()
    assert again == address
    assert _contents(again) == as_new
    pool.drop(again)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE members DISABLE TRIGGER ALL",
        "ALTER TABLE invoices ADD COLUMN colour text",
        "DROP INDEX IF EXISTS ix_none; CREATE INDEX ix_none ON members (number)",
        "GRANT SELECT ON members TO public",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA other",
        "ALTER TABLE members ALTER COLUMN name SET DEFAULT 'x'",
    ],
)
def test_a_changed_schema_is_not_used_again(pool, change: str) -> None:
    address, _state = pool.fresh()
    with psycopg.connect(_plain(address)) as connection:
        connection.execute(change)
    pool.drop(address)
    again, _state = pool.fresh()
    assert again != address
    pool.drop(again)
