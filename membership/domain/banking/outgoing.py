"""Money that left: which own refund a debit of the account is.

Sure when the bank gives back the number of the refund, or of its file, and the amount is the same. Source: SEPA-17,
`ux.md` 6.9 “Refund sent”.
"""

from __future__ import annotations

from membership.domain.banking.facts import Candidate, Certainty, Rule
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.signs import reasons_of


def refund_of(line: Entry, cents: int, index: Index) -> Candidate | None:
    """Return the candidate of a debit of so many cents, None when it is no refund of ours."""
    if line.return_reason is not None or line.reversal:
        return None
    named = index.refunds_of(line.end_to_end_id, line.payment_id)
    if named and sum(each.cents for each in named) == cents:
        rules, certainty = {Rule.REFUND, Rule.AMOUNT}, Certainty.SURE
    else:
        named = index.refunds_to(line.iban, cents)[:1]
        rules, certainty = {Rule.IBAN, Rule.AMOUNT}, Certainty.LIKELY
    if not named:
        return None
    reasons = reasons_of(rules)
    return Candidate(
        members=tuple(dict.fromkeys(each.member_id for each in named)),
        shares=(),
        rest_cents=0,
        points=100 if certainty is Certainty.SURE else 80,
        certainty=certainty,
        reasons=reasons,
        found=(line.end_to_end_id or line.payment_id or "",) if certainty is Certainty.SURE else (),
        refunds=tuple(each.number for each in named),
    )
