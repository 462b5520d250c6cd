"""The page of one payment: the way to the provider's page, and what became of it when the payer comes back.

Its address holds the payment's own random reference; it shows amount, documents and state and nothing else. What the
address says (`?left=1`) changes nothing: the provider is asked. Source: `ux.md` 7 “Pay”; STR-1; SEC-73; FI-36, FI-37.
"""

from __future__ import annotations

from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.online_payments.attempts import AttemptState
from membership.domain.policy import Actor, Job
from membership.jobs import online_payments as jobs
from membership.persistence.db import read_as
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.online_payments import AttemptView
from membership.web import sessions
from membership.web.access import policy
from membership.web.association import association_settings

blueprint = Blueprint("online_payment", __name__, url_prefix="/payment")
_LONGEST: Final = 64
_ASKED_ABOUT: Final = frozenset({AttemptState.ASKED, AttemptState.OPEN})


def _find(uid: str) -> AttemptView:
    reader = Actor(name="payment", at=sessions.moment(), request_id=g.request_id, job=Job.SIGN_IN)
    found = queries.find_attempt(read_as(reader), uid) if len(uid) <= _LONGEST else None
    if found is None:
        abort(404)
    return found


def _private(page: str | Response) -> Response:
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/<uid>/go")
@policy("public")
def go(uid: str) -> ResponseReturnValue:
    """Lead to the provider's page; while that is being made, say so. A payment that is over leads to its result."""
    view = _find(uid)
    state = view.attempt.state
    if state is AttemptState.ASKED:
        jobs.look_at(_app(), uid)
        view = _find(uid)
        state = view.attempt.state
    if state not in _ASKED_ABOUT:
        return _private(make_response(redirect(url_for(".show", uid=uid), code=303)))
    return _private(render_template("online_payment/go.html", attempt=view.attempt, here=request.path))


@blueprint.get("/<uid>")
@policy("public")
def show(uid: str) -> ResponseReturnValue:
    """Say what became of the payment, as the provider says it; while nobody knows, that it is being checked."""
    view = _find(uid)
    answered = True
    if view.attempt.state in _ASKED_ABOUT:
        answered = jobs.look_at(_app(), uid)
        view = _find(uid)
    state = view.attempt.state
    was_left = state is AttemptState.OPEN and answered and request.args.get("left") == "1"
    again = url_for("portal.pay.index", invoice=list(view.documents)) if _is_in_portal() else None
    return _private(
        render_template(
            "online_payment/show.html",
            attempt=view.attempt,
            documents=view.documents,
            state="left" if was_left else str(state),
            is_mailed=association_settings().can_send_mail,
            is_checking=state in _ASKED_ABOUT and not was_left,
            go=url_for(".go", uid=uid),
            again=again,
            home=url_for("portal.home.index") if _is_in_portal() else None,
            here=request.full_path.rstrip("?"),
        )
    )


def _is_in_portal() -> bool:
    return bool(current_user.is_authenticated) and sessions.holds("portal.pay")


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    return app
