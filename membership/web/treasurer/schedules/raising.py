"""A new version with all amounts raised by some percent, as a draft (DUE-18)."""

from __future__ import annotations

from fractions import Fraction

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.editing.numbers import parse_number
from membership.domain.dues.schedule.form import Rounding
from membership.domain.errors import N_, DomainError, InputError
from membership.persistence.db import write
from membership.persistence.queries.schedules import VersionLine, get_version, id_of_version
from membership.services import schedule_drafts
from membership.services.schedule_drafts import CodeTaken
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.schedules import RaiseForm
from membership.web.language import _
from membership.web.treasurer.schedules.blueprint import blueprint
from membership.web.treasurer.schedules.drafts import next_year

_PERCENT = 100


class PercentOutOfRange(InputError):
    """A rise of nothing, or to more than twice the amounts."""

    message = N_("Enter a percentage above 0 and up to 100.")
    code = "percent_range"


@blueprint.route("/<int:version_id>/raise", methods=["GET", "POST"])
@policy("schedule.write")
def raise_amounts(version_id: int) -> ResponseReturnValue:
    """Ask by how much and how to round; then keep the draft, whose page shows what it means for each member."""
    row = get_version(read(), version_id)
    form = RaiseForm()
    if request.method == "GET":
        year = next_year()
        form.code.data, form.year.data = f"BO-{year}", year
    elif form.validate_on_submit() and (code := _kept(form, row)):
        text = _(
            "%(code)s is a draft now. Rates, percentages, discounts and admission fees are as before.",
            code=code,
        )
        sessions.notice("ok", text)
        return redirect(url_for(".show", version_id=id_of_version(read(), code)), code=303)
    page = render_template("treasurer/schedules/raise.html", form=form, row=row)
    return page, 422 if form.errors else 200


def _kept(form: RaiseForm, row: VersionLine) -> str:
    """Keep the draft and return its code; an empty text when something is wrong, as its field then says."""
    try:
        share = _share(str(form.percent.data))
    except DomainError as error:
        form.refuse(error, "percent")
        return ""
    try:
        return write(
            current_actor(),
            schedule_drafts.index_schedule,
            row.code,
            new_code=str(form.code.data).strip(),
            year=int(form.year.data or 0),
            share=share,
            rounding=Rounding(Fraction(form.step.data), form.direction.data),
        )
    except DomainError as error:
        form.refuse(error, "code" if isinstance(error, CodeTaken) else None)
        return ""


def _share(typed: str) -> Fraction:
    percent = Fraction(parse_number(typed.strip().removesuffix("%").strip()))
    if not 0 < percent <= _PERCENT:
        raise PercentOutOfRange
    return percent / _PERCENT
