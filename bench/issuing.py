"""LOAD-03: invoices issued per second, each numbered, frozen, booked, chained and queued in a transaction of its own.

The ratio is 100 to the invoices of a second by the clock, commits to the disk included; on an idle machine. Planning
and rendering are left out: `billing_run` has them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import ROOT, Result, python, result_of
from bench.run import DAY, YEAR, _actor, open_app, prepare_in_process

NAME = "load_03_issuing"
GOAL = 1.0
WANTED = 100
INVOICES = 1000
ROUNDS = 3


def issue(state: Path) -> tuple[float, float]:
    """Issue every invoice of a prepared database; return the seconds by the clock and of the processor."""
    from membership.jobs.billing import issue_run
    from membership.persistence.db import write
    from membership.services import billing

    open_app(state)
    actor = _actor()
    run_id = write(actor, billing.plan_run, YEAR, issued_on=DAY, today=DAY)
    write(actor, billing.release_run, run_id, today=DAY)
    begun, worked = time.perf_counter(), time.process_time()
    count = issue_run(actor, run_id, base_url="http://127.0.0.1:8000", today=DAY)
    assert count == INVOICES, count
    return time.perf_counter() - begun, time.process_time() - worked


def measure() -> Result:
    """Return the ratios of three rounds, and what of a second the processor worked."""
    ratios, rates = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            prepare_in_process(Path(folder), INVOICES)
            command = python("-m", "bench.issuing", folder)
            said = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
        taken, worked = map(float, said.split())
        ratios.append(WANTED * taken / INVOICES)
        rates.append((INVOICES / taken, INVOICES / worked))
    rate, possible = sorted(rates)[len(rates) // 2]
    return result_of(ratios, f"{rate:.0f} per second, {possible:.0f} per second of the processor")


if __name__ == "__main__":
    print(*issue(Path(sys.argv[1])))
