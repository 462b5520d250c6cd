"""Writing the ledger, in terms of the same SQL statements by the bare driver with the same triggers and transactions.

Ours: 500 units of work, each booking one opening item by the service: open item, lines, entry, audit record, link of
the chain, commit. Plain: the statements that one such run sent are kept with their values and sent by `sqlite3` to an
equal database, transaction by transaction. The start of the process is left out on both sides.
"""

from __future__ import annotations

import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure import PAIRS, ROOT, Result, python, result_of
from bench.run import DAY, _actor, open_app, prepare

NAME = "ledger"
GOAL = 2.0
UNITS = 500
_MEMBERS = 50
_WARM = 5


def _book(first: int, count: int) -> None:
    from membership.persistence.db import write
    from membership.services import ledger

    for n in range(first, first + count):
        write(
            _actor(), ledger.book_opening_item, n % _MEMBERS + 1, 10_000 + n,
            reference=f"ALT-{n:06d}", dues_year=DAY.year, due_on=DAY, today=DAY,
        )  # fmt: skip


def record(state: Path, path: Path) -> None:
    """Book, and keep every statement of each unit of work with its values."""
    from sqlalchemy import event

    from membership.persistence.db import db

    open_app(state)
    _book(0, _WARM)
    units: list[list[tuple[str, Any, bool]]] = [[]]

    def keep(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:  # noqa: ANN401, FBT001 - the form of the event
        units[-1].append((text, values, many))

    event.listen(db.engine, "before_cursor_execute", keep)
    event.listen(db.engine, "commit", lambda _connection: units.append([]))
    _book(_WARM, UNITS)
    path.write_bytes(pickle.dumps([unit for unit in units if unit]))


def ours(state: Path) -> float:
    """Return the CPU seconds of booking."""
    open_app(state)
    _book(0, _WARM)
    begun = time.process_time()
    _book(_WARM, UNITS)
    return time.process_time() - begun


def plain(state: Path, path: Path) -> float:
    """Return the CPU seconds of the kept statements by the bare driver."""
    from membership.persistence.db import db

    open_app(state)
    _book(0, _WARM)
    database = db.engine.url.database or ""
    db.session.remove()
    db.engine.dispose()
    units = pickle.loads(path.read_bytes())  # noqa: S301 - written by the step before
    driver = sqlite3.connect(database, isolation_level=None)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "recursive_triggers=ON"):
        driver.execute(f"PRAGMA {pragma}")
    cursor = driver.cursor()
    begun = time.process_time()
    for unit in units:
        cursor.execute("BEGIN IMMEDIATE")
        for text, values, many in unit:
            if text.startswith(("BEGIN", "PRAGMA")):
                continue
            (cursor.executemany if many else cursor.execute)(text, values)
            if not many:
                cursor.fetchall()
        cursor.execute("COMMIT")
    return time.process_time() - begun


def measure() -> Result:
    """Return the ratio of seven pairs."""
    with tempfile.TemporaryDirectory() as folder:
        made, kept = Path(folder) / "made", Path(folder) / "units"
        _step("prepare", made)
        _step("record", shutil.copytree(made, made.with_name("recorded")), kept)
        ratios = []
        for number in range(PAIRS):
            order = ("plain", "ours") if number % 2 else ("ours", "plain")
            seconds = {side: _fresh(side, made, kept) for side in order}
            ratios.append(seconds["ours"] / seconds["plain"])
        return result_of(ratios, f"{UNITS} units of work")


def _fresh(side: str, made: Path, kept: Path) -> float:
    place = Path(shutil.copytree(made, made.with_name("work")))
    seconds = float(_step(side, place, kept))
    shutil.rmtree(place)
    return seconds


def _step(*arguments: object) -> str:
    command = python("-m", "bench.ledger", *map(str, arguments))
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> None:
    """Run one step on a state folder; print its CPU seconds."""
    step, place = arguments[0], Path(arguments[1])
    if step == "prepare":
        prepare(place, _MEMBERS)
    elif step == "record":
        record(place, Path(arguments[2]))
    elif step == "ours":
        print(ours(place))
    else:
        print(plain(place, Path(arguments[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
