"""What the four steps share: where files are kept, the line of steps, the answer when a file is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.services.uploads import UploadGone
from membership.web import sessions
from membership.web.language import _, words
from membership.web.treasurer.members.blueprint import blueprint

_STEPS: Final = {
    "import_reading": N_("File"),
    "import_columns": N_("Columns"),
    "check_import": N_("Check"),
    "show_import": N_("Result"),
}
"""Endpoint of each step -> its name."""


def folder() -> Path:
    """Return the folder below which lists are kept between the steps."""
    return sessions.operator().state_dir


def steps_of(current: str, *, token: str = "") -> list[dict[str, Any]]:
    """Return the line of steps; those before the present one are links as long as the file is kept."""
    names = list(_STEPS)
    place = names.index(current)
    return [
        {
            "label": _(_STEPS[name]),
            "state": "done" if at < place else "current" if at == place else "todo",
            "href": url_for(f".{name}", token=token) if token and at < place else None,
        }
        for at, name in enumerate(names)
    ]


@blueprint.errorhandler(UploadGone)
def ask_for_the_file_again(error: UploadGone) -> ResponseReturnValue:
    """Lead back to the first step, and say why."""
    sessions.notice("warning", words().error(error))
    return redirect(url_for(".import_file"), code=303)
