"""Year end: which years are closed, what is looked at before, closing, approving and reopening.

Source: `ux.md` 8.3; ACC-19, MEM-18; INV-23.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.closings import CHECK_WORDS, STATE_WORDS, ClosingKind, YearState, is_ready
from membership.domain.errors import N_, DomainError
from membership.persistence.db import write
from membership.persistence.queries import closings as queries
from membership.persistence.queries.closings import YearLine
from membership.services import closings
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.closings import ReasonForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.audit import KIND_WORDS, name_actions
from membership.web.treasurer.audit_words import person_words

blueprint = Blueprint("year_end", __name__, url_prefix="/year-end")
STEP_WORDS: Final = {
    ClosingKind.CLOSE_ASKED: N_("Closing submitted for approval"),
    ClosingKind.CLOSED: N_("Year closed"),
    ClosingKind.REOPEN_ASKED: N_("Reopening submitted for approval"),
    ClosingKind.REOPENED: N_("Year reopened"),
    ClosingKind.RETURNED: N_("Request returned"),
}
name_actions({f"year.{kind}": name for kind, name in STEP_WORDS.items()})
KIND_WORDS.update({"year": N_("Year")})

_LOOKS: Final = {
    ClosingKind.CLOSE_ASKED: ("clipboard", "brand"),
    ClosingKind.CLOSED: ("tick", "ok"),
    ClosingKind.REOPEN_ASKED: ("clipboard", "brand"),
    ClosingKind.REOPENED: ("undo", "warning"),
    ClosingKind.RETURNED: ("undo", "warning"),
}


@blueprint.get("")
@policy("report.read")
def index() -> ResponseReturnValue:
    """List the years of the books, the newest first."""
    years = queries.list_years(read(), today=today())
    return render_template("treasurer/year_end/index.html", years=years, state_words=STATE_WORDS)


@blueprint.get("/<int:year>")
@policy("report.read")
def show(year: int) -> ResponseReturnValue:
    """Show one year: its state, what is looked at, what can be done now."""
    return _page(_line(year), ReasonForm())


def _line(year: int) -> YearLine:
    found = next((line for line in queries.list_years(read(), today=today()) if line.year == year), None)
    return found or abort(404)


def _page(line: YearLine, form: ReasonForm) -> ResponseReturnValue:
    session = read()
    found = closings.check_year(session, line.year, today=today())
    actor = current_actor(with_form_token=False)
    page = render_template(
        "treasurer/year_end/show.html",
        line=line,
        form=form,
        state=words().text(STATE_WORDS[line.state]),
        checks=[
            {
                "text": words().text(CHECK_WORDS[check.key]),
                "note": words().value(check.evidence),
                "is_open": not check.ok,
            }
            for check in found.checks
        ],
        is_ready=is_ready(found.checks),
        may_close=sessions.holds("year.close"),
        may_decide=line.state.is_asked
        and line.steps[-1].actor_key != actor.key
        and sessions.holds("year.approve"),
        has_second=closings.has_second_person(session),
        events=[_event(step) for step in reversed(line.steps)],
    )
    return page, 422 if form.errors else 200


def _event(step: Any) -> dict[str, Any]:  # noqa: ANN401 - a row, whose model pages do not import
    icon, tone = _LOOKS[step.kind]
    is_said = step.kind in {ClosingKind.REOPEN_ASKED, ClosingKind.RETURNED}
    return {
        "icon": icon,
        "tone": tone,
        "text": words().text(STEP_WORDS[step.kind]),
        "lines": [step.reason] if is_said else [],
        "at": step.at,
        "who": person_words(step.actor_key, step.actor_name),
    }


@blueprint.post("/<int:year>/close")
@policy("year.close")
def close(year: int) -> ResponseReturnValue:
    """Close the year, or submit that for approval."""
    _line(year)
    return _say(year, write(current_actor(), closings.close_year, year, today=today()))


@blueprint.post("/<int:year>/approve")
@policy("year.approve")
def approve(year: int) -> ResponseReturnValue:
    """Approve what was submitted."""
    _line(year)
    return _say(year, write(current_actor(), closings.approve_year, year, today=today()))


@blueprint.post("/<int:year>/reopen")
@policy("year.close")
def reopen(year: int) -> ResponseReturnValue:
    """Reopen the year for the reason given, or submit that for approval."""
    return _with_reason(year, closings.reopen_year)


@blueprint.post("/<int:year>/return")
@policy("year.approve")
def return_(year: int) -> ResponseReturnValue:
    """Give what was submitted back."""
    return _with_reason(year, closings.return_request)


@blueprint.post("/<int:year>/take-back")
@policy("year.close")
def take_back(year: int) -> ResponseReturnValue:
    """Take back what was submitted."""
    return _with_reason(year, closings.take_back_request)


def _with_reason(year: int, step: Any) -> ResponseReturnValue:  # noqa: ANN401 - one of three use cases alike
    line = _line(year)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(line, form)
    try:
        state = write(current_actor(), step, year, reason=str(form.reason.data).strip())
    except DomainError as error:
        form.refuse(error)
        return _page(line, form)
    return _say(year, state)


def _say(year: int, state: YearState) -> ResponseReturnValue:
    texts = {
        YearState.OPEN: _("%(year)s is open: entries of its days are booked again.", year=str(year)),
        YearState.CLOSED: _("%(year)s is closed: nothing more is booked on its days.", year=str(year)),
        YearState.CLOSE_ASKED: _("The closing of %(year)s waits for the board.", year=str(year)),
        YearState.REOPEN_ASKED: _("The reopening of %(year)s waits for the board.", year=str(year)),
    }
    sessions.notice("ok", texts[state])
    return redirect(url_for(".show", year=year), code=303)
