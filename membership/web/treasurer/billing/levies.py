"""Special levies: the list, a new one, and the run that bills it. Source: `ux.md` 6.6; DUE-15."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.levies import LevyWrong, read_levy
from membership.persistence.db import write
from membership.persistence.queries import levies as queries
from membership.services import billing, levies
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.levies import FIELDS, levy_form
from membership.web.frame import dues_years, today
from membership.web.language import _, words
from membership.web.treasurer.billing.blueprint import blueprint
from membership.web.treasurer.billing.shown import category_names


@blueprint.get("/levies")
@policy("billing.read")
def list_levies() -> ResponseReturnValue:
    """List the levies, with what each asks for and whether it is billed."""
    session = read()
    rows = [
        {
            "terms": (terms := read_levy(row.document)),
            "asks": words().value(terms.asks_for),
            "is_billed": queries.is_billed(session, row.code),
        }
        for row in queries.list_levies(session)
    ]
    return render_template("treasurer/billing/levies.html", rows=rows)


@blueprint.route("/levies/new", methods=["GET", "POST"])
@policy("billing.release")
def new_levy() -> ResponseReturnValue:
    """Record a levy as it was resolved."""
    session = read()
    form = levy_form(category_names(session))(data={"year": dues_years(session)["dues_year"]})
    if form.validate_on_submit():
        try:
            code = write(current_actor(), levies.put_levy, form.document())
        except LevyWrong as error:
            form.refuse(error, FIELDS.get(error.where or ""))
        except DomainError as error:
            form.refuse(error, "code")
        else:
            sessions.notice(
                "ok", _("The levy %(code)s is recorded. Its invoices are made by a run.", code=code)
            )
            return redirect(url_for(".list_levies"), code=303)
    page = render_template("treasurer/billing/levy.html", form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/levies/<levy>/run")
@policy("billing.release", second_factor=True)
def start_levy(levy: str) -> ResponseReturnValue:
    """Plan the run of a levy, or go on with the one that is open."""
    terms = levies.terms_of(read(), levy)
    run_id = write(
        current_actor(), billing.plan_run, terms.year, issued_on=today(), today=today(), levy=terms.code
    )
    return redirect(url_for(".show", run_id=run_id), code=303)
