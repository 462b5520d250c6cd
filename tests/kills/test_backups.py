"""Backups while eight hands work, and restores that are killed: each copy is whole, and so is what stands in place."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from membership.domain.policy import Actor, Job
from membership.persistence import copies, crypto
from membership.persistence.db import close, db, read_as, write
from membership.services import backup, keys, restoring
from membership.services.verify import verify
from tests.conftest import IS_RELEASE
from tests.forks import Forked
from tests.kills.test_kills import SEED, killed, outcome, released

BACKUPS = 20 if IS_RELEASE else 2


def member() -> int:
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT min(id) FROM members")).scalar_one()


@pytest.fixture
def keeper(treasurer):
    return Actor(name="keeper", at=treasurer.at, request_id="t", job=Job.KEEPER)


def test_inv_31_a_backup_under_load_restores_to_books_that_hold(app, treasurer, keeper, tmp_path):
    settings = app.extensions["membership"]
    run_id = released(treasurer, 400 if IS_RELEASE else 60)
    arguments = {"run": [run_id], "pay": [member(), 3000 if IS_RELEASE else 200]}
    environment = {
        **os.environ, "MEMBERSHIP_DATABASE_URL": settings.database_url,
        "MEMBERSHIP_STATE_DIR": str(settings.state_dir), "MEMBERSHIP_TESTING": "1",
    }  # fmt: skip
    workers = [
        Forked("tests.kills.victim", "moment", 0, SEED, step, *given, environment=environment)
        for step, given in arguments.items()
    ]
    while not outcome()["payments"]:
        time.sleep(0.02)
    made = []
    for number in range(BACKUPS):
        file = tmp_path / f"{number}.bbk"
        made.append((file, backup.make_backup(read_as(keeper), file, at=keeper.at, program="test")))
        assert verify(read_as(keeper), full=False).findings == [], "a false alarm while others work"
    is_working = any(worker.poll() is None for worker in workers)
    for worker in workers:
        assert worker.wait(timeout=120) == 0
    assert is_working, "the work ended before the backups: the test proves nothing"
    assert len({manifest.anchor.seq for _file, manifest in made}) > 1
    for file, manifest in made:
        _require_sound(keeper, file, manifest)


def _require_sound(keeper, file, manifest) -> None:
    session = read_as(keeper)
    present = db.engine.url
    keys_of_app = crypto.keys_of(session)
    copy = file.with_suffix(".copy")
    with file.open("rb") as source:
        assert backup.open_backup(source, copy, key=keys_of_app.backup, name="x") == manifest
    close()
    url = copies.bring_back(copy, present, beside=f"restore_{file.stem}")
    try:
        with (
            copies.opened(url) as engine,
            Session(engine, info={"keys": keys_of_app, "actor": keeper}) as beside,
        ):
            assert restoring.require_sound(beside, manifest).ok
    finally:
        copies.drop(url)


def test_fi_10_a_restore_that_is_killed_leaves_the_old_or_the_new_books_whole(
    sqlite_app, treasurer, keeper, tmp_path
):
    state = sqlite_app.extensions["membership"].state_dir
    write(Actor(name="setup", at=treasurer.at, request_id="t", job=Job.SETUP), keys.keep_marks)
    run_id = released(treasurer, 15)
    killed(sqlite_app, "moment", "run", run_id)
    file = tmp_path / "one.bbk"
    backup.make_backup(read_as(keeper), file, at=keeper.at, program="test")
    before = outcome()
    killed(sqlite_app, "moment", "pay", member(), 3)
    close()
    result = killed(sqlite_app, "moment", "restore", file, kills=40 if IS_RELEASE else 8)
    assert result["kills"] >= 8, result
    assert result["states"] <= 1 + len(list(state.glob("membership.sqlite3.before_*"))), result
    assert list(state.glob(".restore-*")) == [], "a copy in clear was left behind"
    assert outcome() == before
    assert verify(read_as(treasurer), full=True).findings == []
