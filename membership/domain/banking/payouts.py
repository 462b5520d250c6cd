"""Money that came from the payment provider: which of its payouts a credit of the account is.

Never sure: a person posts it, because a payout names no invoice. Source: STR-10, `ux.md` 6.9 “Stripe payout”.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from membership.domain.banking.facts import Candidate, Certainty, Rule
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.signs import POINTS, reasons_of

_NAME: Final = "STRIPE"
_EARLY, _LATE = timedelta(days=4), timedelta(days=14)
_RULES: Final = (Rule.PAYOUT, Rule.AMOUNT)


def payout_of(line: Entry, cents: int, index: Index) -> Candidate | None:
    """Return the candidate of a credit of so many cents; None unless text, amount and day are those of a payout."""
    said = " ".join(filter(None, (line.name, line.remittance, line.end_to_end_id))).upper()
    if _NAME not in said or line.booked_on is None:
        return None
    near = [
        each
        for each in index.payouts_of(cents)
        if each.arrives_on - _EARLY <= line.booked_on <= each.arrives_on + _LATE
    ]
    if not near:
        return None
    named = next((each for each in near if each.payout_id.upper() in said), near[0])
    return Candidate(
        members=(),
        shares=(),
        rest_cents=0,
        points=sum(POINTS[rule] for rule in _RULES),
        certainty=Certainty.LIKELY,
        reasons=reasons_of(_RULES),
        found=(_NAME,),
        payout=named.payout_id,
    )
