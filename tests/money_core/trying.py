"""A pytest plugin: runs the tests once, notes which test runs which line, then tries every mutant on a fork of itself.

A fork takes over all that was imported and made, gets one function with other code, and runs the tests of the changed
line, the quickest first, until one fails. A change outside of functions needs a fresh process (`afresh.py`).
"""

from __future__ import annotations

import functools
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests.money_core.core import ROOT, survivors
from tests.money_core.mutations import Mutant, Source, functions_of

_LIVES, _DIES, _BROKEN = 0, 1, 99
_WHY = "broken.txt"
_PATIENCE = 10
"""A mutant may take so many times as long as its tests take, and so many seconds more; then it counts as killed."""
_START = 60
"""A fresh process may take so many seconds more until its tests begin."""
_MEMORY = 4 * 2**30


@dataclass(eq=False)
class Trying:
    """The plugin: `sources` and `mutants` go in, `results` come out."""

    sources: dict[str, Source]
    mutants: list[Mutant]
    jobs: int
    results: dict[int, bool] = field(default_factory=dict)
    databases: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """A failing example is enough: nobody wants it made small."""
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("mutants", deadline=None, phases=phases, database=None)
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        """Keep the test databases: a fork needs a folder of its own for them."""
        value = yield
        if fixturedef.argname == "databases":
            self.databases = value
        return value

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests as they are, then the mutants."""
        self._run_as_they_are(session)
        if session.testsfailed:
            raise session.Failed("the tests fail without any change")
        items = {item.nodeid: item for item in session.items}
        _empty_caches()
        running: dict[int, tuple[int, str]] = {}
        for place, mutant in enumerate(self.mutants):
            chosen = self._tests_of(mutant)
            if not chosen:
                self._note(place, is_killed=False)
                continue
            while len(running) >= self.jobs:
                self._reap(running)
            scratch = tempfile.mkdtemp(prefix="mutant-")
            child = os.fork()
            if not child:
                os._exit(self._guarded(session, mutant, [items[name] for name in chosen], scratch))
            running[child] = place, scratch
        while running:
            self._reap(running)
        return True

    def _run_as_they_are(self, session: pytest.Session) -> None:
        watch = coverage.Coverage(
            data_file=None,
            branch=False,
            source=None,
            config_file=False,
            include=[str(ROOT / name) for name in self.sources],
        )
        watch.start()
        for item, following in zip(session.items, [*session.items[1:], session.items[0]], strict=True):
            watch.switch_context(item.nodeid)
            began = time.perf_counter()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.seconds[item.nodeid] = time.perf_counter() - began
        watch.stop()
        data = watch.get_data()
        self.lines = {name: data.contexts_by_lineno(str(ROOT / name)) for name in self.sources}

    def _tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run the line, the quickest first; of code that runs at import all of the module."""
        lines = self.lines[mutant.module]
        names: Iterable[str] = lines.get(mutant.line, [])
        if mutant.runs_at_import or not names:
            names = {name for each in lines.values() for name in each}
        return sorted((name for name in names if name), key=lambda name: self.seconds[name])

    def _guarded(
        self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item], scratch: str
    ) -> int:
        """Try a mutant and never come back: a fork that unwound its stack would clear away what is its parent's."""
        try:
            return self._try(session, mutant, items, scratch)
        except BaseException:  # noqa: BLE001 - whatever it is, the parent reads it
            (Path(scratch) / _WHY).write_text(traceback.format_exc())
            return _BROKEN

    def _try(self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item], scratch: str) -> int:
        """Run in a fork: change the code, run the tests until one fails."""
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        allowed = _PATIENCE + int(_PATIENCE * sum(self.seconds[item.nodeid] for item in items))
        signal.alarm(allowed)
        if mutant.runs_at_import:
            os.environ["TMPDIR"] = scratch
            return self._try_afresh(mutant, [item.nodeid for item in items], allowed + _START)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        for database in self.databases.values():
            database.folder = Path(scratch)
        _replace(self.sources[mutant.module], mutant)
        others = [*items[1:], next(item for item in session.items if item is not items[-1])]
        session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, others, strict=True):
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return _DIES
        return _LIVES

    def _try_afresh(self, mutant: Mutant, tests: list[str], allowed: int) -> int:
        signal.alarm(0)
        place = self.sources[mutant.module].mutants.index(mutant)
        command = [sys.executable, "-m", "tests.money_core.afresh", mutant.module, str(place)]
        try:
            ended = subprocess.run(
                command, input="\n".join(tests), text=True, cwd=ROOT, check=False, timeout=allowed
            )
        except subprocess.TimeoutExpired:
            return _DIES
        return _LIVES if ended.returncode == 0 else _DIES

    def _reap(self, running: dict[int, tuple[int, str]]) -> None:
        child, status = os.wait()
        place, scratch = running.pop(child)
        if os.waitstatus_to_exitcode(status) == _BROKEN:
            raise RuntimeError(self.mutants[place], (Path(scratch) / _WHY).read_text())
        shutil.rmtree(scratch, ignore_errors=True)
        self._note(place, is_killed=status != _LIVES)

    def _note(self, place: int, *, is_killed: bool) -> None:
        self.results[place] = is_killed
        mutant = self.mutants[place]
        if not is_killed:
            why = survivors().get(mutant.key)
            print(
                f"survived{' as known' if why else ''}: "
                f"{mutant.module}:{mutant.line} {mutant.function} [{mutant.what}] {mutant.source}",
                flush=True,
            )
        if len(self.results) % 50 == 0:
            print(
                f"{len(self.results)} of {len(self.mutants)}, {sum(self.results.values())} killed", flush=True
            )


def _replace(source: Source, mutant: Mutant) -> None:
    """Give the one function other code, wherever it is known already."""
    new = functions_of(source.compiled(mutant))[mutant.function]
    found = list(_functions(source.path, mutant.function))
    assert found, mutant
    for function in found:
        function.__code__ = new


def _functions(path: str, name: str) -> Iterator[FunctionType]:
    for each in gc.get_objects():
        if (
            isinstance(each, FunctionType)
            and each.__code__.co_filename == path
            and each.__code__.co_qualname == name
        ):
            yield each


def _empty_caches() -> None:
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and each.__module__.startswith(
            ("membership", "invoices")
        ):
            each.cache_clear()
