"""Step 2: what each column means, and what happens with members who are in the books already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError, InputError
from membership.domain.member_lists import (
    USE_TEXTS,
    Field,
    FieldTwice,
    NoAddressColumn,
    NoCompanyColumn,
    Use,
    column_letter,
)
from membership.services import members
from membership.services.members import files, kept_lists
from membership.web.access import policy, read
from membership.web.forms.member_lists import (
    LEFT_OUT,
    ColumnsForm,
    chosen_fields,
    column_field,
    columns_form,
)
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.importing.shown import category_names
from membership.web.treasurer.members.importing.steps import folder, steps_of

_MISSING: Final[dict[type[DomainError], str]] = {
    NoCompanyColumn: N_("Choose “Company” for the column with the names of the companies."),
    NoAddressColumn: N_(
        "Choose a field of the address or “E-mail” for one column, so that members can be reached."
    ),
}
"""What the rules of the list miss -> what to do about it on this page."""


class DayAhead(InputError):
    """The day of the sizes is still to come."""

    message = N_("This day is still to come. Enter the day of which the sizes are.")
    code = "day_ahead"


@blueprint.route("/import/<token>/columns", methods=["GET", "POST"])
@policy("member.import")
def import_columns(token: str) -> ResponseReturnValue:
    """Show what each column means and take another meaning."""
    kept = kept_lists.get_columns(read(), folder(), token)
    categories, usual_day = category_names(read()), _usual_day(kept)
    form = columns_form(
        kept.mapping,
        categories=categories,
        known=str(kept.decisions.known),
        category=kept.decisions.category if kept.decisions.columns else _usual_category(kept, categories),
        sizes_on=usual_day and (kept.decisions.sizes_on or usual_day),
    )
    if form.validate_on_submit() and _keep(form, kept, token, usual_day):
        return redirect(url_for(".check_import", token=token), code=303)
    rows = [_row(form, kept, place) for place in range(len(kept.mapping.columns))]
    page = render_template(
        "treasurer/members/import_columns.html",
        form=form,
        kept=kept,
        rows=rows,
        left_out=[row for row in rows if row["select"].data == LEFT_OUT],
        members=sum(row.number > kept.mapping.head_row for row in kept.table.rows),
        steps=steps_of("import_columns", token=token),
        token=token,
    )
    return page, 422 if form.errors else 200


def _usual_category(kept: kept_lists.ListColumns, categories: Mapping[str, str]) -> str | None:
    """Return the first category for a list that names none: without one no dues can be worked out."""
    return None if kept.mapping.of(Field.CATEGORY) else next(iter(categories), None)


def _usual_day(kept: kept_lists.ListColumns) -> date | None:
    """Return the day that counts for sizes unless a person names another; None where the list has none to ask for."""
    basis = files.undated_size(kept.mapping)
    return None if basis is None else files.value_days(read(), kept.mapping, today())[basis]


def _keep(form: ColumnsForm, kept: kept_lists.ListColumns, token: str, usual_day: date | None) -> bool:
    """Keep the choice and return True, or hang the refusal where it belongs."""
    day = form.sizes_on.day if usual_day else None
    if day and day > today():
        form.refuse(DayAhead(), "sizes_on")
        return False
    chosen = replace(
        kept.decisions,
        head_row=kept.mapping.head_row,
        columns=chosen_fields(form, kept.mapping),
        known=members.KnownMembers(form.known.data),
        category=form.category.data or None,
        sizes_on=None if day == usual_day else day,
    )
    try:
        kept_lists.decide_columns(read(), folder(), token, kept, chosen)
    except FieldTwice as error:
        form.refuse(error, column_field(int(str(error.values["column"]))))
    except DomainError as error:
        form.form_errors.append(_(_MISSING[type(error)]) if type(error) in _MISSING else words().error(error))
    else:
        return True
    return False


def _row(form: ColumnsForm, kept: kept_lists.ListColumns, place: int) -> dict[str, Any]:
    """Return one column as the page lists it: the mark says who chose the field, or why it is left out."""
    column, offered = kept.mapping.columns[place], kept.offered.columns[place]
    select = form[column_field(column.index)]
    is_left_out = select.data == LEFT_OUT
    is_guess = select.data == (offered.field.value if offered.field and offered.is_used else LEFT_OUT)
    use = offered.use if is_guess else Use.LEFT_OUT if is_left_out else Use.CHOSEN
    return {
        "name": column.heading or _("without a heading"),
        "letter": column_letter(column.index),
        "samples": column.samples,
        "select": select,
        "mark": words().value(USE_TEXTS[use]),
        "is_guess": is_guess,
        "is_left_out": is_left_out,
    }
