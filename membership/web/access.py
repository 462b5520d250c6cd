"""Who may open a page: `@policy(...)` on every view, checked before it runs; a route without one does not exist.

`@policy("member.read")` names an action of `domain/policy.py`; `"public"` and `"signed_in"` are the two other words.
The same check follows the second factor, the size of what is sent and the protection of forms.

Source: `reliability.md` 5.10 no. 45; INV-19, INV-20; SEC-01, SEC-07, SEC-31, SEC-37.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException

from membership.domain.errors import OnlyLooking
from membership.domain.policy import ACTIONS, EVERYBODY, SIGNED_IN, STAFF, Actor, may
from membership.persistence.db import Session, read_as, write
from membership.persistence.queries.users import SignedIn
from membership.services import audit
from membership.web import sessions
from membership.web.association import association_settings
from membership.web.errors import SignRefused
from membership.web.returning import ask_to_prove, ask_to_sign_in, safe_path

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
_ATTRIBUTE: Final = "membership_policy"
_LONGEST_TOKEN: Final = 64
_MOST_FIELDS: Final = 2000
csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a view asks for.

    Args:
        action: a named action, or `public` or `signed_in`.
        takes_files: the body may be as large as an upload.
        second_factor: staff without a second factor is led to set it up first (before the first billing run).
        fresh: who sends the form must have given the password within the last 15 minutes (bank data, rights).
        signed_bytes: no form but a signed message of a machine, of at most so many bytes; the view checks the
            signature, and so it needs no protection of forms. 0: a form.
    """

    action: str
    takes_files: bool = False
    second_factor: bool = False
    fresh: bool = False
    signed_bytes: int = 0


def policy(
    action: str,
    *,
    takes_files: bool = False,
    second_factor: bool = False,
    fresh: bool = False,
    signed_bytes: int = 0,
) -> Callable[[View], View]:
    """Return the decorator that says who may open a view; it stands below the route."""
    assert action in {*ACTIONS, EVERYBODY, SIGNED_IN}, action

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, Policy(action, takes_files, second_factor, fresh, signed_bytes))
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """Return the policy of an endpoint; None means that nobody may open it."""
    return getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None)


def offered_actions(app: Flask) -> frozenset[str]:
    """Return the actions that some page asks for; the table of rights also names some without a page yet."""
    policies = (policy_of(app, endpoint) for endpoint in app.view_functions)
    return frozenset(each.action for each in policies if each is not None)


def may_open(address: str) -> bool:
    """Return whether who reads this page may open an address of the product, so that no link leads to a refusal."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(address).path, method="GET")
    except HTTPException:
        return False
    asked = policy_of(current_app, endpoint)
    if asked is None or asked.action == EVERYBODY:
        return asked is not None
    found = _full_session()
    if found is None or asked.action == SIGNED_IN:
        return found is not None
    return may(sessions.acting(found, request_id=g.request_id), asked.action)


def register(app: Flask) -> None:
    """Check every request before its view."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    csrf.init_app(app)
    app.before_request(_check)


def current_actor(*, with_form_token: bool = True) -> Actor:
    """Return who acts in this request, with its id, its moment and the token of the form.

    Without the form token for forms that carry passwords or codes: no fingerprint of them is kept.
    """
    token = request.form.get("form_token", "")[:_LONGEST_TOKEN] if with_form_token else ""
    return sessions.acting(_full_session(), request_id=g.request_id, form_token=token or None)


def read() -> Session:
    """Return the session of this request for reading, limited to what the person may see."""
    return read_as(current_actor(with_form_token=False))


def _full_session() -> SignedIn | None:
    found = sessions.find_session()
    return None if found is None or sessions.is_waiting_for_second_factor(found) else found


def _check() -> ResponseReturnValue | None:
    _refuse_nul(request.path, *(part for pair in request.args.items(multi=True) for part in pair))
    if request.routing_exception is not None or request.endpoint is None:
        return None
    asked = policy_of(current_app, request.endpoint)
    if asked is None:
        current_app.logger.error("the route %s has no policy and is refused", request.endpoint)
        abort(404)
    if asked.signed_bytes:
        request.max_content_length = asked.signed_bytes
        return None
    if not asked.takes_files:
        request.max_content_length = sessions.operator().max_form
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        _check_form()
    refusal = None if asked.action == EVERYBODY else _check_person(asked)
    if refusal is None and request.method not in {"GET", "HEAD", "OPTIONS"}:
        csrf.protect()
    return refusal


def _refuse_nul(*texts: str | None) -> None:
    if any("\0" in (text or "") for text in texts):
        raise SignRefused


def _check_form() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(400)
    if sum(len(values) for _name, values in request.form.lists()) > _MOST_FIELDS:
        abort(413)
    _refuse_nul(*(part for pair in request.form.items(multi=True) for part in pair))
    _refuse_nul(*(part for name, file in request.files.items(multi=True) for part in (name, file.filename)))
    if any(len(request.form.getlist(name)) > 1 for name in ("csrf_token", "form_token")):
        abort(400)


def _check_person(asked: Policy) -> ResponseReturnValue | None:
    found = sessions.find_session()
    if found is None:
        return ask_to_sign_in()
    if sessions.is_waiting_for_second_factor(found):
        return redirect(url_for("account.second_factor", next=safe_path(request.full_path)))
    if asked.action != SIGNED_IN:
        _require(found, asked)
    return _ask_for_second_factor(found, asked) or _ask_for_proof(found, asked)


def _require(found: SignedIn, asked: Policy) -> None:
    actor = sessions.acting(found, request_id=g.request_id)
    if may(actor, asked.action):
        if actor.is_looking and request.method not in {"GET", "HEAD", "OPTIONS"}:
            raise OnlyLooking
        return
    write(actor, audit.record_refusal, endpoint=str(request.endpoint), action=asked.action)
    abort(403 if actor.roles & STAFF else 404)


def lacks_second_factor(found: SignedIn) -> bool:
    """Return whether the roles ask for a second factor that is not set up; the demonstration asks for none."""
    if found.is_second_factor_set_up or sessions.operator().is_demo:
        return False
    of_staff = association_settings().flag("second_factor.staff")
    return sessions.is_second_factor_wanted(found, of_staff=of_staff)


def _ask_for_second_factor(found: SignedIn, asked: Policy) -> ResponseReturnValue | None:
    is_free = request.blueprint in {"account", "public"} or not (asked.second_factor or found.has_billed)
    if is_free or not lacks_second_factor(found):
        return None
    return redirect(url_for("account.set_up_second_factor", next=safe_path(request.full_path)), code=303)


def _ask_for_proof(found: SignedIn, asked: Policy) -> ResponseReturnValue | None:
    if not asked.fresh or request.method in {"GET", "HEAD", "OPTIONS"} or sessions.is_fresh(found):
        return None
    return ask_to_prove()
