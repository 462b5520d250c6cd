"""What a person decides about sendings; each leads back to where it was asked.

Source: `ux.md` 5.2 (unclear: a person decides), 6.6 (pause, resume, send again).
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from membership.domain.errors import AlreadyDone
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.services import dispatch
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.language import _, ngettext, words
from membership.web.returning import safe_path
from membership.web.treasurer.dispatch.blueprint import blueprint
from membership.web.treasurer.list_address import whole_number


def _back() -> Response:
    return redirect(safe_path(request.form.get("back", "")) or url_for(".index"), code=303)


def _run() -> int | None:
    return whole_number(request.form.get("run", ""))


@blueprint.post("/<int:dispatch_id>/retry")
@policy("invoice.send")
def retry(dispatch_id: int) -> ResponseReturnValue:
    """Send a failed or unclear mail again."""
    return _decided(lambda: write(current_actor(), dispatch.retry_dispatch, dispatch_id))


@blueprint.post("/<int:dispatch_id>/arrived")
@policy("invoice.send")
def arrived(dispatch_id: int) -> ResponseReturnValue:
    """Say that an unclear mail arrived."""
    return _decided(lambda: write(current_actor(), dispatch.settle_dispatch, dispatch_id, arrived=True))


@blueprint.post("/<int:dispatch_id>/bounced")
@policy("invoice.send")
def bounced(dispatch_id: int) -> ResponseReturnValue:
    """Say that a mail came back."""
    return _decided(lambda: write(current_actor(), dispatch.note_bounce, dispatch_id))


def _decided(decide: object) -> ResponseReturnValue:
    assert callable(decide), decide
    try:
        decide()
    except (dispatch.NotToDecide, AlreadyDone) as error:
        sessions.notice("warning", words().error(error))
    else:
        wake()
    return _back()


@blueprint.post("/retry-failed")
@policy("invoice.send")
def retry_failed() -> ResponseReturnValue:
    """Send all failed mails again."""
    count = write(current_actor(), dispatch.retry_failed, run_id=_run())
    wake()
    sessions.notice("ok", ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", count))
    return _back()


@blueprint.post("/withdraw")
@policy("invoice.send")
def withdraw() -> ResponseReturnValue:
    """Take back what waits."""
    count = write(current_actor(), dispatch.withdraw_waiting, run_id=_run())
    message = ngettext("%(n)s sending is taken back.", "%(n)s sendings are taken back.", count)
    sessions.notice("ok", message)
    return _back()


@blueprint.post("/halt")
@policy("invoice.send")
def halt() -> ResponseReturnValue:
    """Stop sending after the mail that is on its way."""
    write(current_actor(), dispatch.halt_lane)
    return _back()


@blueprint.post("/go-on")
@policy("invoice.send")
def go_on() -> ResponseReturnValue:
    """Go on, or try at once."""
    write(current_actor(), dispatch.open_lane)
    wake()
    sessions.notice("ok", _("The sending goes on."))
    return _back()
