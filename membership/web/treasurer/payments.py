"""Payments: the list, one payment with what it settles, and taking one back. Source: PAY-1 to PAY-4, `ux.md` 6.7."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, DomainError, NotFound
from membership.domain.payments import Method, Share
from membership.persistence.db import write
from membership.persistence.queries import payments as queries
from membership.services import payments
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.payments import METHOD_NAMES, ReversalForm
from membership.web.frame import dues_years, today
from membership.web.language import _
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("payments", __name__, url_prefix="/payments")
name_actions({"payment.record": N_("Payment recorded"), "payment.reverse": N_("Payment taken back")})


@blueprint.get("")
@policy("payment.read")
def index() -> ResponseReturnValue:
    """List the payments of a year, the newest first."""
    session = read()
    frame = dues_years(session)
    year = frame["dues_year"]
    found = queries.list_payments(session, since=date(year, 1, 1), until=date(year, 12, 31))
    total = sum(view.payment.amount_cents for view in found if not view.is_reversed)
    names = {str(method): name for method, name in METHOD_NAMES.items()}
    return render_template(
        "treasurer/payments/index.html", payments=found[::-1], total=total, method_names=names, **frame
    )


@blueprint.get("/<int:payment_id>")
@policy("payment.read")
def show(payment_id: int) -> ResponseReturnValue:
    """Show one payment."""
    view = _view(payment_id)
    owed = queries.list_owed(read(), view.member.id) if view.free_cents else []
    method = _(METHOD_NAMES[Method(view.payment.method)])
    return render_template(
        "treasurer/payments/show.html", view=view, owed=owed, method=method, form=ReversalForm()
    )


def _view(payment_id: int) -> queries.PaymentView:
    found = queries.list_payments(read(), payment_id=payment_id)
    if not found:
        raise NotFound(what="payment", key=payment_id)
    return found[0]


@blueprint.post("/<int:payment_id>/reverse")
@policy("payment.record")
def reverse(payment_id: int) -> ResponseReturnValue:
    """Take a mistyped payment back."""
    view = _view(payment_id)
    form = ReversalForm()
    if not form.validate_on_submit():
        method = _(METHOD_NAMES[Method(view.payment.method)])
        page = render_template("treasurer/payments/show.html", view=view, owed=[], method=method, form=form)
        return page, 422
    _take_back(payment_id, str(form.reason.data))
    return redirect(url_for(".show", payment_id=payment_id), code=303)


@blueprint.post("/<int:payment_id>/undo")
@policy("payment.record")
def undo(payment_id: int) -> ResponseReturnValue:
    """Take back what was recorded a moment ago."""
    _take_back(payment_id, _("Undone"))
    return redirect(url_for(".show", payment_id=payment_id), code=303)


def _take_back(payment_id: int, reason: str) -> None:
    write(current_actor(), payments.reverse_payment, payment_id, reason=reason, today=today())
    sessions.notice("ok", _("The payment is taken back. The invoices it had settled are open again."))


@blueprint.post("/<int:payment_id>/allocate")
@policy("payment.record")
def allocate(payment_id: int) -> ResponseReturnValue:
    """Use the free part of a payment for one open item of the same member."""
    view = _view(payment_id)
    wanted = request.form.get("reference", "")
    for item in queries.list_owed(read(), view.member.id):
        if item.reference == wanted:
            share = Share(item.id, min(view.free_cents, item.open_cents))
            try:
                write(current_actor(), payments.allocate, payment_id, [share], today=today())
            except DomainError:
                break
            sessions.notice("ok", _("The payment now settles %(number)s.", number=wanted))
            return redirect(url_for(".show", payment_id=payment_id), code=303)
    sessions.notice("warning", _("This is not open any more. Nothing was changed."))
    return redirect(url_for(".show", payment_id=payment_id), code=303)


@blueprint.post("/<int:payment_id>/unallocate")
@policy("payment.record")
def unallocate(payment_id: int) -> ResponseReturnValue:
    """Take the payment off one document; the amount is the member's credit balance then."""
    reference = request.form.get("reference", "")
    write(current_actor(), payments.unallocate, payment_id, reference, today=today())
    sessions.notice(
        "ok", _("The payment is taken off %(number)s and is a credit balance now.", number=reference)
    )
    return redirect(url_for(".show", payment_id=payment_id), code=303)
