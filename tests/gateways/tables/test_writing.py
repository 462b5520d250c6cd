"""The one writer: what is written is read again as the same values, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from membership.domain.errors import InputError
from membership.domain.money import parse_amount
from membership.gateways.tables import Column, Kind, Sheet, read_table, write_csv, write_xlsx, write_xlsx_to

COLUMNS = (
    Column("Firma"),
    Column("Betrag", Kind.AMOUNT),
    Column("MA", Kind.NUMBER),
    Column("Tag", Kind.DATE),
)
EXAMPLES = 1000 if os.environ.get("SCALE") == "release" else 60
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\ufffe\uffff"), max_size=30
)
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "'=1",
    "''",
    'a"b;c',
    " =1",
    "_x000D_",
]


def test_csv_is_utf8_with_mark_semicolons_and_decimal_commas():
    data = write_csv(
        COLUMNS, [["Köln GmbH", -123456, Decimal("2.5"), date(2027, 1, 31)]], totals=["Summe", 5, 3, None]
    )
    lines = data.decode("utf-8").split("\r\n")
    assert lines[0] == '\ufeff"Firma";"Betrag";"MA";"Tag"'
    assert lines[1:] == ['"Köln GmbH";-1234,56;2,5;31.01.2027', '"Summe";0,05;3;', ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_sec_60_a_csv_cell_never_starts_like_a_formula_and_is_read_as_it_was(text):
    data = write_csv([Column("A"), Column("B")], [[text, "x"]])
    (_, row) = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")
    assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", row[0])
    assert read_table(data).rows[1].values == (text, "x")


@pytest.mark.parametrize("text", HOSTILE)
def test_sec_61_an_xlsx_cell_is_text_and_never_a_formula(text):
    data = write_xlsx([Sheet("Liste", [Column(text or "A")], [[text]], lines=[text])])
    for cells in load_workbook(io.BytesIO(data))["Liste"].iter_rows():
        assert all(cell.data_type in {"s", "inlineStr", "n"} and cell.hyperlink is None for cell in cells)
    assert read_table(data).rows[-1].values == (text,)


ROWS = st.lists(
    st.tuples(
        TEXTS.filter(lambda text: text.strip() != ""),
        st.integers(-(10**11), 10**11),
        st.one_of(st.integers(0, 10**12), st.decimals(0, 10**6, places=3)),
        st.dates(date(1900, 3, 1), date(2199, 12, 31)),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS)
def test_inv_36_an_xlsx_export_gives_the_same_values_again(rows):
    table = read_table(write_xlsx([Sheet("Liste", COLUMNS, rows)]))
    found = [
        (text, amount * 100, Fraction(number), day)
        for text, amount, number, day in (r.values for r in table.rows[1:])
    ]
    assert found == [(text, cents, Fraction(number), day) for text, cents, number, day in rows]


@settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS)
def test_inv_36_a_csv_export_gives_the_same_values_again(rows):
    table = read_table(write_csv(COLUMNS, rows))
    for row, (text, cents, number, day) in zip(table.rows[1:], rows, strict=True):
        assert row.values[0] == text
        assert Decimal(row.values[1].replace(",", ".")) * 100 == cents
        assert Decimal(row.values[2].replace(",", ".")) == number
        assert row.values[3] == f"{day:%d.%m.}{day.year:04d}"


def test_amounts_of_a_csv_are_read_by_our_own_reader_of_amounts():
    table = read_table(write_csv(COLUMNS, [["A", -123456, 1, None]]))
    assert parse_amount(table.rows[1].values[1]) == -123456


def test_xlsx_has_real_numbers_and_dates_a_fixed_head_and_a_sum_row():
    rows = [["A GmbH", 180000, 37, date(2027, 2, 16)]]
    data = write_xlsx(
        [Sheet("Offen", COLUMNS, rows, ["Summe", 180000, None, None], ["Offene Posten", "2027"])]
    )
    sheet = load_workbook(io.BytesIO(data))["Offen"]
    assert [cell.value for cell in sheet[4]] == ["Firma", "Betrag", "MA", "Tag"]
    assert (sheet["B5"].value, sheet["B5"].number_format) == (1800, "#,##0.00")
    assert (sheet["D5"].is_date, sheet["D5"].number_format) == (True, "dd.mm.yyyy")
    assert (sheet["A6"].value, sheet["B6"].value, sheet["B6"].font.bold) == ("Summe", 1800, True)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A5", "A4:D5")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (9, "#,##0"),
        (Decimal("9.0"), "#,##0"),
        (Fraction(667, 20), "#,##0.00"),
        (Decimal("33.3"), "#,##0.0"),
        (Fraction(1, 3), "#,##0.000000"),
    ],
)
def test_a_number_shows_the_decimals_it_has_and_no_comma_without_any(number, code):
    data = write_xlsx([Sheet("A", COLUMNS, [["A", 1, number, None]], ["Summe", 1, number, None])])
    sheet = load_workbook(io.BytesIO(data)).active
    assert (sheet["C2"].number_format, sheet["C3"].number_format) == (code, code)


def test_a_file_may_have_several_sheets_and_opens_with_the_first():
    second = Sheet("Guthaben", [Column("Betrag", Kind.AMOUNT)], [[5000]], [5000])
    book = load_workbook(io.BytesIO(write_xlsx([Sheet("Offen", COLUMNS, [["A", 1, 2, None]]), second])))
    assert (book.sheetnames, book.active.title) == (["Offen", "Guthaben"], "Offen")
    assert [row[0] for row in book["Guthaben"].iter_rows(values_only=True)] == ["Betrag", 50, 50]


def test_the_same_rows_give_the_same_bytes():
    rows = [["A", 1, 2, date(2027, 1, 1)]]
    assert write_xlsx([Sheet("A", COLUMNS, rows)]) == write_xlsx([Sheet("A", COLUMNS, rows)])


def test_a_large_export_goes_into_a_file_row_by_row():
    file = io.BytesIO()
    rows = (["A GmbH", number, number, None] for number in range(3000))
    write_xlsx_to(file, [Sheet("Liste", COLUMNS, rows)])
    assert len(read_table(file.getvalue()).rows) == 3001


def test_a_text_that_does_not_fit_a_cell_is_refused_and_not_lost():
    with pytest.raises(InputError):
        write_xlsx([Sheet("A", [Column("A")], [["x" * 40_000]])])


def test_a_fraction_that_does_not_end_has_six_places():
    assert b";0,333333;" in write_csv(COLUMNS, [["A", 1, Fraction(1, 3), None]])


def test_a_day_before_spreadsheets_begin_is_text():
    data = write_xlsx([Sheet("A", COLUMNS, [["A", 1, 1, date(1899, 5, 1)]])])
    assert read_table(data).rows[1].values[3] == "1899-05-01"


def test_cells_of_a_foreign_file_keep_their_own_type():
    columns = [Column("X", Kind.ANY)] * 3
    data = write_xlsx([Sheet("A", columns, [["=x", Decimal("1.5"), date(2020, 1, 1)]])])
    assert read_table(data).rows[1].values == ("=x", Decimal("1.5"), date(2020, 1, 1))
