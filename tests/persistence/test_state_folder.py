"""What the program keeps is its owner's alone: the state folder 0700, the files in it 0600."""

from __future__ import annotations

import os

from flask_migrate import upgrade

from membership.app import create_app
from membership.jobs.engine import make_queue
from membership.persistence.db import db
from membership.settings import Settings


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_folder_that_the_program_makes_is_private_with_all_its_files(tmp_path):
    before = os.umask(0o022)
    try:
        settings = Settings.load(state_dir=tmp_path / "state")
        app = create_app(settings)
        with app.app_context():
            upgrade()
            make_queue(settings)
            files = [path for path in settings.state_dir.iterdir() if path.is_file()]
            db.session.remove()
            db.engine.dispose()
    finally:
        os.umask(before)
    assert mode(settings.state_dir) == 0o700
    assert {"membership.sqlite3", "queue.sqlite3"} <= {path.name for path in files}
    assert {path.name: oct(mode(path)) for path in files if path.exists() and mode(path) != 0o600} == {}


def test_a_folder_that_was_there_stays_as_its_owner_has_set_it(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o750)
    create_app(Settings.load(state_dir=folder))
    assert mode(folder) == 0o750
