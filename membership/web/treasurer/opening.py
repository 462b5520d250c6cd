"""Open amounts of earlier years: what was taken over, taking a list over after a check, taking one back.

Source: `ux.md` 6.9 (a migration); PAY-1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError
from membership.persistence.db import write
from membership.persistence.queries.opening_items import count_opening_items, list_opening_items
from membership.services import opening_items, uploads
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.files import FileMissing
from membership.web.forms.opening import OpeningForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, ngettext, words
from membership.web.treasurer.audit import name_actions
from membership.web.treasurer.paging import PAGE, page_number, pager

blueprint = Blueprint("opening", __name__, url_prefix="/opening-items")
name_actions({
    "opening.take_over": N_("Open amount taken over"),
    "opening.take_back": N_("Open amount taken back"),
})  # fmt: skip
_RIGHT: Final = opening_items.WRITE
_LONGEST: Final = 200


def _folder() -> Path:
    return sessions.operator().state_dir


@blueprint.route("", methods=["GET", "POST"])
@policy("claim.change", takes_files=True)
@few_at_once
def index() -> ResponseReturnValue:
    """Show what was taken over, and take a list in for its check."""
    form = OpeningForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            if not upload or not upload.filename:
                raise FileMissing
            data = upload.read()
            opening_items.plan_list(read(), data, filename=upload.filename, today=today())
            token = uploads.keep_upload(read(), _folder(), upload.filename, data, right=_RIGHT)
            return redirect(url_for(".check", token=token), code=303)
        except DomainError as error:
            form.refuse(error, "file")
    session = read()
    count, cents = count_opening_items(session)
    total = len(list_opening_items(session))
    page = min(page_number(), max(1, -(-total // PAGE)))
    rendered = render_template(
        "treasurer/opening/index.html", form=form, count=count, cents=cents, pager=pager(page, total),
        rows=list_opening_items(session, page=page, size=PAGE),
    )  # fmt: skip
    return rendered, 422 if form.errors else 200


@blueprint.route("/check/<token>", methods=["GET", "POST"])
@policy("claim.change")
@few_at_once
def check(token: str) -> ResponseReturnValue:
    """Show what the list would do, and do it."""
    kept = uploads.get_upload(read(), _folder(), token, right=_RIGHT)
    if request.method == "POST":
        numbers = write(
            current_actor(), opening_items.take_over, kept.content, filename=kept.name, today=today()
        )
        text = ngettext("%(n)s open amount taken over.", "%(n)s open amounts taken over.", len(numbers))
        sessions.notice("ok", text)
        return redirect(url_for(".index"), code=303)
    plan = opening_items.plan_list(read(), kept.content, filename=kept.name, today=today())
    return render_template(
        "treasurer/opening/check.html", plan=plan, name=kept.name, token=token, worded=words().value
    )


@blueprint.errorhandler(uploads.UploadGone)
def ask_for_the_file_again(error: uploads.UploadGone) -> ResponseReturnValue:
    """Lead back to the file, and say why."""
    sessions.notice("warning", words().error(error))
    return redirect(url_for(".index"), code=303)


@blueprint.post("/take-back")
@policy("claim.change")
def take_back() -> ResponseReturnValue:
    """Take one back that was wrong."""
    number = request.form.get("number", "")[:_LONGEST]
    done = write(
        current_actor(), opening_items.take_back, number, reason=_("Taken over by mistake"), today=today()
    )
    sessions.notice("ok", _("The open amount %(number)s is taken back.", number=done))
    return redirect(url_for(".index"), code=303)
