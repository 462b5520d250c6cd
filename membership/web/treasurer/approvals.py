"""Approvals: what waits for a second person, what will happen, and the decision.

Source: `ux.md` 3, 4 "Second person", 8.1; MEM-18.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.approvals import (
    ACTION_WORDS,
    STATE_WORDS,
    ApprovalOutdated,
    State,
    may_decide,
)
from membership.domain.errors import N_, DomainError
from membership.domain.phrases import sentence_of
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import approvals as queries
from membership.persistence.queries.approvals import ApprovalLine
from membership.services import approvals
from membership.services.approving import approve as approve_it
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.closings import ReasonForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.audit import name_actions
from membership.web.treasurer.audit_words import person_words, place_of
from membership.web.treasurer.paging import PAGE, page_number, pager

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")
name_actions(
    {
        "approval.submitted": N_("Submitted for approval"),
        f"approval.{State.APPROVED}": N_("Approved"),
        f"approval.{State.RETURNED}": N_("Returned"),
        f"approval.{State.WITHDRAWN}": N_("Withdrawn"),
        f"approval.{State.OUTDATED}": N_("Outdated"),
    }
)
_ICONS: Final = {
    State.APPROVED: ("tick", "ok"),
    State.RETURNED: ("undo", "warning"),
    State.WITHDRAWN: ("undo", "neutral"),
    State.OUTDATED: ("clock", "warning"),
}


@blueprint.get("")
@policy("approval.read")
def index() -> ResponseReturnValue:
    """List what waits, the oldest first, or what was decided, the newest first."""
    session = read()
    is_decided = request.args.get("tab") == "decided"
    waiting, decided = queries.count_both(session)
    total = decided if is_decided else waiting
    page = min(page_number(), max(1, -(-total // PAGE)))
    listed = queries.list_decided if is_decided else queries.list_open
    return render_template(
        "treasurer/approvals/index.html",
        lines=[shown(line) for line in listed(session, page=page, size=PAGE)],
        is_decided=is_decided,
        tabs=[
            {
                "label": _("Waiting"),
                "href": url_for(".index"),
                "count": waiting,
                "is_current": not is_decided,
            },
            {
                "label": _("Decided"),
                "href": url_for(".index", tab="decided"),
                "count": decided,
                "is_current": is_decided,
            },
        ],
        pager=pager(page, total),
    )


def shown(line: ApprovalLine) -> dict[str, Any]:
    """Return something submitted as lists and notices show it."""
    row = line.approval
    return {
        "id": row.id,
        "title": words().value(approvals.title_of(row)),
        "action": words().text(ACTION_WORDS[row.action]),
        "who": person_words(row.actor_key, row.actor_name),
        "at": row.at,
        "state": line.state,
        "state_words": words().text(STATE_WORDS[line.state]),
        "may_decide": may_decide(current_actor(with_form_token=False), submitted_by=row.actor_key),
    }


@blueprint.get("/<int:approval_id>")
@policy("approval.read")
def show(approval_id: int) -> ResponseReturnValue:
    """Show what will happen, as who submitted it saw it, and what can be decided."""
    return _page(queries.get_approval(read(), approval_id), ReasonForm())


def _page(line: ApprovalLine, form: ReasonForm, refused: DomainError | None = None) -> ResponseReturnValue:
    row, session = line.approval, read()
    why = approvals.why_of(line)
    page = render_template(
        "treasurer/approvals/show.html",
        line=shown(line),
        form=form,
        rows=[
            {"label": words().text(label), "value": words().value(value)}
            for label, value in approvals.shown_of(row)
        ],
        place=place_of(row.object_kind, row.object_ref),
        deciders=[name for _id, name in queries.list_deciders(session, without=row.actor_key)],
        events=_events(line),
        why=words().value(why) if why else None,
        refused=words().error(refused) if refused else None,
    )
    return page, 422 if form.errors else 409 if refused else 200


def _events(line: ApprovalLine) -> list[dict[str, Any]]:
    row, end = line.approval, line.decision
    events = [
        {
            "icon": "clipboard",
            "tone": "brand",
            "text": _("Submitted for approval"),
            "at": row.at,
            "who": person_words(row.actor_key, row.actor_name),
        }
    ]
    if end is not None:
        icon, tone = _ICONS[end.state]
        said = end.reason or (words().value(why) if (why := approvals.why_of(line)) else "")
        events.append(
            {
                "icon": icon,
                "tone": tone,
                "text": words().text(STATE_WORDS[end.state]),
                "lines": [said] if said else [],
                "at": end.at,
                "who": person_words(end.actor_key, end.actor_name),
            }
        )
    return events[::-1]


@blueprint.post("/<int:approval_id>/approve")
@policy("approval.decide", fresh=True)
def approve(approval_id: int) -> ResponseReturnValue:
    """Do what was submitted; what is no longer possible is outdated from now on, and the page says why."""
    try:
        write(current_actor(), approve_it, approval_id, today=today(), base_url=sessions.operator().base_url)
    except ApprovalOutdated as error:
        actor = current_actor(with_form_token=False)
        write(actor, approvals.expire_approval, approval_id, why=sentence_of(error))
        return _page(queries.get_approval(read(), approval_id), ReasonForm(formdata=None), error)
    wake()
    sessions.notice("ok", _("Approved and done."))
    return redirect(url_for(".show", approval_id=approval_id), code=303)


@blueprint.post("/<int:approval_id>/return")
@policy("approval.decide")
def return_(approval_id: int) -> ResponseReturnValue:
    """Give it back with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(queries.get_approval(read(), approval_id), form)
    reason = str(form.reason.data).strip()
    write(current_actor(), approvals.return_approval, approval_id, reason=reason)
    sessions.notice("ok", _("Returned. Nothing was done."))
    return redirect(url_for(".index"), code=303)


@blueprint.post("/<int:approval_id>/withdraw")
@policy("approval.submit")
def withdraw(approval_id: int) -> ResponseReturnValue:
    """Take it back: nothing is done."""
    write(current_actor(), approvals.withdraw_approval, approval_id)
    sessions.notice("ok", _("Withdrawn. Nothing was done."))
    return redirect(url_for(".show", approval_id=approval_id), code=303)
