"""One invoice: what stands on it, what is open, what happened; its PDF as it was stored, its calculation on demand.

Source: `ux.md` 6.7; INV-06, D-INV-20.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_
from membership.domain.invoicing import days_overdue, invoice_state
from membership.domain.money import Money
from membership.jobs.engine import wake
from membership.persistence.db import Session, write
from membership.persistence.queries import history
from membership.persistence.queries import invoicing as queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.overview import find_pdf_failure
from membership.services import invoice_files, invoicing
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.links import member_address
from membership.web.treasurer.audit_words import person_words
from membership.web.treasurer.invoices.blueprint import METHOD_NAMES, blueprint
from membership.web.treasurer.payments.recording import for_invoice, record_page

_EVENTS: Final = {
    "invoice.issue": ("document", "brand", N_("Invoice issued")),
    "payment.allocate": ("tick", "ok", N_("Payment of %(amount)s")),
    "payment.unallocate": ("undo", "warning", N_("Payment of %(amount)s taken off")),
    "invoice.retry_pdf": ("document", "warning", N_("PDF asked for again")),
}


@blueprint.get("/<number>")
@policy("invoice.read")
def show(number: str) -> ResponseReturnValue:
    """Show one invoice."""
    session = read()
    view = queries.get_invoice(session, number)
    invoice, day = view.invoice, today()
    document = Document.from_content(invoice.content["document"])
    stored_at = queries.find_stored_at(session, invoice.id)
    return render_template(
        "treasurer/invoices/show.html",
        view=view,
        document=document,
        totals=document.totals,
        state=str(
            invoice_state(
                gross_cents=invoice.gross_cents, open_cents=view.open_cents, due_on=invoice.due_on, today=day
            )
        ),
        days_overdue=days_overdue(open_cents=view.open_cents, due_on=invoice.due_on, today=day),
        steps=_steps(invoice.assessment),
        member_href=member_address(view.member.number),
        method=words().text(METHOD_NAMES.get(invoice.payment_method, invoice.payment_method)),
        payments=_payments(session, view),
        credit_cents=payment_queries.credit_cents(session, view.member.id) if view.open_cents else 0,
        events=_events(session, view, stored_at),
        stored_at=stored_at,
        is_pdf_given_up=stored_at is None and find_pdf_failure(session, invoice.id),
    )


def _events(session: Session, view: queries.InvoiceView, stored_at: datetime | None) -> list[dict[str, Any]]:
    """Return what happened to the invoice, the newest first, with person and time."""
    events: list[dict[str, Any]] = []
    if stored_at is not None:
        text = _("PDF made and stored")
        events.append({"icon": "document", "tone": "neutral", "text": text, "at": stored_at})
    for record in history.list_events(session, "invoice", view.invoice.number):
        if record.action not in _EVENTS:
            continue
        icon, tone, message = _EVENTS[record.action]
        payment = record.facts.get("payment")
        values = {"amount": Money(record.facts["cents"])} if payment else {}
        is_linked = payment and sessions.holds("payment.read")
        events.append(
            {
                "icon": icon,
                "tone": tone,
                "text": words().text(message, **values),
                "href": url_for("treasurer.payments.show", payment_id=payment) if is_linked else None,
                "at": record.at,
                "who": person_words(record.actor_key, record.actor_name),
            }
        )
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _steps(assessment: Any) -> list[dict[str, str]]:  # noqa: ANN401 - the stored form
    proof = invoicing.proof_of(from_stored(assessment), words())
    return [{"text": step.text, "note": step.note, "amount": step.result} for step in proof]


def _payments(session: Session, view: queries.InvoiceView) -> list[dict[str, Any]]:
    """Return the payments that stand on the invoice, each with its part."""
    found = []
    for each in payment_queries.list_payments(session, member_id=view.member.id):
        cents = sum(part for document, part in each.allocations if document == view.invoice.number)
        if cents and not each.is_reversed:
            found.append({"payment": each.payment, "cents": cents})
    return found


@blueprint.get("/<number>/pdf")
@policy("invoice.read")
def pdf(number: str) -> ResponseReturnValue:
    """Hand out the stored bytes; while they are being made, lead to the invoice, which says so."""
    session = read()
    view = queries.get_invoice(session, number)
    if view.sha256 is None:
        return redirect(url_for(".show", number=view.invoice.number))
    return downloads.pdf(invoicing.stored_pdf(session, number), name=f"{view.invoice.number}.pdf")


@blueprint.get("/<number>/xml")
@policy("invoice.read")
def xml(number: str) -> ResponseReturnValue:
    """Hand out the e-invoice: the XRechnung, or the data that the PDF carries."""
    session = read()
    view = queries.get_invoice(session, number)
    if view.sha256 is None:
        return redirect(url_for(".show", number=view.invoice.number))
    return downloads.xml(invoicing.stored_xml(session, number), name=f"{view.invoice.number}.xml")


@blueprint.post("/<number>/pdf/retry")
@policy("invoice.issue")
def retry_pdf(number: str) -> ResponseReturnValue:
    """Ask for a PDF again that could not be made."""
    write(current_actor(), invoice_files.retry_pdf, number)
    wake()
    return redirect(url_for(".show", number=number), code=303)


@blueprint.get("/<number>/calculation/pdf")
@policy("invoice.read")
def calculation(number: str) -> ResponseReturnValue:
    """Hand out the invoice with its calculation on a page of its own (DUE-19); it is made anew and not kept."""
    session = read()
    view = queries.get_invoice(session, number)
    content = invoicing.calculation_pdf(session, view.invoice)
    return downloads.pdf(content, name=_("%(number)s calculation.pdf", number=view.invoice.number))


@blueprint.route("/<number>/payment", methods=["GET", "POST"])
@policy("payment.record")
def record(number: str) -> ResponseReturnValue:
    """Record a payment for the invoice."""
    return record_page(for_invoice(number))
