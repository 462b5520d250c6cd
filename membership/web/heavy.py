"""Work that takes a while (files, pictures of pages, lists): few at once for each person, and never all threads.

Counted in this process: what is to be protected are its threads. Source: SEC-53; OWASP ASVS 2.4.1, 15.2.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import Final, TypeVar, cast

from flask import request
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError
from membership.web import sessions

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
MOST_FOR_ONE: Final = 2
_PATIENCE_SECONDS: Final = 5.0
_changed: Final = Condition()
_running: Final[Counter[str]] = Counter()
_held: Final[Counter[str]] = Counter()
"""Threads that work for a person, and those that work or wait for it."""


class TooMuchAtOnce(DomainError):
    """One person has more files made at once than the others can bear (status 429)."""

    message = N_(
        "Several files are being made at this moment. Please wait until they are there, then try again."
    )
    code = "too_much_at_once"


def few_at_once(view: View, *, patience: float = 0.0) -> View:
    """Return a view of which a person runs two at a time, and all people together one less than there are threads.

    Raises `TooMuchAtOnce` when no place is free within so many seconds.
    """

    @wraps(view)
    def limited(*args: object, **kwargs: object) -> ResponseReturnValue:
        with _place(_person(), patience):
            return view(*args, **kwargs)

    return cast("View", limited)


def waiting(view: View) -> View:
    """Return a view like `few_at_once` for what a page loads by itself: it waits for its place for a while."""
    return few_at_once(view, patience=_PATIENCE_SECONDS)


@contextmanager
def _place(person: str, patience: float) -> Iterator[None]:
    most = max(1, sessions.operator().threads - 1)
    with _changed:
        if _held.total() >= most:
            raise TooMuchAtOnce
        _held[person] += 1
        if not _changed.wait_for(lambda: _running[person] < MOST_FOR_ONE, timeout=patience):
            _held[person] -= 1
            raise TooMuchAtOnce
        _running[person] += 1
    try:
        yield
    finally:
        with _changed:
            _running[person] -= 1
            _held[person] -= 1
            _changed.notify_all()


def _person() -> str:
    found = sessions.find_session()
    return f"person {found.user_id}" if found is not None else f"address {request.remote_addr}"
