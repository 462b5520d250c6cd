"""Every requirement of OWASP ASVS level 2 in scope has a state, what is called tested has its test, and the page says so."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = tomllib.loads((ROOT / "tests" / "asvs.toml").read_text())["requirements"]
SCOPE = """
1.1.1-2 1.2.1-5 1.2.7 1.2.9 1.3.1-7 1.3.10-11 1.4.2 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5
3.7.1-2 4.1.1-3 4.2.1 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 7.1.1-3 7.2.1-4 7.3.1-2
7.4.1-5 7.5.1-2 8.1.1-2 8.2.1-3 8.3.1 8.4.1 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4
13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4
16.4.1-3 16.5.1-3
"""


def in_scope():
    """Yield the requirement numbers in scope."""
    for part in SCOPE.split():
        section, _dot, numbers = part.rpartition(".")
        first, _dash, last = numbers.partition("-")
        yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


def test_every_requirement_in_scope_has_a_state():
    wanted = list(in_scope())
    assert len(wanted) == 189
    assert sorted(TABLE) == sorted(wanted)
    assert {state for state, _where in TABLE.values()} == {"tested", "documented", "deployment", "open"}


def test_what_is_called_tested_has_a_test_that_is_not_still_due():
    names = (
        " ".join(
            found
            for path in (ROOT / "tests").rglob("*.py")
            for found in re.findall(r"\bdef test_(\w+)|\"((?:INV|FI|SEC)-\d\d)\"", path.read_text())
            for found in found
        )
        .lower()
        .replace("-", "_")
    )
    late = (ROOT / "tests" / "not_yet.txt").read_text()
    for number, (state, where) in TABLE.items():
        if state != "tested":
            continue
        for each in where.split():
            assert re.fullmatch(r"(INV|FI|SEC)-\d\d", each), (number, each)
            assert each.lower().replace("-", "_") in names, (number, each)
            assert each not in late, (number, each)


def test_the_page_on_security_says_the_same():
    page = (ROOT / "docs" / "security.md").read_text()
    counts = Counter(state for state, _where in TABLE.values())
    words = {
        "tested": "durch Tests",
        "documented": "beschrieben",
        "deployment": "durch die Installation",
        "open": "noch nicht",
    }
    for state, word in words.items():
        numbers = [number for number in in_scope() if TABLE[number][0] == state]
        assert f"**{word}** ({counts[state]}): {', '.join(numbers)}" in page, (
            f"**{word}** ({counts[state]}): {', '.join(numbers)}"
        )
    assert len(re.findall(r"^- \d+\.\d+\.\d+: ", page, re.MULTILINE)) == counts["open"]
    assert all(f"\n- {number}: " in page for number, (state, _where) in TABLE.items() if state == "open")
