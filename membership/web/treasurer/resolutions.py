"""Resolutions: the list with what rests on each, a new one, and the kept files. Source: `ux.md` 6.13; MEM-20."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.domain.resolutions import ORGAN_WORDS, Key, Resolution, organ_of
from membership.persistence.db import write
from membership.persistence.queries.resolutions import KIND_SCHEDULE, Use
from membership.services import resolutions
from membership.services.resolutions import Listed, ResolutionUnreadable
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.forms.resolutions import ResolutionForm
from membership.web.heavy import few_at_once
from membership.web.language import _, day_to_type
from membership.web.treasurer.audit import KIND_WORDS, name_actions

blueprint = Blueprint("resolutions", __name__, url_prefix="/resolutions")
name_actions({"resolution.put": N_("Resolution recorded")})
KIND_WORDS.update({"resolution": N_("Resolution")})


@blueprint.get("")
@policy("schedule.read")
def index() -> ResponseReturnValue:
    """List the resolutions, the latest first, with what rests on each."""
    rows = [_row(each) for each in resolutions.list_resolutions(read())]
    return render_template("treasurer/resolutions/index.html", rows=rows)


@blueprint.route("/new", methods=["GET", "POST"])
@policy("schedule.write", takes_files=True)
def new() -> ResponseReturnValue:
    """Record a resolution; the address may name the one that a list has found."""
    form = ResolutionForm(data=_asked())
    if form.validate_on_submit() and form.decided_on.day is not None:
        upload = form.file.data
        has_file = bool(upload and upload.filename)
        said = Resolution(
            Key(form.decided_on.day, str(form.organ.data), (form.item.data or "").strip()),
            str(form.text.data).strip(),
            str(upload.filename) if has_file else "",
        )
        try:
            write(current_actor(), resolutions.put_resolution, said, upload.read() if has_file else None)
        except ResolutionUnreadable as error:
            form.refuse(error, "file")
        else:
            sessions.notice("ok", _("The resolution is recorded."))
            return redirect(url_for(".index"), code=303)
    page = render_template("treasurer/resolutions/new.html", form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/<int:resolution_id>/file")
@policy("schedule.read")
@few_at_once
def file(resolution_id: int) -> ResponseReturnValue:
    """Hand the PDF of a resolution out."""
    return download(resolutions.read_file(read(), resolution_id))


def organ_words(organ: str) -> str:
    """Return who resolved something, in the language of the page."""
    known = ORGAN_WORDS.get(organ_of(organ))
    return _(known) if known else organ


def _row(each: Listed) -> dict[str, Any]:
    key = each.key
    return {
        "organ": organ_words(key.organ),
        "on": key.on,
        "item": key.item,
        "text": each.text,
        "file": url_for(".file", resolution_id=each.file_id) if each.file_id else None,
        "record": url_for(".new", organ=key.organ, on=key.on.isoformat(), item=key.item or None),
        "uses": [{"kind": _(use.kind), "ref": use.ref, "href": _place_of(use)} for use in each.uses],
    }


def _place_of(use: Use) -> str | None:
    if use.is_of_member:
        return url_for("treasurer.members.show", number=use.ref) if sessions.holds("member.read") else None
    if use.kind == KIND_SCHEDULE:
        return url_for("treasurer.schedules.show", version_id=use.row_id)
    return url_for("treasurer.billing.list_levies")


def _asked() -> dict[str, str]:
    """Return what the address fills in; what is no day of a calendar or no organ is left out."""
    found = {"item": request.args.get("item", "")[:20]}
    organ = request.args.get("organ", "")
    if organ in ORGAN_WORDS:
        found["organ"] = organ
    with suppress(ValueError):
        found["decided_on"] = day_to_type(date.fromisoformat(request.args.get("on", "")))
    return found
