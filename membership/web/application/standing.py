"""What the link of an applicant opens: confirm the address, see how the application stands, take it back.

Opening it changes nothing: mail scanners open links too. Source: `domain.md` 3.1 "applied"; SEC-25, SEC-26.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.applications import ApplicationLinkEnded, ApplicationState, ApplicationStateWrong
from membership.jobs.engine import wake
from membership.persistence.db import read_as, write
from membership.services import applications
from membership.web.access import policy
from membership.web.application.blueprint import blueprint, frame, private
from membership.web.declaring import visitor
from membership.web.language import _, prefer
from membership.web.limits import few_attempts

_PER_MINUTE: Final = 20
View = Callable[[str], ResponseReturnValue]


def _behind_link(view: View) -> View:
    """Return a view whose answers are private; a link that does not work has a page of its own."""

    @wraps(view)
    def opened(secret: str) -> ResponseReturnValue:
        try:
            return private(view(secret))
        except ApplicationLinkEnded:
            page = render_template("application/ended.html", message=_(ApplicationLinkEnded.message))
            return private((page, 404))

    return opened


@blueprint.get("/<secret>")
@policy("public")
@_behind_link
def show(secret: str) -> ResponseReturnValue:
    """Show how the application stands; the first time the button that confirms it."""
    found = applications.find_by_link(read_as(visitor()), secret, at=visitor().at)
    prefer(found.language)
    return render_template(
        "application/status.html",
        application=found,
        company=found.data["name"],
        state=str(found.state),
        secret=secret,
        can_withdraw=found.state in {ApplicationState.UNCONFIRMED, ApplicationState.WAITING},
        **frame(),
    )


@blueprint.post("/<secret>/confirm")
@policy("public")
@few_attempts(_PER_MINUTE)
@_behind_link
def confirm(secret: str) -> ResponseReturnValue:
    """Let the application count."""
    write(visitor(), applications.confirm, secret)
    wake()
    return redirect(url_for(".show", secret=secret), code=303)


@blueprint.post("/<secret>/withdraw")
@policy("public")
@few_attempts(_PER_MINUTE)
@_behind_link
def withdraw(secret: str) -> ResponseReturnValue:
    """Take the application back."""
    with suppress(ApplicationStateWrong):  # Decided meanwhile: the page says how it stands.
        write(visitor(), applications.withdraw_by_link, secret)
        wake()
    return redirect(url_for(".show", secret=secret), code=303)
