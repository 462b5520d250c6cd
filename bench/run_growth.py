"""The time of one invoice in a run of 10,000 members, in terms of that in a run of 1,000; and the memory of both.

One pair: the large run takes minutes. Memory must stay flat: the large run's peak may not be more than 1.3 times the
small one's, else the ratio is reported as missed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bench.measure import Result, cpu_seconds, python, result_of
from bench.run import prepare_in_process

NAME = "billing_run_10000"
GOAL = 1.15
SMALL, LARGE = 1000, 10_000
FLAT = 1.3


def measure() -> Result:
    """Return the ratio of the CPU time an invoice, of one pair."""
    with tempfile.TemporaryDirectory() as folder:
        figures = {members: _one(Path(folder) / str(members), members) for members in (SMALL, LARGE)}
    small, large = figures[SMALL], figures[LARGE]
    ratio = (large[0] / LARGE) / (small[0] / SMALL)
    memory = large[1] / small[1]
    note = f"memory {small[1] // 1024} MB -> {large[1] // 1024} MB ({memory:.2f})"
    return result_of([ratio if memory <= FLAT else float("inf")], note)


def _one(place: Path, members: int) -> tuple[float, int]:
    prepare_in_process(place / "prepared", members)
    memory = place / "peak"
    command = python("-m", "bench.run", "ours", str(place / "prepared"))
    seconds = cpu_seconds(["/bin/sh", "-c", f'"$@" > {memory}', "sh", *command])
    peak = int(memory.read_text().split()[1])
    shutil.rmtree(place / "prepared")
    return seconds, peak
