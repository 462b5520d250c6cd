"""The books of 20,000 invoices, about 100,000 lines of the ledger: the full check and a backup, in CPU seconds.

The ratio is that to the seconds allowed (15 for the check, 30 for the backup), the larger of both. Memory must stay
flat: the check may not need more than 1.3 times the peak it needs for a tenth of the books.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Result, python, result_of
from bench.run import DAY, _actor, open_app, prepare

NAME = "books"
GOAL = 1.0
LINES = 100_000
CHECK_SECONDS, BACKUP_SECONDS = 15, 30
FLAT = 1.3
_AT = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)
_MEMBERS = 100
_BATCH = 500


def fill(state: Path, lines: int) -> None:
    """Book opening items until the ledger has so many lines, each by the service, chained and checked as ever."""
    from membership.persistence.db import write
    from membership.services import ledger

    prepare(state, _MEMBERS)

    def book(session: Any, first: int) -> None:  # noqa: ANN401 - imported where it is used
        for n in range(first, min(first + _BATCH, lines // 2)):
            ledger.book_opening_item(
                session,
                n % _MEMBERS + 1,
                10_000 + n,
                reference=f"ALT-{n:06d}",
                dues_year=DAY.year,
                due_on=DAY,
                today=DAY,
            )

    for first in range(0, lines // 2, _BATCH):
        write(_actor(), book, first)


def check(state: Path) -> float:
    """Return the CPU seconds of the full check."""
    from membership.persistence.db import read_as
    from membership.services.verify import verify

    open_app(state)
    begun = time.process_time()
    verdict = verify(read_as(_actor()), full=True)
    assert verdict.findings == [], verdict.findings[:3]
    return time.process_time() - begun


def backup(state: Path) -> float:
    """Return the CPU seconds of a backup."""
    from membership.persistence.db import read_as
    from membership.services.backup import make_backup

    open_app(state)
    begun = time.process_time()
    make_backup(read_as(_actor()), state / "copy.bbk", at=_AT, program="bench")
    return time.process_time() - begun


def measure() -> Result:
    """Return the larger of both shares of the seconds allowed, or infinity if memory grows."""
    with tempfile.TemporaryDirectory() as folder:
        places = {count: Path(folder) / str(count) for count in (LINES // 10, LINES)}
        for count, place in places.items():
            _step("fill", place, count)
        few, many = (_step("check", place).split() for place in places.values())
        copied = float(_step("backup", places[LINES]).split()[0])
    seconds, growth = float(many[0]), int(many[1]) / int(few[1])
    note = f"check {seconds:.1f} s, backup {copied:.1f} s, memory {int(many[1]) // 1024} MB ({growth:.2f})"
    return result_of(
        [max(seconds / CHECK_SECONDS, copied / BACKUP_SECONDS) if growth <= FLAT else float("inf")], note
    )


def _step(*arguments: object) -> str:
    command = python("-m", "bench.books", *map(str, arguments))
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> None:
    """Run one step on a state folder; print its CPU seconds and peak memory."""
    step, place = arguments[0], Path(arguments[1])
    if step == "fill":
        fill(place, int(arguments[2]))
    else:
        print(
            {"check": check, "backup": backup}[step](place),
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
