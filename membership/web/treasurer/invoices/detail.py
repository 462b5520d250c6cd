"""One invoice: what stands on it, what is open, what happened; its PDF as it was stored, its calculation on demand.

Source: `ux.md` 6.7; INV-06, D-INV-20.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.dues.stored import from_stored
from membership.domain.errors import DomainError
from membership.domain.invoicing import days_overdue, invoice_state
from membership.domain.money import Money, decimal_text, parse_amount
from membership.domain.payments import Method, ReceivedInFuture, Share
from membership.domain.phrases import phrase
from membership.persistence.db import Session, write
from membership.persistence.queries import history
from membership.persistence.queries import invoicing as queries
from membership.persistence.queries import payments as payment_queries
from membership.services import invoicing, payments
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.payments import PaymentForm
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.audit import name_actions
from membership.web.treasurer.invoices.blueprint import METHOD_NAMES as MEMBER_METHODS
from membership.web.treasurer.invoices.blueprint import blueprint

EVENTS = {
    "invoice.issue": phrase("Invoice issued"),
    "payment.allocate": phrase("Payment matched"),
    "payment.unallocate": phrase("Payment taken off this invoice"),
}
name_actions({key: text.message for key, text in EVENTS.items()})


@blueprint.get("/<number>")
@policy("invoice.read")
def show(number: str) -> ResponseReturnValue:
    """Show one invoice."""
    session = read()
    view = queries.get_invoice(session, number)
    invoice = view.invoice
    state = invoice_state(
        gross_cents=invoice.gross_cents, open_cents=view.open_cents, due_on=invoice.due_on, today=today()
    )
    return render_template(
        "treasurer/invoices/show.html",
        view=view,
        document=Document.from_content(invoice.content["document"]),
        state=str(state),
        overdue_days=days_overdue(open_cents=view.open_cents, due_on=invoice.due_on, today=today()),
        events=[_event(event) for event in history.list_events(session, "invoice", invoice.number)],
        steps=_steps(invoice.assessment),
        method=_(MEMBER_METHODS.get(invoice.payment_method, invoice.payment_method)),
        payments=_payments(session, view),
    )


def _event(event: Any) -> dict[str, Any]:  # noqa: ANN401 - an audit record
    text = words().value(EVENTS[event.action]) if event.action in EVENTS else event.action
    if "cents" in event.facts and event.action != "invoice.issue":
        text = _("%(what)s: %(amount)s", what=text, amount=words().value(Money(event.facts["cents"])))
    icons = {"invoice.issue": ("document", "brand"), "payment.allocate": ("tick", "ok")}
    icon, tone = icons.get(event.action, ("undo", "warn"))
    return {"icon": icon, "tone": tone, "text": text, "href": None, "at": event.at, "who": event.actor_name}


def _steps(assessment: Any) -> list[dict[str, str]]:  # noqa: ANN401 - the stored form
    proof = invoicing.proof_of(from_stored(assessment), words())
    return [{"text": step.text, "amount": step.result, "note": ""} for step in proof]


def _payments(session: Session, view: queries.InvoiceView) -> list[payment_queries.PaymentView]:
    mine = payment_queries.list_payments(session, member_id=view.member.id)
    return [
        each for each in mine if any(reference == view.invoice.number for reference, _c in each.allocations)
    ]


@blueprint.get("/<number>/pdf")
@policy("invoice.read")
def pdf(number: str) -> ResponseReturnValue:
    """Hand out the stored bytes."""
    view = queries.get_invoice(read(), number)
    return downloads.pdf(invoicing.stored_pdf(read(), number), name=f"{view.invoice.number}.pdf")


@blueprint.get("/<number>/calculation/pdf")
@policy("invoice.read")
def calculation(number: str) -> ResponseReturnValue:
    """Hand out the invoice with its calculation on a page of its own (DUE-19); it is made anew and not kept."""
    view = queries.get_invoice(read(), number)
    content = invoicing.calculation_pdf(read(), view.invoice)
    return downloads.pdf(content, name=_("%(number)s calculation.pdf", number=view.invoice.number))


@blueprint.route("/<number>/payment", methods=["GET", "POST"])
@policy("payment.record")
def record(number: str) -> ResponseReturnValue:
    """Record a payment for the invoice."""
    view = queries.get_invoice(read(), number)
    form = PaymentForm(data=_filled(view))
    if form.validate_on_submit():
        try:
            payment_id = _record(view, form)
        except ReceivedInFuture as error:
            form.refuse(error, "received_on")
        except DomainError as error:
            form.refuse(error, "amount")
        else:
            undo = {"href": url_for("treasurer.payments.undo", payment_id=payment_id), "label": _("Undo")}
            sessions.notice("ok", _result(number), undo=undo)
            return redirect(url_for(".show", number=view.invoice.number), code=303)
    page = render_template("treasurer/invoices/record.html", form=form, view=view)
    return page, 422 if form.errors else 200


def _filled(view: queries.InvoiceView) -> dict[str, object]:
    amount = decimal_text(view.open_cents).replace(".", ",")
    return {"received_on": today(), "amount": amount, "method": str(Method.TRANSFER)}


def _record(view: queries.InvoiceView, form: PaymentForm) -> int:
    cents = parse_amount(str(form.amount.data))
    assert form.received_on.data is not None, form.data
    share = min(cents, view.open_cents)
    return write(
        current_actor(),
        payments.record_payment,
        view.member.id,
        cents,
        received_on=form.received_on.data,
        method=Method(form.method.data),
        today=today(),
        note=form.note.data or "",
        shares=[Share(view.open_item_id, share)] if share > 0 else [],
    )


def _result(number: str) -> str:
    view = queries.get_invoice(read(), number)
    if view.open_cents:
        rest = words().value(Money(view.open_cents))
        return _("The payment is recorded. %(rest)s of %(number)s remain open.", rest=rest, number=number)
    return _("The payment is recorded. %(number)s is paid.", number=number)
