"""The blueprint of the pages about sending, and the words of what happens there in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import KIND_WORDS, name_actions

blueprint = Blueprint("dispatch", __name__, url_prefix="/dispatch")
name_actions(
    {
        "run.send": N_("Invoices of a run handed over for sending"),
        "run.call_off_sending": N_("Planned sending of a run called off"),
        "invoice.send": N_("Invoice handed over for sending"),
        "invoice.link": N_("Link to an invoice made"),
        "invoice.revoke_links": N_("Links to an invoice ended"),
        "dispatch.sent": N_("Invoice sent by mail"),
        "staff.sent": N_("Notice sent by mail"),
        "anchor.mailed": N_("Proof of the books handed over for sending"),
        "dispatch.posted": N_("Invoice posted"),
        "dispatch.bounced": N_("Mail came back"),
        "dispatch.retry": N_("Mail sent again"),
        "dispatch.retry_failed": N_("Failed mails sent again"),
        "dispatch.arrived": N_("Mail marked as arrived"),
        "dispatch.not_arrived": N_("Mail marked as not arrived"),
        "dispatch.withdraw": N_("Waiting sendings taken back"),
        "dispatch.halt": N_("Sending halted"),
        "dispatch.go_on": N_("Sending goes on"),
        "settings.mail_password": N_("Password of the mail server changed"),
    }
)
KIND_WORDS["dispatch"] = N_("Sending")
