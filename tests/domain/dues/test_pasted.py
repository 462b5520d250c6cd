"""A table as somebody copied it becomes rows; what does not fit is said, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.dues.editing.pasted import pasted_rows
from membership.wording import Wording

SAY = Wording("de").value


def pairs(text):
    return [(row["start"], row["amount"]) for row in pasted_rows(text).rows]


def said(text):
    return [SAY(remark) for remark in pasted_rows(text).remarks]


@pytest.mark.parametrize(
    "text",
    [
        "0-10\t300,00\n11-50\t600,00\nab 51\t1.200,00",
        "0 – 10: 300 €\n11 – 50: 600 €\nab 51: 1.200 €",
        "0;10;300\n11;50;600\n51;1200",
        "Beschäftigte | Beitrag\n0 bis 10 | 300,00 €\n11 bis 50 | 600,00 €\n51 und mehr | 1.200,00 €",
        "von 0 bis 10 Mitarbeiter 300 Euro\n11 bis 50 Mitarbeiter 600 Euro\nab 51 Mitarbeiter 1.200 Euro",
    ],
)
def test_tables_as_they_are_printed_become_rows(text):
    assert pairs(text) == [("0", "300.00"), ("11", "600.00"), ("51", "1200.00")]
    assert said(text) == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [("0,0000005", "0.0000005"), ("2,5", "2.5"), ("99999,1234567", "99999.1234567")],
)
def test_a_bound_keeps_every_digit(typed, read):
    assert pairs(f"0 100\nab {typed} 200") == [("0", "100.00"), (read, "200.00")]


def test_upper_bounds_alone_start_the_next_row_above_them():
    text = "bis 5 280\nbis 10 320\nüber 10 360"
    assert pairs(text) == [("0", "280.00"), ("> 5", "320.00"), ("> 10", "360.00")]
    assert said(text) == []


def test_a_bound_below_which_a_row_lies_starts_the_next_one():
    assert pairs("unter 3.000.000 2400\nunter 6.000.000 4800\nab 6.000.000 7200") == [
        ("0", "2400.00"),
        ("3000000", "4800.00"),
        ("6000000", "7200.00"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0-250 1\n252-500 2", "Zwischen 250 und 252 fehlt 251."),
        ("0-250 1\n260-500 2", "Zwischen 250 und 260 fehlt etwas; es gehört zur unteren Stufe."),
        (
            "0-250 1\n250-500 2",
            "Zwei Stufen überschneiden sich: Die eine endet bei 250, die nächste beginnt bei 250.",
        ),
        (
            "0-250 1\n200-500 2",
            "Zwei Stufen überschneiden sich: Die eine endet bei 250, die nächste beginnt bei 200.",
        ),
        ("0-10 1\nüber 20 2", "Zwischen 10 und 20 fehlt etwas; es gehört zur unteren Stufe."),
        (
            "0-10 1\nviel Geld für 3 Leute",
            "Zeile 2 lässt sich nicht als Stufe lesen: „viel Geld für 3 Leute“.",
        ),
    ],
)
def test_gaps_overlaps_and_unreadable_lines_are_said(text, sentence):
    assert said(text) == [sentence]


def test_a_long_table_ends_at_forty_rows():
    assert said("\n".join(f"{n} {n + 1}" for n in range(41))) == ["Nur die ersten 40 Zeilen wurden gelesen."]


@given(st.text(max_size=200))
def test_whatever_is_pasted_gives_rows_that_can_be_read_again(text):
    for row in pasted_rows(text).rows:
        assert set(row) == {"start", "amount"}


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=8))
def test_a_table_with_lower_and_upper_bounds_is_read_as_it_was_written(steps):
    start, lines, expected = 0, [], []
    for width, euros in steps:
        lines.append(f"{start}-{start + width}\t{euros},00")
        expected.append((str(start), f"{euros}.00"))
        start += width + 1
    assert pairs("\n".join(lines)) == expected
    assert said("\n".join(lines)) == []
