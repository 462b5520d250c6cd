"""The blueprint of the bank pages, and the words of what happens there in the audit log."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("banking", __name__, url_prefix="/bank")
name_actions(
    {
        "bank.import": N_("Bank statement taken in"),
        "bank.divide": N_("Sum divided into its entries"),
        "bank.undivide": N_("Division of a sum taken back"),
        "bank.posted": N_("Entry matched"),
        "bank.recorded": N_("Entry recognised as a recorded payment"),
        "bank.not_dues": N_("Entry set aside as no dues"),
        "bank.collected": N_("Credit of direct debits matched"),
        "bank.returned": N_("Return debit matched"),
        "bank.paid_out": N_("Payout of Stripe matched"),
        "bank.ask": N_("Question about an entry sent"),
        "bank.undone": N_("Match taken back"),
        "bank.forget": N_("Learned account forgotten"),
        "bank.rule": N_("Rule for entries remembered"),
        "bank.rule_drop": N_("Rule for entries removed"),
    }
)
