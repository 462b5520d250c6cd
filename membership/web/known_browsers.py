"""The cookie by which a browser is known again: a random id that opens nothing by itself (SEC-16)."""

from __future__ import annotations

import secrets

from flask import Response, g, request

from membership.persistence.db import read_as, write
from membership.services import known_browsers
from membership.web import sessions


def browser_id() -> str:
    """Return the id this browser carries; empty when it carries none."""
    found = request.cookies.get(_name(), "")
    return found if len(found) <= 100 else ""  # noqa: PLR2004 - an id has 43 signs; more is not ours


def is_known() -> bool:
    """Return whether the account that is signing in was signed in to in this browser before."""
    keeper = sessions.doorkeeper(g.request_id)
    found = sessions.find_session()
    email = found.email if found is not None else request.form.get("email", "")[:254]
    return known_browsers.is_known(read_as(keeper), email, browser_id())


def remember(response: Response, user_id: int) -> None:
    """Know this browser again when the person signs in the next time."""
    carried = browser_id() or secrets.token_urlsafe(32)
    write(sessions.doorkeeper(g.request_id), known_browsers.remember, user_id, carried)
    response.set_cookie(
        _name(), carried, max_age=known_browsers.LIVES, secure=sessions.is_secure(), httponly=True, samesite="Lax",
        path="/",
    )  # fmt: skip


def _name() -> str:
    return "__Host-browser" if sessions.is_secure() else "beitragsbuch-browser"
