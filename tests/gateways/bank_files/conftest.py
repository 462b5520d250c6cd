"""What the tests of hostile bank files share: a bound of time that a loaded machine does not move."""

from __future__ import annotations

import signal
from contextlib import contextmanager

import pytest

SECONDS = 5


@pytest.fixture
def few_seconds():
    """Return a context that may use five seconds of CPU time, and is ended when it takes more."""

    @contextmanager
    def bounded():
        def end(*_):
            raise TimeoutError(f"more than {SECONDS} s of CPU time")

        before = signal.signal(signal.SIGVTALRM, end)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    return bounded()
