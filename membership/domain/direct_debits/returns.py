"""What a return code of a bank means, and what we do about it.

Source: SEPA-15; ISO 20022 ExternalReturnReason1Code, EPC173-14 (reason codes of the R-transactions of direct debits).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.errors import N_
from membership.domain.ledger import Account, Entry, EntryKind, Posting, entry


class OnMandate(StrEnum):
    """What a return does to the mandate."""

    KEPT = "kept"
    BLOCKED = "blocked"
    REVOKED = "revoked"


class Retry(StrEnum):
    """How often the same debit may be collected again, never without a person who decides it."""

    NEVER = "never"
    ONCE = "once"
    FREE = "free"


class Reaction(NamedTuple):
    """A return code in words, what is to be done, what happens to the mandate, and whether it is tried again."""

    meaning: str
    advice: str
    mandate: OnMandate = OnMandate.KEPT
    retry: Retry = Retry.ONCE


class Back(NamedTuple):
    """A debit that came back, as a person names it: its id, and why as an ISO code; empty: as the bank's line says."""

    debit: str
    reason: str = ""


_CONTACT: Final = N_("Speak with the member; then one more try is possible.")
_DATA: Final = N_("Correct the data, then collect again.")
REACTIONS: Final[dict[str, Reaction]] = {
    "AC01": Reaction(N_("IBAN wrong"), N_("Ask the member for the right IBAN."), OnMandate.BLOCKED),
    "AC04": Reaction(N_("Account closed"), N_("Ask the member for a new mandate."), OnMandate.REVOKED),
    "AC06": Reaction(
        N_("Account blocked for debits"), N_("Ask the member to transfer the amount."), OnMandate.BLOCKED
    ),
    "AC13": Reaction(N_("Debtor is a consumer"), N_("Ask the member for a core mandate."), OnMandate.REVOKED),
    "AG01": Reaction(N_("Debits not allowed on this account"), N_("Clarify with the bank."), OnMandate.BLOCKED),
    "AG02": Reaction(N_("Wrong operation or sequence type"), N_("Clarify with the bank."), retry=Retry.FREE),
    "AM04": Reaction(N_("Account without sufficient funds"), _CONTACT),
    "AM05": Reaction(
        N_("Debited twice"), N_("Check whether it was collected twice. Do not collect it again."),
        retry=Retry.NEVER,
    ),
    "BE05": Reaction(N_("Creditor ID unknown"), N_("Check the creditor ID in the settings."), retry=Retry.FREE),
    "FF01": Reaction(N_("File format wrong"), N_("Clarify with the bank."), retry=Retry.FREE),
    "FF05": Reaction(N_("Wrong scheme"), N_("Clarify with the bank whether core or B2B."), retry=Retry.FREE),
    "MD01": Reaction(N_("No mandate"), N_("Clarify with the member; ask for a new mandate."), OnMandate.BLOCKED),
    "MD02": Reaction(N_("Mandate data missing or wrong"), _DATA, retry=Retry.FREE),
    "MD06": Reaction(
        N_("Refund asked for by the member"), N_("Speak with the member. Collect again only with consent.")
    ),
    "MD07": Reaction(N_("Debtor deceased"), N_("Clarify who goes on."), OnMandate.BLOCKED),
    "MS02": Reaction(N_("Refused by the member"), N_("Clarify with the member.")),
    "MS03": Reaction(N_("Reason not said"), _CONTACT),
    "RC01": Reaction(N_("BIC wrong"), _DATA, retry=Retry.FREE),
    "RR01": Reaction(N_("Regulatory reason: account or identification missing"), _DATA, retry=Retry.FREE),
    "RR02": Reaction(N_("Regulatory reason: name or address of the debtor missing"), _DATA, retry=Retry.FREE),
    "RR03": Reaction(N_("Regulatory reason: name or address of the creditor missing"), _DATA, retry=Retry.FREE),
    "RR04": Reaction(N_("Regulatory reason"), N_("Clarify with the bank."), retry=Retry.FREE),
    "SL01": Reaction(
        N_("Refused by a service of the member's bank"), N_("Ask the member to allow the debit at the bank.")
    ),
}  # fmt: skip
_UNKNOWN: Final = Reaction(N_("Reason unknown"), N_("Ask the bank why, and speak with the member."))


def reaction_to(code: str) -> Reaction:
    """Return what a return code means; of a code that nobody knows, that somebody must ask."""
    return REACTIONS.get(code.strip().upper(), _UNKNOWN)


def may_collect_again(codes: Sequence[str]) -> bool:
    """Return whether a debit that came back with these codes may be collected once more after speaking with the member.

    What only the member can clear up is tried once more, a mistake in the data until it is corrected.
    """
    retries = [reaction_to(code).retry for code in codes]
    return Retry.NEVER not in retries and retries.count(Retry.ONCE) <= 1


def fee_shares(cents: int, count: int) -> list[int]:
    """Divide the one fee that a bank took for several returns evenly; the first ones bear the odd cents."""
    each, odd = divmod(cents, count)
    return [each + (place < odd) for place in range(count)]


def borne_fee(cents: int, *, on: date, text: str) -> Entry:
    """Return the entry of a return fee that the association bears."""
    return entry(
        EntryKind.RETURN_FEE, on, text, (Posting(Account.BANK_FEES, cents), Posting(Account.BANK, -cents))
    )


def claimed_fee(cents: int, *, member_id: int, open_item_id: int, on: date, text: str) -> Entry:
    """Return the entry of a return fee that the member owes: damages, so without VAT (SEPA-16)."""
    postings = (Posting(Account.RECEIVABLES, cents, member_id, open_item_id), Posting(Account.BANK, -cents))
    return entry(EntryKind.RETURN_FEE, on, text, postings)
