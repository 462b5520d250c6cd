"""Corrections of invoices: taken back, reduced, replaced, adjusted, given up, deferred, paid in instalments."""

from membership.services.corrections.adjusting import (
    SUPPLEMENT,
    Adjustment,
    NothingChanged,
    adjust_invoice,
    adjustment,
)
from membership.services.corrections.cancelling import (
    cancel_invoice,
    correct_invoice,
    freed_by,
    part_to_correct,
    require_standing,
)
from membership.services.corrections.claims import reopen, waive, write_off
from membership.services.corrections.reissuing import owed_anew, reissue_invoice, replace_invoice
from membership.services.corrections.terms import defer, defer_all, end_deferral, plan_instalments

__all__ = [
    "SUPPLEMENT",
    "Adjustment",
    "NothingChanged",
    "adjust_invoice",
    "adjustment",
    "cancel_invoice",
    "correct_invoice",
    "defer",
    "defer_all",
    "end_deferral",
    "freed_by",
    "owed_anew",
    "part_to_correct",
    "plan_instalments",
    "reissue_invoice",
    "reopen",
    "replace_invoice",
    "require_standing",
    "waive",
    "write_off",
]
