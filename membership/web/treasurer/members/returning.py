"""The way back to the record after a step, with what was done and how to undo it."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from membership.persistence.form_tokens import find_result
from membership.web import sessions
from membership.web.access import current_actor, read
from membership.web.language import _


def is_repeated() -> bool:
    """Return whether this very form was sent before: a second click then only goes back."""
    return request.method == "POST" and find_result(read(), current_actor()) is not None


def back(number: str) -> ResponseReturnValue:
    """Lead to the record."""
    return redirect(url_for(".show", number=number), code=303)


def to_record(number: str, text: str, *, undo: str | None = None) -> ResponseReturnValue:
    """Lead to the record and say what was done; `undo` is the address (POST) that takes it back."""
    sessions.notice("ok", text, {"href": undo, "label": _("Undo")} if undo else None)
    return back(number)
