"""Backup and restore by their commands, on both databases: consistent, encrypted, verified, put in place in one step."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import sqlite3
import sys
from datetime import date

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from membership import clock
from membership.cli.main import main
from membership.domain.payments import Method
from membership.domain.policy import Actor, Job
from membership.persistence import copies, crypto
from membership.persistence.db import close, db, read_as, write
from membership.services import backup, dispatch, keys, payments, restoring, schema
from membership.services.anchors import FILE
from tests.factories import bill_year, make_association, make_member
from tests.kills.test_kills import outcome

DAY = date(2027, 1, 11)


def filled(app, treasurer, monkeypatch):
    """Make books with an invoice, and the environment in which commands find them."""
    settings = app.extensions["membership"]
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", settings.database_url)
    write(Actor(name="setup", at=treasurer.at, request_id="t", job=Job.SETUP), keys.keep_marks)
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    db.session.remove()
    yield treasurer
    close()
    _drop_leftovers(settings.database_url)


@pytest.fixture
def books(app, treasurer, monkeypatch):
    """Books on both databases."""
    yield from filled(app, treasurer, monkeypatch)


@pytest.fixture
def one_kind(sqlite_app, treasurer, monkeypatch):
    """Books on SQLite, for what does not depend on the database."""
    yield from filled(sqlite_app, treasurer, monkeypatch)


def _drop_leftovers(address: str) -> None:
    if not address.startswith("sqlite"):
        import psycopg

        from tests.conftest import SERVER

        name = address.rsplit("/", 1)[1]
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            of_mine = "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}\\_%"]
            for (other,) in connection.execute(*of_mine).fetchall():
                connection.execute(f'DROP DATABASE "{other}" WITH (FORCE)')


def run(capsys, *argv) -> tuple[int, dict]:
    """Run a command; return its code and what it printed as JSON."""
    close()
    capsys.readouterr()
    code = main([*argv, "--json"])
    out, _err = capsys.readouterr()
    return code, json.loads(out)


def pay(actor, cents=100) -> None:
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    write(actor, payments.record_payment, 1, cents, **paid)
    db.session.remove()


def test_inv_31_a_backup_brings_everything_back(app, books, capsys, tmp_path):
    before, file = outcome(), tmp_path / "one.bbk"
    code, said = run(capsys, "backup", str(file))
    assert (code, said["database"], said["anchor"]["numbers"]["RE 2027"]) == (0, db.engine.dialect.name, 1)
    assert file.stat().st_mode & 0o777 == 0o600
    pay(books)
    assert outcome() != before
    code, said = run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")
    assert (code, said["restored"], said["lost"]["entry"]) == (0, True, [1, 3])
    assert outcome() == before
    assert main(["verify", "--full"]) == 0
    assert main(["db", "check"]) == 0
    assert said["kept"]


def test_inv_27_a_backup_holds_nothing_in_clear_text(sqlite_app, one_kind, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    data = file.read_bytes()
    for planted in (b"Hansa Blechformteile", b"RE2027-0001", b"%PDF", b"SQLite format", b"PGDMP"):
        assert planted not in data


def test_a_restore_over_later_numbers_is_refused_and_names_them(sqlite_app, one_kind, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    pay(one_kind)
    before = outcome()
    code, said = run(capsys, "restore", str(file))
    assert (code, said["error"]["code"]) == (3, "numbers_since")
    assert "entry: 2 – 3" in said["error"]["message"]
    assert outcome() == before


def test_numbers_that_only_the_anchors_know_are_named_too(sqlite_app, one_kind, capsys, tmp_path):
    """The database is lost; the anchor in the state folder still says that numbers were given."""
    file, later = tmp_path / "one.bbk", tmp_path / "two.bbk"
    run(capsys, "backup", str(file))
    pay(one_kind)
    run(capsys, "backup", str(later))
    with db.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER series_counts_up")
        connection.execute(text("UPDATE number_series SET last = first"))
        connection.commit()
    code, said = run(capsys, "restore", str(file))
    assert (code, said["error"]["code"]) == (3, "numbers_since")


def test_a_restore_can_be_rehearsed(app, books, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    before = outcome()
    code, said = run(capsys, "restore", str(file), "--dry-run")
    assert (code, said["restored"], said["checked"]["INV-07"] > 5) == (0, False, True)
    assert outcome() == before
    assert list(app.extensions["membership"].state_dir.glob("*restore*")) == []


def test_after_a_restore_old_sessions_and_anchors_are_closed(app, books, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    state = app.extensions["membership"].state_dir
    with db.engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO users (uid, email, name, language, is_active, has_keys_on, failed_count, created_at, version)"
                " VALUES ('u', 'a@b.example', 'A', 'de', true, true, 0, '2027-01-11 00:00:00', 1)"
            )
        )
        connection.execute(text("INSERT INTO user_roles (user_id, role) SELECT id, 'admin' FROM users"))
        connection.execute(
            text(
                "INSERT INTO user_sessions (id_hash, user_id, created_at, last_seen_at, has_second_factor, notices) "
                "SELECT 'h', id, created_at, created_at, true, '[]' FROM users"
            )
        )
        connection.commit()
        connection.execute(text("UPDATE billing_runs SET sends = true"))
        connection.commit()
    write(books, dispatch.send_invoices, ["RE2027-0001"])
    db.session.remove()
    run(capsys, "backup", str(file))
    assert run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")[0] == 0
    with db.engine.connect() as connection:
        left = "SELECT (SELECT count(*) FROM user_sessions WHERE revoked_at IS NULL), (SELECT count(*) FROM billing_runs WHERE sends)"
        assert connection.execute(text(left)).all() == [(0, 0)]
        assert connection.execute(text("SELECT channel, state FROM dispatches")).all() == [
            ("mail", "unknown")
        ]
    assert main(["verify", "--full", "--anchor", str(state / FILE)]) == 0
    assert len((state / FILE).read_text().splitlines()) == 1
    assert len(list(state.glob(f"{FILE}.before_*"))) == 1


def test_two_restores_in_one_second_keep_both_databases(app, books, capsys, tmp_path, monkeypatch):
    file, now, kept = tmp_path / "one.bbk", clock.now(), set()
    run(capsys, "backup", str(file))
    for moment in (now.replace(microsecond=1), now.replace(microsecond=2)):
        monkeypatch.setattr(clock, "now", lambda at=moment: at)
        kept.add(run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")[1]["kept"])
    assert len(kept) == 2


@pytest.mark.parametrize("harm", ["cut", "flipped", "swapped", "longer", "empty", "other"])
def test_sec_68_a_file_that_is_not_a_whole_backup_is_refused(sqlite_app, one_kind, capsys, tmp_path, harm):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    data = bytearray(file.read_bytes())
    if harm == "cut":
        data = data[: len(data) - 40]
    elif harm == "flipped":
        data[len(data) // 2] ^= 1
    elif harm == "swapped":
        data = data[:300] + data[400:500] + data[300:400] + data[500:]
    elif harm == "longer":
        data += b"more"
    elif harm == "empty":
        data = bytearray()
    else:
        data = bytearray(b"PK\x03\x04 something else entirely, and long enough to be one")
    file.write_bytes(data)
    before = outcome()
    code, said = run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")
    assert (code, said["error"]["code"]) == (2, "not_a_backup")
    assert outcome() == before
    assert list(sqlite_app.extensions["membership"].state_dir.glob("*restore*")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE VIEW everything AS SELECT 1",
        "CREATE TABLE strange (id INTEGER)",
        "DROP TABLE recovery_codes",
        "UPDATE open_items SET dated_on = '2027-01-01'",
    ],
)
def test_sec_68_a_prepared_backup_with_the_right_key_is_refused(
    sqlite_app, one_kind, capsys, tmp_path, monkeypatch, planted
):
    file = tmp_path / "one.bbk"
    copy_to = copies._copy_sqlite

    def prepared(engine, target, look):
        seen = copy_to(engine, target, look)
        with sqlite3.connect(target) as connection:
            connection.execute(planted)
        connection.close()
        return seen

    monkeypatch.setattr(copies, "_copy_sqlite", prepared)
    run(capsys, "backup", str(file))
    before = outcome()
    code, said = run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")
    assert (code, said["error"]["code"]) == (3, "restored_wrong"), said
    assert outcome() == before


def test_another_backup_key_is_named(sqlite_app, one_kind, capsys, tmp_path, monkeypatch):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    monkeypatch.setenv("MEMBERSHIP_BACKUP_KEY", secrets.token_hex(32))
    code, said = run(capsys, "restore", str(file))
    assert (code, said["error"]["code"]) == (2, "other_backup_key")


def test_a_backup_whose_bank_data_this_installation_could_not_read_is_refused(
    sqlite_app, one_kind, capsys, tmp_path, monkeypatch
):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    monkeypatch.setenv("MEMBERSHIP_FIELD_KEY", secrets.token_hex(32))
    code, said = run(capsys, "restore", str(file))
    assert (code, said["error"]["code"]) == (3, "key_missing")


def test_fi_53_a_backup_of_a_newer_program_is_refused(sqlite_app, one_kind, capsys, tmp_path, monkeypatch):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    monkeypatch.setattr(restoring.schema, "revisions", lambda: {"0001"})
    code, said = run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")
    assert (code, said["error"]["code"]) == (3, "newer_backup")


def test_fi_53_a_backup_of_an_older_program_is_brought_up_to_date(app, books, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    db.session.remove()
    downgrade(revision="0001")
    session = read_as(Actor(name="cli", at=books.at, request_id="t", job=Job.CLI))
    manifest = backup.make_backup(session, file, at=books.at, program="0.0.1")
    assert manifest.revision == "0001"
    db.session.remove()
    upgrade()
    before = outcome()
    assert run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")[0] == 0
    assert outcome() == before
    assert schema.check(read_as(books)) == []


def test_a_backup_is_never_written_over_a_file(sqlite_app, one_kind, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    file.write_text("mine")
    code, said = run(capsys, "backup", str(file))
    assert (code, said["error"]["code"], file.read_text()) == (2, "file_exists", "mine")


def test_fi_15_a_full_disk_fails_the_backup_and_leaves_older_ones(
    sqlite_app, one_kind, capsys, tmp_path, monkeypatch
):
    older, file = tmp_path / "older.bbk", tmp_path / "one.bbk"
    run(capsys, "backup", str(older))
    kept = older.read_bytes()
    monkeypatch.setattr(backup.sealed_file, "write_sealed", _full_disk)
    code, said = run(capsys, "backup", str(file))
    assert (code, said["error"]["code"]) == (2, "file_unwritable")
    assert "voll" in said["error"]["message"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["older.bbk"]
    assert older.read_bytes() == kept


def _full_disk(file, _pieces, *, key):
    file.write(b"half")
    raise OSError(28, "No space left on device")


def test_a_restore_while_somebody_works_is_refused(app, books, capsys, tmp_path):
    file = tmp_path / "one.bbk"
    run(capsys, "backup", str(file))
    capsys.readouterr()
    with db.engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM members")).scalar()
        code = main(["restore", str(file), "--accept-loss", "--reason", "Probe", "--json"])
        said = json.loads(capsys.readouterr().out)
    assert (code, said["error"]["code"]) == (4, "in_use")
    assert list(app.extensions["membership"].state_dir.glob("*restore*")) == []


def test_a_backup_goes_through_standard_output_and_input(sqlite_app, one_kind, capsysbinary, monkeypatch):
    close()
    assert main(["backup", "-"]) == 0
    data = capsysbinary.readouterr().out
    assert data.startswith(b"BEITRAGSBUCH")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["restore", "-", "--dry-run", "--accept-loss"]) == 0


def test_without_the_tools_of_postgresql_it_ends_with_4(app, books, capsys, tmp_path, monkeypatch):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite needs no tool")
    monkeypatch.setattr(copies.shutil, "which", lambda _tool: None)
    code, said = run(capsys, "backup", str(tmp_path / "one.bbk"))
    assert (code, said["error"]["code"]) == (4, "tool")


def test_fi_54_a_plain_copy_of_the_file_is_told_by_the_anchor(
    sqlite_app, treasurer, capsys, tmp_path, monkeypatch
):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    state = sqlite_app.extensions["membership"].state_dir
    copied = tmp_path / "copied"
    copied.mkdir()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
        pay(treasurer)
        shutil.copy(state / "membership.sqlite3", copied / "membership.sqlite3")
        monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
        assert main(["backup", str(tmp_path / "one.bbk")]) == 0
    capsys.readouterr()
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(copied))
    assert main(["verify", "--full", "--anchor", str(state / FILE), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert any(each["object"].startswith("anchor of") for each in findings)


def test_sec_75_a_chain_that_was_rebuilt_as_a_whole_does_not_fit_its_anchor(
    sqlite_app, one_kind, capsys, tmp_path
):
    from membership.persistence import chain
    from tests.services.test_tampering import master_of

    run(capsys, "backup", str(tmp_path / "one.bbk"))
    anchor = sqlite_app.extensions["membership"].state_dir / FILE
    with master_of("chain_links") as connection:
        connection.execute(text("UPDATE chain_links SET ref = 'forged' WHERE seq = 2"))
        previous = chain.GENESIS
        for link in connection.execute(text("SELECT * FROM chain_links ORDER BY seq")).all():
            digest = chain.link_hash(
                seq=link.seq, kind=link.kind, ref=link.ref, payload_hash=link.payload_hash, prev_hash=previous
            )
            values = {"seq": link.seq, "prev": previous, "hash": digest}
            connection.execute(
                text("UPDATE chain_links SET prev_hash = :prev, hash = :hash WHERE seq = :seq"), values
            )
            previous = digest
        connection.execute(text("UPDATE chain_head SET hash = :hash"), {"hash": previous})
    assert run(capsys, "verify", "--full")[0] == 0
    code, said = run(capsys, "verify", "--full", "--anchor", str(anchor))
    assert code == 1
    assert {each["object"].split(",")[0][:9] for each in said["findings"]} == {"anchor of"}


@pytest.mark.parametrize("content", ["", "nonsense", '{"seq": 1}', "[]"])
def test_a_file_without_anchors_is_named(sqlite_app, one_kind, capsys, tmp_path, content):
    file = tmp_path / "a.jsonl"
    file.write_text(content)
    code, said = run(capsys, "verify", "--anchor", str(file))
    assert (code, said["error"]["code"]) == (2, "anchor")


def test_inv_27_the_mark_of_a_key_is_not_the_key():
    key = bytes(range(32))
    assert key.hex() not in crypto.mark_of(key)
    assert crypto.mark_of(key) != crypto.mark_of(bytes(32))
