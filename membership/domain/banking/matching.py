"""Which bank line pays which open item, and how surely; explained, and the same whatever the order of what is known.

Sure is a candidate by its whole number or reference or an own collection when the amount is exactly what is open, and
one with several strong signs, the amount exact, and a clear lead. Nothing is sure by amount or name alone, or where
something speaks against it.

Source: BNK-8 to BNK-10, PAY-2, `ux.md` 6.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from membership.domain.banking.candidates import candidates_of
from membership.domain.banking.facts import Candidate, Certainty, Known, Rule
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry, Status
from membership.domain.banking.outgoing import refund_of
from membership.domain.banking.payouts import payout_of
from membership.domain.banking.returns import return_of
from membership.domain.banking.signs import SEVERAL
from membership.domain.phrases import phrase

_SURE_POINTS: Final = 100
_LEAD: Final = 40
_NAMED: Final = frozenset({Rule.NUMBER, Rule.NAME})
_FIRM: Final = frozenset({Rule.MEMBER, Rule.IBAN, Rule.MANDATE})
_GROUPS: Final = (
    frozenset({Rule.REFERENCE, Rule.NUMBER, Rule.SIMILAR}), frozenset({Rule.COLLECTION, Rule.BLOCK_SUM}),
    frozenset({Rule.MEMBER}), frozenset({Rule.IBAN}), frozenset({Rule.MANDATE}), frozenset({Rule.NAME, Rule.HABIT}),
    frozenset({Rule.AMOUNT, Rule.SUM, Rule.UNIQUE}),
)  # fmt: skip
MOST_SHOWN: Final = 5


def match_line(line: Entry, index: Index, *, currency: str = "EUR") -> tuple[Candidate, ...]:
    """Return what may explain a line, the best first, at most five; empty when nothing does.

    Only booked lines in the currency of the books are matched.
    """
    cents = line.amount * 100
    if (
        line.status is not Status.BOOKED
        or line.currency not in {currency, None}
        or cents != int(cents)
        or not cents
    ):
        return ()
    if cents < 0:
        found = return_of(line, int(-cents), index) or refund_of(line, int(-cents), index)
        return (found,) if found is not None else ()
    if line.return_reason is not None or line.reversal:
        return ()
    payout = payout_of(line, int(cents), index)
    if payout is not None:
        return (payout,)
    drafts = sorted(
        candidates_of(line, int(cents), index), key=lambda each: (-each.points, each.members, each.shares)
    )
    several = len({draft.members for draft in drafts if draft.points == drafts[0].points})
    return tuple(
        _judged(draft, int(cents), drafts, several if place < several else 1)
        for place, draft in enumerate(drafts[:MOST_SHOWN])
    )


def match_lines(
    lines: Sequence[Entry], known: Known, *, currency: str = "EUR"
) -> list[tuple[Candidate, ...]]:
    """Return the candidates of each line of a statement.

    Where sure matches of two lines claim more than an item has open, the one with more points stays, then the earlier
    one; the others are looked at again as if that one were posted.
    """
    index = Index(known)
    found = [match_line(line, index, currency=currency) for line in lines]
    order = sorted(
        (place for place, candidates in enumerate(found) if _is_sure(candidates)),
        key=lambda place: (-found[place][0].points, *_age(lines[place]), place),
    )
    claimed: set[int] = set()
    late: list[int] = []
    for place in order:
        best = found[place][0]
        mine = {share.item_id for share in best.shares}
        if not best.is_return and mine & claimed:
            late.append(place)
        elif not best.is_return:
            claimed |= mine
            index.settle(best.shares)
    for place in late:
        found[place] = match_line(lines[place], index, currency=currency)
        if _is_sure(found[place]) and not found[place][0].is_return:
            index.settle(found[place][0].shares)
    return found


def _age(line: Entry) -> tuple[str, str, int]:
    return (line.booked_on.isoformat() if line.booked_on else "", line.bank_reference or "", line.line)


def _is_sure(candidates: Sequence[Candidate]) -> bool:
    return bool(candidates) and candidates[0].certainty is Certainty.SURE


def _judged(draft: Candidate, cents: int, drafts: Sequence[Candidate], several: int) -> Candidate:
    """Return a candidate with its certainty; `several` members with as many points are a doubt."""
    doubts = draft.doubts
    if several > 1:
        doubts = (*doubts, phrase(SEVERAL, count=several))
    others = [each.points for each in drafts if each is not draft]
    lead = draft.points - max(others, default=0)
    is_exact = sum(share.cents for share in draft.shares) == cents
    if is_exact and several == 1 and draft.certainty is not Certainty.POSSIBLE and _may_be_sure(draft, lead):
        return draft._replace(certainty=Certainty.SURE, doubts=doubts)
    return draft._replace(certainty=_by_signs(draft.rules), doubts=doubts)


def _may_be_sure(draft: Candidate, lead: int) -> bool:
    if draft.certainty is Certainty.SURE:  # by a whole number or reference, nothing against it
        return lead > 0
    is_strong = draft.points >= _SURE_POINTS and lead >= _LEAD
    return is_strong and (bool(draft.rules & _FIRM) or draft.rules >= _NAMED)


def _by_signs(rules: Iterable[Rule]) -> Certainty:
    held = frozenset(rules)
    signs = sum(bool(held & group) for group in _GROUPS)
    return Certainty.LIKELY if signs > 1 else Certainty.POSSIBLE
