"""The blueprint of the billing run pages, and the words of their audit entries."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("billing", __name__, url_prefix="/billing")
name_actions(
    {
        "billing.plan": N_("Billing run prepared"),
        "billing.discard": N_("Draft of a billing run discarded"),
        "billing.release": N_("Billing run released"),
        "billing.pause": N_("Billing run paused"),
        "billing.resume": N_("Billing run resumed"),
        "billing.fail": N_("Invoice of a billing run failed"),
        "billing.finish": N_("Billing run finished"),
        "levy.put": N_("Levy recorded"),
    }
)
