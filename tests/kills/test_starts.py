"""The first start, a migration, a sleeping worker and a torn log: killed and tried again, nothing half is ever used."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from flask_migrate import downgrade
from sqlalchemy import inspect, text

from membership.app import create_app
from membership.persistence import crypto, triggers
from membership.persistence.db import db, read_as
from membership.services import schema
from membership.services.verify import verify
from tests import forks
from tests.conftest import IS_RELEASE, settings_for
from tests.factories import bill_year, make_association, make_member
from tests.kills.test_kills import SEED, killed, outcome, released


def test_fi_11_keys_of_a_first_start_that_is_killed_are_whole_or_not_there(sqlite_app, tmp_path):
    kills = 50 if IS_RELEASE else 10
    result = killed(sqlite_app, "moment", "keys", tmp_path / "keys", kills=kills)
    assert result["kills"] >= kills * 4 // 5, result
    places = list((tmp_path / "keys").glob("*/field_key"))
    assert len(places) > 2 * kills
    for place in places:
        assert len(crypto.load_or_make(place)) == 32
        read = place.parent / "read"  # not there where the kill came before anything was noted
        assert set(read.read_text().split() if read.exists() else ()) <= {place.read_text()}, place


def test_fi_11_four_first_starts_at_once_agree_on_one_key(sqlite_app, tmp_path):
    killed(sqlite_app, "four", "keys_at_once", tmp_path / "keys", kills=4)
    for seen in (tmp_path / "keys").glob("*/read"):
        assert len(set(seen.read_text().split())) == 1, seen


def empty(database) -> None:
    """Take every table away, so that the database is as before the first start."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            db.engine.dispose()
            for path in Path(database[0].removeprefix("sqlite:///")).parent.glob("membership.sqlite3*"):
                path.unlink()
        else:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.commit()
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def bare(database):
    """The application on a database without any table."""
    app = create_app(settings_for(*database))
    with app.app_context():
        empty(database)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_first_start_that_is_killed_again_and_again_makes_the_schema_once(bare):
    """At random moments here; at each statement only for release, because there are some hundred."""
    how, kills = ("statement", 1) if IS_RELEASE else ("moment", 12)
    assert killed(bare, how, "upgrade", kills=kills)["kills"] >= 12
    assert schema.check(db.session()) == []


def rows_of(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return table -> its rows, each with these columns alone."""
    chosen = {table: ", ".join(f'"{name}"' for name in names) for table, names in columns.items()}
    with db.engine.connect() as connection:
        return {
            table: sorted(
                repr(tuple(row)) for row in connection.execute(text(f"SELECT {names} FROM {table}"))
            )
            for table, names in chosen.items()
        }


WRITTEN_BY_A_START = {"alembic_version", "audit_records", "chain_links", "chain_head", "form_results"}


def test_fi_09_inv_32_a_migration_that_is_killed_at_any_statement_can_be_repeated(app, treasurer):
    """On filled books: down to the first schema and up again, killed on the way at every 27th statement, or each."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    books = outcome()
    db.session.remove()
    downgrade(revision="0001")
    with db.engine.connect() as connection:
        found = inspect(connection)
        tables = set(found.get_table_names()) - WRITTEN_BY_A_START
        columns = {table: [column["name"] for column in found.get_columns(table)] for table in tables}
    kept = rows_of(columns)
    every = 1 if IS_RELEASE else 27
    result = killed(app, "statement", "upgrade", kills=every)
    assert result["kills"] >= len(triggers.statements(db.engine.dialect.name)) // every, result
    assert rows_of(columns) == kept
    assert outcome() == books
    assert schema.check(read_as(treasurer)) == []
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_30_a_worker_that_slept_through_its_lease_changes_nothing_when_it_wakes(app, treasurer):
    run_id = released(treasurer, 12)
    assert killed(app, "asleep", "stopped", run_id)["woken"] == 0
    assert [row[0] for row in outcome()["invoices"]] == [f"RE2027-{n:04d}" for n in range(1, 13)]
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_60_a_worker_that_is_told_to_end_stops_at_once_and_the_run_goes_on_later(app, treasurer):
    released(treasurer, 150)
    settings = app.extensions["membership"]
    environment = {
        **os.environ, "MEMBERSHIP_DATABASE_URL": settings.database_url,
        "MEMBERSHIP_STATE_DIR": str(settings.state_dir), "MEMBERSHIP_TESTING": "1", "MEMBERSHIP_TODAY": "2027-01-11",
    }  # fmt: skip
    process = forks.Forked("membership", "worker", "--once", environment=environment)
    deadline = time.monotonic() + 60
    while not outcome()["invoices"] and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)
    issued = len(outcome()["invoices"])
    assert 0 < issued < 150
    assert verify(read_as(treasurer), full=True).findings == []
    with db.engine.connect() as connection:  # the lease of the worker that was ended is over
        connection.execute(text("UPDATE billing_runs SET lane_until = NULL"))
        connection.commit()
    assert forks.run("membership", "worker", "--once", environment=environment, timeout=120).returncode == 0
    assert len(outcome()["invoices"]) == 150
    assert verify(read_as(treasurer), full=True).findings == []


COPIES = 400 if IS_RELEASE else 60


def test_fi_12_a_torn_write_ahead_log_opens_at_an_exact_prefix_of_the_commits(
    sqlite_app, treasurer, tmp_path
):
    path = Path(sqlite_app.extensions["membership"].database_url.removeprefix("sqlite:///"))
    make_association(treasurer)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        first = connection.execute(text("SELECT seq FROM chain_head")).scalar_one()
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", tmp_path / f"kept{suffix}")
    log = (tmp_path / "kept-wal").read_bytes()
    chance = random.Random(SEED)  # noqa: S311 - places, no secrets
    seen = set()
    for number in range(COPIES):
        copy = tmp_path / f"copy-{number}"
        shutil.copy(tmp_path / "kept", copy)
        torn = bytearray(log[: chance.randrange(len(log))])
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(torn) // 2, len(torn)) if len(torn) > 1 else 0
            if torn:
                torn[at] ^= 1 << chance.randrange(8)
        Path(f"{copy}-wal").write_bytes(torn)
        seen.add(_prefix(copy))
        copy.unlink()
    assert min(seen) >= first
    assert len(seen) > 3, (SEED, seen)


def _prefix(copy: Path) -> int:
    """Return how many units of work a torn copy holds, after a look that they are whole."""
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (seq,) = connection.execute("SELECT seq FROM chain_head").fetchone()
    assert connection.execute("SELECT count(*), max(seq) FROM chain_links").fetchone() == (seq, seq)
    assert connection.execute("SELECT coalesce(sum(amount_cents), 0) FROM entry_lines").fetchone() == (0,)
    odd = "SELECT count(*) FROM invoices i LEFT JOIN open_items o ON o.invoice_id = i.id WHERE o.id IS NULL"
    assert connection.execute(odd).fetchone() == (0,)
    connection.close()
    return seq
