"""The PDF of the resolution of a fee schedule, kept with it. Source: DUE-32; `ux.md` 6.5."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.resolutions import Resolution
from membership.persistence.db import write
from membership.services import resolutions, schedules
from membership.services.resolutions import ResolutionUnreadable
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.resolutions import ResolutionFileForm
from membership.web.language import _
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.shown import shown
from membership.web.treasurer.schedules.versions import version_page


@blueprint.post("/<int:version_id>/resolution")
@policy("schedule.write", takes_files=True)
def resolution(version_id: int) -> ResponseReturnValue:
    """Keep the PDF of the resolution; its organ and day are those that the schedule names."""
    found, form = shown(read(), version_id), ResolutionFileForm()
    key = schedules.resolution_key(found.schedule)
    if key is None:
        return redirect(url_for(".edit", version_id=version_id), code=303)
    if form.validate_on_submit():
        upload = form.file.data
        said = Resolution(key, f"{found.row.name} ({found.row.code})", str(upload.filename or ""))
        try:
            write(current_actor(), resolutions.put_resolution, said, upload.read())
        except ResolutionUnreadable as error:
            form.refuse(error, "file")
        else:
            sessions.notice("ok", _("The resolution is kept with the fee schedule."))
            return redirect(url_for(".show", version_id=version_id), code=303)
    return version_page(version_id, form)
