"""Work that takes a while (files, pictures of pages, lists): few at once for each person, and never all threads.

Counted in this process: what is to be protected are its threads. Source: SEC-53; OWASP ASVS 2.4.1, 15.2.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import Final, TypeVar, cast

from flask import request
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError
from membership.web import sessions

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
MOST_FOR_ONE: Final = 2
_lock: Final = Lock()
_running: Final[Counter[str]] = Counter()


class TooMuchAtOnce(DomainError):
    """One person has more files made at once than the others can bear (status 429)."""

    message = N_(
        "Several files are being made at this moment. Please wait until they are there, then try again."
    )
    code = "too_much_at_once"


def few_at_once(view: View) -> View:
    """Return a view of which a person runs two at a time, and all people together one less than there are threads."""

    @wraps(view)
    def limited(*args: object, **kwargs: object) -> ResponseReturnValue:
        with _place(_person()):
            return view(*args, **kwargs)

    return cast("View", limited)


@contextmanager
def _place(person: str) -> Iterator[None]:
    with _lock:
        most = max(1, sessions.operator().threads - 1)
        if _running[person] >= MOST_FOR_ONE or _running.total() >= most:
            raise TooMuchAtOnce
        _running[person] += 1
    try:
        yield
    finally:
        with _lock:
            _running[person] -= 1


def _person() -> str:
    found = sessions.find_session()
    return f"person {found.user_id}" if found is not None else f"address {request.remote_addr}"
