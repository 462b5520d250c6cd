"""What is kept about a company and its people: who sees it, all of it as a file, and how to have it erased.

Source: `ux.md` 7 "Privacy"; Art. 15, 17 and 20 GDPR.
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.companies import RequestKind
from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.persistence.queries import companies as queries
from membership.services import companies
from membership.services.companies import export
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.downloads import archive
from membership.web.forms.own_company import ErasureForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.portal.companies import holds, own, own_with, page
from membership.web.portal.company import ROLE_WORDS

blueprint = Blueprint("privacy", __name__, url_prefix="/company/privacy")


@blueprint.get("")
@policy("portal.read")
def index() -> ResponseReturnValue:
    """Show who sees these pages, what is kept, and how to get or delete it."""
    shown = own()
    waiting = queries.list_open_requests(shown.session, member_id=shown.company.id)
    return page(
        "portal/privacy/index.html",
        shown,
        person=current_user,
        colleagues=queries.list_people(shown.session, shown.company.id),
        roles=ROLE_WORDS,
        may_ask=holds(shown, "portal.edit"),
        asked=next((line.request for line in waiting if line.request.kind is RequestKind.ERASURE), None),
    )


@blueprint.get("/data.zip")
@policy("portal.edit")
@few_at_once
def data() -> ResponseReturnValue:
    """Hand out everything that is kept about the company, as data to read and with its documents."""
    shown = own_with("portal.edit")
    file = export.write_own_data(shown.session, shown.company.id, words=words(), today=today())
    return archive(file, name=f"{shown.company.number}_{today().isoformat()}.zip")


@blueprint.route("/erase", methods=["GET", "POST"])
@policy("portal.edit")
def erase() -> ResponseReturnValue:
    """Ask the association to erase personal data."""
    shown = own_with("portal.edit")
    form = ErasureForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.ask_erasure, shown.company.number, text=str(form.text.data))
        except DomainError as error:
            form.refuse(error, "text")
        else:
            sessions.notice(
                "ok", _("Your request has reached the association. An e-mail tells you when it is done.")
            )
            return redirect(url_for(".index"), code=303)
    return page("portal/privacy/erase.html", shown, form=form), 422 if form.errors else 200


@blueprint.post("/requests/<int:request_id>/withdraw")
@policy("portal.edit")
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take a request back while nobody has decided about it."""
    shown = own_with("portal.edit")
    if write(current_actor(), companies.withdraw_request, shown.company.number, request_id):
        sessions.notice("ok", _("The request is taken back."))
    else:
        sessions.notice("warning", _("The request had been decided before, so it is not taken back."))
    return redirect(url_for("portal.company.index"), code=303)
