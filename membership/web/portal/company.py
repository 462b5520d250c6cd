"""What the association has noted about a company, with the way to change each part of it.

Source: `ux.md` 7 "Company data".
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.domain.member_account import belonging
from membership.domain.member_fields import PAYMENT_WORDS
from membership.domain.policy import Role
from membership.persistence.queries import member_account as queries
from membership.persistence.queries.companies import list_open_requests
from membership.persistence.queries.order_numbers import list_order_numbers
from membership.web.access import policy
from membership.web.frame import today
from membership.web.language import words
from membership.web.portal.companies import holds, may_change, own, page
from membership.web.portal.debits import can_be_given
from membership.web.portal.orders import may_enter

blueprint = Blueprint("company", __name__, url_prefix="/company")

FUNCTION_WORDS: Final = {
    "representative": N_("Legal representative"),
    "delegate": N_("Voting delegate"),
    "deputy": N_("Deputy of the voting delegate"),
    "billing": N_("Invoices"),
    "declaration": N_("Self-declaration"),
    "main": N_("Main contact"),
    "newsletter": N_("Newsletter"),
}
ROLE_WORDS: Final = {
    Role.COMPANY_ADMIN: N_("reads everything, changes data and decides who has access"),
    Role.COMPANY_USER: N_("reads everything"),
}


@blueprint.get("")
@policy("portal.read")
def index() -> ResponseReturnValue:
    """Show address, contacts, size, category and way of payment."""
    shown = own()
    session, member_id = shown.session, shown.company.id
    category = queries.find_category(session, member_id, on=today())
    return page(
        "portal/company/index.html",
        shown,
        today=today(),
        record=queries.get_record(session, member_id),
        contacts=queries.list_contacts(session, member_id),
        sizes=queries.list_sizes(session, member_id),
        category=(category[0] if words().language == "de" else category[1]) if category else "",
        dues_class=queries.find_dues_class(session, member_id),
        belonging=belonging(queries.list_periods(session, member_id)),
        functions=FUNCTION_WORDS,
        payment_words=PAYMENT_WORDS,
        orders=list_order_numbers(session, member_id),
        may_enter=may_enter(shown),
        may_manage=may_change(shown, "portal.users"),
        requests=[line.request for line in list_open_requests(session, member_id=member_id)],
        may_debit=can_be_given() and holds(shown, "portal.edit"),
    )
