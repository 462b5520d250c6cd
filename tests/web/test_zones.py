"""The association's zone decides which day it is, whatever the zone of the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import insert, select, text

from membership import clock
from membership.domain.policy import Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.settings import Setting
from tests.conftest import IS_RELEASE, person
from tests.factories import make_association, make_member
from tests.web.treasurer.runs import release_run, started, work_off

ROOT = Path(__file__).resolve().parents[2]
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "Pacific/Auckland"] if IS_RELEASE else ["Pacific/Auckland"]
TREASURER = person(Role.TREASURER, Role.ADMIN)


@pytest.mark.parametrize("zone", ZONES)
def test_inv_26_the_tests_about_dates_pass_in_every_zone_of_the_server(zone):
    """GATE-14: per change those marked `dates`, the whole suite with `SCALE=release`."""
    chosen = (
        ["--ignore=tests/e2e", "--deselect", f"tests/web/{Path(__file__).name}::{_name()}"]
        if IS_RELEASE
        else ["-m", "dates"]
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen, *([] if IS_RELEASE else PLACES)],
        cwd=ROOT, env={**os.environ, "TZ": zone, "PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-3000:]


PLACES = ["tests/domain", "tests/web/test_zones.py"]


def _name():
    return test_inv_26_the_tests_about_dates_pass_in_every_zone_of_the_server.__name__


@pytest.fixture(params=ZONES)
def server_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


MOMENTS = [
    (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)), (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
    (datetime(2028, 2, 28, 23, 30, tzinfo=UTC), date(2028, 2, 29)), (datetime(2028, 2, 29, 23, 30, tzinfo=UTC), date(2028, 3, 1)),
    (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), date(2027, 3, 28)), (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), date(2027, 3, 28)),
    (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), date(2027, 10, 31)), (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), date(2027, 10, 31)),
    (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),
]  # fmt: skip


@pytest.mark.dates
@pytest.mark.parametrize(("moment", "day"), MOMENTS, ids=str)
def test_fi_47_the_day_is_that_of_the_association(server_zone, moment, day):
    with time_machine.travel(moment, tick=False):
        assert clock.now() == moment
        assert clock.today() == day


@pytest.mark.dates
@pytest.mark.parametrize(("year", "hours"), [(2026, 8760), (2028, 8784)])
def test_fi_47_every_day_of_a_year_comes_once_and_in_order(server_zone, year, hours):
    """Hour by hour through both changes of the clocks: no day is left out and none comes back."""
    start = datetime(year - 1, 12, 31, 23, tzinfo=UTC)
    seen = [(start + timedelta(hours=count)).astimezone(BERLIN).date() for count in range(hours)]
    told = []
    for count in range(0, hours, 6):
        with time_machine.travel(start + timedelta(hours=count), tick=False):
            told.append(clock.today())
    assert told == seen[::6]
    assert sorted(set(told)) == [date(year, 1, 1) + timedelta(days=count) for count in range(hours // 24)]


@pytest.mark.parametrize("hour", [1, 2, 3])
def test_fi_47_a_pinned_day_has_no_hour_that_does_not_exist(monkeypatch, hour):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-03-28")
    with time_machine.travel(datetime(2027, 1, 11, hour, 30, tzinfo=BERLIN), tick=False):
        assert clock.today() == date(2027, 3, 28)
        assert clock.now().utcoffset() == timedelta(0)


def test_fi_47_an_invoice_of_the_last_half_hour_of_the_year_in_utc_has_the_date_and_number_of_the_new_one(
    web, server_zone
):
    make_association(TREASURER)
    make_member(TREASURER, number="M0001")
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        browser = web.signed_in(Role.TREASURER)
        release_run(browser, started(browser))
        work_off(TREASURER)
    assert web.rows(select(Invoice.number, Invoice.issued_on)) == [("RE2027-0001", date(2027, 1, 1))]


def test_inv_26_a_moment_is_kept_in_utc_and_comes_back_in_utc(app, server_zone):
    moment = datetime(2027, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=12)))
    write(
        TREASURER,
        lambda session: session.execute(insert(Setting), {"key": "x", "value": "y", "changed_at": moment}),
    )
    session = read_as(TREASURER)
    raw = session.execute(text("SELECT changed_at FROM settings WHERE key = 'x'")).scalar_one()
    kept = datetime.fromisoformat(raw).replace(tzinfo=UTC) if isinstance(raw, str) else raw
    assert kept == moment
    assert str(raw).startswith("2027-06-30 13:30")
    found = session.execute(select(Setting.changed_at).where(Setting.key == "x")).scalar_one()
    assert (found, found.utcoffset()) == (moment, timedelta(0))
    db.session.rollback()


def test_inv_26_a_moment_without_a_zone_is_never_kept(app):
    naive = datetime(2027, 1, 1)  # noqa: DTZ001 - that is the fault
    with pytest.raises(Exception, match="2027"):
        write(
            TREASURER, lambda session: session.execute(select(Setting.key).where(Setting.changed_at == naive))
        )
