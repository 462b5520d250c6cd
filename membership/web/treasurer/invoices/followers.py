"""What corrects invoices, on pages: one cancellation or correction, all of a dues year, and what follows an invoice.

Source: `ux.md` 6.7, 8.4 ("cancellations and waivers with reasons").
"""

from __future__ import annotations

from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from invoices.document import Document
from membership.domain.claims import due_parts
from membership.domain.corrections import CAUSE_NAMES, Cause
from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceKind
from membership.persistence.db import Session
from membership.persistence.queries import corrections as queries
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.invoicing import DUES, InvoiceView
from membership.persistence.queries.overview import find_pdf_failure
from membership.web.access import policy, read
from membership.web.frame import dues_years
from membership.web.language import _, words
from membership.web.links import member_address
from membership.web.treasurer.dispatch.shown import sendings_of
from membership.web.treasurer.invoices.blueprint import blueprint
from membership.web.treasurer.invoices.pictures import picture_of

KIND_NAMES: Final = {
    "cancellation": N_("Cancellation"),
    "correction": N_("Invoice correction"),
    "corrected": N_("Corrected invoice"),
    "invoice": N_("New invoice"),
    "supplement": N_("Supplementary invoice"),
    "waiver": N_("Waiver"),
    "write_off": N_("Write-off"),
    "deferral": N_("Deferral"),
    "instalments": N_("Instalment plan"),
}


@blueprint.get("/corrections")
@policy("invoice.read")
def corrections_index() -> ResponseReturnValue:
    """Show all corrections of a dues year: documents and decisions, the newest first."""
    session = read()
    frame = dues_years(session)
    rows = queries.list_corrections(session, frame["dues_year"])
    return render_template(
        "treasurer/invoices/corrections.html",
        rows=[
            {
                "row": row,
                "kind": words().text(KIND_NAMES[row.kind]),
                "reason": reason_words(row.reason),
                "href": url_for(".show", number=row.number or row.original),
            }
            for row in rows
        ],
        **frame,
    )


def reason_words(reason: Any) -> str:  # noqa: ANN401 - what stands in the content of a document
    """Return why something was corrected, in words."""
    if not reason:
        return ""
    cause = reason["cause"]
    known = words().text(CAUSE_NAMES[Cause(cause)]) if cause and cause != Cause.OTHER else ""
    return ": ".join(part for part in (known, reason["words"]) if part)


def show_credit(session: Session, credit: queries.CreditNoteView) -> ResponseReturnValue:
    """Show one cancellation or correction."""
    invoice = credit.document
    document = Document.from_content(invoice.content["document"])
    stored_at = invoice_queries.find_stored_at(session, invoice.id)
    return render_template(
        "treasurer/invoices/credit.html",
        credit=credit,
        document=document,
        totals=document.totals,
        kind=words().text(KIND_NAMES[invoice.kind]),
        reason=reason_words(invoice.content.get("reason")),
        member_href=member_address(credit.member.number),
        sendings=sendings_of(session, invoice.id),
        stored_at=stored_at,
        picture=picture_of(session, invoice.number, invoice.id),
        is_pdf_given_up=stored_at is None and find_pdf_failure(session, invoice.id),
    )


def followers_of(session: Session, view: InvoiceView) -> list[dict[str, Any]]:
    """Return the documents that correct or follow an invoice."""
    return [
        {
            "number": one.number,
            "kind": words().text(KIND_NAMES[kind_of(one)]),
            "issued_on": one.issued_on,
            "cents": one.gross_cents,
            "href": url_for(".show", number=one.number),
            "takes_back": one.kind in queries.TAKING_BACK,
        }
        for one in queries.list_followers(session, view.invoice.id)
    ]


def kind_of(one: Any) -> str:  # noqa: ANN401 - a row of invoices
    """Return what a following document is called."""
    if one.kind == InvoiceKind.INVOICE and one.fee.endswith(":supplement"):
        return "supplement"
    return str(one.kind)


def plan_of_view(session: Session, view: InvoiceView) -> list[dict[str, Any]]:
    """Return the instalments of an invoice with what is left of each; empty without a plan."""
    plan = queries.find_plan(session, view.open_item_id)
    left = {part.due_on: part.cents for part in due_parts(plan, view.open_cents)} if plan else {}
    return [
        {"due_on": part.due_on, "cents": part.cents, "open_cents": left.get(part.due_on, 0)} for part in plan
    ]


def actions_of(
    view: InvoiceView, *, may_correct: bool, may_decide: bool, may_send: bool, has_plan: bool
) -> list[dict[str, str]]:
    """Return what can be done with an invoice, for the menu of its page."""
    standing, found = view.standing, []
    if standing.is_cancelled:
        return []
    if may_decide and view.open_cents:
        found += [
            ("defer", N_("Defer until …"), "clock"),
            ("instalments", N_("Instalment plan"), "half-circle"),
        ]
        if standing.is_deferred or has_plan:
            found.append(("end_deferral", N_("End deferral"), "undo"))
        found += [("waive", N_("Waive remainder"), "tick"), ("write_off", N_("Write off"), "tick")]
    if may_decide and standing.waived_cents + standing.written_off_cents:
        found.append(("reopen", N_("Reopen invoice"), "undo"))
    if may_correct:
        if view.invoice.fee.startswith(DUES):
            found.append(("adjust", N_("Bring to today's size"), "calculator"))
        found += [
            ("correct", N_("Correct part of invoice"), "pen"),
            ("cancel", N_("Cancel invoice"), "crossed-circle"),
        ]
    actions = [
        {"label": _(label), "href": url_for(f".{step}", number=view.invoice.number), "icon": icon}
        for step, label, icon in found
    ]
    if may_send and view.open_cents:
        href = url_for("treasurer.dispatch.check_invoice", number=view.invoice.number, _anchor="link")
        actions.append({"label": _("Copy payment link"), "href": href, "icon": "copy"})
    return actions
