"""The order number of a member for the invoice of a dues year.

Source: `domain.md` MEM-1, INV-10.
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.persistence.queries.members import get_member
from membership.persistence.queries.order_numbers import find_order_number
from membership.services import members
from membership.web.access import current_actor, policy, read
from membership.web.forms.member_dues import OrderNumberForm
from membership.web.frame import dues_years
from membership.web.language import _
from membership.web.outdated import still_holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import to_record


@blueprint.route("/<member:number>/order-number", methods=["GET", "POST"])
@policy("member.write")
def order_number(number: str) -> ResponseReturnValue:
    """Enter the order number of a dues year, or change the one that is there."""
    session = read()
    member = get_member(session, number)
    year = dues_years(session)["dues_year"]
    known = find_order_number(session, member.id, year)
    now = known.number if known else _("none")
    form = OrderNumberForm(data={"year": year, "order_number": known.number if known else "", "seen": now})
    if form.validate_on_submit() and still_holds(form, now):
        typed, of_year = form.order_number.data or "", int(form.year.data or 0)
        try:
            write(current_actor(), members.set_order_number, member.number, typed, year=of_year)
        except DomainError as error:
            form.refuse(error, "order_number")
        else:
            said = _("The order number for %(year)s is saved.", year=str(of_year))
            return to_record(member.number, said)
    page = render_template(
        "treasurer/members/order_number.html", member=member, form=form, **dues_years(session)
    )
    return page, 422 if form.errors else 200
