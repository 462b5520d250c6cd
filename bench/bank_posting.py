"""Taking in and posting a statement of 10,000 entries, in terms of its SQL by the bare driver and the parsing.

Ours: the camt.053 is read, taken in, matched, and every entry posted, in units of fifty. Plain: the file is read, and
the statements that one such run sent are sent again with their values by `sqlite3` to an equal database, transaction by
transaction. One pair; the start of the process is left out on both sides.
"""

from __future__ import annotations

import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any, Final

from bench.measure import ROOT, Result, python, result_of
from bench.run import DAY, _actor, open_app, prepare

NAME = "bank_posting"
GOAL = 2.0
COUNT: Final = 10_000
_EACH: Final = 10
_CENTS: Final = 12_345
_ON: Final = date(2027, 1, 11)
_IBAN: Final = "DE89370400440532013000"


def make(state: Path, count: int) -> None:
    """Make the books: so many open items, ten of each member, and the statement that pays them beside."""
    from membership.persistence.db import write
    from membership.services import ledger

    prepare(state, count // _EACH)

    def owe(session: Any) -> None:  # noqa: ANN401 - a session
        for n in range(count):
            ledger.book_opening_item(
                session, n // _EACH + 1, _CENTS + n % 7, reference=_number(n), dues_year=DAY.year, due_on=DAY, today=DAY
            )  # fmt: skip

    write(_actor(), owe)
    (state / "statement.xml").write_bytes(_statement(count))


def _number(n: int) -> str:
    return f"RE2026-{n:06d}"


def _statement(count: int) -> bytes:
    from membership.services.demo.statements import Move, camt_file, iban_of

    moves = [
        Move(
            _ON, _CENTS + n % 7, f"Hansa Blechformteile Nr. {n // _EACH + 1} GmbH", iban_of(n // _EACH + 1),
            f"{_number(n)} Mitgliedsbeitrag",
        )
        for n in range(count)
    ]  # fmt: skip
    return camt_file(moves, iban=_IBAN, number=1, opening_cents=0)


def _post(state: Path) -> int:
    """Read the statement, take it in and post what is sure; return how many lines that were."""
    from membership.jobs.banking import post_all_sure
    from membership.persistence.db import write
    from membership.services.bank_files import read_bank_file
    from membership.services.banking.importing import take_in

    found = read_bank_file((state / "statement.xml").read_bytes(), filename="statement.xml")
    write(_actor(), take_in, found, file_hash="0" * 64, file_name="statement.xml")
    return len(post_all_sure(_actor(), today=_ON))


def ours(state: Path, count: int) -> float:
    """Return the CPU seconds of taking in and posting."""
    open_app(state)
    begun = time.process_time()
    done = _post(state)
    seconds = time.process_time() - begun
    assert done == count, done
    return seconds


def record(state: Path, path: Path) -> None:
    """Take in and post, and keep every statement of each unit of work with its values."""
    from sqlalchemy import event

    from membership.persistence.db import db

    open_app(state)
    units: list[list[tuple[str, Any, bool]]] = [[]]

    def keep(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:  # noqa: ANN401, FBT001 - the form of the event
        # One statement with the values of many rows is marked as many statements too, but is one.
        is_many = many and isinstance(values[0], (tuple, dict))
        units[-1].append((text, [_plain(row) for row in values] if is_many else _plain(values), is_many))

    event.listen(db.engine, "before_cursor_execute", keep)
    event.listen(db.engine, "commit", lambda _connection: units.append([]))
    _post(state)
    path.write_bytes(pickle.dumps([unit for unit in units if unit]))


def _plain(row: Any) -> Any:  # noqa: ANN401 - the values of a statement
    """Return values that can be kept in a file."""
    if isinstance(row, dict):
        return {name: _plain(value) for name, value in row.items()}
    if isinstance(row, (tuple, list)):
        return tuple(map(_plain, row))
    return bytes(row) if isinstance(row, memoryview) else row


def plain(state: Path, path: Path) -> float:
    """Return the CPU seconds of reading the file and of the kept statements by the bare driver."""
    from membership.persistence.db import db
    from membership.services.bank_files import read_bank_file

    open_app(state)
    database = db.engine.url.database or ""
    db.session.remove()
    db.engine.dispose()
    units = pickle.loads(path.read_bytes())  # noqa: S301 - written by the step before
    driver = sqlite3.connect(database, isolation_level=None)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "recursive_triggers=ON"):
        driver.execute(f"PRAGMA {pragma}")
    cursor = driver.cursor()
    begun = time.process_time()
    read_bank_file((state / "statement.xml").read_bytes(), filename="statement.xml")
    for unit in units:
        cursor.execute("BEGIN IMMEDIATE")
        for text, values, many in unit:
            if text.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                continue
            (cursor.executemany if many else cursor.execute)(text, values)
            if not many:
                cursor.fetchall()
        cursor.execute("COMMIT")
    return time.process_time() - begun


def measure(count: int = COUNT) -> Result:
    """Return the ratio of one pair."""
    with tempfile.TemporaryDirectory() as folder:
        made, kept = Path(folder) / "made", Path(folder) / "units"
        _step("make", made, count)
        _step("record", shutil.copytree(made, made.with_name("recorded")), kept)
        mine = float(_step("ours", shutil.copytree(made, made.with_name("ours")), count))
        bare = float(_step("plain", shutil.copytree(made, made.with_name("plain")), kept))
        return result_of([mine / bare], f"{count} entries, {mine:.1f} s against {bare:.1f} s of CPU time")


def _step(*arguments: object) -> str:
    command = python("-m", "bench.bank_posting", *map(str, arguments))
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> None:
    """Run one step on a state folder; print its CPU seconds."""
    step, place = arguments[0], Path(arguments[1])
    if step == "make":
        make(place, int(arguments[2]))
    elif step == "record":
        record(place, Path(arguments[2]))
    elif step == "ours":
        print(ours(place, int(arguments[2])))
    else:
        print(plain(place, Path(arguments[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
