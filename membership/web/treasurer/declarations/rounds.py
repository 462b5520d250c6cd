"""Opening a round: what is asked until when, the check page with who is asked, and later its days.

Source: `ux.md` 6.12 "Campaign".
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import (
    Dates,
    DeadlineWrong,
    LateDayWrong,
    check_dates,
    reminder_days,
)
from membership.domain.errors import Conflict, DomainError
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from membership.services.declarations.mails import sizes_title
from membership.services.declarations.rounds import NobodyToAsk, RoundExists
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.declarations import DatesForm, RoundForm
from membership.web.forms.form import choice
from membership.web.frame import today
from membership.web.language import _, day_text, ngettext, words
from membership.web.outdated import still_holds
from membership.web.treasurer.declarations.blueprint import blueprint


@blueprint.route("/new", methods=["GET", "POST"])
@policy("declaration.write")
def new() -> ResponseReturnValue:
    """Ask what is asked until when; then show who is asked; then open the round."""
    form = _form()
    step = request.form.get("step", "")
    if step == "edit" or not form.validate_on_submit():
        return _asking(form, step)
    year, dates = int(str(form.year.data)), _dates(form)
    try:
        check_dates(dates, today=today())
        if step == "open":
            return _open(form, year, dates)
    except (DeadlineWrong, LateDayWrong) as error:
        form.refuse(error, "late_until" if isinstance(error, LateDayWrong) else "deadline")
        return _asking(form, step)
    except RoundExists:
        return redirect(url_for(".show", year=year), code=303)
    except Conflict as error:
        form.refuse(error)
    return _check(form, year, dates)


def _form() -> RoundForm:
    session, day = read(), today()
    usual_year = declarations.next_year(session, today=day)
    dates = declarations.usual(session, usual_year, today=day)
    form = RoundForm(
        data={
            "year": str(usual_year), "deadline": dates.deadline, "late_until": dates.late_until, "reminds": True,
            "evidence": False, "turnover_class": False,
        }
    )  # fmt: skip
    known = {each.dues_year for each in queries.list_rounds(session)}
    years = [year for year in (day.year, day.year + 1, day.year + 2) if year not in known]
    form.year.choices = [choice(str(year), str(year)) for year in years]
    return form


def _dates(form: DatesForm) -> Dates:
    assert form.deadline.day is not None, form.deadline.data
    return Dates(form.deadline.day, form.late_until.day)


def _asks(form: RoundForm) -> dict[str, bool]:
    return {"evidence": bool(form.evidence.data), "turnover_class": bool(form.turnover_class.data)}


def _asking(form: RoundForm, step: str) -> ResponseReturnValue:
    if step == "edit":
        form.validate()
        for field in form:
            field.errors = []
    is_wrong = bool(form.errors) and request.method == "POST" and step != "edit"
    page = render_template("treasurer/declarations/new.html", form=form)
    return page, 422 if is_wrong else 200


def _check(form: RoundForm, year: int, dates: Dates) -> ResponseReturnValue:
    plan = declarations.plan_round(read(), year, turnover_class=bool(form.turnover_class.data))
    if not plan.count and not form.form_errors:
        form.refuse(NobodyToAsk(year=str(year)))
    questions = {
        question.name: question
        for each in plan.by_mail + plan.without_address
        for question in each.asked.questions
    }
    page = render_template(
        "treasurer/declarations/check.html",
        form=form,
        year=str(year),
        dates=dates,
        plan=plan,
        sizes=sizes_title(list(questions.values()), words()),
        days=sorted({question.as_of for question in questions.values()}),
        reminders=[day for day in reminder_days(dates).values() if day > today()]
        if form.reminds.data
        else [],
        has_server=association_settings().can_send_mail,
    )
    return page, 422 if form.errors or form.form_errors else 200


def _open(form: RoundForm, year: int, dates: Dates) -> ResponseReturnValue:
    seen = request.form.get("seen", "")
    made = write(
        current_actor(), declarations.open_round, year, dates=dates, asks=_asks(form), reminds=bool(form.reminds.data),
        today=today(), seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else None,  # noqa: PLR2004
    )  # fmt: skip
    wake()
    sessions.notice(
        "ok", ngettext("%(n)s request is being sent.", "%(n)s requests are being sent.", made["by_mail"])
    )
    return redirect(url_for(".show", year=year), code=303)


@blueprint.route("/<int:year>/dates", methods=["GET", "POST"])
@policy("declaration.write")
def dates(year: int) -> ResponseReturnValue:
    """Move the deadline of a round."""
    found = queries.get_round(read(), year)
    now = " – ".join(day_text(day) for day in (found.deadline, found.late_until) if day)
    form = DatesForm(data={"deadline": found.deadline, "late_until": found.late_until, "seen": now})
    if form.validate_on_submit() and still_holds(form, now):
        try:
            write(
                current_actor(),
                declarations.change_dates,
                year,
                dates=_dates(form),
                today=today(),
                zone=sessions.operator().time_zone,
            )
        except DomainError as error:
            form.refuse(error, "late_until" if isinstance(error, LateDayWrong) else "deadline")
        else:
            sessions.notice("ok", _("The new deadline counts, also for the links that are out."))
            return redirect(url_for(".show", year=year), code=303)
    page = render_template("treasurer/declarations/dates.html", form=form, year=str(year))
    return page, 422 if form.errors or form.form_errors else 200
