"""The blueprint of the payment pages, and the words of what happens to a payment in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("payments", __name__, url_prefix="/payments")
name_actions(
    {
        "payment.record": N_("Payment recorded"),
        "payment.reverse": N_("Payment taken back"),
        "payment.allocate": N_("Payment matched"),
        "payment.unallocate": N_("Payment taken off an invoice"),
    }
)
