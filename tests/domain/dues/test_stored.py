"""An assessment is frozen with the invoice and read again years later: not a word and not a cent of it is lost."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.assessment import (
    Assessment,
    Band,
    BasisUsed,
    Line,
    LineKind,
    Remark,
    Step,
    StepName,
)
from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.stored import from_stored, phrase_of, stored_phrase, to_stored
from membership.domain.money import Money
from membership.domain.phrases import Phrase

money = st.integers(-(10**9), 10**9).map(Money)
values = st.one_of(st.text(max_size=8), st.integers(), st.fractions(), money, st.dates())
names = st.dictionaries(st.text(min_size=1, max_size=5), values, max_size=4)
flat = st.builds(Phrase, st.text(max_size=12), names)
phrases = st.builds(
    Phrase, st.text(max_size=12), st.dictionaries(st.text(max_size=5), values | flat, max_size=4)
)
lines = st.builds(
    Line, st.sampled_from(LineKind), phrases, money, st.sampled_from(Treatment),
    st.none() | st.fractions(0, 1), money, st.text(max_size=12), st.none() | st.dates(),
)  # fmt: skip
assessments = st.builds(
    Assessment, st.text(max_size=5), st.integers(1990, 2999), st.text(max_size=5), st.text(max_size=5),
    st.lists(lines, max_size=3).map(tuple),
    st.lists(st.builds(Step, st.sampled_from(StepName), st.text(max_size=5), phrases, st.fractions()), max_size=3).map(tuple),
    st.lists(st.builds(BasisUsed, st.text(max_size=5), st.fractions(), st.sampled_from(Origin), phrases), max_size=2).map(tuple),
    st.none() | st.builds(Band, st.integers(1, 99), phrases),
    st.lists(st.builds(Remark, st.text(max_size=5), phrases), max_size=2).map(tuple),
)  # fmt: skip


@given(assessments)
def test_what_is_frozen_as_json_is_read_again_as_it_was(assessment):
    assert from_stored(json.loads(json.dumps(to_stored(assessment)))) == assessment


def test_a_value_keeps_its_kind_so_that_it_is_worded_rightly_later():
    text = Phrase("m", {"day": date(2027, 5, 1), "sum": Money(1), "n": 2, "s": "3", "p": Phrase("inner")})
    read = phrase_of(json.loads(json.dumps(stored_phrase(text))))
    assert {name: type(value).__name__ for name, value in read.values.items()} == {
        "day": "date", "sum": "Money", "n": "Fraction", "s": "str", "p": "Phrase",
    }  # fmt: skip
    assert read == text
