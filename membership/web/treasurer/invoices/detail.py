"""One invoice: what stands on it, what is open, what happened; its PDF as it was stored, its calculation on demand.

Source: `ux.md` 6.7; INV-06, D-INV-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_
from membership.domain.invoicing import days_overdue
from membership.domain.money import Money
from membership.jobs.engine import wake
from membership.persistence.db import Session, write
from membership.persistence.queries import history
from membership.persistence.queries import invoicing as queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.corrections import find_credit_note
from membership.persistence.queries.overview import find_pdf_failure
from membership.services import invoice_files, invoicing
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.corrections import NoteForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.links import member_address
from membership.web.treasurer.audit_words import person_words
from membership.web.treasurer.dispatch.shown import sendings_of
from membership.web.treasurer.invoices.blueprint import METHOD_NAMES, blueprint
from membership.web.treasurer.invoices.followers import (
    actions_of,
    followers_of,
    plan_of_view,
    show_credit,
)
from membership.web.treasurer.invoices.pictures import picture_of
from membership.web.treasurer.payments.recording import for_invoice, record_page
from membership.web.waiting import waiting_at

_EVENTS: Final = {
    "invoice.issue": ("document", "brand", N_("Invoice issued")),
    "payment.allocate": ("tick", "ok", N_("Payment of %(amount)s")),
    "payment.unallocate": ("undo", "warning", N_("Payment of %(amount)s taken off")),
    "invoice.retry_pdf": ("document", "warning", N_("PDF asked for again")),
    "invoice.send": ("mail", "brand", N_("Invoice handed over for sending")),
    "dispatch.sent": ("mail", "ok", N_("Invoice sent by mail")),
    "dispatch.posted": ("mail", "ok", N_("Invoice posted")),
    "dispatch.bounced": ("undo", "danger", N_("Mail came back")),
    "dispatch.retry": ("undo", "warning", N_("Mail sent again")),
    "dispatch.arrived": ("tick", "neutral", N_("Mail marked as arrived")),
    "dispatch.not_arrived": ("crossed-circle", "neutral", N_("Mail marked as not arrived")),
    "invoice.note": ("pen", "neutral", N_("Note (invoice)")),
    "invoice.link": ("copy", "neutral", N_("Link to an invoice made")),
    "invoice.revoke_links": ("crossed-circle", "neutral", N_("Links to an invoice ended")),
    "invoice.cancel": ("crossed-circle", "danger", N_("Cancelled with %(document)s, %(amount)s")),
    "invoice.correct": ("pen", "warning", N_("Corrected with %(document)s, %(amount)s")),
    "invoice.replace": ("crossed-circle", "danger", N_("Replaced by %(document)s")),
    "invoice.supplement": ("plus", "warning", N_("%(amount)s more asked for with %(document)s")),
    "approval.submitted": ("shield", "plan", N_("Submitted for approval")),
    "approval.approved": ("shield", "ok", N_("Approved")),
    "approval.returned": ("undo", "warning", N_("Returned, not approved")),
    "approval.withdrawn": ("undo", "neutral", N_("Withdrawn, not done")),
    "approval.outdated": ("clock", "warning", N_("Approval outdated")),
    "claim.waiver": ("tick", "neutral", N_("%(amount)s waived")),
    "claim.write_off": ("tick", "neutral", N_("%(amount)s written off")),
    "claim.reopen": ("undo", "warning", N_("Waiver and write-off of %(amount)s taken back")),
    "claim.deferral": ("clock", "plan", N_("Due date moved to %(day)s")),
    "claim.instalments": ("half-circle", "plan", N_("Instalment plan, the first on %(day)s")),
}


@blueprint.get("/<number>")
@policy("invoice.read")
def show(number: str) -> ResponseReturnValue:
    """Show one invoice."""
    return _page(number)


def _page(number: str, form: NoteForm | None = None) -> ResponseReturnValue:
    session = read()
    credit = find_credit_note(session, number)
    if credit is not None:
        return show_credit(session, credit)
    view = queries.get_invoice(session, number)
    invoice, day = view.invoice, today()
    plan = plan_of_view(session, view)
    document = Document.from_content(invoice.content["document"])
    stored_at = queries.find_stored_at(session, invoice.id)
    page = render_template(
        "treasurer/invoices/show.html",
        awaited=waiting_at(session, "invoice", view.invoice.number),
        view=view,
        document=document,
        totals=document.totals,
        state=str(view.standing.state(day)),
        days_overdue=days_overdue(open_cents=view.open_cents, due_on=view.standing.due_on, today=day),
        steps=_steps(invoice.assessment),
        member_href=member_address(view.member.number),
        method=words().text(METHOD_NAMES.get(invoice.payment_method, invoice.payment_method)),
        payments=_payments(session, view),
        followers=followers_of(session, view),
        plan=plan,
        actions=actions_of(
            view,
            may_correct=sessions.holds("invoice.correct"),
            may_decide=sessions.holds("claim.change"),
            may_send=sessions.holds("invoice.send"),
            has_plan=bool(plan),
        ),
        credit_cents=payment_queries.credit_cents(session, view.member.id) if view.open_cents else 0,
        events=_events(session, view, stored_at),
        sendings=sendings_of(session, invoice.id),
        stored_at=stored_at,
        picture=picture_of(session, invoice.number, invoice.id),
        is_pdf_given_up=stored_at is None and find_pdf_failure(session, invoice.id),
        form=form or NoteForm(formdata=None),
    )
    return page, 422 if form and form.errors else 200


@blueprint.post("/<number>/note")
@policy("invoice.send")
def note(number: str) -> ResponseReturnValue:
    """Keep a note in the history of the invoice."""
    form = NoteForm()
    if not form.validate():
        return _page(number, form)
    write(current_actor(), invoice_files.add_note, number, str(form.note.data))
    sessions.notice("ok", _("The note stands in the history."))
    return redirect(url_for(".show", number=number), code=303)


def _events(session: Session, view: queries.InvoiceView, stored_at: datetime | None) -> list[dict[str, Any]]:
    """Return what happened to the invoice, the newest first, with person and time."""
    events: list[dict[str, Any]] = []
    if stored_at is not None:
        is_checked = queries.find_stored_at(session, view.invoice.id, queries.REPORT) is not None
        text = (
            _("PDF made and stored; its e-invoice was checked and breaks no rule")
            if is_checked
            else _("PDF made and stored")
        )
        events.append({"icon": "document", "tone": "neutral", "text": text, "at": stored_at})
    about = ("invoice", view.invoice.number)
    reasons = history.given_reasons(session, *about)
    for record in history.list_events(session, *about):
        if record.action not in _EVENTS:
            continue
        icon, tone, message = _EVENTS[record.action]
        events.append(
            {
                "icon": icon,
                "tone": tone,
                "text": words().text(message, **_event_values(record.facts)),
                "href": _event_address(record.facts),
                "lines": [reasons[record.id]] if record.id in reasons else [],
                "at": record.at,
                "who": person_words(record.actor_key, record.actor_name),
            }
        )
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _event_values(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event's sentence names: an amount, a document, a day."""
    values: dict[str, Any] = {"document": facts.get("document", "")}
    if "cents" in facts:
        values["amount"] = Money(facts["cents"])
    if "until" in facts:
        values["day"] = date.fromisoformat(facts["until"])
    return values


def _event_address(facts: Mapping[str, Any]) -> str | None:
    if facts.get("document"):
        return url_for(".show", number=facts["document"])
    if facts.get("payment") and sessions.holds("payment.read"):
        return url_for("treasurer.payments.show", payment_id=facts["payment"])
    return None


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
@few_at_once
def pdf(number: str) -> ResponseReturnValue:
    """Hand out the stored bytes; while they are being made, lead to the invoice, which says so."""
    session = read()
    invoice, digest = queries.get_document(session, number)
    if digest is None:
        return redirect(url_for(".show", number=invoice.number))
    return downloads.pdf(invoicing.stored_pdf(session, number), name=f"{invoice.number}.pdf")


@blueprint.get("/<number>/xml")
@policy("invoice.read")
@few_at_once
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
@few_at_once
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
