"""PostgreSQL with two accounts: the program's own can do all its work and can change, empty or unlock no protected row."""

from __future__ import annotations

import json
import os
from datetime import date

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from membership.app import create_app
from membership.cli.main import main
from membership.domain.payments import Method
from membership.persistence.db import close, db, read_as, write
from membership.persistence.triggers import APPEND_ONLY
from membership.services import backup, payments, schema
from membership.services.verify import verify
from tests.conftest import SERVER, has_postgresql, settings_for
from tests.factories import bill_year, make_association, make_member

DAY = date(2027, 1, 11)
ROLE = f"bb_program_{os.getpid()}"


def owned(address: str, statement: str) -> None:
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def as_program(databases, monkeypatch, capsys):
    """The application as the program's account, on a database whose tables belong to another."""
    if not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    address, state = databases["postgresql"].fresh()
    owned(address, f'CREATE ROLE "{ROLE}" LOGIN')
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    assert main(["db", "upgrade"]) == 0
    owned(address, f'GRANT UPDATE, DELETE ON entries TO "{ROLE}"')  # too much, from before
    assert main(["db", "grant", ROLE]) == 0
    capsys.readouterr()
    url = make_url(address).set(username=ROLE, password=None).render_as_string(hide_password=False)
    app = create_app(settings_for(url, state))
    with app.app_context():
        yield app
        close()
    owned(address, f'DROP OWNED BY "{ROLE}"')
    databases["postgresql"].drop(address)
    owned(f"{SERVER}/postgres", f'DROP ROLE "{ROLE}"')


def test_inv_08_the_programs_account_does_all_the_work_and_can_change_no_booked_row(as_program, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    payment = write(treasurer, payments.record_payment, member_id, 70000, **paid)
    write(treasurer, payments.unallocate, payment, "RE2027-0001", today=DAY)
    write(treasurer, payments.reverse_payment, payment, reason="vertippt", today=DAY)
    session = read_as(treasurer)
    assert verify(session, full=True).findings == []
    schema.require_present(session)
    assert not schema.warn_of_superuser(session)
    session.rollback()
    refused = {}
    for statement in forbidden():
        with db.engine.connect() as connection, pytest.raises(DBAPIError) as raised:
            connection.execute(text(statement))
        refused[statement] = raised.value.orig.sqlstate
    assert set(refused.values()) <= {"42501"}, refused  # insufficient privilege, before any trigger is asked
    assert verify(read_as(treasurer), full=True).findings == []


def test_a_backup_needs_no_more_than_the_programs_account(as_program, cli_job, tmp_path):
    manifest = backup.make_backup(read_as(cli_job), tmp_path / "one.bbk", at=cli_job.at, program="test")
    assert manifest.size > 10_000


def forbidden():
    for table in APPEND_ONLY:
        yield f"UPDATE {table} SET {'seq = seq' if table == 'chain_links' else 'entry_id = 1' if table == 'entry_lines' else 'id = id'}"
        yield f"DELETE FROM {table}"
        yield f"TRUNCATE {table} CASCADE"
        yield f"ALTER TABLE {table} DISABLE TRIGGER ALL"
        yield f"DROP TABLE {table}"
    yield "DROP TRIGGER entry_balances ON entries"
    yield "CREATE OR REPLACE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    yield "SET session_replication_role = replica"
    yield "UPDATE alembic_version SET version_num = '0'"
    yield "CREATE TABLE more (id integer)"


def test_a_superuser_is_named_in_the_log(app, treasurer, caplog):
    is_named = schema.warn_of_superuser(read_as(treasurer))
    assert is_named == ("superuser" in caplog.text) == (db.engine.dialect.name == "postgresql")


@pytest.mark.parametrize("role", ["nobody_here", 'x"; DROP TABLE members; --'])
def test_an_account_that_there_is_not_is_named(app, monkeypatch, capsys, role):
    settings = app.extensions["membership"]
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", settings.database_url)
    assert main(["db", "grant", role, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "role_unknown"
