"""One entry that sums several returned debits: which of a collection came back is ticked, and all is posted at once.

Source: `ux.md` 6.9 “Return debit”; SEPA-15.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.banking.statements import PartsDiffer, WrongDirection
from membership.domain.direct_debits.reason_keys import named_reason
from membership.domain.direct_debits.returns import REACTIONS, Back
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.money import AmountOutOfRange, AmountUnreadable, Money, parse_amount
from membership.persistence.db import write
from membership.persistence.queries import bank_lines
from membership.persistence.queries.direct_debits.credited import (
    CreditedLine,
    list_collections_credited,
    list_credited,
)
from membership.services.banking.deciding import return_line
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.banking import ReturnsForm
from membership.web.language import ngettext
from membership.web.treasurer.banking.blueprint import blueprint

_LONGEST: Final = 10
_MOST: Final = 12
"""How many collections are offered, the newest ones."""


class NoneTicked(InputError):
    """Debits were to come back, and none is named."""

    message = N_("Please tick the direct debits that came back.")
    code = "none_ticked"


@blueprint.route("/entries/<int:line_id>/returns", methods=["GET", "POST"])
@policy("bank.write")
def returns(line_id: int) -> ResponseReturnValue:
    """Show the credited debits of collections, and post those that came back by a sum."""
    view = bank_lines.get_line(read(), line_id)
    if view.line.amount_cents > 0:
        raise WrongDirection(amount=Money(view.line.amount_cents))
    if request.method == "GET" and view.decision is not None:
        return redirect(url_for(".line", line_id=line_id))
    numbers = list_collections_credited(read(), limit=_MOST)
    asked = request.values.getlist("collection")
    chosen = [each for each in numbers if each in asked] or numbers[:1]
    rows = list_credited(read(), chosen)
    form = ReturnsForm()
    if form.validate_on_submit():
        try:
            count = _post(line_id, rows, form)
        except DomainError as error:
            form.refuse(
                error,
                "amount_fee"
                if isinstance(error, PartsDiffer | AmountUnreadable | AmountOutOfRange)
                else None,
            )
        else:
            text = ngettext(
                "%(n)s direct debit came back; its invoice is open again.",
                "%(n)s direct debits came back; their invoices are open again.",
                count,
            )
            sessions.notice("ok", text)
            return redirect(url_for(".match"), code=303)
    page = render_template(
        "treasurer/banking/returns.html", view=view, form=form, rows=rows, ticked=_ticked(),
        numbers=numbers, chosen=chosen, reasons=REACTIONS, left=_left(view, rows, form),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _ticked() -> dict[str, str]:
    """Return the debits that are ticked with the reasons typed beside them."""
    return {
        debit: request.form.get(f"reason-{debit}", "").strip()[:_LONGEST]
        for debit in request.form.getlist("debit")
    }


def _post(line_id: int, rows: list[CreditedLine], form: ReturnsForm) -> int:
    ticked = _ticked()
    backs = [
        Back(row.item.end_to_end_id, named_reason(ticked[row.item.end_to_end_id]))
        for row in rows
        if row.item.end_to_end_id in ticked
    ]
    if len(backs) < len(ticked):  # one came back meanwhile
        backs += [Back(each) for each in ticked if each not in {back.debit for back in backs}]
    if not backs:
        raise NoneTicked
    write(
        current_actor(), return_line, line_id, came_back=backs, fee_cents=_fee(form),
        is_fee_of_member=bool(form.is_fee_of_members.data),
    )  # fmt: skip
    return len(backs)


def _fee(form: ReturnsForm) -> int:
    return parse_amount(str(form.amount_fee.data)) if form.amount_fee.data else 0


def _left(view: bank_lines.LineView, rows: list[CreditedLine], form: ReturnsForm) -> int:
    """Return what the ticked debits and the fee leave of an entry."""
    ticked = _ticked()
    left = -view.line.amount_cents
    left -= sum(row.item.cents for row in rows if row.item.end_to_end_id in ticked)
    with suppress(InputError):
        left -= _fee(form)
    return left
