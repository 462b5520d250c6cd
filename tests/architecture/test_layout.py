"""The house is the one drawn in the architecture: top level, sizes, migrations, ids, locks, the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from membership.services import schema

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "membership", "templates",
    "invoices", "config", "tests", "bench", "docs",
}  # fmt: skip
MAX_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_top_level_holds_what_was_decided_and_nothing_else():
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    others = {
        name for name in names if not name.startswith(".") and not re.fullmatch(r"requirements.*\.txt", name)
    }
    assert others == TOP


def test_a_file_has_one_subject_and_at_most_400_lines():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked("membership/*.py", "invoices/*.py", "bench/*.py", "tests/*.py")
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_there_is_one_migration_head():
    folder = ROOT / "membership" / "persistence" / "migrations"
    assert len(ScriptDirectory(str(folder)).get_heads()) == 1


def test_models_triggers_and_settings_equal_what_the_migrations_make(session):
    assert schema.check(session) == []


def test_no_statement_replaces_rows():
    """`INSERT OR REPLACE` would delete rows behind the triggers (`reliability.md` 20)."""
    found = [
        path for path in tracked("membership/*.py") if re.search(r"\bINSERT OR REPLACE\b", path.read_text())
    ]
    assert found == []


def test_sec_80_locks_carry_hashes_and_no_address():
    locks = tracked("requirements*.txt")
    assert len(locks) == 4
    for lock in locks:
        text = lock.read_text()
        assert "--hash=sha256:" in text, lock
        assert not re.search(r"https?://|--index-url|--find-links", text), lock


def test_every_id_has_a_test_or_is_not_yet_due():
    """Ids of `reliability.md` parts 1 to 3, carried by test names or listed with the capability that brings them."""
    wanted = (
        {f"inv_{n:02d}" for n in range(1, 37)}
        | {f"fi_{n:02d}" for n in range(1, 61)}
        | {f"sec_{n:02d}" for n in range(1, 84)}
    )
    texts = "\n".join(path.read_text() for path in tracked("tests/*.py"))
    names = " ".join(re.findall(r"\bdef test_(\w+)", texts))
    tested = set(re.findall(r"(?<![a-z])(?<!\bd_)(?<!_d_)((?:inv|fi|sec)_\d\d)(?!\d)", names))
    tested |= {found.lower().replace("-", "_") for found in re.findall(r'"((?:INV|FI|SEC)-\d\d)"', texts)}
    lines = (ROOT / "tests" / "not_yet.txt").read_text().splitlines()
    not_yet = {
        line.split()[0].lower().replace("-", "_") for line in lines if line and not line.startswith("#")
    }
    assert wanted - tested - not_yet == set(), "neither tested nor listed in tests/not_yet.txt"
    assert tested & not_yet == set(), "tested, so they leave tests/not_yet.txt"


def test_the_wheel_works_when_installed(tmp_path):
    """Templates, configuration, fonts and words are inside: an installed copy makes its database and an invoice."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    place = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(place), str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("MEMBERSHIP")},
        "PYTHONPATH": str(place), "MEMBERSHIP_STATE_DIR": str(tmp_path / "state"),
    }  # fmt: skip
    script = (
        "import membership, invoices.pdf;"
        f"assert membership.__file__.startswith({str(place)!r}), membership.__file__;"
        "from membership.app import create_app; from membership.services import schema; from membership import clock;"
        "app = create_app(); ctx = app.app_context(); ctx.push();"
        "schema.upgrade(app.extensions['membership'].association, at=clock.now());"
        "from flask_migrate import upgrade;"
        "page = app.test_client().get('/imprint', base_url='http://127.0.0.1:8000'); assert page.status_code == 200, page;"
        "assert b'.css' in page.data; from invoices.page import registered; registered('regular'); from invoices.schema import _schema; _schema()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_the_version_is_said_once_and_the_same():
    from membership import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


@pytest.mark.parametrize("name", ["demo", "test", "e2e", "lint", "bench", "fuzz", "serve", "locks"])
def test_the_makefile_has_the_targets_that_the_readme_names(name):
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
