"""Limits on attempts: sign-in, second factor, set-up, resets; counted per address, failures also in all.

In memory while there is one process, in Redis as soon as there are more (`decisions.md` 40). Source: SEC-16, SEC-17.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from membership.settings import Settings

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)
_FAILED: Final = frozenset({401, 403, 404, 422, 429})


def register(app: Flask, settings: Settings) -> None:
    """Count attempts where the operator says."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.rate_limit_storage
    limiter.init_app(app)


def few_attempts(per_minute: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that lets an address send a form so often a minute."""
    decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = limiter.limit(
        f"{per_minute} per minute", methods=["POST"]
    )
    return decorator


def _has_failed(response: Response) -> bool:
    return response.status_code in _FAILED


few_failures: Callable[[Callable[..., Any]], Callable[..., Any]] = limiter.shared_limit(
    "1000 per hour",
    scope="failures",
    key_func=lambda: "all",
    methods=["POST"],
    deduct_when=_has_failed,
)
"""One password tried against a thousand accounts: after a thousand failures in an hour nobody can try any more."""
