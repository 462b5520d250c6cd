"""Processes of their own that need not load the program anew: they are forked from one that has loaded it.

Loading takes two seconds of the processor, and the tests of kills and races start some seventy processes. Each has its
own environment, arguments and files for what it prints, and is killed like any other process.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import NamedTuple

_LOADED = [
    "membership.app",
    "membership.cli.main",
    "membership.web",
    "membership.jobs.engine",
    "tests.factories",
]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(_LOADED)


class _Order(NamedTuple):
    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    printed: str


class Forked:
    """A process that runs a module as `python -m MODULE ARGUMENTS…` does."""

    def __init__(self, module: str, *arguments: object, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.args = (module, *map(str, arguments))
        order = _Order(module, self.args[1:], dict(environment), self._folder.name)
        self._process = _CONTEXT.Process(target=_work, args=(order,))
        self._process.start()

    def poll(self) -> int | None:
        """Return what the process ended with, or nothing while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Return what the process ended with; one that takes longer than so many seconds is killed."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            self.send_signal(signal.SIGKILL)
            raise TimeoutExpired(self.args, timeout)
        return code

    def send_signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def printed(self, stream: str) -> str:
        """Return what was written to `stdout` or `stderr`."""
        path = Path(self._folder.name) / stream
        return path.read_text(errors="replace") if path.exists() else ""


def run(
    module: str, *arguments: object, environment: Mapping[str, str], timeout: float
) -> CompletedProcess[str]:
    """Run a module in a process of its own to its end."""
    process = Forked(module, *arguments, environment=environment)
    code = process.wait(timeout)
    return CompletedProcess(process.args, code, process.printed("stdout"), process.printed("stderr"))


def _work(order: _Order) -> None:
    """Become the process that was asked for."""
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        file = os.open(Path(order.printed) / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, stream.fileno())
        os.close(file)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    sys.argv = [order.module, *order.arguments]
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)
