"""`python -m tests.money_core coverage|mutants`: the two proofs that the tests of the money core see what it does."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.money_core.core import ONLY_SQLITE, ROOT, Part, parts
from tests.money_core.mutations import Mutant, Source
from tests.money_core.trying import Trying

_WANTED = 0.9


def coverage() -> int:
    """Return 0 when the tests of the money core run each of its branches."""
    modules = [name for part in parts() for name in part.modules]
    names = [name for part in parts() for name in part.tests]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "data")}
        command = [sys.executable, "-m", "coverage"]
        tests = [*command, "run", "--branch", "-m", "pytest", *ONLY_SQLITE, *names]
        if code := subprocess.run(tests, cwd=ROOT, env=environment, check=False).returncode:
            return code
        report = [
            *command,
            "report",
            "-m",
            "--skip-covered",
            "--fail-under=100",
            f"--include={','.join(modules)}",
        ]
        return subprocess.run(report, cwd=ROOT, env=environment, check=False).returncode


def mutants(
    part: Part, *, only: list[str], sample: int | None, seed: int, jobs: int
) -> list[tuple[Mutant, bool]]:
    """Try the mutants of a part, or a sample of them; return each with whether it was killed."""
    names = [name for name in part.modules if not only or any(each in name for each in only)]
    sources = {name: Source(name, (ROOT / name).read_text(), str(ROOT / name)) for name in names}
    chosen = [mutant for source in sources.values() for mutant in source.mutants]
    print(f"{part.name}: {len(chosen)} mutants", flush=True)
    if sample is not None and sample < len(chosen):
        picked = random.Random(seed).sample(chosen, sample)  # noqa: S311 - a repeatable sample, no secret
        chosen = sorted(picked, key=lambda each: (each.module, each.line))
    if not chosen:
        return []
    trying = Trying(sources, chosen, jobs)
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["-s", "--hypothesis-seed=0", f"--basetemp={folder}/tests", *ONLY_SQLITE, *part.tests]
        if code := pytest.main(arguments, plugins=[trying]):
            sys.exit(code)
    return [(mutant, trying.results[place]) for place, mutant in enumerate(chosen)]


def _report(tried: list[tuple[Mutant, bool]]) -> int:
    """Print what was killed, module by module, and return the exit code: 0 when nine of ten were."""
    count = Counter(mutant.module for mutant, _is_killed in tried)
    killed = Counter(mutant.module for mutant, is_killed in tried if is_killed)
    for module in sorted(count):
        print(f"{killed[module]:5} of {count[module]:5}  {module}")
    rate = killed.total() / len(tried)
    print(f"{killed.total()} of {len(tried)} killed: {rate:.1%}, wanted {_WANTED:.0%}")
    return 0 if rate >= _WANTED else 1


def main() -> int:
    """Read the command line and run what it asks."""
    parser = argparse.ArgumentParser(prog="tests.money_core", description=__doc__)
    parser.add_argument("proof", choices=["coverage", "mutants"])
    parser.add_argument("--sample", type=int, help="so many mutants of each part instead of all")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--module", action="append", default=[], help="a part of the path of a module")
    parser.add_argument("--jobs", type=int, default=2, help="so many at once")
    asked = parser.parse_args()
    if asked.proof == "coverage":
        return coverage()
    how = {"only": asked.module, "sample": asked.sample, "seed": asked.seed, "jobs": asked.jobs}
    return _report([each for part in parts() for each in mutants(part, **how)])


if __name__ == "__main__":
    sys.exit(main())
