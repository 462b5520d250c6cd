"""What a person keeps of the member list: the columns it sees, and filters with a name.

Source: `ux.md` 4 "Tables", "Filters".
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.services import list_views
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.language import _, words
from membership.web.treasurer.members.asked import NAMES
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.list_columns import PAGE, USUAL, known_columns

_KEPT: Final = (*NAMES, "tab", "sort", "size")
"""The parts of the address that a saved filter holds; the dues year is always the present one."""
_LONGEST: Final = 100


@blueprint.post("/list/columns")
@policy("member.read")
def choose_columns() -> ResponseReturnValue:
    """Keep the columns that the person sees; the usual ones where it chose these or none."""
    codes = tuple(column.code for column in known_columns(request.form.getlist("columns")))
    write(current_actor(), list_views.choose_columns, PAGE, () if codes == USUAL else codes)
    return _back()


@blueprint.post("/list/views")
@policy("member.read")
def save_view() -> ResponseReturnValue:
    """Keep the filter of the page under a name."""
    try:
        name = write(current_actor(), list_views.save_view, PAGE, request.form.get("name", ""), _query(_KEPT))
    except DomainError as error:
        sessions.notice("warning", words().error(error))
    else:
        sessions.notice("ok", _("The filter “%(name)s” is saved.", name=name))
    return _back()


@blueprint.post("/list/views/forget")
@policy("member.read")
def forget_view() -> ResponseReturnValue:
    """Forget a saved filter."""
    if name := request.form.get("name", ""):
        write(current_actor(), list_views.forget_view, PAGE, name)
        sessions.notice("ok", _("The filter “%(name)s” is removed.", name=name))
    return _back()


def _query(names: tuple[str, ...]) -> dict[str, str]:
    """Return what the form says about the address of the list."""
    typed = {name: request.form.get(f"query-{name}", "").strip()[:_LONGEST] for name in names}
    return {name: text for name, text in typed.items() if text}


def _back() -> ResponseReturnValue:
    """Lead to the list as it was."""
    query = _query((*_KEPT, "year"))
    return redirect(f"{url_for('.index')}?{urlencode(query)}" if query else url_for(".index"), code=303)
