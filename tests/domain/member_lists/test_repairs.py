"""What can be put right in place: one cell of a row, or one word for many rows."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.member_lists import read_members, recognise_columns
from membership.domain.member_lists.repairs import (
    WordProblem,
    cell_to_repair,
    column_to_reassign,
    words_to_repair,
)
from membership.domain.tables import Row, Table

CATEGORIES = {"ORD": ["Ordentliches Mitglied"]}


def problems_of(*rows):
    table = Table(tuple(Row(number, tuple(row)) for number, row in enumerate(rows, 1)))
    mapping = recognise_columns(table)
    return read_members(table, mapping, categories=CATEGORIES, today=date(2027, 1, 11)).problems, mapping


@pytest.mark.parametrize(
    ("head", "row", "heading"),
    [
        (["Firma", "E-Mail", "MA"], ["A GmbH", "a@a.example", "viele"], "MA"),
        (["Firma", "Ort", "E-Mail"], ["A GmbH", "Bremen", None], "E-Mail"),
        (["Firma", "PLZ", "Ort"], [None, "28195", "Bremen"], "Firma"),
        (["Firma", "PLZ", "Ort"], ["A GmbH", "281950", "Bremen"], "PLZ"),
    ],
)
def test_a_row_is_put_right_in_the_cell_that_is_wrong_or_missing(head, row, heading):
    (problem,), mapping = problems_of(head, row)
    assert cell_to_repair(problem, mapping).heading == heading


def test_a_row_that_nothing_reaches_has_no_single_cell_when_there_is_no_mail_column():
    (problem,), mapping = problems_of(["Firma", "PLZ", "Ort"], ["A GmbH", None, "Bremen"])
    assert cell_to_repair(problem, mapping) is None


def test_a_word_for_a_category_is_asked_for_once():
    rows = [
        [f"{name} GmbH", f"{name}@a.example", word]
        for name, word in (("A", "Gold"), ("B", "gold "), ("C", "Silber"))
    ]
    problems, mapping = problems_of(["Firma", "E-Mail", "Kategorie"], *rows)
    assert list(words_to_repair(problems)) == [
        WordProblem("gold", "Gold", 2),
        WordProblem("silber", "Silber", 1),
    ]
    assert cell_to_repair(problems[0], mapping) is None


def test_a_column_that_most_rows_stumble_over_is_named_once():
    rows = [[f"{name} GmbH", f"{name}@a.example", "viele"] for name in "ABC"]
    good = [[f"{name} GmbH", f"{name}@a.example", "5"] for name in "DE"]
    problems, mapping = problems_of(["Firma", "E-Mail", "MA"], *rows, *good)
    found = column_to_reassign(problems, mapping, rows=5)
    assert (found.column.heading, found.rows) == ("MA", 3)
    assert column_to_reassign(problems, mapping, rows=6) is None
    assert column_to_reassign(problems[:2], mapping, rows=3) is None
