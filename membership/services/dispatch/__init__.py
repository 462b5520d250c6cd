"""Sending invoices: handed over, worked off one by one, decided by a person where only a person knows.

Nothing is sent twice without a person, and nothing is lost. Source: INV-17; `reliability.md` 5.7 (32).
"""

from membership.services.dispatch.deciding import (
    NotToDecide,
    halt_lane,
    mark_posted,
    note_bounce,
    open_lane,
    retry_dispatch,
    retry_failed,
    settle_dispatch,
    withdraw_cancelled,
    withdraw_waiting,
)
from membership.services.dispatch.planning import (
    DispatchPlan,
    NobodyChosen,
    PlanChanged,
    call_off_sending,
    plan_dispatch,
    send_finished_run,
    send_invoices,
    send_run,
    send_selected,
    send_to,
)
from membership.services.dispatch.sending import (
    LaneLost,
    NotComposed,
    Outgoing,
    begin_next,
    fail_unwritten,
    leave_lane,
    rest_lane,
    settle,
    strand_lost,
    take_lane,
)
from membership.services.dispatch.words import invoice_words, preview_words, test_words

__all__ = [
    "DispatchPlan",
    "LaneLost",
    "NobodyChosen",
    "NotComposed",
    "NotToDecide",
    "Outgoing",
    "PlanChanged",
    "begin_next",
    "call_off_sending",
    "fail_unwritten",
    "halt_lane",
    "invoice_words",
    "leave_lane",
    "mark_posted",
    "note_bounce",
    "open_lane",
    "plan_dispatch",
    "preview_words",
    "rest_lane",
    "retry_dispatch",
    "retry_failed",
    "send_finished_run",
    "send_invoices",
    "send_run",
    "send_selected",
    "send_to",
    "settle",
    "settle_dispatch",
    "strand_lost",
    "take_lane",
    "test_words",
    "withdraw_cancelled",
    "withdraw_waiting",
]
