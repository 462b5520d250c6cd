"""A company enters the order number that its invoice of a dues year is to name.

Source: `ux.md` 7 "Company data"; INV-10.
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.persistence.queries.order_numbers import find_order_number
from membership.services import members
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.forms.portal import OrderNumberForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.portal.companies import Own, may_change, own_running, page

blueprint = Blueprint("orders", __name__, url_prefix="/order-number")


def may_enter(shown: Own) -> bool:
    """Return whether the person may change data of the company whose pages are shown, today."""
    return may_change(shown, "portal.edit")


@blueprint.route("", methods=["GET", "POST"])
@policy("portal.edit")
def enter() -> ResponseReturnValue:
    """Enter the order number of this or the next dues year."""
    shown = own_running("portal.edit")
    years = [today().year, today().year + 1]
    known = find_order_number(shown.session, shown.company.id, years[0])
    form = OrderNumberForm(data={"year": str(years[0]), "order_number": known.number if known else ""})
    form.year.choices = [(str(year), str(year)) for year in years]
    if form.validate_on_submit():
        year, typed = int(form.year.data), form.order_number.data or ""
        try:
            write(current_actor(), members.set_order_number, shown.company.number, typed, year=year)
        except DomainError as error:
            form.refuse(error, "order_number")
        else:
            sessions.notice("ok", _("The order number for %(year)s is saved.", year=str(year)))
            return redirect(url_for("portal.company.index"), code=303)
    return page("portal/company/order_number.html", shown, form=form), 422 if form.errors else 200
