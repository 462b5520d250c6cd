"""The same movement in another format is known; two that are equal stay two."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.banking.twins import Trace, family_of, known_places

DAY = date(2027, 2, 3)
CAMT = Trace(
    DAY, 60000, "camt.053", "2027020300001", "key-a", "NOTPROVIDED", "Hansa Blechformteile GmbH & Co. KG",
    "RE2027-0042 Mitgliedsbeitrag 2027",
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "is_known"),
    [
        (CAMT, True),
        (CAMT._replace(family="camt.052", reference="intraday-7"), True),
        (CAMT._replace(family="mt940", reference="NONREF", name="Hansa Blechformteile GmbH"), True),
        (
            CAMT._replace(family="mt940", reference="", account="", text="RE2027-0042Mitgliedsbeitrag2027"),
            True,
        ),
        (CAMT._replace(family="csv", reference="", name="HANSA BLECHFORMTEILE GMBH + CO. KG", text=""), True),
        (CAMT._replace(reference="2027020300002"), False),
        (CAMT._replace(family="csv", reference="", account="key-b"), False),
        (CAMT._replace(family="csv", reference="", text="RE2027-0043 Mitgliedsbeitrag 2027"), False),
        (CAMT._replace(family="csv", reference="", name="Weser Guss AG"), False),
        (CAMT._replace(end_to_end_id="E-1"), True),
        (CAMT._replace(cents=60001), False),
        (CAMT._replace(booked_on=date(2027, 2, 4)), False),
    ],
)
def test_fi_43_a_movement_is_known_again_in_another_format(other, is_known):
    assert (known_places([other], [CAMT]) == [0]) is is_known


def test_fi_44_two_equal_payments_are_two_and_both_are_known_the_second_time():
    bare = CAMT._replace(reference="")
    assert known_places([bare, bare], []) == [None, None]
    assert known_places([bare, bare], [bare]) == [0, None]
    assert sorted(known_places([bare, bare], [bare, bare])) == [0, 1]


def test_a_reference_finds_its_own_movement_before_a_text_takes_it():
    first, second = CAMT._replace(reference="1"), CAMT._replace(reference="2")
    assert known_places([second, first], [first, second]) == [1, 0]
    assert known_places([second], [first]) == [None]


traces = st.builds(
    Trace, st.just(DAY), st.integers(1, 2), st.sampled_from(["mt940", "camt.053"]), st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "a", "b"]), st.sampled_from(["", "e"]),
)  # fmt: skip


@given(st.lists(traces, max_size=6), st.lists(traces, max_size=6))
def test_no_old_movement_is_used_twice_and_a_file_read_again_is_known_whole(new, old):
    found = [place for place in known_places(new, old) if place is not None]
    assert len(found) == len(set(found))
    assert None not in known_places(new, new)


def test_versions_of_a_message_are_one_family():
    assert [family_of(name) for name in ("camt.053.001.02", "camt.053.001.08", "mt940")] == [
        "camt.053",
        "camt.053",
        "mt940",
    ]
