"""Refunds: a credit balance goes back to the account it came from, by a file for the bank.

Preparing takes the amount out of the credit balance at once, so that it is neither refunded twice nor used otherwise;
it is money on its way until the bank shows it. Source: PAY-4, SEPA-17, MEM-18; `reliability.md` SEC-74, INV-10, INV-14.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry
from membership.domain.payments import Share


class RefundState(StrEnum):
    """How far a refund is; each is also the step that leads there."""

    PREPARED = "prepared"
    FILED = "filed"
    SUBMITTED = "submitted"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Final = {
    RefundState.PREPARED: N_("Prepared"),
    RefundState.FILED: N_("In a file"),
    RefundState.SUBMITTED: N_("Handed in at the bank"),
    RefundState.PAID: N_("Paid out"),
    RefundState.WITHDRAWN: N_("Withdrawn"),
}
UNDER_WAY: Final = frozenset({RefundState.PREPARED, RefundState.FILED, RefundState.SUBMITTED})
"""The states in which the money has not left yet."""


class RefundTooHigh(DomainError):
    """More was to be refunded than the member has as credit balance (SEC-74)."""

    message = N_("%(member)s has a credit balance of %(credit)s. No more than that can be refunded.")
    code = "refund_too_high"


class RefundAccountMissing(InputError):
    """Neither an account was typed nor a bank entry named."""

    message = N_("Please choose the account that paid, or enter an IBAN.")
    code = "refund_account"


class PayeeOutside(InputError):
    """The account lies where SEPA credit transfers do not reach."""

    message = N_("The account %(iban)s lies outside the SEPA. Refund it by a transfer of your bank.")
    code = "payee_outside"


class RefundAccountHidden(InputError):
    """The bank entry shows no account to which money could go back."""

    message = N_("The bank entry shows no account. Please enter the IBAN.")
    code = "refund_account_hidden"


class NothingToRefund(DomainError):
    """No refund waits for a file."""

    message = N_("No refund waits for a file.")
    code = "nothing_to_refund"


class RefunderIncomplete(DomainError):
    """The association's own account is not entered yet."""

    message = N_("Before the first refund the settings need: %(missing)s.")
    code = "refunder_incomplete"


class ExecutedTooEarly(InputError):
    """A file cannot be carried out on a day that has passed."""

    message = N_("The bank cannot carry the file out on %(day)s: the day has passed.")
    code = "executed_too_early"


class RefundStateOther(Conflict):
    """The refund, or one of the file, is in another state than the step needs."""

    message = N_("The refund %(number)s is in the state “%(state)s”; this step is not possible there.")
    code = "refund_state"


class WithdrawalReasonMissing(InputError):
    """A file that the bank has can only be withdrawn when somebody knows why it was not carried out."""

    message = N_("The bank has the file. Please say how you know that it was not carried out.")
    code = "withdrawal_reason"


class PaymentRefunded(Conflict):
    """The money of a payment went back to the member; it cannot be used or taken back before that is."""

    message = N_(
        "This payment was refunded (%(number)s). Withdraw the refund first, or take its bank entry back."
    )
    code = "payment_refunded"


def drawn_from(
    cents: int, free: Sequence[tuple[int, int]], *, item_id: int, first: Sequence[int] = ()
) -> list[tuple[int, Share]]:
    """Return which payment gives how much: those named first, then the oldest; never more than is free of each.

    The parts come to `cents` when so much is free, else to less.
    """
    ordered = sorted(free, key=lambda each: each[0] not in first)
    found, rest = [], cents
    for payment_id, free_cents in ordered:
        part = min(rest, free_cents)
        if part > 0:
            found.append((payment_id, Share(item_id, part)))
            rest -= part
    return found


def refund_entry(cents: int, *, member_id: int, open_item_id: int, on: date, text: str) -> Entry:
    """Return the entry of a prepared refund: the member gets the money, which is on its way."""
    postings = (
        Posting(Account.RECEIVABLES, cents, member_id, open_item_id),
        Posting(Account.TRANSIT, -cents),
    )
    return entry(EntryKind.REFUND, on, text, postings)


def paid_out_entry(cents: int, *, on: date, text: str) -> Entry:
    """Return the entry of a refund that the bank shows: the money that was on its way has left the account."""
    return entry(EntryKind.BANK, on, text, (Posting(Account.TRANSIT, cents), Posting(Account.BANK, -cents)))
