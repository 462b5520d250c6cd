"""Full disks, locked, read-only and restarted databases, odd clocks, a wrong key: what a person at the pages sees."""

from __future__ import annotations

import errno
import logging
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import OperationalError

from membership import clock
from membership.app import create_app
from membership.domain.policy import Role
from membership.persistence import crypto
from membership.persistence.db import MAX_TRIES, db, read_as, write
from membership.persistence.models.members import Member
from membership.persistence.models.settings import Setting
from membership.persistence.models.users import OneTimeToken, User
from membership.services import settings, tokens, users
from membership.services.settings import first_values
from tests.conftest import NOW, person, settings_for
from tests.factories import make_association, make_member
from tests.web.conftest import PASSWORD, SETUP, Browser

ADMIN = person(Role.ADMIN, Role.TREASURER)
CITY = select(Setting.value).where(Setting.key == "association.city")


class FullDisk:
    """A log file on a full disk."""

    def write(self, _text):
        raise OSError(errno.ENOSPC, "No space left on device")

    flush = close = lambda _self: None


def test_fi_16_a_full_disk_under_the_log_leaves_the_pages_alone(sqlite_app, web, monkeypatch):
    handler = logging.StreamHandler(FullDisk())
    for name in (None, "membership.app"):
        logging.getLogger(name).addHandler(handler)
    try:
        monkeypatch.setattr(logging.getLogger("membership.app"), "level", logging.DEBUG)
        browser = web.browser()
        assert browser.get("/nowhere").status_code == 404
        assert browser.send("/sign-in", email="x@verein.example", password="falsch falsch").status_code == 422
    finally:
        for name in (None, "membership.app"):
            logging.getLogger(name).removeHandler(handler)


@pytest.fixture
def read_only(sqlite_database):
    """The application on a database that somebody has made read-only after its first start."""
    address, state = sqlite_database
    with create_app(settings_for(address, state)).app_context():
        first_values(settings_for(address, state).association, at=NOW)
        db.session.remove()
        db.engine.dispose()
    path = address.removeprefix("sqlite:///")
    app = create_app(settings_for(f"sqlite:///file:{path}?mode=ro&uri=true", state))
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_fi_17_with_a_read_only_database_pages_are_read_writes_are_refused_and_the_health_is_red(read_only):
    browser = read_only.test_client()
    assert browser.get("/imprint").status_code == 200
    refused = browser.send("/sign-in", email="x@verein.example", password="falsch falsch falsch")
    assert refused.status_code == 503
    assert "readonly" not in refused.text
    assert browser.get("/healthz").status_code == 503
    assert browser.get("/imprint").status_code == 200


def test_fi_17_the_health_is_green_while_the_database_takes_writes(app):
    app.test_client_class = Browser
    assert app.test_client().get("/healthz").status_code == 200


def test_fi_18_a_lock_that_stays_ends_in_503_with_nothing_half_done_and_the_next_click_works(web, sqlite_app):
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = web.signed_in(Role.ADMIN)
    token = browser.token()
    data = {"csrf_token": token, "form_token": "a" * 22, "name": "Neue Birgit", "language": "de"}
    event.listen(
        db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=20")
    )
    db.session.remove()
    db.engine.dispose()
    holder = sqlite3.connect(db.engine.url.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = browser.post("/profile", data=data)
    assert refused.status_code == 503
    assert "locked" not in refused.text
    assert browser.get("/profile").status_code == 200
    holder.execute("ROLLBACK")
    holder.close()
    assert web.rows(select(User.name)) == [("Birgit Wessels",)]
    assert browser.post("/profile", data=data).status_code == 303
    assert web.rows(select(User.name)) == [("Neue Birgit",)]


def change_city(session, city):
    settings.change_settings(session, {"association.city": city})
    return city


@pytest.fixture
def postgresql(app):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("a matter of PostgreSQL")
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def end_connections():
    """End every connection of the application, as a restart of the server does."""
    import psycopg

    url = db.engine.url
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, dbname="postgres", autocommit=True
    ) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database]
        )


def test_fi_19_after_a_restart_of_the_server_the_next_page_and_the_next_click_work(postgresql):
    browser = postgresql.test_client()
    assert browser.get("/imprint").status_code == 200
    db.session.remove()
    end_connections()
    assert browser.get("/imprint").status_code == 200
    end_connections()
    db.session.remove()
    assert write(ADMIN, change_city, "Emden") == "Emden"


def test_fi_19_a_restart_in_the_middle_of_a_unit_of_work_leaves_nothing_of_it(postgresql):
    def torn(session):
        change_city(session, "Leer")
        session.flush()
        end_connections()
        session.execute(text("SELECT 1"))

    with pytest.raises(OperationalError):
        write(ADMIN, torn)
    db.session.remove()
    assert read_as(ADMIN).execute(CITY).scalar_one() == ""


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
@pytest.mark.parametrize("failures", [1, MAX_TRIES - 1, MAX_TRIES])
def test_fi_21_a_conflict_is_tried_again_five_times_at_most_and_never_done_by_half(
    postgresql, code, failures
):
    """The server itself raises the state."""
    assert MAX_TRIES == 5
    tries = []

    def fought_over(session):
        tries.append(code)
        change_city(session, "Jever")
        if len(tries) <= failures:
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '{code}'; END $$"))

    if failures < MAX_TRIES:
        write(ADMIN, fought_over)
    else:
        with pytest.raises(Exception, match="conflict"):
            write(ADMIN, fought_over)
    db.session.remove()
    assert len(tries) == min(failures + 1, MAX_TRIES)
    assert read_as(ADMIN).execute(CITY).scalar_one() == ("Jever" if failures < MAX_TRIES else "")


def test_fi_21_another_error_is_not_tried_again(postgresql):
    tries = []

    def wrong(session):
        tries.append(1)
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '22012'; END $$"))

    with pytest.raises(Exception, match="no"):
        write(ADMIN, wrong)
    assert tries == [1]


@pytest.mark.parametrize(
    ("jump", "hours", "is_open"), [(-2, 23, True), (-2, 25, False), (365 * 24, 1, False), (0, 25, False)]
)
def test_fi_46_a_session_lives_no_longer_than_planned_by_more_than_the_jump_of_the_clock(
    web, jump, hours, is_open
):
    """`hours` have really passed; the clock shows `jump` hours beside that."""
    start = datetime(2027, 1, 11, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        browser = web.signed_in(Role.COMPANY_USER)
    with time_machine.travel(start + timedelta(hours=hours + jump) + timedelta(minutes=1), tick=False):
        alive = browser.get("/profile").status_code == 200
    assert alive is (is_open or hours + jump < 24)
    with time_machine.travel(start + timedelta(hours=24), tick=False):
        assert browser.get("/profile").status_code == 302


@pytest.mark.parametrize(("hours", "works"), [(-2, True), (0.4, True), (0.6, False), (365 * 24, False)])
def test_fi_46_a_link_ends_by_the_clock_whatever_it_did(web, hours, works):
    user_id = web.person(Role.OFFICE)
    secret = tokens.new_secret()
    at = datetime(2027, 1, 11, 9, tzinfo=UTC)
    write(person(Role.ADMIN, user_id=99), users.offer_reset, user_id, secret=secret)
    write(
        SETUP,
        lambda session: session.execute(update(OneTimeToken).values(expires_at=at + timedelta(minutes=30))),
    )
    with time_machine.travel(at + timedelta(hours=hours), tick=False):
        assert web.browser().get(f"/reset/{secret}").status_code == (200 if works else 404)


def test_fi_52_with_a_wrong_key_everything_else_works_and_nothing_is_overwritten(web, sqlite_app, caplog):
    make_association(ADMIN)
    member = make_member(ADMIN, number="M0001")
    person_id = web.person(Role.OFFICE)
    treasurer = web.signed_in(Role.TREASURER)

    def keep_iban(session):
        sealed = crypto.seal(
            session, "DE89370400440532013000", table="members", column="iban_sealed", uid="x"
        )
        session.execute(
            update(Member).where(Member.id == member).values(iban_sealed=sealed, iban_shown="DE•• •••• 3000")
        )

    write(SETUP, keep_iban)
    kept = web.rows(select(User.totp_sealed, Member.iban_sealed))
    keys = db.session.info.get("keys") or read_as(SETUP).info["keys"]
    db.session.remove()
    db.session.configure(
        info={"keys": crypto.Keys(session=keys.session, field=b"w" * 32, backup=keys.backup)}
    )
    caplog.set_level(logging.INFO, logger="membership.app")
    try:
        for address in ("/treasurer/members/M0001", "/treasurer/members", "/profile"):
            assert treasurer.get(address).status_code == 200, address
        stranger = web.browser()
        stranger.send("/sign-in", email=web.people[person_id], password=PASSWORD)
        refused = stranger.send("/sign-in/code", code=web.code())
        assert refused.status_code == 422
        assert "FIELD_KEY" in refused.text
        assert "key_missing" in caplog.text
    finally:
        db.session.remove()
        db.session.configure(info={"keys": keys})
    assert web.rows(select(User.totp_sealed, Member.iban_sealed)) == kept


def test_the_clock_of_these_tests_is_the_clock_of_the_program():
    with time_machine.travel(datetime(2027, 1, 11, 9, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2027, 1, 11, 9, tzinfo=UTC)
