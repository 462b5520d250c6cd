"""Money that came by own direct debits: named by their numbers, or told by the sum and the day of their collection.

Source: BNK-4, BNK-6, BNK-8 (C), SEPA-13; `ux.md` 6.9 “SEPA batch credit”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from membership.domain.banking.facts import Candidate, Certainty, OwnDebit, Rule, Share
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.signs import ALREADY_PAID, POINTS, reasons_of

_LATE: Final = timedelta(days=7)
"""How long after its due day a collection may be credited, over weekends and bank holidays."""
_CODES: Final = frozenset({"171", "174", "191", "192", "194", "196"})
_ISSUED: Final = "/IDDT/"
_WORDS: Final = re.compile(r"LASTSCHR|EINZUG|SAMMEL|DIRECT DEBIT|BASISLS|FIRMENLS|SEPA.?LS", re.IGNORECASE)


def named_collection(line: Entry, cents: int, index: Index) -> Candidate | None:
    """Return the candidate of the debits that a credit names, None when it names none, or more than it brings."""
    debits = index.debits_of(line.end_to_end_id, line.payment_id)
    return _credit(line, cents, index, debits, {Rule.COLLECTION}) if debits else None


def collections_of_sum(line: Entry, cents: int, index: Index) -> Iterator[Candidate]:
    """Yield the collections, or blocks of them, of exactly this sum whose day has come; a person says whether it is so.

    A credit that names another side is none: the bank credits a collection in its own name.
    """
    if line.end_to_end_id or line.iban or line.booked_on is None:
        return
    rules = {Rule.BLOCK_SUM, Rule.AMOUNT} if _says_debits(line) else {Rule.BLOCK_SUM}
    for number, debits in index.blocks_of(cents):
        due_on = debits[0].due_on
        if due_on is not None and due_on <= line.booked_on <= due_on + _LATE:
            found = _credit(line, cents, index, debits, rules)
            if found is not None:
                yield found._replace(collection=number, found=())


def _says_debits(line: Entry) -> bool:
    code = line.code or ""
    words = f"{line.booking_text or ''} {line.remittance or ''} {line.name or ''}"
    return code in _CODES or _ISSUED in code or bool(_WORDS.search(words))


def _credit(
    line: Entry, cents: int, index: Index, debits: Sequence[OwnDebit], rules: set[Rule]
) -> Candidate | None:
    debited: dict[int, int] = {}
    for debit in debits:
        debited[debit.item_id] = debited.get(debit.item_id, 0) + debit.cents
    items = [index.items[item_id] for item_id in debited if item_id in index.items]
    if len(items) < len(debited) or sum(debited.values()) > cents:
        return None
    shares = (Share(item.id, min(debited[item.id], item.open_cents)) for item in items)
    paid = tuple(share for share in shares if share.cents > 0)
    rest = cents - sum(share.cents for share in paid)
    is_whole = rest == 0
    return Candidate(
        members=tuple(dict.fromkeys(item.member_id for item in items)),
        shares=paid,
        rest_cents=rest,
        points=sum(POINTS[rule] for rule in rules),
        certainty=Certainty.SURE if is_whole and Rule.COLLECTION in rules else Certainty.POSSIBLE,
        reasons=reasons_of(rules),
        doubts=() if is_whole else (ALREADY_PAID,),
        found=(line.end_to_end_id or line.payment_id or "",),
    )
