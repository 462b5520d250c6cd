"""Where to go after signing in, and forms that were sent too late: kept, signed, and offered again.

Source: SEC-23, SEC-36; `ux.md` 4 "Session", 9 "Error pages".
"""

from __future__ import annotations

import json
import re
from typing import Final

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms.validators import ValidationError

from membership.web.forms.account import KeptProofForm, SignInForm

Pairs = list[tuple[str, str]]
_SECRET_FIELDS: Final = re.compile(r"password|code|secret|token", re.IGNORECASE)
_KEPT_FOR: Final = 12 * 3600


def safe_path(text: str | None) -> str | None:
    """Return an address of our own (a path), None for anything else: foreign hosts, schemes, odd signs."""
    path = (text or "").removesuffix("?")
    if not re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", path) or path.startswith(("/sign-in", "/sign-out")):
        return None
    return path


def typed_fields() -> Pairs:
    """Return what the form of this request holds, without tokens, passwords and codes."""
    return [
        (name, value)
        for name, values in request.form.lists()
        if not _SECRET_FIELDS.search(name)
        for value in values
    ]


def ask_to_sign_in() -> ResponseReturnValue:
    """Return the way to the sign-in page; a form of ours that was sent after the end of the session is kept."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("account.sign_in", next=safe_path(request.full_path)))
    kept = _signer().dumps([request.full_path, typed_fields()]) if _is_our_form() else ""
    form = SignInForm(formdata=None)
    form.kept.data = kept
    return render_template("account/sign_in.html", form=form, is_kept=bool(kept)), 401


def ask_to_prove() -> ResponseReturnValue:
    """Return the page that asks for the password once more; the form that was sent is kept and offered again."""
    form = KeptProofForm(formdata=None)
    form.kept.data = _signer().dumps([request.full_path, typed_fields()]) if _is_our_form() else ""
    return render_template("account/prove.html", form=form), 401


def kept_form(signed: str) -> tuple[str, Pairs] | None:
    """Return address and fields of a kept form; None when there is none or it is not ours."""
    if not signed:
        return None
    try:
        address, pairs = _signer().loads(signed, max_age=_KEPT_FOR)
    except (BadSignature, ValueError, json.JSONDecodeError):
        return None
    path = safe_path(address)
    return (path, [(name, value) for name, value in pairs]) if path else None


def comes_from_us() -> bool:
    """Return whether the browser says that a page of ours sent this request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")


def _is_our_form() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _signer() -> URLSafeTimedSerializer:
    key = current_app.secret_key
    assert key, "no secret key"
    return URLSafeTimedSerializer(key, salt="kept-form")
