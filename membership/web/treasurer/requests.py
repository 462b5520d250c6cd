"""What companies ask for in the member area: a new name to approve, a notice to note, data to erase.

Source: `ux.md` 7 "Company data"; MEM-9.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.companies import KIND_WORDS, STATE_WORDS, AnswerMissing, RequestKind, RequestState
from membership.domain.errors import N_, DomainError
from membership.persistence.db import write
from membership.persistence.queries import companies as queries
from membership.persistence.queries.companies import RequestLine
from membership.services import companies
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import Form
from membership.web.forms.own_company import AnswerForm
from membership.web.language import _, day_text
from membership.web.outdated import is_repeated

blueprint = Blueprint("requests", __name__, url_prefix="/requests")
_SETTLED: Final = 50
_HINTS: Final = {
    RequestKind.NAME: N_("The company reads it by e-mail when you decline."),
    RequestKind.NOTICE: N_("Left empty, no e-mail goes out."),
    RequestKind.ERASURE: N_("What was erased, and what the law wants kept. The company reads it by e-mail."),
}


@blueprint.get("")
@policy("member.write")
def index() -> ResponseReturnValue:
    """List what waits, the oldest first, and below it what was settled last."""
    return render_template(
        "treasurer/requests/index.html",
        waiting=[_shown(line) for line in queries.list_open_requests(read())],
        settled=[_shown(line) for line in queries.list_requests(read(), limit=_SETTLED)],
    )


@blueprint.get("/<int:request_id>")
@policy("member.write")
def show(request_id: int) -> ResponseReturnValue:
    """Show one request with what can be done."""
    return _page(queries.get_request(read(), request_id), AnswerForm(formdata=None))


@blueprint.post("/<int:request_id>/approve")
@policy("member.write")
def approve(request_id: int) -> ResponseReturnValue:
    """Take the new name over."""
    line = queries.get_request(read(), request_id)
    form = Form()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.approve_name, request_id)
        except DomainError as error:
            return _refused(line, error)
    return _done(_("The company is named %(name)s now.", name=line.request.facts.get("new", line.name)))


@blueprint.post("/<int:request_id>/decline")
@policy("member.write")
def decline(request_id: int) -> ResponseReturnValue:
    """Leave the name as it is, and say why."""
    line = queries.get_request(read(), request_id)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.decline_name, request_id, answer=form.answer.data or "")
        except AnswerMissing as error:
            form.refuse(error, "answer")
        except DomainError as error:
            return _refused(line, error)
        else:
            return _done(_("The name stays as it is. The company reads why by e-mail."))
    return _page(line, form), 422


@blueprint.post("/<int:request_id>/settle")
@policy("member.write")
def settle(request_id: int) -> ResponseReturnValue:
    """Say that a notice was seen, or that data were erased."""
    line = queries.get_request(read(), request_id)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.settle_request, request_id, answer=form.answer.data or "")
        except DomainError as error:
            return _refused(line, error)
        return _done(_("Done."))
    return _page(line, form), 422


def _done(text: str) -> ResponseReturnValue:
    sessions.notice("ok", text)
    return redirect(url_for(".index"), code=303)


def _refused(line: RequestLine, error: DomainError) -> ResponseReturnValue:
    """Show the request as it is now with the reason; the second click only gets the answer of the first."""
    if is_repeated():
        return redirect(url_for(".index"), code=303)
    form = AnswerForm(formdata=None)
    form.refuse(error)
    return _page(queries.get_request(read(), line.request.id), form), 409


def _page(line: RequestLine, form: AnswerForm) -> str:
    form.answer.description = _(_HINTS[line.request.kind])
    return render_template(
        "treasurer/requests/show.html", one=_shown(line), form=form, kinds=RequestKind, rows=_rows(line)
    )


def _shown(line: RequestLine) -> dict[str, Any]:
    row = line.request
    return {
        "id": row.id, "kind": row.kind, "title": _(KIND_WORDS[row.kind]), "number": line.number, "company": line.name,
        "text": _text(line), "asked_at": row.asked_at, "asked_by": row.asked_by,
        "is_open": row.state is RequestState.OPEN, "state": _(STATE_WORDS[row.state]),
        "settled_by": row.settled_by, "settled_at": row.settled_at,
        "answer": row.answer,
    }  # fmt: skip


def _text(line: RequestLine) -> str:
    """Return in one line what is asked for."""
    facts = line.request.facts
    if line.request.kind is RequestKind.NAME:
        return f"{facts['old']} → {facts['new']}"
    if line.request.kind is RequestKind.NOTICE:
        return _("The membership ends on %(day)s.", day=_day(facts["end"]))
    return str(facts["text"])


def _rows(line: RequestLine) -> list[dict[str, str]]:
    facts = line.request.facts
    rows = [{"label": _("Member"), "value": f"{line.name} ({line.number})"}]
    if line.request.kind is RequestKind.NAME:
        rows += [
            {"label": _("Name so far"), "value": str(facts["old"])},
            {"label": _("New name"), "value": str(facts["new"])},
        ]
    elif line.request.kind is RequestKind.NOTICE:
        rows += [
            {"label": _("Notice received on"), "value": _day(facts["received_on"])},
            {"label": _("Last day of the membership"), "value": _day(facts["end"])},
        ]
    else:
        rows.append({"label": _("What is to be erased"), "value": str(facts["text"])})
    return rows


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text))
