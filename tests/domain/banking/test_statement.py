"""Whole statements: nine of ten right at once or as the first suggestion, and never a wrong one that is called sure."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.banking.facts import Certainty, Known
from membership.domain.banking.lines import Entry
from membership.domain.banking.matching import match_lines
from tests.domain.banking.statements import Town

GOAL = 0.9


def is_right(line, candidates):
    if line.kind == "unrelated":
        return not candidates or candidates[0].certainty is Certainty.POSSIBLE
    if not candidates:
        return False
    if line.kind == "twice":
        return not candidates[0].shares and candidates[0].rest_cents == 12345
    return {share.item_id for share in candidates[0].shares} == line.items


@pytest.mark.parametrize("seed", range(12))
def test_nine_of_ten_lines_are_right_and_none_is_wrong_without_a_person(seed):
    town = Town(seed)
    lines = town.statement()
    found = match_lines([line.entry for line in lines], town.known)
    wrong_sure = [
        (line, each[0])
        for line, each in zip(lines, found, strict=True)
        if each and each[0].certainty is Certainty.SURE and not is_right(line, each)
    ]
    assert wrong_sure == []
    wrong = Counter(line.kind for line, each in zip(lines, found, strict=True) if not is_right(line, each))
    assert 1 - sum(wrong.values()) / len(lines) >= GOAL, wrong
    sure = sum(bool(each) and each[0].certainty is Certainty.SURE for each in found)
    assert sure >= 60, "exact references are not recognised"


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_what_is_known_and_of_the_lines_does_not_matter(seed):
    town = Town(seed, members=150)
    lines = [line.entry for line in town.statement(60)]
    shuffled = random.Random(seed)  # noqa: S311 - a seed, no secret
    items, payers, debits, *_others = (list(each) for each in town.known)
    places = list(range(len(lines)))
    for each in (items, payers, debits, places):
        shuffled.shuffle(each)
    plain = match_lines(lines, town.known)
    mixed = match_lines([lines[place] for place in places], Known(items, payers, debits))
    assert [plain[place] for place in places] == mixed


TOWN = Town(1, members=60)
TEXTS = st.lists(
    st.sampled_from(
        [
            *(item.number for item in TOWN.known.items[:20]),
            "+",
            "0043",
            "M0012",
            "Beitrag",
            "2027",
            "Kd 12",
            "RE 2027 00",
            "x",
            "RF48RE20270042",
            *(payer.names[0] for payer in TOWN.payers[:8]),
        ]
    ),
    max_size=5,
).map(" ".join)
AMOUNTS = st.one_of(
    st.sampled_from(["300", "600", "1200", "2400", "75", "-600", "675"]), st.decimals(-3000, 3000, places=2)
)


@given(
    st.lists(
        st.tuples(
            TEXTS,
            AMOUNTS,
            st.sampled_from([None, *list(TOWN.accounts.values())[:9]]),
            st.sampled_from([None, "RE20270056-1", "COLL-2027-01"]),
        ),
        max_size=6,
    )
)
def test_no_share_exceeds_the_line_or_what_is_open(rows):
    from decimal import Decimal

    lines = [
        Entry(Decimal(amount), "EUR", remittance=text, iban=iban, end_to_end_id=own, payment_id=own, line=n)
        for n, (text, amount, iban, own) in enumerate(rows)
    ]
    open_cents = {item.id: item.open_cents for item in TOWN.known.items}
    taken = Counter()
    for line, candidates in zip(lines, match_lines(lines, TOWN.known), strict=True):
        assert len(candidates) <= 5
        assert [each.points for each in candidates] == sorted(
            (each.points for each in candidates), reverse=True
        )
        for each in candidates:
            given_out = sum(share.cents for share in each.shares)
            assert given_out + each.rest_cents == abs(line.amount * 100)
            assert each.rest_cents >= 0
            assert len({share.item_id for share in each.shares}) == len(each.shares)
            if not each.is_return:
                assert all(0 < share.cents <= open_cents[share.item_id] for share in each.shares)
        if candidates and candidates[0].certainty is Certainty.SURE and not candidates[0].is_return:
            taken.update({share.item_id: share.cents for share in candidates[0].shares})
    assert all(cents <= open_cents[item_id] for item_id, cents in taken.items())
