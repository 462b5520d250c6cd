"""Known weaknesses in what is installed: `python .ci/audit.py` asks osv.dev about the packages of the lock files.

Ends with 1 for a weakness of high or unknown severity, and for an exception whose last day has passed; others are
listed. An exception stands in `.ci/audit-exceptions.toml` with its id, its reason and its last day. Source: SEC-79.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
SERVICE = "https://api.osv.dev/v1"
MILD = {"LOW", "MODERATE", "MEDIUM"}


class Finding(NamedTuple):
    """A known weakness of an installed package."""

    package: str
    id: str
    severity: str


class Exemption(NamedTuple):
    """A weakness that is accepted until a day, for a reason."""

    id: str
    reason: str
    until: date


def packages(lock: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of each line of a lock file."""
    yield from re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, re.MULTILINE)


def exemptions(text: str) -> list[Exemption]:
    """Return the exceptions of the file; each needs a reason and a last day."""
    found = [
        Exemption(each["id"], each["reason"].strip(), each["until"])
        for each in tomllib.loads(text).get("accept", [])
    ]
    assert all(each.reason for each in found), "an exception needs a reason"
    return found


def faults(findings: Iterable[Finding], accepted: Iterable[Exemption], today: date) -> list[str]:
    """Return what must be mended: severe weaknesses without an exception, and exceptions that have ended."""
    known = list(accepted)
    ended = [f"the exception for {each.id} ended on {each.until}" for each in known if each.until < today]
    holding = {each.id for each in known if each.until >= today}
    severe = [each for each in findings if each.severity.upper() not in MILD and each.id not in holding]
    return ended + [f"{each.package}: {each.id} ({each.severity or 'severity unknown'})" for each in severe]


def ask(locked: list[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what osv.dev knows about the packages."""
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in locked
    ]
    answers = _post(f"{SERVICE}/querybatch", {"queries": queries})["results"]
    for (name, version), answer in zip(locked, answers, strict=True):
        for each in answer.get("vulns", ()):
            details = _open(Request(f"{SERVICE}/vulns/{each['id']}"))
            yield Finding(
                f"{name} {version}", each["id"], details.get("database_specific", {}).get("severity", "")
            )


def main() -> int:
    """Return 1 when something must be mended."""
    locked = sorted({pair for path in ROOT.glob("requirements*.txt") for pair in packages(path.read_text())})
    found = list(ask(locked))
    for each in found:
        print(f"known: {each.package}: {each.id} ({each.severity})")
    wrong = faults(
        found, exemptions((ROOT / ".ci/audit-exceptions.toml").read_text()), datetime.now(UTC).date()
    )
    print(*(wrong or [f"{len(locked)} packages, nothing to mend"]), sep="\n")
    return 1 if wrong else 0


def _post(address: str, body: object) -> Any:
    head = {"Content-Type": "application/json"}
    return _open(Request(address, data=json.dumps(body).encode(), headers=head))


def _open(request: Request) -> Any:
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
