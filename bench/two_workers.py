"""The e-invoices of a run, made by two worker processes, in terms of the time that one needs; on an idle machine.

The same waiting invoices each time; numbers and files must be equal to the last byte, else there is no figure.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import ROOT, Result, python, result_of
from bench.run import DAY, YEAR, _actor, open_app, prepare_in_process

NAME = "two_workers"
GOAL = 0.6
INVOICES = 2000
PAIRS = 5


def missing() -> str:
    """Return what this machine lacks."""
    return "" if (os.cpu_count() or 1) > 1 else "two processors"


def issue(state: Path) -> None:
    """Issue every invoice of a prepared database; their files wait."""
    from membership.jobs.billing import issue_run
    from membership.persistence.db import write
    from membership.services import billing

    open_app(state)
    actor = _actor()
    run_id = write(actor, billing.plan_run, YEAR, issued_on=DAY, today=DAY)
    write(actor, billing.release_run, run_id, today=DAY)
    issue_run(actor, run_id, base_url="http://127.0.0.1:8000", today=DAY)


def render(state: Path) -> None:
    """Make files until none waits."""
    from membership.jobs.billing import render_waiting

    open_app(state)
    render_waiting(_actor())


def seconds(prepared: Path, state: Path, workers: int) -> float:
    """Return the time that so many processes need for all files of a copy of the database."""
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(prepared, state)
    began = time.perf_counter()
    at_work = [
        subprocess.Popen(python("-m", "bench.two_workers", "render", str(state)), cwd=ROOT)
        for _ in range(workers)
    ]
    codes = [worker.wait() for worker in at_work]
    took = time.perf_counter() - began
    assert not any(codes), codes
    return took


def files(state: Path) -> list[tuple[str, str, str]]:
    """Return number, kind and hash of every file."""
    statement = (
        "SELECT number, d.kind, d.sha256 FROM stored_documents d JOIN invoices ON invoices.id = invoice_id "
        "ORDER BY number, d.kind"
    )
    with sqlite3.connect(state / "membership.sqlite3") as connection:
        return connection.execute(statement).fetchall()


def measure() -> Result:
    """Return the ratio of the times of five pairs."""
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare_in_process(place / "prepared", INVOICES)
        subprocess.run(
            python("-m", "bench.two_workers", "issue", str(place / "prepared")), check=True, cwd=ROOT
        )
        for _ in range(PAIRS):
            alone = seconds(place / "prepared", place / "one", 1)
            both = seconds(place / "prepared", place / "two", 2)
            made = files(place / "one")
            assert len(made) >= INVOICES
            assert made == files(place / "two")
            ratios.append(both / alone)
    return result_of(ratios, f"{INVOICES} invoices, {len(made)} equal files")


if __name__ == "__main__":
    {"issue": issue, "render": render}[sys.argv[1]](Path(sys.argv[2]))
