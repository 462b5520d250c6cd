"""The versions: listed, shown in words, handed out as a file, put into force."""

from __future__ import annotations

import json
from collections import Counter

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from membership.domain.approvals import Action
from membership.domain.dues.check import check_members
from membership.domain.dues.editing.sizes import used_sizes
from membership.domain.dues.words import basis_title
from membership.domain.errors import N_
from membership.persistence.db import write
from membership.persistence.queries.schedules import count_billed, list_versions
from membership.services import schedules
from membership.services.approvals import is_needed
from membership.services.exports import File
from membership.services.schedule_effects import Direction, effect_of
from membership.services.schedules import ScheduleIncomplete, ScheduleOverlaps
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.forms.resolutions import ResolutionFileForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.overview import setup
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.effects import effect_view, effect_year
from membership.web.treasurer.schedules.examples import example
from membership.web.treasurer.schedules.shown import names_of, place_of, shown
from membership.web.waiting import is_waiting, waiting_at

STATE_WORDS = {
    "draft": N_("Draft"),
    "resolved": N_("Resolved"),
    "in_force": N_("In force"),
    "superseded": N_("Followed"),
}


@blueprint.get("")
@policy("schedule.read")
def index() -> ResponseReturnValue:
    """List the versions, the newest first."""
    return render_template("treasurer/schedules/index.html", rows=list_versions(read()), today=today())


@blueprint.get("/<int:version_id>")
@policy("schedule.read")
def show(version_id: int) -> ResponseReturnValue:
    """Show one version in words, what it means for the members, and an example."""
    return version_page(version_id, ResolutionFileForm())


def version_page(version_id: int, form: ResolutionFileForm) -> ResponseReturnValue:
    """Return the page of one version; the form takes the PDF of its resolution."""
    session = read()
    found = shown(session, version_id)
    effect = None
    if not found.is_superseded:
        effect = effect_of(session, found.schedule, year=effect_year(found.schedule))
    counts = Counter(each.category for each in effect.members) if effect else {}
    page = render_template(
        "treasurer/schedules/show.html",
        form=form,
        resolution=schedules.resolution_key(found.schedule),
        resolution_file=schedules.resolution_file(session, found.schedule),
        awaited=waiting_at(read(), "schedule", found.row.code),
        found=found,
        hints=[*found.hints, *check_members(found.schedule, counts)],
        view=effect_view(effect, found.names) if effect else None,
        missing={code: name for code, name in found.names.items() if code not in found.schedule.categories},
        sizes={
            name: words().value(basis_title(found.schedule.bases[name]))
            for name in used_sizes(found.row.document)
        },
        directions=Direction,
        example=example(found),
        today=today(),
        place_of=place_of,
        say=words().value,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/<int:version_id>/file")
@policy("schedule.read")
def file(version_id: int) -> ResponseReturnValue:
    """Hand the stored form out as a JSON file."""
    row = shown(read(), version_id).row
    content = json.dumps(row.document, ensure_ascii=False, indent=2).encode()
    name = secure_filename(row.code) or "fee-schedule"
    return download(File(f"{name}.json", "application/json; charset=utf-8", content))


@blueprint.route("/<int:version_id>/activate", methods=["GET", "POST"])
@policy("schedule.write")
def activate(version_id: int) -> ResponseReturnValue:
    """Show what coming into force means; then do it."""
    session = read()
    found = shown(session, version_id)
    refused = ""
    if request.method == "POST":
        try:
            result = write(current_actor(), schedules.activate_schedule, found.row.code)
        except (ScheduleIncomplete, ScheduleOverlaps) as error:
            refused = words().error(error)
        else:
            if not is_waiting(result):
                text = _("The fee schedule %(code)s is in force.", code=found.row.code)
                sessions.notice("ok", text, onward=setup.onward(read()))
            return redirect(url_for(".show", version_id=version_id), code=303)
        session = read()
        found = shown(session, version_id)
    if not found.is_draft:
        return redirect(url_for(".show", version_id=version_id))
    effect = effect_of(session, found.schedule, year=effect_year(found.schedule))
    page = render_template(
        "treasurer/schedules/activate.html",
        awaited=waiting_at(session, "schedule", found.row.code),
        needs_second=is_needed(session, Action.SCHEDULE),
        found=found,
        effect=effect,
        followed=_followed(version_id),
        without_rule=sorted({each.category for each in effect.members} - {"", *found.schedule.categories}),
        refused=refused,
        ahead=schedules.resolution_ahead(found.schedule, today=today()),
        resolution_file=(kept := schedules.resolution_file(session, found.schedule)),
        lacks_file=kept is None and schedules.needs_resolution_file(session, found.row.code),
        billed=count_billed(
            session,
            found.row.code,
            first_year=found.row.valid_from.year,
            last_year=found.row.valid_to.year if found.row.valid_to else None,
        ),
        names=names_of(session),
        place_of=place_of,
        say=words().value,
    )
    return page, 422 if refused else 200


def _followed(version_id: int) -> list[str]:
    """Return the codes of the versions in force that this one would end."""
    rows = list_versions(read())
    own = next(row for row in rows if row.id == version_id)
    cohort = own.document.get("cohort")
    return [row.code for row in rows if row.state == "in_force" and row.document.get("cohort") == cohort]
