"""What all benchmarks share: pairs of commands in fresh processes, and the ratio of their CPU time."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAIRS = 7
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Result:
    """A ratio: median of all pairs, smallest and largest, and a remark."""

    median: float
    least: float
    most: float
    note: str = ""

    def line(self, name: str, goal: float) -> str:
        """Return the one line that is printed: name, ratio, spread, goal."""
        verdict = "ok" if self.median <= goal else "missed"
        spread = f"{self.median:6.3f} median ({self.least:.3f}..{self.most:.3f})"
        return f"{name:<28} {spread}  goal {goal:g}  {verdict}" + (f"  {self.note}" if self.note else "")


def result_of(ratios: Sequence[float], note: str = "") -> Result:
    """Return median and spread of the ratios of all pairs."""
    return Result(median(ratios), min(ratios), max(ratios), note)


def cpu_seconds(command: Sequence[str], extra_env: dict[str, str] | None = None) -> float:
    """Run a command in a fresh process and return its CPU time, user and system, with all its children."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", **(extra_env or {})}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def python(*arguments: str) -> list[str]:
    """Return the command that runs this interpreter with the arguments."""
    return [sys.executable, *arguments]


def compare(ours: Sequence[str], plain: Sequence[str], *, pairs: int = PAIRS, note: str = "") -> Result:
    """Run both commands in turn, `pairs` times, each time the other first, and return ours in terms of plain."""
    ratios = []
    for number in range(pairs):
        if number % 2:
            other = cpu_seconds(plain)
            mine = cpu_seconds(ours)
        else:
            mine = cpu_seconds(ours)
            other = cpu_seconds(plain)
        ratios.append(mine / other)
    return result_of(ratios, note)


def compare_steps(module: str, folder: Path, *, filled: int, requests: int, note: str) -> Result:
    """Return the ratio of seven pairs of a module's steps `ours` and `plain`, each on its copy of what `fill` made.

    A step is called as `python -m MODULE STEP PLACE COUNT`; `ours` and `plain` print their CPU seconds.
    """

    def step(name: str, place: Path, count: int) -> str:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
        command = python("-m", module, name, str(place), str(count))
        return subprocess.run(
            command, check=True, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        ).stdout

    made = folder / "made"
    step("fill", made, filled)
    places = {side: Path(shutil.copytree(made, folder / side)) for side in ("ours", "plain")}
    ratios = []
    for number in range(PAIRS):
        order = ("plain", "ours") if number % 2 else ("ours", "plain")
        seconds = {side: float(step(side, places[side], requests)) for side in order}
        ratios.append(seconds["ours"] / seconds["plain"])
    return result_of(ratios, note)
