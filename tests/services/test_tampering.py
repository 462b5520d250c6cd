"""Each cell of each protected table is changed behind the program's back, on both databases: the row is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import zip_longest

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from membership.persistence import chain, triggers
from membership.persistence.columns import Base, Instant
from membership.persistence.db import db, read_as, write
from membership.persistence.queries.chain import CHAINED
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member
from tests.services.whole_books import fill

TABLES = Base.metadata.tables
TOLD_OTHERWISE = {"chain_links", "entry_lines"}
"""Protected tables that no link names row by row: the links themselves, and lines, which are hashed with their entry."""


@pytest.fixture
def books(app, treasurer):
    fill(treasurer)
    return treasurer


@contextmanager
def master_of(table: str) -> Iterator:
    """A connection that no trigger on a table, and no foreign key, stops: what somebody with the file in hand has."""
    with db.engine.connect() as plain:
        is_sqlite = plain.dialect.name == "sqlite"
        connection = plain.execution_options(write=True)
        connection.rollback()
        if is_sqlite:
            raw = plain.connection.dbapi_connection
            raw.executescript("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON")
            names = [n for n, made in triggers.statements("sqlite").items() if f" ON {table} " in made[0]]
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            yield connection
            for name in names:
                connection.exec_driver_sql(triggers.statements("sqlite")[name][0])
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
        connection.commit()
        if is_sqlite:
            raw.executescript("PRAGMA foreign_keys=ON; PRAGMA ignore_check_constraints=OFF")


def found(actor) -> list[tuple[str, str]]:
    return [(each.invariant, each.object) for each in verify(read_as(actor), full=True).findings]


def lie(column: Column, value: object) -> object:
    """Return another value that the column accepts."""
    kind = column.type
    if isinstance(kind, Boolean):
        return not value
    if isinstance(kind, Date):
        return "2001-01-01" if value is None else str(date.fromisoformat(str(value)) - timedelta(days=1))
    if isinstance(kind, Instant | DateTime):
        return "2001-01-01 00:00:00.000000"
    if isinstance(kind, LargeBinary):
        return b"x"
    if isinstance(kind, Integer | BigInteger):
        return (value or 0) + 10_000_019
    return "x" if value is None else f"{value} "


def cells(table: str) -> Iterator[tuple[Column, dict[str, object]]]:
    """Yield each column with a row in which it is filled, and with one in which it is empty."""
    keys = [column.name for column in TABLES[table].primary_key]
    order = ", ".join(f"{key} DESC" for key in keys)
    with db.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings().all()
    assert rows, f"{table} is empty: the test would prove nothing"
    for column in TABLES[table].columns:
        for is_empty in (False, True):
            row = next((row for row in rows if (row[column.name] is None) is is_empty), None)
            if row is not None:
                yield column, {key: row[key] for key in keys} | {"old": row[column.name]}


def named_as(table: str, row: dict[str, object]) -> str:
    if table == "chain_links":
        return f"link {row['seq']}"
    return f"entries {row['entry_id']}" if table == "entry_lines" else f"{table} {row['id']}"


@contextmanager
def refused_by_a_check() -> Iterator[list[str]]:
    """Collect a refusal by a CHECK of PostgreSQL, which cannot be switched off: the lie cannot even be written."""
    refused: list[str] = []
    try:
        yield refused
    except IntegrityError as error:
        if not isinstance(error.orig, CheckViolation):
            raise
        refused.append(str(error))


def test_every_protected_table_is_in_the_chain():
    assert set(triggers.APPEND_ONLY) - TOLD_OTHERWISE == set(CHAINED)


@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_inv_08_append_only_tables_take_no_change(books, verb):
    for table in triggers.APPEND_ONLY:
        key = next(iter(TABLES[table].primary_key)).name
        with pytest.raises(DBAPIError, match="append-only"):
            write(books, _run, verb.format(table, key))


def _run(session, statement_text: str) -> None:
    session.execute(text(statement_text))


def test_inv_07_every_changed_cell_is_found_and_its_row_is_named(books):
    """One cell of each chained table at a time: each row is named by its own link, whatever else is wrong."""
    assert found(books) == []
    chained = [[(table, *cell) for cell in cells(table)] for table in sorted(CHAINED)]
    for changed in zip_longest(*chained):
        _change_and_find(books, [each for each in changed if each])
    assert found(books) == [], "what was changed was not put back"


@pytest.mark.parametrize("table", sorted(TOLD_OTHERWISE))
def test_inv_07_every_changed_cell_of_what_no_link_names_is_found(books, table):
    for cell in cells(table):
        _change_and_find(books, [(table, *cell)])
        assert found(books) == [], (cell, "what was changed was not put back")


def _change_and_find(books, changed: list[tuple[str, Column, dict[str, object]]]) -> None:
    """Change the cells, see that the row of each is named, put them back."""
    written = [each for each in changed if _is_written(*each)]
    said = {(invariant, name.split(", ")[0]) for invariant, name in found(books)}
    for table, column, row in written:
        named = {invariant for invariant, name in said if name == named_as(table, row)}
        assert "INV-07" in named if table in CHAINED else named, (table, column.name, row["old"], said)
    for table, column, row in written:
        moved = {**row, column.name: lie(column, row["old"])}
        with master_of(table) as connection:
            _set(connection, table, column.name, {key: moved[key] for key in row if key != "old"}, row["old"])


def _is_written(table: str, column: Column, row: dict[str, object]) -> bool:
    with refused_by_a_check() as is_refused, master_of(table) as connection:
        where = {key: value for key, value in row.items() if key != "old"}
        _set(connection, table, column.name, where, lie(column, row["old"]))
    return not is_refused


def _set(connection, table: str, column: str, where: dict[str, object], value: object) -> None:
    chosen = " AND ".join(f"{key} = :k_{key}" for key in where)
    values = {f"k_{key}": value for key, value in where.items()} | {"new": value}
    kind = {"DATE": "date", "TIMESTAMP": "timestamptz"}.get(str(TABLES[table].c[column].type)[:9], "")
    new = f"CAST(:new AS {kind})" if kind and connection.dialect.name != "sqlite" else ":new"
    assert (
        connection.execute(text(f"UPDATE {table} SET {column} = {new} WHERE {chosen}"), values).rowcount == 1
    )


def test_inv_07_a_removed_row_is_named(books):
    for table in triggers.APPEND_ONLY:
        keys = [column.name for column in TABLES[table].primary_key]
        with master_of(table) as connection:
            first = f"SELECT * FROM {table} ORDER BY {keys[0]} LIMIT 1"
            row = dict(connection.execute(text(first)).mappings().one())
            chosen = " AND ".join(f"{key} = :{key}" for key in keys)
            connection.execute(text(f"DELETE FROM {table} WHERE {chosen}"), {key: row[key] for key in keys})
        assert named_as(table, row) in {name for _invariant, name in found(books)}
        with master_of(table) as connection:
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    assert found(books) == [], "what was removed was not put back"


UNIQUE = {
    "number": "'X'",
    "running": "9999",
    "period_from": "'1999-01-01'",
    "kind": "'other'",
    "entry_id": "9999",
    "open_item_id": "9999",
    "answers_id": "9999",
    "position": "9999",
    "uid": "'other'",
    "reference": "'X'",
    "step": "9999",
    "approval_id": "9999",
    "line_id": "line_id + 9999",
    "batch_id": "9999",
    "division_id": "9999",
}


def _other(column: Column) -> str:
    """Return what a copied row holds: the same, but where there is to be only one."""
    is_counted = column.name == "number" and isinstance(column.type, Integer)
    return f"{column.name} + 7" if is_counted else UNIQUE.get(column.name, column.name)


def test_inv_07_a_row_added_behind_the_chain_is_named(books):
    for table in sorted(CHAINED):
        columns = [column for column in TABLES[table].columns if column.name != "id"]
        values = ["NULL" if c.name == "reverses_id" else _other(c) for c in columns]
        with master_of(table) as connection:
            last = connection.execute(text(f"SELECT max(id) FROM {table}")).scalar_one()
            names = ", ".join(column.name for column in columns)
            copied = f"SELECT {last + 7}, {', '.join(values)} FROM {table} WHERE id = {last}"
            connection.execute(text(f"INSERT INTO {table} (id, {names}) {copied}"))
        assert ("INV-07", f"{table} {last + 7}") in found(books)
        with master_of(table) as connection:
            connection.execute(text(f"DELETE FROM {table} WHERE id = {last + 7}"))


@pytest.mark.parametrize("table", ["payments", "audit_records", "entries"])
def test_inv_07_two_rows_that_change_places_are_named(books, table):
    swap = f"CASE id WHEN 1 THEN 900 WHEN 2 THEN 1 END"  # noqa: F541
    with master_of(table) as connection:
        connection.execute(text(f"UPDATE {table} SET id = {swap} WHERE id = 1"))
        connection.execute(text(f"UPDATE {table} SET id = {swap} WHERE id = 2"))
        connection.execute(text(f"UPDATE {table} SET id = 2 WHERE id = 900"))
    said = {name for _invariant, name in found(books)}
    assert {f"{table} 1", f"{table} 2"} <= said


def test_sec_75_links_cut_off_at_the_end_are_found_by_the_rows_they_named(books):
    with master_of("chain_links") as connection:
        last = connection.execute(
            text("SELECT seq, prev_hash FROM chain_links ORDER BY seq DESC LIMIT 1")
        ).one()
        connection.execute(text(f"DELETE FROM chain_links WHERE seq = {last.seq}"))
        connection.execute(
            text(f"UPDATE chain_head SET seq = {last.seq - 1}, hash = '{last.prev_hash}'"),
        )
    assert [name.split()[0] for _invariant, name in found(books)] == ["audit_records"]


def test_inv_07_links_of_the_first_version_still_verify(books, monkeypatch):
    """A link without its moment, as they were written before."""
    monkeypatch.setattr(
        chain, "payload_of", lambda _at, rows: json.dumps([list(row) for row in rows], separators=(",", ":"))
    )
    write(books, change_settings, {"association.city": "Leer"})
    monkeypatch.undo()
    write(books, change_settings, {"association.city": "Jever"})
    assert found(books) == []


def test_inv_07_rows_from_before_a_column_was_added_still_verify_and_hide_no_lie(books, monkeypatch):
    """As if `payments.note` had come later, filled with an empty text."""
    with master_of("payments") as connection:
        rows = connection.execute(text("SELECT id FROM payments")).scalars().all()
        for key in rows:
            connection.execute(text("UPDATE payments SET note = 'x' WHERE id = :key"), {"key": key})
    monkeypatch.setattr(chain, "LATER", {"payments": (("note", "x"),)})
    assert {name for _invariant, name in found(books)} == {f"payments {key}" for key in rows}
    row = {"id": 1, "amount_cents": 100, "note": "x"}
    digest = chain.row_hash({"id": 1, "amount_cents": 100})
    assert chain.is_row_of("payments", row, digest)
    assert chain.is_row_of("payments", row, chain.row_hash(row))
    assert not chain.is_row_of("payments", {**row, "note": "y"}, digest)
    assert not chain.is_row_of("payments", {**row, "amount_cents": 101}, digest)
    monkeypatch.setattr(chain, "LATER", {"payments": (("note", "x"), ("more", None))})
    assert chain.is_row_of("payments", {**row, "more": None}, digest)
    assert not chain.is_row_of("payments", {**row, "more": "z"}, digest)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE open_items SET member_id = 2 WHERE id = 1", "open item 1"),
        ("UPDATE open_items SET reference = 'RE2027-0009' WHERE id = 1", "open item 1"),
        ("UPDATE open_items SET dated_on = '2027-01-10' WHERE id = 1", "open item 1"),
        ("UPDATE open_items SET original_cents = 60001 WHERE id = 1", "RE2027-0001"),
        ("UPDATE number_series SET last_issued_on = '2027-01-12' WHERE series = 'RE'", "series RE 2027, last_issued_on"),
    ],
)  # fmt: skip
def test_what_may_change_but_not_like_this_is_named(books, statement, said):
    with master_of(statement.split()[1]) as connection:
        connection.execute(text(statement))
    assert said in {name for _invariant, name in found(books)}


def test_a_cell_that_cannot_be_read_is_a_finding_and_no_crash(sqlite_app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    for changed in (
        "UPDATE invoices SET issued_on = 'gestern'",
        "UPDATE chain_links SET at = 'heute' WHERE seq = 2",
        "UPDATE stored_documents SET content = 'text'",
    ):
        with master_of(changed.split()[1]) as connection:
            connection.execute(text(changed))
    said = {name for _invariant, name in found(treasurer)}
    assert {"dates rise", "invoices 1", "link 2, at", "stored_documents 1"} <= said
