"""A debit that takes back an own collection: which item is open again, and what the bank kept as its fee.

Source: SEPA-15, `ux.md` 6.9 “Return debit”.
"""

from __future__ import annotations

from membership.domain.banking.facts import Candidate, Certainty, Rule, Share
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.signs import reasons_of


def return_of(line: Entry, cents: int, index: Index) -> Candidate | None:
    """Return the candidate of a debit of so many cents, None when it takes back nothing of ours.

    Sure when the line names one own debit and is as high as it, or higher by fees that it names itself.
    """
    debits = index.debits_of(line.end_to_end_id, None)
    if not debits and line.batch:
        debits = index.debits_of(None, line.payment_id)
    total = sum(debit.cents for debit in debits)
    if not debits or total > cents or any(debit.item_id not in index.items for debit in debits):
        return None
    rest = cents - total
    named = int((line.charges or 0) * 100)
    members = tuple(dict.fromkeys(index.items[debit.item_id].member_id for debit in debits))
    rules = {Rule.COLLECTION}
    if line.mandate_id and index.of_mandate(line.mandate_id) & set(members):
        rules.add(Rule.MANDATE)
    is_sure = len(debits) == 1 and rest in {0, named}
    return Candidate(
        members=members,
        shares=tuple(Share(debit.item_id, debit.cents) for debit in debits),
        rest_cents=rest,
        points=100,
        certainty=Certainty.SURE if is_sure else Certainty.LIKELY,
        reasons=reasons_of(rules),
        found=(line.end_to_end_id or line.payment_id or "",),
        is_return=True,
    )
