"""The runs, a new one, the preview with its draft PDFs, dates and text, and throwing a draft away."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.billing import RunState
from membership.domain.errors import DomainError
from membership.domain.run_review import View, count_views, due_days, group_problems, is_in_view, sums_of
from membership.persistence.db import write
from membership.persistence.queries.billing import find_open_run, get_run, list_planners, list_runs
from membership.persistence.queries.run_items import list_assessments, list_lines, run_sums
from membership.services import billing, run_review
from membership.services.invoicing import AssociationIncomplete, IssueDateWrong
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.billing import DatesForm, StartForm
from membership.web.frame import dues_years, today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.outdated import still_holds
from membership.web.treasurer.audit_words import person_words
from membership.web.treasurer.billing import shown
from membership.web.treasurer.billing.blueprint import blueprint
from membership.web.treasurer.billing.release import show_progress, show_result
from membership.web.treasurer.paging import PAGE, page_number, pager
from membership.web.waiting import waiting_at

_OPEN = frozenset({RunState.DRAFT, RunState.RUNNING, RunState.PAUSED})
_YEAR_DIGITS = 4


@blueprint.get("")
@policy("billing.read")
def index() -> ResponseReturnValue:
    """List all runs."""
    session = read()
    runs = list_runs(session)
    return render_template(
        "treasurer/billing/index.html",
        runs=runs,
        sums=run_sums(session),
        planners={run: person_words(*planner) for run, planner in list_planners(session).items()},
        waiting=next((run for run in runs if run.state in _OPEN), None),
        year=_next_year({run.dues_year for run in runs}, usual=dues_years(session)["dues_year"]),
    )


def _next_year(billed: set[int], *, usual: int) -> int:
    """Return the dues year that a new run is likely for: the usual one, else the next."""
    return usual if usual not in billed else usual + 1


@blueprint.route("/start", methods=["GET", "POST"])
@policy("billing.release", second_factor=True)
def start() -> ResponseReturnValue:
    """Plan the run of a dues year; the open one of that year is continued."""
    form = StartForm(data={"year": _asked_year(), "issued_on": today()})
    problem = None
    if form.validate_on_submit():
        year, day = int(form.year.data or 0), form.issued_on.data or today()
        is_there = find_open_run(read(), year) is not None
        try:
            run_id = write(current_actor(), billing.plan_run, year, issued_on=day, today=today())
        except DomainError as error:
            problem = error.code
            form.refuse(error, "issued_on" if isinstance(error, IssueDateWrong) else None)
        else:
            if is_there:
                sessions.notice(
                    "info", _("The run of %(year)s was begun before. Go on here.", year=str(year))
                )
            return redirect(url_for(".show", run_id=run_id), code=303)
    page = render_template(
        "treasurer/billing/start.html",
        form=form,
        needs_settings=problem == AssociationIncomplete.code,
        needs_schedule=problem == billing.NoSchedule.code,
    )
    return page, 422 if form.errors else 200


def _asked_year() -> int:
    asked = request.args.get("year", "")
    is_year = asked.isascii() and asked.isdigit() and len(asked) == _YEAR_DIGITS
    return int(asked) if is_year else int(dues_years(read())["dues_year"])


@blueprint.get("/<int:run_id>")
@policy("billing.read")
def show(run_id: int) -> ResponseReturnValue:
    """Show a run as it stands: preview of a draft, progress, or result."""
    session = read()
    run = get_run(session, run_id)
    if run.state in {RunState.RUNNING, RunState.PAUSED}:
        return show_progress(session, run)
    if run.state in {RunState.DONE, RunState.DONE_WITH_ERRORS}:
        return show_result(session, run)
    lines = list_lines(session, run_id)
    view, page = _view(), page_number()
    chosen = [line for line in lines if line.is_billed and is_in_view(line, view)]
    part = chosen[(page - 1) * PAGE : page * PAGE]
    sums = sums_of(lines)
    return render_template(
        "treasurer/billing/preview.html",
        awaited=waiting_at(session, "run", str(run_id)),
        run=run,
        is_draft=run.state is RunState.DRAFT,
        steps=shown.steps_of(run_id, run.state, "preview"),
        tabs=shown.tabs_of(run_id, count_views(lines), view),
        rows=shown.rows_of(
            run_id,
            part,
            list_assessments(session, [line.id for line in part]),
            names=shown.category_names(session),
        ),
        pager_=pager(page, len(chosen)),
        shown_sums=sums_of(chosen),
        problems=sum(len(found) for found in group_problems(lines).values()),
        sums=sums,
        equation=shown.equation(sums),
        due_days=due_days(lines),
        percent=shown.percent,
    )


def _view() -> View:
    asked = request.args.get("view", "")
    return View(asked) if asked in set(View) else View.ALL


@blueprint.get("/<int:run_id>/drafts/<int:item_id>.pdf")
@policy("billing.read")
@few_at_once
def draft(run_id: int, item_id: int) -> Response:
    """Show the invoice of an item as it would be."""
    content = run_review.draft_pdf(read(), run_id, item_id, base_url=sessions.operator().base_url)
    return downloads.pdf(content, name=f"entwurf-{run_id}-{item_id}.pdf")


@blueprint.route("/<int:run_id>/dates", methods=["GET", "POST"])
@policy("billing.release")
def dates(run_id: int) -> ResponseReturnValue:
    """Change the date of the invoices and the text on them."""
    run = get_run(read(), run_id)
    now = ", ".join([words().value(run.issued_on), *([run.text] if run.text else [])])
    form = DatesForm(data={"issued_on": run.issued_on, "text": run.text, "seen": now})
    if form.validate_on_submit() and still_holds(form, now):
        try:
            write(
                current_actor(), billing.change_run, run_id,
                issued_on=form["issued_on"].data, text=form.text.data or "", today=today(),
            )  # fmt: skip
        except IssueDateWrong as error:
            form.refuse(error, "issued_on")
        else:
            sessions.notice("ok", _("Date and text are saved, the due dates are worked out anew."))
            return redirect(url_for(".show", run_id=run_id), code=303)
    page = render_template("treasurer/billing/dates.html", form=form, run=run)
    return page, 422 if form.errors else 200


@blueprint.post("/<int:run_id>/refresh")
@policy("billing.release")
def refresh(run_id: int) -> ResponseReturnValue:
    """Work the draft out anew from the members as they are now."""
    write(current_actor(), billing.refresh_run, run_id)
    sessions.notice("ok", _("The run is worked out anew."))
    return redirect(url_for(".show", run_id=run_id), code=303)


@blueprint.route("/<int:run_id>/discard", methods=["GET", "POST"])
@policy("billing.release")
def discard(run_id: int) -> ResponseReturnValue:
    """Ask, and throw a draft away."""
    run = get_run(read(), run_id)
    if request.method == "GET":
        return render_template("treasurer/billing/discard.html", run=run)
    year = str(run.dues_year)
    write(current_actor(), billing.discard_run, run_id)
    sessions.notice("ok", _("The draft of the run of %(year)s is discarded.", year=year))
    return redirect(url_for(".index"), code=303)
