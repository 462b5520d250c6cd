"""Which sum of a statement is which explained batch, and which collection a sum may be that names none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.banking.batches import Bundle, SumState, divisions
from membership.domain.banking.facts import Certainty, Known, OpenItem, OwnDebit, Payer
from membership.domain.banking.index import Index
from membership.domain.banking.lines import Entry
from membership.domain.banking.matching import match_line

DAY = date(2027, 2, 1)
SUM = Bundle(1, DAY, 120_000, frozenset({"BANK-7", ""}))
BATCH = Bundle(9, DAY, 120_000, frozenset({"bank 7"}))
LATE = DAY + timedelta(days=15)


@pytest.mark.parametrize(
    ("one", "batch", "is_found"),
    [
        (SUM, BATCH, True),
        (SUM._replace(booked_on=DAY + timedelta(days=14), is_bare=False), BATCH, True),
        (SUM._replace(booked_on=LATE), BATCH, False),
        (SUM._replace(cents=120_001), BATCH, False),
        (SUM._replace(references=frozenset()), BATCH, True),
        (SUM._replace(references=frozenset(), is_bare=False), BATCH, False),
        (SUM._replace(references=frozenset(), booked_on=DAY + timedelta(days=3)), BATCH, True),
        (SUM._replace(references=frozenset(), booked_on=DAY + timedelta(days=4)), BATCH, False),
        (SUM._replace(references=frozenset({"NONREF"})), BATCH._replace(references=frozenset({"NONREF"})), True),
        (SUM._replace(references=frozenset(), payments=frozenset({"LS1-1"})), BATCH._replace(payments=frozenset({"LS1-1"})), True),
        (SUM._replace(references=frozenset(), payments=frozenset({"LS1-1"})), BATCH._replace(payments=frozenset({"LS1-2"})), False),
        (SUM._replace(references=frozenset(), payments=frozenset({"LS1-1"})), BATCH, True),
        (SUM._replace(references=frozenset({"BANK-8"})), BATCH, False),
        (SUM._replace(references=frozenset({"20270201-9"}), is_camt=False), BATCH, True),
        (SUM._replace(references=frozenset({"LS1-1"}), payments=frozenset({"LS1-1"})), BATCH, True),
        (
            SUM._replace(references=frozenset({"BANK-8"}), payments=frozenset({"LS1-1"})),
            BATCH._replace(payments=frozenset({"LS1-1"})),
            False,
        ),
        (SUM, BATCH._replace(is_bare=False), True),
        (SUM._replace(ended=frozenset({9})), BATCH, False),
        (SUM._replace(ended=frozenset({9}), references=frozenset()), BATCH, False),
        (SUM._replace(references=frozenset()), BATCH._replace(is_bare=False), False),
    ],
)  # fmt: skip
def test_bnk_4_a_batch_finds_its_sum_by_a_number_or_else_by_its_day(one, batch, is_found):
    assert divisions([one], [batch]) == ([(1, 9)] if is_found else [])


def test_without_a_number_two_that_are_alike_are_left_alone():
    bare = SUM._replace(references=frozenset())
    other = bare._replace(id=2)
    assert divisions([bare, other], [BATCH]) == []
    assert divisions([bare], [BATCH, BATCH._replace(id=10)]) == []
    assert divisions([bare, SUM._replace(id=2)], [BATCH, BATCH._replace(id=10, references=frozenset())]) == [
        (2, 9), (1, 10),
    ]  # fmt: skip
    assert divisions([bare], [BATCH, BATCH._replace(id=10, is_bare=False)]) == []


@pytest.mark.parametrize("state", [SumState.DECIDED, SumState.DIVIDED])
def test_a_batch_whose_sum_is_settled_is_not_offered_to_the_next_equal_one(state):
    settled = SUM._replace(state=state)
    bare = SUM._replace(id=2, references=frozenset(), booked_on=DAY + timedelta(days=1))
    assert divisions([settled, bare], [BATCH]) == []
    nameless = settled._replace(references=frozenset())
    assert divisions([nameless, bare], [BATCH]) == ([(2, 9)] if state is SumState.DIVIDED else [])
    both = [BATCH, BATCH._replace(id=10)]
    assert divisions([SUM, bare], both) == [(1, 9)]


BUNDLES = st.builds(
    Bundle,
    id=st.integers(1, 40),
    booked_on=st.integers(0, 9).map(lambda days: DAY + timedelta(days=days)),
    cents=st.sampled_from([100, 200]),
    references=st.frozensets(st.sampled_from(["A", "B", ""]), max_size=1),
    payments=st.sampled_from(["", "P"]).map(lambda each: frozenset({each})),
    is_bare=st.booleans(),
    is_camt=st.booleans(),
    state=st.sampled_from(SumState),
)
SEVERAL = st.lists(BUNDLES, unique_by=lambda each: each.id, max_size=8)


@given(sums=SEVERAL, batches=SEVERAL, seed=st.randoms())
def test_each_is_used_once_amounts_agree_and_the_order_does_not_matter(sums, batches, seed):
    found = divisions(sums, batches)
    amounts = {each.id: each.cents for each in sums if each.state is SumState.OPEN}
    assert len({line for line, _batch in found}) == len({batch for _line, batch in found}) == len(found)
    assert all(
        amounts[line] == next(each.cents for each in batches if each.id == batch) for line, batch in found
    )
    mixed = seed.sample(sums, len(sums)), seed.sample(batches, len(batches))
    assert sorted(divisions(*mixed)) == sorted(found)


ITEMS = [OpenItem(number, f"RE2027-000{number}", number, 60_000, DAY, 2027) for number in (1, 2, 3)]
PAYERS = [Payer(number, f"M000{number}", (f"Hansa {number} GmbH",)) for number in (1, 2, 3)]
DEBITS = [
    OwnDebit("RE2027-0001-1", "LS2027-0001-1", 1, 60_000, "LS2027-0001", DAY),
    OwnDebit("RE2027-0002-1", "LS2027-0001-1", 2, 60_000, "LS2027-0001", DAY),
    OwnDebit("RE2027-0003-1", "LS2027-0001-2", 3, 30_000, "LS2027-0001", DAY),
]
CREDIT = Entry(Decimal(1200), "EUR", booked_on=DAY, code="192", name="Fahrzeugcluster")


def found(line, debits=DEBITS):
    return match_line(line, Index(Known(ITEMS, PAYERS, debits)))


@pytest.mark.parametrize(
    ("changes", "number", "certainty"),
    [
        ({}, "LS2027-0001-1", Certainty.LIKELY),
        ({"amount": Decimal(1500)}, "LS2027-0001", Certainty.LIKELY),
        ({"code": "PMNT/IDDT/ESDD"}, "LS2027-0001-1", Certainty.LIKELY),
        ({"code": None, "remittance": "SAMMLER LASTSCHRIFT"}, "LS2027-0001-1", Certainty.LIKELY),
        ({"code": None}, "LS2027-0001-1", Certainty.POSSIBLE),
        ({"booked_on": DAY + timedelta(days=7)}, "LS2027-0001-1", Certainty.LIKELY),
    ],
)
def test_bnk_4_a_sum_without_numbers_may_be_the_collection_of_its_sum_and_day(changes, number, certainty):
    best = found(CREDIT._replace(**changes))[0]
    assert (best.collection, best.certainty, best.is_collection, best.rest_cents) == (
        number,
        certainty,
        True,
        0,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"booked_on": DAY - timedelta(days=1)},
        {"booked_on": DAY + timedelta(days=8)},
        {"booked_on": None},
        {"iban": "DE02120300000000202051"},
        {"end_to_end_id": "ANDERS"},
        {"amount": Decimal("1199.99")},
    ],
)
def test_a_sum_of_another_day_amount_or_payer_is_no_collection(changes):
    assert all(not each.collection for each in found(CREDIT._replace(**changes)))


def test_what_is_credited_already_is_no_collection_and_the_number_of_the_file_names_it_whole():
    credited = [debit._replace(is_credited=True) for debit in DEBITS]
    assert all(not each.collection for each in found(CREDIT, credited))
    whole = found(CREDIT._replace(amount=Decimal(1500), payment_id="LS2027-0001"))[0]
    assert (whole.certainty, len(whole.shares)) == (Certainty.SURE, 3)
    unknown = [*DEBITS, OwnDebit("X-1", "LS2027-0002-1", 77, 5_000, "LS2027-0002", DAY)]
    assert all(not each.collection for each in found(CREDIT._replace(amount=Decimal(50)), unknown))
