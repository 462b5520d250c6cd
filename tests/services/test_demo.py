"""The demonstration: the same for the same day, nobody real, and its books are well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from membership.services.demo import story
from membership.services.demo.companies import COUNT, companies

ROOT = Path(__file__).resolve().parents[2]


def run(state, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "membership", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "MEMBERSHIP_STATE_DIR": str(state), "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


@pytest.mark.parametrize("year", [2026, 2027, 2031])
def test_there_are_142_members_today_and_every_name_is_its_own(year):
    listed = companies(year)
    assert len(listed) == COUNT
    assert len({company.name for company in listed}) == COUNT
    assert sum(company.end is None or company.end >= date(year, 1, 1) for company in listed) == 142
    assert all(company.mail.endswith(".example") for company in listed)
    assert listed == companies(year)


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2026, 11, 25), (2024, 2025, 2026)),
        (date(2027, 1, 5), (2024, 2025, 2026)),
        (date(2027, 3, 1), (2025, 2026, 2027)),
    ],
)
def test_three_dues_years_lie_behind(today, years):
    assert story.dues_years(today) == years


def test_the_demonstration_is_made_once_and_its_books_are_well(tmp_path):
    state = tmp_path / "demo"
    made = run(state, "demo", "--no-serve", "--json", MEMBERSHIP_TODAY="2026-11-25")
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    assert {login["role"] for login in document["logins"]} >= {
        "admin, treasurer",
        "board",
        "auditor",
        "office",
    }
    again = run(state, "demo", "--no-serve", "--json", MEMBERSHIP_TODAY="2026-11-25")
    assert json.loads(again.stdout) == document
    verdict = json.loads(run(state, "verify", "--full", "--json").stdout)
    assert verdict["findings"] == []
    assert verdict["checked"]["INV-06"] > 380


def test_other_data_are_never_touched(tmp_path):
    (tmp_path / "membership.sqlite3").write_text("mine")
    refused = run(tmp_path, "demo", "--no-serve")
    assert refused.returncode == 3
    assert (tmp_path / "membership.sqlite3").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "membership.sqlite3"]
