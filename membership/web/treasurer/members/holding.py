"""States that dates cannot say: rights suspended, exclusion pending, insolvency; each with its day and a note.

Source: `domain.md` 3.1, MEM-10, MEM-11; `decisions.md` 42.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError
from membership.domain.members import split_at
from membership.persistence.db import write
from membership.persistence.queries.members import find_insolvency, find_period, get_member
from membership.persistence.queries.payments import list_owed
from membership.services import members
from membership.services.members.insolvency import FIELDS, InsolvencyDayWrong
from membership.web.access import current_actor, policy, read
from membership.web.forms.membership import CloseForm, HoldForm, InsolvencyForm
from membership.web.frame import today
from membership.web.language import _, day_text
from membership.web.outdated import is_repeated, still_holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back, to_record

_DONE: Final = {
    "suspended": N_("The rights of the member rest. Dues stay due."),
    "exclusion_pending": N_("The proceedings are recorded. Dues run until the decision."),
}
_LIFTED: Final = {
    "suspended": N_("The member has its rights back."),
    "exclusion_pending": N_("The proceedings are dropped."),
}
_USE_CASES: Final[dict[str, Callable[..., None]]] = {
    "suspended": members.suspend_member,
    "exclusion_pending": members.begin_exclusion,
}


@blueprint.route("/<member:number>/suspend", methods=["GET", "POST"])
@policy("member.write")
def suspend(number: str) -> ResponseReturnValue:
    """Let the rights of a member rest."""
    return _hold(number, "suspended")


@blueprint.route("/<member:number>/exclusion", methods=["GET", "POST"])
@policy("member.write")
def exclusion(number: str) -> ResponseReturnValue:
    """Record that the board wants to exclude a member."""
    return _hold(number, "exclusion_pending")


def _hold(number: str, state: str) -> ResponseReturnValue:
    member = get_member(read(), number)
    form = HoldForm(data={"since": today()})
    if form.validate_on_submit():
        try:
            _enter(state, member.number, since=form.since.day or today(), note=str(form.note.data))
        except DomainError as error:
            form.refuse(error)
        else:
            undo = url_for(".resume", number=member.number)
            return to_record(member.number, _(_DONE[state]), undo=undo)
    page = render_template("treasurer/members/hold.html", member=member, form=form, state=state)
    return page, 422 if form.errors else 200


def _enter(state: str, number: str, *, since: date, note: str) -> None:
    write(current_actor(), _USE_CASES[state], number, since=since, note=note, today=today())


@blueprint.post("/<member:number>/resume")
@policy("member.write")
def resume(number: str) -> ResponseReturnValue:
    """Give the rights of a suspended member back, or drop the proceedings to exclude it."""
    if is_repeated():
        return back(number)
    session = read()
    period = find_period(session, get_member(session, number).id, today())
    kept: dict[str, Any] = {"state": "suspended", "since": today(), "note": ""}
    if period is not None and period.state in _DONE:
        kept = {
            "state": period.state,
            "since": period.state_since or today(),
            "note": period.state_note,
        }
    write(current_actor(), members.resume_member, number, today=today())
    return to_record(number, _(_LIFTED[kept["state"]]), undo=url_for(".hold_again", number=number, **kept))


@blueprint.post("/<member:number>/hold-again")
@policy("member.write")
def hold_again(number: str) -> ResponseReturnValue:
    """Let a state hold as before, when lifting it was a mistake."""
    state = request.args.get("state", "")
    try:
        since = date.fromisoformat(request.args.get("since", ""))
    except ValueError:
        abort(400)
    if state not in _DONE:
        abort(400)
    _enter(state, number, since=since, note=request.args.get("note", ""))
    return to_record(number, _(_DONE[state]))


@blueprint.route("/<member:number>/insolvency", methods=["GET", "POST"])
@policy("member.write")
def insolvency(number: str) -> ResponseReturnValue:
    """Record the insolvency of a member, or change what is known of it."""
    if is_repeated():
        return back(number)
    session = read()
    member = get_member(session, number)
    known = find_insolvency(session, member.id)
    details = {name: getattr(known, name) for name in FIELDS} if known else {}
    now = _known(known.opened_on, details) if known else _("nothing")
    form = InsolvencyForm(data={"opened_on": known.opened_on if known else today(), **details, "seen": now})
    if form.validate_on_submit() and still_holds(form, now):
        details = {name: form[name].data or "" for name in FIELDS}
        day = form.opened_on.day or today()
        try:
            write(
                current_actor(), members.record_insolvency, member.number,
                opened_on=day, today=today(), details=details,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "opened_on" if isinstance(error, InsolvencyDayWrong) else None)
        else:
            return to_record(member.number, _("The insolvency is recorded."))
    items = [(item.due_on, item.open_cents) for item in list_owed(session, member.id)]
    split = split_at(known.opened_on if known else today(), items)
    page = render_template(
        "treasurer/members/insolvency.html", member=member, form=form, known=known, split=split
    )
    return page, 422 if form.errors else 200


def _known(opened_on: date, details: Mapping[str, str]) -> str:
    return ", ".join([day_text(opened_on), *filter(None, details.values())])


@blueprint.route("/<member:number>/insolvency/close", methods=["GET", "POST"])
@policy("member.write")
def close_insolvency(number: str) -> ResponseReturnValue:
    """Record that the proceedings are over."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    form = CloseForm(data={"closed_on": today()})
    if form.validate_on_submit():
        day = form.closed_on.day or today()
        try:
            write(current_actor(), members.close_insolvency, member.number, closed_on=day, today=today())
        except DomainError as error:
            form.refuse(error, "closed_on")
        else:
            undo = url_for(".reopen_insolvency", number=member.number)
            return to_record(member.number, _("The insolvency is closed."), undo=undo)
    page = render_template("treasurer/members/insolvency_close.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<member:number>/insolvency/reopen")
@policy("member.write")
def reopen_insolvency(number: str) -> ResponseReturnValue:
    """Take the close of an insolvency back."""
    write(current_actor(), members.reopen_insolvency, number)
    return to_record(number, _("The insolvency is open again."))
