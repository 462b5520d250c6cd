"""The blueprint of the invoice pages, and the words of what happens to an invoice in the audit log."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("invoices", __name__, url_prefix="/invoices")
name_actions(
    {
        "invoice.issue": N_("Invoice issued"),
        "invoice.export": N_("Invoice list exported"),
        "invoice.retry_pdf": N_("PDF asked for again"),
        "invoice.cancel": N_("Invoice cancelled"),
        "invoice.correct": N_("Invoice corrected"),
        "invoice.replace": N_("Invoice replaced"),
        "invoice.supplement": N_("Supplementary invoice issued"),
        "invoice.note": N_("Note to an invoice"),
        "draft.start": N_("Single invoice begun"),
        "draft.discard": N_("Draft of a single invoice thrown away"),
        "draft.issue": N_("Single invoice issued"),
        "claim.waiver": N_("Claim waived"),
        "claim.write_off": N_("Claim written off"),
        "claim.reopen": N_("Claim opened again"),
        "claim.deferral": N_("Claim deferred"),
        "claim.instalments": N_("Instalment plan agreed"),
    }
)

METHOD_NAMES: Final = {
    "transfer": N_("Bank transfer"),
    "direct_debit": N_("SEPA direct debit"),
    "stripe": N_("Online payment"),
}
"""How a member pays, in words; one without words is shown by its code."""
