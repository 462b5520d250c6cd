"""A list on paper: every row once, the head on each page, numbered pages, the same bytes each time."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from invoices.listing import Column, Listing, fitting, render

COLUMNS = (Column("Nummer", 1), Column("Mitglied", 3), Column("Betrag", 1, is_number=True))


def a_list(rows, **changes):
    given = {
        "title": "Protokoll des Beitragslaufs 2027", "author": "Fahrzeugcluster Musterland e. V.", "language": "de",
        "day": date(2027, 1, 11), "lines": ("Stand 11.01.2027",), "columns": COLUMNS, "rows": rows,
        "sums": ("Summe", "", "1.234,00 €"),
    }  # fmt: skip
    return render(Listing(**{**given, **changes}))


def texts(content):
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (30, 1), (200, 6)])
def test_each_row_stands_on_the_paper_once_and_each_page_has_the_head(count, pages):
    rows = [(f"RE2027-{number:04d}", f"Werk {number} GmbH", "600,00 €") for number in range(count)]
    found = texts(a_list(rows))
    assert len(found) == pages
    whole = "\n".join(found)
    assert [whole.count(row[0]) for row in rows] == [1] * count
    assert all("Mitglied" in text for text in found)
    assert [f"Seite {number} von {pages}" in text for number, text in enumerate(found, 1)] == [True] * pages
    assert whole.count("Summe") == 1


def test_a_long_cell_is_broken_and_a_long_title_made_smaller():
    (text,) = texts(a_list([("RE2027-0001", "Werk " * 40, "1,00 €")], title="Protokoll " * 12))
    assert text.count("Werk") == 40
    assert text.count("Protokoll") == 12


def test_a_heading_that_is_longer_than_its_column_is_broken_and_covers_nothing():
    columns = (Column("Mitgliedsnummer", 1), Column("Mitglied", 12), Column("Betrag", 2, is_number=True))
    (text,) = texts(a_list([("M0001", "Werk GmbH", "1,00 €")], columns=columns))
    assert "Mitgliedsnummer" not in text
    assert "Mitglied" in text


@pytest.mark.parametrize("count", [3, 9])
def test_fitting_columns_break_no_word_and_no_number(count):
    heads = [("Mitgliedsnummer", False), *(("Betrag", True),) * count, ("Firma", False)]
    row = ["M0001", *["179.949,50\N{NO-BREAK SPACE}€"] * count, "Werkzeugbau und Dichtungen Nordost GmbH"]
    columns, scale = fitting(heads, [row])
    (text,) = texts(a_list([row], columns=columns, scale=scale, sums=row))
    assert text.count("Mitgliedsnummer") == 1
    assert text.replace("\N{NO-BREAK SPACE}", " ").count("179.949,50 €") == 2 * count
    assert text.count("Werkzeugbau") == 2
    assert (scale < 1) == (count == 9)


def test_a_sign_without_a_glyph_is_a_question_mark_and_no_failure():
    (text,) = texts(a_list([("RE2027-0001", "Werk \U0001f697 GmbH", "1,00 €")]))
    assert "Werk ? GmbH" in text


def test_the_same_list_gives_the_same_bytes():
    rows = [("RE2027-0001", "Werk GmbH", "1,00 €")]
    assert a_list(rows) == a_list(rows)
