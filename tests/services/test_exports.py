"""Reports as files: read again they say the same, and a spreadsheet runs nothing of them."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.open_items import Credit, ItemAt, open_items, open_items_table
from membership.domain.reports.tables import Column, Kind, Table
from membership.services.exports import Format, file_name, report_file
from membership.wording import Wording

GERMAN, ENGLISH = Wording("de"), Wording("en")
DAY = date(2027, 2, 16)


def item(name="Hansa Blechformteile GmbH", *, number="M0081", invoiced=180000, paid=0, due=date(2027, 2, 10)):
    return ItemAt(
        1, number, name, "RE2027-0083", 2027, "ORD", "51–250", date(2027, 1, 11), due, invoiced, paid
    )


def exported(items, form, words=GERMAN):
    table = open_items_table(open_items(items, [Credit(2, "M0002", "", 100)], as_of=DAY))
    return report_file(table, form=form, name="liste", words=words, title="Offene Posten", lines=("Stand",))


def sheet_of(file):
    return openpyxl.load_workbook(io.BytesIO(file.content)).active


def test_inv_36_an_xlsx_file_read_again_has_real_numbers_and_days():
    sheet = sheet_of(exported([item(paid=30000)], Format.XLSX))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(i for i, row in enumerate(rows) if row[0] == "Mitgliedsnummer")
    row, sums = rows[head + 1], rows[head + 2]
    assert row[:3] == ["M0081", "Hansa Blechformteile GmbH", "RE2027-0083"]
    assert [value.date() for value in row[3:5]] == [date(2027, 1, 11), date(2027, 2, 10)]
    assert row[5:8] == [6, 1800, 1500]
    assert (sums[0], sums[6], sums[7]) == ("Summe", 1800, 1500)
    assert rows[0][0] == "Offene Posten"


def test_inv_36_a_csv_file_has_a_decimal_comma_and_the_same_columns():
    text = exported([item(invoiced=123456, paid=1)], Format.CSV).content.decode("utf-8-sig")
    head, row, sums = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert head[-3:] == ["Offen", "Mahnstufe", "Bemerkungen"]
    assert row[3:8] == ["11.01.2027", "10.02.2027", "6", "1234,56", "1234,55"]
    assert sums[7] == "1234,55"


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+49", "-1", "\t=1", "＝1"])
def test_sec_60_sec_61_a_name_is_never_a_formula(name):
    row = list(
        csv.reader(io.StringIO(exported([item(name)], Format.CSV).content.decode("utf-8-sig")), delimiter=";")
    )[1]
    assert row[1] == f"'{name}"
    cells = [cell for row in sheet_of(exported([item(name)], Format.XLSX)).iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value == name} == {"s"}
    assert "f" not in {cell.data_type for cell in cells}


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
            st.integers(1, 10**9),
            st.dates(date(2000, 1, 1), date(2027, 1, 1)),
        ),
        max_size=5,
    )
)
def test_inv_36_every_value_comes_back(entries):
    items = [
        item(name, number=f"M{position:04d}", invoiced=cents, due=due)
        for position, (name, cents, due) in enumerate(entries)
    ]
    rows = [[cell.value for cell in row] for row in sheet_of(exported(items, Format.XLSX)).iter_rows()]
    found = [row for row in rows if str(row[0]).startswith("M0")]
    assert [(row[1], row[4].date(), row[7]) for row in found] == [
        (name, due, pytest.approx(cents / 100)) for name, cents, due in entries
    ]
    text = exported(items, Format.CSV).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1 : len(items) + 1]
    assert [Decimal(line[7].replace(",", ".")) * 100 for line in lines] == [
        cents for _name, cents, _due in entries
    ]


def test_headings_follow_the_language():
    head = sheet_of(exported([item()], Format.XLSX, ENGLISH))
    assert "Days overdue" in {cell.value for row in head.iter_rows() for cell in row}


def test_a_year_is_a_number_without_separators():
    table = Table((Column("year", "Dues year", Kind.YEAR),), ((2027,),), (None,))
    file = report_file(table, form=Format.XLSX, name="x", words=GERMAN, title="x")
    [cell] = [cell for row in sheet_of(file).iter_rows() for cell in row if cell.value == 2027]
    assert cell.number_format == "General"


def test_a_file_says_what_it_is_and_of_which_day():
    assert file_name("Offene Posten", DAY) == "offene-posten_stand-2027-02-16"
    assert file_name("Beitragsübersicht", DAY) == "beitragsuebersicht_stand-2027-02-16"
    assert exported([item()], Format.XLSX).name == "liste.xlsx"
