"""The member area of a company as the company sees it: begun from the record, ended by the bar on its pages.

Source: `ux.md` 6.3 "Record".
"""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from membership.persistence.db import write
from membership.persistence.queries.members import get_member
from membership.services import companies
from membership.services.companies.looking import NoMemberArea
from membership.web import looking, sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.language import words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back


@blueprint.post("/<member:number>/member-area")
@policy(looking.RIGHT)
def look(number: str) -> ResponseReturnValue:
    """Open the pages of the company."""
    member = get_member(read(), number)
    seen = looking.Look(member.id, member.number, member.name)
    found = sessions.find_session()
    assert found is not None, number
    try:
        write(current_actor(), companies.begin_look, seen.number, today=today())
    except NoMemberArea as error:
        sessions.notice("warning", words().error(error))
        return back(seen.number)
    looking.begin(found, seen)
    return redirect(url_for("portal.home.index"), code=303)


@blueprint.post("/list/member-area/end")
@policy(looking.RIGHT)
def end_look() -> ResponseReturnValue:
    """Return to the record."""
    number = looking.end()
    return back(number) if number else redirect(url_for(".index"), code=303)
