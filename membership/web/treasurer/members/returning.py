"""A step of a record that is read before it is taken, and the way back with what was done and how to undo it."""

from __future__ import annotations

from hashlib import sha256

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.policy import Actor
from membership.web import sessions
from membership.web.access import current_actor
from membership.web.language import _


def back(number: str) -> ResponseReturnValue:
    """Lead to the record."""
    return redirect(url_for(".show", number=number), code=303)


def to_record(
    number: str, text: str, *, undo: str | None = None, onward: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Lead to the record and say what was done; `undo` is the address (POST) that takes it back."""
    sessions.notice("ok", text, {"href": undo, "label": _("Undo")} if undo else None, onward=onward)
    return back(number)


def trying() -> Actor:
    """Return the person without the token of the form: nothing is kept of a try."""
    return current_actor(with_form_token=False)


def key_of(*parts: object) -> str:
    """Return a short name of all that is read back."""
    return sha256(repr(parts).encode()).hexdigest()[:16]
