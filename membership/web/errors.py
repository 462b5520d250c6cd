"""Errors as pages: `DomainError` to status once, everything else with a reference number and no inside views.

Source: `ux.md` 9 "Error pages"; SEC-50, SEC-51; FI-18.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from limits.errors import StorageError
from werkzeug.exceptions import HTTPException, SecurityError

from membership.domain.errors import (
    N_,
    Conflict,
    DomainError,
    InputError,
    NotAllowed,
    NotFound,
    ServiceUnavailable,
)
from membership.persistence.db import db
from membership.persistence.outages import is_outage
from membership.services.sign_in import Waiting
from membership.web import sessions
from membership.web.heavy import TooMuchAtOnce
from membership.web.language import words
from membership.web.returning import comes_from_us, safe_path, typed_fields


class SignRefused(InputError):
    """A sign that no text holds and that PostgreSQL cannot store."""

    message = N_("The address or a field holds a sign that is no text (NUL). Remove it, then try again.")
    code = "sign"


STATUSES: Final[tuple[tuple[type[DomainError], int], ...]] = (
    (SignRefused, 400),
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (ServiceUnavailable, 503),
    (Waiting, 429),
    (TooMuchAtOnce, 429),
    (DomainError, 422),
)
"""The first class that fits gives the status."""

_PLAIN: Final = (
    '<!DOCTYPE html><html lang="de"><meta charset="utf-8"><title>Da ist etwas schiefgegangen</title>'
    "<h1>Da ist etwas schiefgegangen</h1><p>Bitte versuchen Sie es in einigen Minuten erneut.</p>"
    "<p>Kennung {reference}</p>"
)
_MEGABYTE: Final = 1_048_576


def status_of(error: DomainError) -> int:
    """Return the status of a refusal."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def new_reference() -> str:
    """Return the number of a request that people can name: `7F3A-21BC`."""
    digits = secrets.token_hex(4).upper()
    return f"{digits[:4]}-{digits[4:]}"


def register(app: Flask) -> None:
    """Give every request its number and every error its page."""

    @app.before_request
    def number_request() -> None:
        g.request_id = new_reference()

    app.register_error_handler(SecurityError, _show_foreign_host)
    app.register_error_handler(CSRFError, _show_outdated)
    app.register_error_handler(RateLimitExceeded, _show_too_many)
    app.register_error_handler(DomainError, _show_refusal)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(Exception, _show_failure)


def error_page(status: int, /, **values: object) -> tuple[str, int]:
    """Return the page of a status within the frame the person has."""
    frame = "account/base.html"
    if not g.get("is_plain") and current_user.is_authenticated:
        frame = "base.html" if current_user.is_staff else "portal/base.html"
    name = f"errors/{status}.html"
    try:
        return render_template(name, frame=frame, reference=g.get("request_id"), **values), status
    except Exception:
        current_app.logger.exception("%s", _line("error page failed", status=status))
        return _PLAIN.format(reference=g.get("request_id", "")), status


def _show_foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer a request for a host that is not ours: no page, because its addresses would be wrong (SEC-28)."""
    return "This host is not served here.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _show_refusal(error: DomainError) -> ResponseReturnValue:
    status = status_of(error)
    log("refused", status=status, code=error.code)
    if isinstance(error, Waiting):
        return error_page(429, minutes=error.values["minutes"])
    if status in {403, 404}:
        return error_page(status)
    back = safe_path(request.path) if request.method == "GET" else None
    return error_page(status, message=words().error(error), back=back)


def _show_outdated(_error: CSRFError) -> ResponseReturnValue:
    log("outdated form", status=400)
    if not comes_from_us():
        return error_page(400)
    return error_page(400, kept=typed_fields(), action=safe_path(request.full_path) or "")


def _show_too_many(_error: RateLimitExceeded) -> ResponseReturnValue:
    log("too many attempts", status=429)
    return error_page(429, minutes=1)


def _show_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004 - 400 is where errors begin
        return error
    log("answered", status=status)
    if status == 413:  # noqa: PLR2004 - the status of a body that is too large
        limit = request.max_content_length or sessions.operator().max_upload
        is_file = request.mimetype == "multipart/form-data"
        return error_page(413, megabytes=max(1, limit // _MEGABYTE), is_file=is_file)
    known = status if status in {400, 403, 404, 409, 429, 503} else 404
    body, _page_status = error_page(known)
    methods = sorted(getattr(error, "valid_methods", None) or ())
    return body, status, {"Allow": ", ".join(methods)} if methods else {}


def _show_failure(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    away = is_outage(error) or isinstance(error, StorageError)
    status = 503 if away else 500
    current_app.logger.error("%s", _line("failed", status=status), exc_info=None if away else error)
    g.is_plain = True
    return error_page(status)


def log(event: str, **facts: object) -> None:
    """Write one line about this request; signs that could break a line are escaped."""
    current_app.logger.info("%s", _line(event, **facts))


def _line(event: str, **facts: object) -> str:
    path = re.sub(r"(/(?:invitation|reset|link|invoice)/)[^/?]+", r"\1…", request.path)
    known = {"request": g.get("request_id", "-"), "method": request.method, "path": path, **facts}
    words_of = " ".join(f"{name}={str(value)[:200]!a}" for name, value in known.items())
    return f"{event} {words_of}"
