"""Step 4: what an import has done, its members, what comes next, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.persistence.db import Session, write
from membership.persistence.queries.members import get_import
from membership.persistence.queries.schedules import list_versions
from membership.services import members
from membership.services.members.importing import rejected_problems
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.importing import shown
from membership.web.treasurer.members.importing.steps import steps_of


@blueprint.get("/imports/<int:import_id>")
@policy("member.import")
def show_import(import_id: int) -> ResponseReturnValue:
    """Show the result of an import."""
    session = read()
    row = get_import(session, import_id)
    problems = rejected_problems(row.rejected)
    return render_template(
        "treasurer/members/import_result.html",
        row=row,
        steps=steps_of("show_import"),
        left_out=len({problem.row for problem in problems}),
        groups=[
            (title, [shown.problem_line(one) for one in found]) for title, found in shown.groups_of(problems)
        ],
        can_undo=members.can_undo(session, import_id),
        next_step=None if row.undone_at else _next_step(session),
    )


def _next_step(session: Session) -> dict[str, Any] | None:
    """Return what comes after the members: a fee schedule in force, then the billing run."""
    versions = list_versions(session)
    is_in_force = any(version.state == "in_force" for version in versions)
    if not is_in_force and sessions.holds("schedule.write"):
        return {
            "href": url_for("treasurer.schedules.index" if versions else "treasurer.schedules.new"),
            "label": _("To the fee schedules"),
            "text": _("A fee schedule says how much each member owes."),
        }
    if is_in_force and sessions.holds("billing.release"):
        return {
            "href": url_for("treasurer.billing.start"),
            "label": _("Start billing run"),
            "text": _("The fee schedule is in force: the invoices can be made. First you see a preview."),
        }
    return None


@blueprint.post("/imports/<int:import_id>/undo")
@policy("member.import")
def undo(import_id: int) -> ResponseReturnValue:
    """Take an import back, until a member of it has an invoice."""
    get_import(read(), import_id)
    try:
        count = write(current_actor(), members.undo_import, import_id, today=today())
    except DomainError as error:
        sessions.notice("warning", words().error(error))
        return redirect(url_for(".show_import", import_id=import_id), code=303)
    sessions.notice("ok", words().count("One member is as before.", "%(n)s members are as before.", count))
    return redirect(url_for(".index"), code=303)
