"""The candidates of one credit: which members it may come from, which items it may pay, and what speaks for each.

Source: BNK-8, PAY-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from membership.domain.banking.facts import Candidate, Certainty, OpenItem, Rule, Share
from membership.domain.banking.index import MOST_SUMMED, Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.numbers import Found, years_in
from membership.domain.banking.own_debits import collections_of_sum, named_collection
from membership.domain.banking.signs import (
    ALREADY_PAID,
    NEW_PAYER,
    OTHER_MEMBER,
    OTHER_YEAR,
    POINTS,
    REFUND,
    amount_doubt,
    reasons_of,
)
from membership.domain.banking.text import Packed, is_reference, pack, packed
from membership.domain.phrases import Phrase, phrase

_AGAINST: Final = 50
"""Points that a candidate loses when account or text show another member: a number may be mistyped into another one."""

_REFUND_WORDS: Final = re.compile(
    r"STORNO|STORNIER|ERSTATT|RUECK(?:UEBERW|ZAHL|LAEUFER|SEND)|RETOURE|REFUND|CHARGEBACK"
)
_OF_GROUP: Final = 5
"""Points by which the name of another company of the group is weaker than the own one."""


@dataclass(slots=True)
class _Reading:
    """What was recognised in a line, before anything is concluded from it."""

    line: Entry
    cents: int
    text: Packed
    found: Found
    referenced: frozenset[int]
    by_number: dict[int, str]
    by_iban: set[int]
    by_name: set[int]
    by_account_name: set[int]
    by_habit: set[int]
    by_mandate: set[int]
    years: frozenset[int]
    is_refund: bool
    rules: dict[int, set[Rule]] = field(default_factory=dict)

    def speaks_against(self, member_id: int, index: Index) -> bool:
        """Return whether account or text show another member, and nothing shows this one or its group.

        A known account is stronger than the name that it bears: names of members may be alike.
        """
        peers = set(index.peers(member_id))
        by_iban = self.by_iban if len(self.by_iban) == 1 else set()
        shown = {*self.by_number, *by_iban, *self.by_mandate} or self.by_account_name
        return bool(shown) and not shown & peers

    def speaks_for(self, member_id: int, index: Index) -> set[Rule]:
        """Return what speaks for a member apart from items: its number, account, name, mandate, habit."""
        if member_id not in self.rules:
            peers = set(index.peers(member_id))
            signs = (
                (Rule.MEMBER, member_id in self.by_number),
                (Rule.IBAN, self.by_iban == {member_id}),
                (Rule.NAME, bool(peers & self.by_name)),
                (Rule.HABIT, member_id in self.by_habit),
                (Rule.MANDATE, self.by_mandate == {member_id}),
            )
            self.rules[member_id] = {rule for rule, holds in signs if holds}
        return self.rules[member_id]


def candidates_of(line: Entry, cents: int, index: Index) -> list[Candidate]:
    """Return all candidates of a credit of so many cents; `SURE` is set where a whole number allows it.

    `LIKELY` stands for: several signs may make it sure; `POSSIBLE`: nothing may.
    """
    own = named_collection(line, cents, index)
    if own is not None:
        return [own]
    reading = _read(line, cents, index)
    found: dict[tuple[Share, ...] | tuple[int, ...], Candidate] = {}
    for candidate in (*_all(reading, index), *collections_of_sum(line, cents, index)):
        key = candidate.shares or candidate.members
        if key not in found or _rank(found[key]) < _rank(candidate):
            found[key] = candidate
    return list(found.values())


def _rank(candidate: Candidate) -> tuple[int, int, int]:
    return candidate.points, candidate.certainty, -len(candidate.doubts)


def _read(line: Entry, cents: int, index: Index) -> _Reading:
    texts = [line.remittance or line.booking_text, line.creditor_reference, line.end_to_end_id]
    text = pack("\n".join(each for each in texts if each))
    reference = packed(line.creditor_reference or "")
    found = index.numbers.find(text)
    referenced = index.numbers.of_reference(reference) if is_reference(reference) else frozenset()
    by_account_name, by_name = _names(line, cents, index, referenced | found.sure)
    return _Reading(
        line=line,
        cents=cents,
        text=text,
        found=found,
        referenced=referenced,
        by_number=index.member_numbers.find(text),
        by_iban=index.of_iban(line.iban),
        by_name=by_name,
        by_account_name=by_account_name,
        by_habit=index.of_habit(line.name),
        by_mandate=index.of_mandate(line.mandate_id),
        years=years_in(text.shown),
        is_refund=bool(_REFUND_WORDS.search(text.shown)),
    )


def _names(line: Entry, cents: int, index: Index, named: frozenset[int]) -> tuple[set[int], set[int]]:
    """Return the members whose names the account shows, and those whose names account or text show.

    Where whole numbers explain the amount and the account bears the name of their members, nobody else is looked for.
    """
    names = [each for each in (line.name, line.ultimate_name) if each]
    items = [index.items[each] for each in named]
    if items and sum(item.open_cents for item in items) == cents:
        members = {item.member_id for item in items}
        if all(any(index.names.fits(member, name) for name in names) for member in members):
            return members, members
    by_account = set(index.names.find(names))
    return by_account, by_account | set(index.names.find([line.remittance] if line.remittance else []))


def _all(reading: _Reading, index: Index) -> Iterator[Candidate]:
    named = reading.referenced | reading.found.sure
    if named:
        yield _of_items(reading, index, [index.items[each] for each in sorted(named)], is_whole=True)
    for each in sorted(reading.found.loose - named):
        yield _of_items(reading, index, [index.items[each]], is_whole=False)
    is_against = any(reading.speaks_against(index.items[each].member_id, index) for each in named)
    if not named or is_against:
        for item_id, _typed in sorted(index.numbers.similar(reading.text).items()):
            item = index.items[item_id]
            if item.open_cents == reading.cents and item_id not in named | reading.found.loose:
                yield _of_items(reading, index, [item], is_whole=False, extra={Rule.SIMILAR})
    members = {*reading.by_number, *reading.by_habit, *reading.by_mandate, *reading.by_name, *reading.by_iban}
    for member in sorted(_with_peers(members, index)):
        yield from _of_member(reading, index, member)
    yield from _of_several(reading, index)
    alone = index.with_amount(reading.cents)
    if len(alone) == 1:
        yield _of_items(
            reading, index, [index.items[each] for each in alone], is_whole=False, extra={Rule.UNIQUE}
        )


def _of_several(reading: _Reading, index: Index) -> Iterator[Candidate]:
    """Yield the sums over members that the text names together, by their numbers or by their names."""
    for several in (set(reading.by_number), reading.by_name - reading.by_account_name):
        if 1 < len(several) <= MOST_SUMMED:
            for choice in index.sums_to(sorted(several), reading.cents):
                yield _of_items(reading, index, list(choice), is_whole=False, extra={Rule.SUM})


def _with_peers(members: Iterable[int], index: Index) -> set[int]:
    return {peer for member in members for peer in index.peers(member)}


def _of_member(reading: _Reading, index: Index, member: int) -> Iterator[Candidate]:
    """Yield the candidates of a member: the item of this amount, a sum, else the oldest."""
    mine = index.open_of(member)
    exact = [item for item in mine if item.open_cents == reading.cents]
    for item in exact:
        yield _of_items(reading, index, [item], is_whole=False)
    group = index.peers(member)
    sums = index.sums_to([member], reading.cents) or (
        index.sums_to(group, reading.cents) if len(group) > 1 else []
    )
    for choice in sums:
        yield _of_items(reading, index, list(choice), is_whole=False, extra={Rule.SUM})
    if mine and not exact and not sums and reading.speaks_for(member, index):
        yield _of_items(reading, index, mine, is_whole=False, is_rest=True)
    elif (
        not mine
        and reading.speaks_for(member, index)
        and (member in reading.by_number or member in reading.by_iban)
    ):
        yield _candidate(reading, (member,), (), reading.speaks_for(member, index), Certainty.POSSIBLE, ())


def _of_items(
    reading: _Reading,
    index: Index,
    items: Sequence[OpenItem],
    *,
    is_whole: bool,
    is_rest: bool = False,
    extra: Iterable[Rule] = (),
) -> Candidate:
    """Return the candidate that pays these items, the oldest first.

    `is_whole`: all were named by whole numbers. `is_rest`: they are all that a member owes, whatever the amount is.
    """
    members = tuple(dict.fromkeys(item.member_id for item in items))
    rules = set(extra).union(*(reading.speaks_for(member, index) for member in members))
    ids = {item.id for item in items}
    shares = _shares(items, reading.cents)
    meant = {share.item_id for share in shares} if is_rest else ids  # a number speaks for what it pays
    if meant & reading.referenced:
        rules.add(Rule.REFERENCE)
    elif meant & (reading.found.sure | reading.found.loose):
        rules.add(Rule.NUMBER)
    owed = sum(item.open_cents for item in items)
    rules |= _amount_rules(reading, index, items, owed)
    if owed == reading.cents and len(items) == 1 and rules & {Rule.REFERENCE, Rule.NUMBER}:
        rules.add(Rule.AMOUNT)
    doubts = list(_doubts(reading, index, items, members, owed, is_rest=is_rest))
    similar = items[0].number if Rule.SIMILAR in rules else ""
    is_checked = ids <= reading.referenced | reading.found.checked
    is_against = not is_checked and any(reading.speaks_against(member, index) for member in members)
    kind = (
        _certainty(reading, items, members, is_whole=is_whole)
        if owed == reading.cents
        else Certainty.POSSIBLE
    )
    if is_against:
        doubts.append(OTHER_MEMBER)
        kind = Certainty.POSSIBLE
    if reading.is_refund:
        doubts.append(REFUND)
        kind = Certainty.POSSIBLE
    found = _candidate(reading, members, shares, rules, kind, tuple(doubts), similar=similar)
    loss = _AGAINST if is_against else 0
    if Rule.NAME in rules and not set(members) & reading.by_name:
        loss += _OF_GROUP
    return found._replace(points=max(found.points - loss, 0))


def _amount_rules(reading: _Reading, index: Index, items: Sequence[OpenItem], owed: int) -> set[Rule]:
    if owed != reading.cents:
        return set()
    if len(items) > 1:
        return {Rule.SUM}
    mine = [item for item in index.open_of(items[0].member_id) if item.open_cents == reading.cents]
    rules = {Rule.AMOUNT} if len(mine) == 1 else set()
    return rules | ({Rule.UNIQUE} if len(index.with_amount(reading.cents)) == 1 else set())


def _shares(items: Sequence[OpenItem], cents: int) -> tuple[Share, ...]:
    shares = []
    for item in sorted(items, key=lambda each: (each.due_on, each.number, each.id)):
        part = min(cents, item.open_cents)
        if part > 0:
            shares.append(Share(item.id, part))
            cents -= part
    return tuple(shares)


def _certainty(
    reading: _Reading, items: Sequence[OpenItem], members: Sequence[int], *, is_whole: bool
) -> Certainty:
    """Return what a candidate of the exact amount may become: sure, sure by several signs, or never."""
    ids = {item.id for item in items}
    named = reading.referenced | reading.found.sure
    if (named and not named <= ids) or any(item.open_cents <= 0 for item in items):
        return Certainty.POSSIBLE
    if is_whole:
        return Certainty.SURE
    if reading.years and not {item.year for item in items} <= reading.years:
        return Certainty.POSSIBLE
    if reading.found.loose and not ids & reading.found.loose:
        return Certainty.POSSIBLE
    return Certainty.LIKELY if len(members) == 1 else Certainty.POSSIBLE


def _doubts(
    reading: _Reading,
    index: Index,
    items: Sequence[OpenItem],
    members: Sequence[int],
    owed: int,
    *,
    is_rest: bool,
) -> Iterator[Phrase]:
    if all(item.open_cents <= 0 for item in items):
        yield ALREADY_PAID
    elif not is_rest or reading.cents > owed or len(items) == 1:
        difference = amount_doubt(reading.cents, owed)
        if difference is not None:
            yield difference
    iban = reading.line.iban
    accounts = [
        account for member in members if member in index.payers for account in index.payers[member].ibans
    ]
    if iban and accounts and packed(iban) not in {packed(account) for account in accounts}:
        yield NEW_PAYER
    other = sorted(reading.years - {item.year for item in items})
    if other and not reading.years & {item.year for item in items}:
        yield phrase(OTHER_YEAR, year=str(other[0]))


def _candidate(
    reading: _Reading,
    members: tuple[int, ...],
    shares: tuple[Share, ...],
    rules: set[Rule],
    certainty: Certainty,
    doubts: tuple[Phrase, ...],
    *,
    similar: str = "",
) -> Candidate:
    words = [
        *reading.found.words,
        *(reading.by_number[member] for member in members if member in reading.by_number),
    ]
    return Candidate(
        members=members,
        shares=shares,
        rest_cents=reading.cents - sum(share.cents for share in shares),
        points=sum(POINTS[rule] for rule in rules),
        certainty=certainty,
        reasons=reasons_of(rules, similar=similar),
        doubts=doubts,
        found=tuple(dict.fromkeys(words)),
    )
