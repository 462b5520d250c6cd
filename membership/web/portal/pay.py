"""A company pays online: one invoice or several together; the amount is that of the books.

Source: `ux.md` 7 “Pay”, journey D; STR-1 to STR-3; SEC-71, SEC-72.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.online_payments.attempts import MOST_ITEMS, Way
from membership.jobs import online_payments as jobs
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.direct_debits.expected import list_expected
from membership.persistence.queries.member_account import find_last_way
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.limits import few_attempts
from membership.web.online_offer import hints, limit_words, offer, pay_form
from membership.web.online_offer import online_of as offered
from membership.web.portal.companies import Own, own, page

blueprint = Blueprint("pay", __name__, url_prefix="/pay")
_LONGEST = 60


@blueprint.route("", methods=["GET", "POST"])
@policy("portal.pay")
@few_attempts(20)
def index() -> ResponseReturnValue:
    """Choose how to pay the chosen invoices."""
    shown = own()
    chosen = list(dict.fromkeys(number[:_LONGEST] for number in request.args.getlist("invoice")))
    if not 0 < len(chosen) <= MOST_ITEMS:
        return redirect(url_for("portal.home.index"), code=303)
    owed = queries.owed_of(shown.session, shown.company.id, chosen)
    numbers = [each.reference for each in owed]
    addresses = dict.fromkeys(numbers, request.path)
    expected = list_expected(shown.session, shown.company.id, today=today())
    open_cents = {each.reference: each.cents for each in owed}
    online = offered(shown.session, open_cents, addresses, expected=expected)
    cents = sum(each.cents for each in owed)
    ways = offer().ways_for(cents)
    if not ways or any(each.pay is None for each in online.values()):
        said = next((each.words for each in online.values() if each.words), "")
        sessions.notice("info", said or _("Nothing can be paid online here now."))
        return redirect(url_for("portal.home.index"), code=303)
    form = pay_form(ways, last=find_last_way(shown.session, shown.company.id))
    if form.validate_on_submit():
        try:
            return _begin(shown, numbers, Way(form.way.data))
        except DomainError as error:
            form.refuse(error)
    leave = {
        number: url_for(".index", invoice=[other for other in numbers if other != number])
        for number in numbers
        if len(numbers) > 1
    }
    shown_page = page(
        "portal/pay/index.html", shown, form=form, owed=owed, hints=hints(ways), limit_words=limit_words(owed),
        back=url_for("portal.home.index"), leave=leave, sum_cents=cents,
    )  # fmt: skip
    return shown_page, 422 if form.errors else 200


def _begin(shown: Own, numbers: list[str], way: Way) -> ResponseReturnValue:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    uid = jobs.begin(app, current_actor(), shown.company.id, numbers, way, language=words().language)
    return redirect(url_for("online_payment.go", uid=uid), code=303)
