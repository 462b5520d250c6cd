"""Limits on attempts: sign-in, second factor, set-up, resets; counted per address, failures also in all.

In memory while there is one process, in Redis as soon as there are more (`decisions.md` 40). Source: SEC-16, SEC-17.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, current_app, g
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerDay

from membership.domain.errors import N_, ServiceUnavailable
from membership.persistence.db import write
from membership.services import sign_in
from membership.settings import Settings, SettingsWrong
from membership.web import known_browsers, sessions

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)
FAILURES_PER_HOUR: Final = 1000
_FAILED: Final = frozenset({401, 403, 404, 422, 429})


class CountedApart(SettingsWrong):
    """Several processes would each count for themselves."""

    message = N_(
        "gunicorn runs several web processes: set rate_limit_storage to redis://…, so that they count together."
    )


class StoreAway(ServiceUnavailable):
    """Where attempts are counted does not answer."""

    message = N_(
        "The store of the limits on attempts does not answer. Check that it runs and that rate_limit_storage names it."
    )
    code = "rate_store"


def register(app: Flask, settings: Settings) -> None:
    """Count attempts where the operator says; a store that is away is an outage, not a failure of ours."""
    is_in_memory = settings.rate_limit_storage.startswith("memory:")
    if is_in_memory and os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
        raise CountedApart
    app.config["RATELIMIT_STORAGE_URI"] = settings.rate_limit_storage
    app.config.setdefault("FAILURES_PER_HOUR", FAILURES_PER_HOUR)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"wrap_exceptions": True}
    limiter.init_app(app)


def require_store() -> None:
    """Raise `StoreAway` unless attempts can be counted."""
    if not limiter.storage.check():
        raise StoreAway


def few_attempts(per_minute: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that lets an address send a form so often a minute."""
    decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = limiter.limit(
        f"{per_minute} per minute", methods=["POST"]
    )
    return decorator


def has_left(what: str, per_day: int) -> bool:
    """Return whether an address may still do something today that it may do so often a day."""
    return limiter.limiter.test(RateLimitItemPerDay(per_day), what, get_remote_address())


def count_once(what: str, per_day: int) -> None:
    """Count that an address did something of which it may do so much a day."""
    limiter.limiter.hit(RateLimitItemPerDay(per_day), what, get_remote_address())


def _has_failed(response: Response) -> bool:
    return response.status_code in _FAILED


def _most_failures() -> str:
    return f"{current_app.config['FAILURES_PER_HOUR']} per hour"


def _raise_alarm(_limit: RequestLimit) -> None:
    if write(sessions.doorkeeper(g.request_id), sign_in.raise_alarm):
        current_app.logger.warning("alarm: sign-in is closed to new browsers, too many failures in an hour")


few_failures: Callable[[Callable[..., Any]], Callable[..., Any]] = limiter.shared_limit(
    _most_failures,
    scope="failures",
    key_func=lambda: "all",
    methods=["POST"],
    deduct_when=_has_failed,
    exempt_when=known_browsers.is_known,
    on_breach=_raise_alarm,
)
"""One password tried against a thousand accounts: after a thousand failures in an hour no new browser can try."""
