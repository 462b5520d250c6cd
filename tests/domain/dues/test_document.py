"""What a value of a stored schedule or of facts may be, up to the last one that is taken and the first that is not."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.domain.dues.document import MonthDay, Node
from membership.domain.dues.errors import FactsWrong
from membership.domain.dues.facts import read_facts


def node(value):
    return Node(value, "", FactsWrong)


def taken(read, value):
    try:
        return read(node(value))
    except FactsWrong:
        return None


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (Node.euros, {"0": 0, "0.01": Fraction(1, 100), "1000000000.00": 10**9, 7: 7}, ["1000000000.01", "0.001", "-0", -1, 1.0, True, None, "1e3", ""]),
        (Node.number, {"0.000000001": Fraction(1, 10**9), "10000000000000": 10**13}, ["10000000000000.1", "0.0000000001", "100000000000000", "-0.1"]),
        (Node.percent, {"0": 0, "100": 1, "12.5": Fraction(1, 8)}, ["100.1", "-1"]),
        (Node.share, {"1/3": Fraction(1, 3), "0/1": 0, "7/2": Fraction(7, 2), "0.5": Fraction(1, 2)}, ["1/0", "-1/3", "1/1234567"]),
        (Node.bound, {0.1: Fraction(1, 10), 2.5: Fraction(5, 2), "3": 3}, [True, -0.1, "x"]),
        (Node.text, {" x ": "x", "y" * 500: "y" * 500}, ["y" * 501, " ", "", "a\nb", "\x00", 7]),
        (Node.day, {"2028-02-29": date(2028, 2, 29)}, ["2027-02-29", "20280229", "2028-2-29", 20280229]),
        (Node.month_day, {"02-29": MonthDay(2, 29), "12-31": MonthDay(12, 31)}, ["02-30", "2-3", "2027-02-01", None]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)  # fmt: skip
def test_a_value_is_taken_up_to_its_bound_and_refused_beyond_it(read, good, bad):
    assert {value: taken(read, value) for value in good} == good
    assert [value for value in bad if taken(read, value) is not None] == []


def test_a_whole_number_lies_between_its_bounds_both_included():
    found = [taken(lambda each: each.whole(1, 3), value) for value in (0, 1, 3, 4, True, "2", 2.0)]
    assert found == [None, 1, 3, None, None, None, None]


def test_a_key_is_a_text_of_at_most_500_characters():
    assert list(node({"k" * 500: 1}).mapping()) == ["k" * 500]
    for key in ("k" * 501, "", 7):
        with pytest.raises(FactsWrong, match="key"):
            node({key: 1}).mapping()


def test_what_is_no_number_is_repeated_as_far_as_one_line_goes():
    with pytest.raises(FactsWrong) as refused:
        node("x" * 41).number()
    assert refused.value.values["problem"].values == {"text": "x" * 40}


@pytest.mark.parametrize(("year", "is_one"), [(1899, False), (1900, True), (2999, True), (3000, False)])
def test_a_dues_year_has_bounds_that_catch_typing_errors(year, is_one):
    facts = [{"member": "M0001", "year": year, "category": "ORD"}]
    if is_one:
        assert read_facts(facts)[0].year == year
    else:
        with pytest.raises(FactsWrong, match="/0/year"):
            read_facts(facts)


def test_29_february_is_28_february_in_a_year_without_it():
    assert (MonthDay(2, 29).in_year(2027), MonthDay(2, 29).in_year(2028)) == (
        date(2027, 2, 28),
        date(2028, 2, 29),
    )
