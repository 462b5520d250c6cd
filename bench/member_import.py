"""A member list of 2,000 rows is read, understood and compared with 500 known members; the figure is CPU seconds.

The goal is that of `ux.md` 6.4: the check page is there in under 5 seconds. The check alone is measured, in a process
that has started already, as the server has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from bench.measure import PAIRS, ROOT, Result, python, result_of
from bench.run import open_app, prepare

NAME = "member_import"
GOAL = 5.0
ROWS = 2_000
KNOWN = 500


def workbook(rows: int) -> bytes:
    """Return the list as XLSX: every fourth row is a known member with another size, every fiftieth has an error."""
    from membership.gateways.tables import Column, Kind, Sheet, write_xlsx

    heads = (
        "Mitgliedsnummer",
        "Firma",
        "Straße",
        "PLZ",
        "Ort",
        "E-Mail",
        "Ansprechpartner",
        "Mitarbeiter",
        "Eintritt",
    )
    lines = [
        (
            f"M{n // 4 + 1:05d}" if n % 4 == 0 else "", f"Neue Firma Nr. {n} GmbH & Co. KG", f"Werkstraße {n}",
            f"{26000 + n % 999}", "Musterhafen", "info(at)firma.de" if n % 50 == 0 else f"info@firma{n}.example",
            f"Frau Dr. Maren Brandt-{n}", n % 700, date(2014, 1 + n % 12, 1),
        )
        for n in range(rows)
    ]  # fmt: skip
    return write_xlsx([Sheet("Mitglieder", [Column(head, Kind.ANY) for head in heads], lines)], language="de")


def check(state: Path) -> float:
    """Check the list once and return the CPU seconds."""
    from bench.run import _actor
    from membership.persistence.db import rehearse
    from membership.services import members
    from membership.services.members import files

    open_app(state)
    content = workbook(ROWS)
    today = date(2027, 1, 11)

    def plan(session: Any) -> tuple[int, int]:  # noqa: ANN401 - imported where it is used
        reading = files.Reading(None, None, None, files.choices_as_remembered(session))
        found = files.read_list(session, content, reading, filename="liste.xlsx", today=today)
        result = members.plan_import(session, found.members, members.ImportRules(today=today))
        return len(result.members), len(result.problems)

    begun = time.process_time()
    good, bad = rehearse(_actor(), plan)
    seconds = time.process_time() - begun
    assert good + bad >= ROWS - ROWS // 50, (good, bad)
    return seconds


def measure() -> Result:
    """Return the seconds of seven checks, each in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        _step("fill", state)
        return result_of([float(_step("check", state)) for _ in range(PAIRS)], f"CPU seconds for {ROWS} rows")


def _step(*arguments: object) -> str:
    command = python("-m", "bench.member_import", *map(str, arguments))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    return subprocess.run(command, check=True, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> None:
    """Fill a state folder, or print the CPU seconds of one check in it."""
    step, state = arguments[0], Path(arguments[1])
    if step == "fill":
        prepare(state, KNOWN)
    else:
        print(check(state))


if __name__ == "__main__":
    main(sys.argv[1:])
