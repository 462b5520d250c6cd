"""The daily care: once a calendar day of the association, tried again when it failed, shown when it found something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from membership.domain.policy import Role
from membership.jobs.daily import backup_folder, run_daily
from membership.persistence.db import db, read_as, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.operation import DailyTask
from membership.persistence.models.users import SecurityNotice, User, UserRole
from membership.services import daily
from membership.services.anchors import kept_anchors
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.test_tampering import master_of

NIGHT = datetime(2027, 1, 12, 2, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def books(sqlite_app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    return treasurer


def tasks(actor):
    rows = read_as(actor).execute(
        select(DailyTask.day, DailyTask.name, DailyTask.state).order_by(DailyTask.day)
    )
    return [(str(day), name, state) for day, name, state in rows]


def test_a_day_has_its_check_and_its_backup_once(sqlite_app, books):
    folder = backup_folder(sqlite_app.extensions["membership"])
    assert run_daily(sqlite_app, moment=NIGHT) == ["check", "backup", "mandates", "forget", "erase"]
    assert run_daily(sqlite_app, moment=NIGHT + HOUR) == []
    assert [path.name for path in folder.iterdir()] == ["2027-01-12.bbk"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert run_daily(sqlite_app, moment=NIGHT + 24 * HOUR) == [
        "check",
        "backup",
        "mandates",
        "forget",
        "erase",
    ]
    assert len(list(folder.iterdir())) == 2
    anchors = kept_anchors(sqlite_app.extensions["membership"].state_dir)
    assert [anchor.at[:10] for anchor in anchors] == ["2027-01-12", "2027-01-13"]
    actions = read_as(books).execute(select(AuditRecord.action).where(AuditRecord.actor_key == "job:keeper"))
    assert sorted(actions.scalars()) == [
        "daily.backup",
        "daily.backup",
        "daily.check",
        "daily.check",
        "daily.erase",
        "daily.erase",
        "daily.forget",
        "daily.forget",
        "daily.mandates",
        "daily.mandates",
    ]


def test_the_same_on_postgresql(app, treasurer):
    assert run_daily(app, moment=NIGHT) == ["check", "backup", "mandates", "forget", "erase"]
    assert run_daily(app, moment=NIGHT) == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01"),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), "2028-02-29"),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "2027-03-28"),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "2027-03-28"),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "2027-10-31"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "2027-10-31"),
        (datetime(2027, 10, 30, 22, 30, tzinfo=UTC), "2027-10-31"),
    ],
)
def test_fi_47_the_day_is_that_of_the_association(sqlite_app, books, moment, day):
    run_daily(sqlite_app, moment=moment)
    assert {found for found, _name, _state in tasks(books)} == {day}


@pytest.mark.parametrize(
    ("first", "days"),
    [(datetime(2027, 3, 27, 22, 45, tzinfo=UTC), 4), (datetime(2027, 10, 30, 21, 45, tzinfo=UTC), 3)],
)
def test_fi_47_over_a_change_of_the_clock_no_day_is_twice_or_left_out(sqlite_app, books, first, days):
    done = [name for hours in range(50) for name in run_daily(sqlite_app, moment=first + hours * HOUR)]
    assert done == ["check", "backup", "mandates", "forget", "erase"] * days
    assert len({day for day, _name, _state in tasks(books)}) == days


def test_fi_58_what_the_check_finds_is_kept_and_nothing_is_repaired(sqlite_app, books, caplog):
    with master_of("invoices") as connection:
        connection.execute(text("UPDATE invoices SET gross_cents = 1, net_cents = 1"))
    before = read_as(books).execute(text("SELECT * FROM invoices")).all()
    run_daily(sqlite_app, moment=NIGHT)
    care = daily.care_taken(read_as(books))
    assert (care.findings > 0, care.checked_at) == (True, NIGHT)
    assert "INV-07 invoices 1" in caplog.text
    assert read_as(books).execute(text("SELECT * FROM invoices")).all() == before
    assert kept_anchors(sqlite_app.extensions["membership"].state_dir) == []


def test_fi_15_a_backup_that_fails_is_said_and_tried_again_after_an_hour(sqlite_app, books, tmp_path):
    (tmp_path / "file").touch()
    settings = sqlite_app.extensions["membership"]
    sqlite_app.extensions["membership"] = replace(settings, backup_dir=str(tmp_path / "file"))
    assert run_daily(sqlite_app, moment=NIGHT) == ["check", "backup", "mandates", "forget", "erase"]
    care = daily.care_taken(read_as(books))
    assert (care.backup_on, "exists" in care.backup_error) == (None, True)
    sqlite_app.extensions["membership"] = settings
    assert run_daily(sqlite_app, moment=NIGHT + HOUR / 2) == []
    assert run_daily(sqlite_app, moment=NIGHT + HOUR * 1.1) == ["backup"]
    assert str(daily.care_taken(read_as(books)).backup_on) == "2027-01-12"


def test_fi_46_a_clock_that_jumps_a_year_takes_one_old_backup_at_most(sqlite_app, books):
    sqlite_app.extensions["membership"] = replace(sqlite_app.extensions["membership"], backup_keep=3)
    folder = backup_folder(sqlite_app.extensions["membership"])
    for day in range(5):
        run_daily(sqlite_app, moment=NIGHT + 24 * HOUR * day)
    assert sorted(path.name for path in folder.iterdir()) == [
        "2027-01-14.bbk",
        "2027-01-15.bbk",
        "2027-01-16.bbk",
    ]
    run_daily(sqlite_app, moment=NIGHT + 365 * 24 * HOUR)
    assert sorted(path.name for path in folder.iterdir()) == [
        "2027-01-15.bbk",
        "2027-01-16.bbk",
        "2028-01-12.bbk",
    ]


def test_another_worker_takes_a_task_over_and_the_late_one_keeps_nothing(sqlite_app, books):
    from membership.domain.policy import Actor, Job
    from membership.persistence.db import write

    keeper = Actor(name="keeper", at=NIGHT, request_id="t", job=Job.KEEPER)
    day = NIGHT.date()
    first = write(keeper, daily.claim_task, daily.CHECK, day)
    assert write(keeper, daily.claim_task, daily.CHECK, day) is None
    late = replace(keeper, at=NIGHT + 2 * HOUR)
    second = write(late, daily.claim_task, daily.CHECK, day)
    assert second not in {None, first}
    settle = {"state": daily.DONE, "outcome": {}}
    assert not write(late, daily.settle_task, daily.CHECK, day, fence=first, **settle)
    assert write(late, daily.settle_task, daily.CHECK, day, fence=second, **settle)


def test_the_demonstration_has_no_daily_care(sqlite_app, books):
    sqlite_app.extensions["membership"] = replace(sqlite_app.extensions["membership"], is_demo=True)
    assert run_daily(sqlite_app, moment=NIGHT) == []
    db.session.rollback()


def test_the_treasurers_hear_of_an_expiring_mandate_once(sqlite_app, books):
    make_mandate(books, "M0001", signed_on=NIGHT.date().replace(year=2024, month=3))
    write(books, add_treasurer)
    for day in range(3):
        run_daily(sqlite_app, moment=NIGHT + timedelta(days=day))
    told = read_as(books).execute(select(SecurityNotice)).scalars().all()
    assert [(row.kind, row.facts["mandates"]) for row in told] == [
        ("mandates_expire", "M0001-01 (12.03.2027)")
    ]
    assert daily.last_outcome(read_as(books), daily.MANDATES) == {"told": ["M0001-01 2027-03-12"]}


def add_treasurer(session):
    user = User(
        uid="u1", email="t@verein.example", name="Birgit", language="de", password_hash=None, totp_sealed=None,
        totp_last_step=None, created_at=NIGHT,
    )  # fmt: skip
    session.add(user)
    session.flush()
    session.add(UserRole(user_id=user.id, role=Role.TREASURER, ends_on=None))
