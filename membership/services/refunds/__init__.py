"""Refunds of credit balances: prepared, put into a file for the bank, handed in, seen on the statement.

Source: PAY-4, SEPA-17, MEM-18; SEC-74.
"""

from membership.services.refunds.filing import (
    create_file,
    export_file,
    mark_submitted,
    withdraw_file,
)
from membership.services.refunds.paying import pay_out, take_payout_back
from membership.services.refunds.preparing import Payee, prepare_refund, withdraw_refund

__all__ = [
    "Payee", "create_file", "export_file", "mark_submitted", "pay_out", "prepare_refund", "take_payout_back",
    "withdraw_file", "withdraw_refund",
]  # fmt: skip
