"""The application on a fresh database for each test, on SQLite and (when one answers) on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from flask_sqlalchemy import SQLAlchemy as FlaskSQLAlchemy
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from membership.app import create_app
from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import db, read_as
from membership.services.settings import first_values
from membership.settings import Settings
from membership.web.addresses import LazyRule
from tests import postgresql

os.environ["MEMBERSHIP_TESTING"] = "1"
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes folders of its own there
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 2**30:
    # Tests write thousands of small databases; none of them has to outlive the power.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
# A property holds on a busy machine too; speed is measured in `bench/`.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


class CompiledTemplates(BytecodeCache):
    """Templates compiled once a process, not once for the application of each test."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


class CompiledStatements:
    """Statements compiled once a process, not once for the application of each test: a third of the suite's time.

    SQLAlchemy keeps them per engine and dialect; all engines of one kind share the first one's.
    """

    def __init__(self) -> None:
        self._first: dict[str, Engine] = {}

    def make_engine(self, bind_key: str | None, options: dict, app: Flask) -> Engine:
        engine = FlaskSQLAlchemy._make_engine(db, bind_key, {**options, "query_cache_size": 10_000}, app)
        first = self._first.setdefault(engine.dialect.name, engine)
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine


def compile_once(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    """Return the function that compiles an address once a process, not once for the application of each test."""
    known: dict[tuple[str, str, str], dict[str, object]] = {}
    made = ("arguments", "_parts", "_trace", "_converters", "_build", "_build_unknown")

    def compile_or_copy(rule: Rule) -> None:
        key = (rule.rule, repr(rule.defaults), rule.subdomain or "")
        if key not in known:
            compile_rule(rule)
            known[key] = {name: vars(rule)[name] for name in made}
        vars(rule).update(known[key])

    return compile_or_copy


LazyRule.compile = compile_once(LazyRule.compile)
db._make_engine = CompiledStatements().make_engine
Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
SERVER = os.environ.get("MEMBERSHIP_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
TODAY = date(2027, 1, 11)
NOW = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)
IS_RELEASE = os.environ.get("SCALE") == "release"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def has_postgresql() -> bool:
    """Return whether a PostgreSQL server answers; asked once a process."""
    if not hasattr(has_postgresql, "answer"):
        try:
            psycopg.connect(f"{SERVER}/postgres", connect_timeout=3).close()
            has_postgresql.answer = True
        except psycopg.OperationalError:
            has_postgresql.answer = False
    return has_postgresql.answer


@cache
def copied_as_files() -> str:
    """Return how the server copies a small database in half the time; servers before 15 know one way only."""
    with psycopg.connect(f"{SERVER}/postgres", connect_timeout=3) as connection:
        return "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""


def pytest_terminal_summary(terminalreporter, exitstatus, config) -> None:
    if not has_postgresql():
        terminalreporter.write_line("No PostgreSQL answered: the tests ran on SQLite only.")


def pytest_sessionfinish(session, exitstatus) -> None:
    if os.environ.get("CI") == "true" and not has_postgresql():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if item.get_closest_marker("samples") and not SAMPLES.is_dir():
            item.add_marker(pytest.mark.skip(reason="the samples lie beside another checkout"))
        if item.get_closest_marker("release") and not IS_RELEASE:
            item.add_marker(pytest.mark.skip(reason="SCALE=release runs this"))


class Database:
    """Fresh databases: a copied file of SQLite; on PostgreSQL one that is emptied and used again.

    The template was made by the migrations, once a process. A database whose schema, rights or triggers a test
    changed is not used again.
    """

    def __init__(self, kind: str, folder: Path, worker: str) -> None:
        self.kind, self.folder, self.worker = kind, folder, worker
        self.template: str | None = None
        self.count = 0
        self.spare: list[str] = []
        self.made: set[str] = set()
        self.beside: dict[str, Path] = {}
        self.first: postgresql.FirstRows | None = None

    def fresh(self) -> tuple[str, Path]:
        """Return the address of a new database and the state folder beside it."""
        self.count += 1
        state = self.folder / f"state-{self.kind}-{self.count}"
        if self.template is None:
            self.template = self._make_template()
        shutil.copytree(self.folder / f"template-{self.kind}" / "keys", state / "keys")
        if self.kind == "sqlite":
            path = state / "membership.sqlite3"
            shutil.copy(self.template, path)
            return self._with(f"sqlite:///{path}", state)
        if self.spare:
            return self._with(_address(self.spare.pop()), state)
        name = f"bb_test_{self.worker}_{os.getpid()}_{self.count}"
        self._make(name, f'TEMPLATE "{self.template}" {copied_as_files()}')
        self.made.add(name)
        return self._with(_address(name), state)

    def _with(self, address: str, state: Path) -> tuple[str, Path]:
        self.beside[address] = state
        return address, state

    def drop(self, address: str) -> None:
        """Give a database back: emptied for the next test, or dropped; what lies beside it goes."""
        name = address.rsplit("/", 1)[1]
        shutil.rmtree(self.beside.pop(address), ignore_errors=True)
        if self.kind == "postgresql":
            if name in self.made and self.first and postgresql.empty(f"{SERVER}/{name}", self.first):
                self.spare.append(name)
            else:
                self._server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        for name in [*self.spare, *filter(None, [self.template])] if self.kind == "postgresql" else []:
            self._server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _make_template(self) -> str:
        state = self.folder / f"template-{self.kind}"
        state.mkdir(parents=True)
        if self.kind == "sqlite":
            name, address = str(state / "membership.sqlite3"), f"sqlite:///{state / 'membership.sqlite3'}"
        else:
            name = f"bb_template_{self.worker}_{os.getpid()}"
            self._server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self._make(name)
            address = _address(name)
        app = create_app(settings_for(address, state))
        with app.app_context():
            upgrade()
            if self.kind == "sqlite":
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.session.remove()
            db.engine.dispose()
        if self.kind == "postgresql":
            self.first = postgresql.first_rows(f"{SERVER}/{name}")
        return name

    def _make(self, name: str, how: str = "") -> None:
        """Make a database whose commits do not wait for the disk: no test takes the server's power away."""
        self._server(f'CREATE DATABASE "{name}" {how}')
        self._server(f'ALTER DATABASE "{name}" SET synchronous_commit = off')

    def _server(self, statement: str) -> None:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            connection.execute(statement)


def _address(name: str) -> str:
    return f"{SERVER.replace('postgresql://', 'postgresql+psycopg://')}/{name}"


def settings_for(address: str, state: Path, **changes) -> Settings:
    """Return the operator's settings for one test database."""
    settings = replace(Settings.load(state_dir=state), database_url=address, base_url="http://localhost")
    return replace(settings, **changes)


@pytest.fixture(scope="session")
def databases(tmp_path_factory, worker_id) -> Iterator[dict[str, Database]]:
    folder = tmp_path_factory.mktemp("databases")
    made = {kind: Database(kind, folder, worker_id) for kind in ("sqlite", "postgresql")}
    yield made
    for database in made.values():
        database.close()


@pytest.fixture(scope="session")
def worker_id(request) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, databases) -> Iterator[tuple[str, Path]]:
    """Address and state folder of a fresh database, once on each of the two."""
    kind = request.param
    if kind == "postgresql" and not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    address, state = databases[kind].fresh()
    yield address, state
    databases[kind].drop(address)


@pytest.fixture
def sqlite_database(databases) -> Iterator[tuple[str, Path]]:
    address, state = databases["sqlite"].fresh()
    yield address, state
    databases["sqlite"].drop(address)


@pytest.fixture
def app(database) -> Iterator[Flask]:
    """The application on both databases, with the first values of the association."""
    yield from _app(database)


@pytest.fixture
def sqlite_app(sqlite_database) -> Iterator[Flask]:
    """The application on SQLite only: for pages, whose SQL other tests run on both."""
    yield from _app(sqlite_database)


def _app(database: tuple[str, Path]) -> Iterator[Flask]:
    app = create_app(settings_for(*database))
    app.testing = True
    with app.app_context():
        first_values(app.extensions["membership"].association, at=NOW)
        yield app
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def person(*roles: Role, user_id: int = 1, **changes) -> Actor:
    """Return a person with these roles, at the moment of the tests."""
    return Actor(
        name="Birgit Wessels", at=NOW, request_id="test", user_id=user_id, roles=frozenset(roles), **changes
    )


@pytest.fixture
def treasurer() -> Actor:
    return person(Role.TREASURER, Role.ADMIN)


@pytest.fixture
def cli_job() -> Actor:
    return Actor(name="cli", at=NOW, request_id="test", job=Job.CLI)


@pytest.fixture
def session(app, treasurer) -> Session:
    """A session for reading, on both databases, as the treasurer."""
    return read_as(treasurer)
