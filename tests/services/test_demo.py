"""The demonstration: the same for the same day, nobody real, and its books are well."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from membership.domain.direct_debits.mandates import MandateState
from membership.domain.policy import Role
from membership.services.demo import debits, story
from membership.services.demo.companies import COUNT, companies
from membership.services.demo.conference import guests_of
from membership.services.demo.members import number_of

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
    told = run(state, "demo", "--no-serve", "--lang", "de", MEMBERSHIP_TODAY="2026-11-25").stdout
    assert "schatzmeisterei@fahrzeugcluster.example   Verwaltung, Schatzmeisterei" in told
    assert [role for role in Role if re.search(rf"\b{role}\b", told)] == []
    there_are_mandates_and_collections_of_every_state(state)
    the_waiting_statement_is_matched(state, document["statement"])
    verdict = json.loads(run(state, "verify", "--full", "--json").stdout)
    assert verdict["findings"] == []
    assert verdict["checked"]["INV-06"] > 380


def there_are_mandates_and_collections_of_every_state(state):
    """One collection was credited and partly returned, one waits for the bank, and more is announced."""
    waiting, past = json.loads(run(state, "sepa", "list", "--json").stdout)
    assert (past["state"], past["returned"]) == ("settled", 1)
    assert (waiting["state"], waiting["returned"]) == ("submitted", 0)
    states = Counter(each["state"] for each in json.loads(run(state, "sepa", "mandates", "--json").stdout))
    assert set(states) == set(MandateState)
    assert states["active"] > 20


@pytest.mark.parametrize("today", [date(2027, 1, 5), date(2027, 2, 10)])
def test_guests_of_the_conference_are_members_by_then_and_pay_themselves(today):
    year = story.dues_years(today)[-1]
    listed = companies(year)
    by_debit = {number_of(each) for each in debits.collected(listed, year)}
    assert len(by_debit) > debits.LATE_GUESTS + 2
    assert by_debit.isdisjoint(guests_of(listed, today, apart=by_debit))
    assert by_debit.isdisjoint(map(number_of, debits.with_other_mandates(listed, year)))


def the_waiting_statement_is_matched(state, file):
    """Of about 100 entries fewer than 10 wait for a person, and each of the others pays what it says."""
    taken = json.loads(run(state, "bank", "import", file, "--json").stdout)
    assert taken["statements"][0]["new"] == 98
    done = json.loads(run(state, "bank", "match", "--json").stdout)
    assert 0 < len(done["suggested"]) + len(done["open"]) < 10
    names = {
        each["number"]: each["name"] for each in json.loads(run(state, "members", "list", "--json").stdout)
    }
    for entry in taken["posted"]:
        wanted = [each["document"] for each in entry["allocations"]]
        is_named = all(plain(number) in plain(entry["remittance"]) for number in wanted)
        assert entry["category"] or (wanted and (is_named or entry["name"] == names[entry["member"]])), entry


def plain(text):
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def test_other_data_are_never_touched(tmp_path):
    (tmp_path / "membership.sqlite3").write_text("mine")
    refused = run(tmp_path, "demo", "--no-serve")
    assert refused.returncode == 3
    assert (tmp_path / "membership.sqlite3").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "membership.sqlite3"]
